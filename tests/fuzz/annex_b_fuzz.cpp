// Any bytes as an Annex B stream: the units become length-prefixed ones that add up, and a packager
// that takes them makes messages that RTMP can carry.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "flv/avc.hpp"
#include "flv/tag_traits.hpp"
#include "multiconnection/packet_packager.hpp"

using multiconnection::Bytes;
using multiconnection::MediaKind;
namespace flv = multiconnection::flv;

namespace {

void convert(std::span<const std::uint8_t> stream) {
  const auto units = flv::splitAnnexB(stream);
  Bytes prefixed;
  flv::appendLengthPrefixed(prefixed, units);
  if (flv::isLengthPrefixed(prefixed, 4) != !units.empty()) std::abort();
  for (const auto unit : units) {
    if (unit.empty() || unit.back() == 0) std::abort();
  }
}

void package(std::span<const std::uint8_t> stream) {
  multiconnection::PacketPackager packager;
  multiconnection::VideoFormat format;
  if (!stream.empty() && stream[0] % 2 != 0) {
    format.configuration.assign(stream.begin(), stream.end());
  }
  if (!packager.setVideoFormat(format)) return;
  multiconnection::EncodedPacket packet;
  packet.keyFrame = true;
  packet.data.assign(stream.begin(), stream.end());
  const auto messages = packager.package(packet);
  if (!messages) return;
  bool header = false;
  for (const auto& message : *messages) {
    header = header || flv::classify(message.kind, *message.body).sequenceHeader;
  }
  if (!header || messages->back().kind != MediaKind::Video) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  convert({data, size});
  package({data, size});
  return 0;
}
