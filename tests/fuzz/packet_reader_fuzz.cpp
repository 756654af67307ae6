// Any bytes as a row of media messages: what is read is bounded by what was fed and by what the
// public types promise, and a reader that met anything at all still reads a good stream.
//
// The input is a row of messages: one byte for the kind, two for the size, the body.
#include "multiconnection/packet_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "util/byte_reader.hpp"

using multiconnection::Bytes;
using multiconnection::MediaKind;
using multiconnection::MediaMessage;
using multiconnection::PacketReader;

namespace {

using Type = PacketReader::Item::Type;

MediaMessage messageOf(MediaKind kind, std::span<const std::uint8_t> body) {
  return {kind, std::chrono::milliseconds(40),
          std::make_shared<const Bytes>(body.begin(), body.end())};
}

void check(const PacketReader::Item& item, const MediaMessage& message) {
  using namespace std::chrono_literals;
  if (item.kind != message.kind || item.track < 0 || item.track > 255) std::abort();
  const auto& packet = item.packet;
  const bool video = message.kind == MediaKind::Video;
  if (item.type == Type::Packet) {
    if (packet.data.empty() || packet.data.size() > message.body->size()) std::abort();
    if (packet.track != item.track || isVideo(packet.codec) != video) std::abort();
    if (packet.presentationOffset < 0ns || packet.presentationOffset >= 1ms) std::abort();
    const auto composition = packet.presentationTime - packet.decodeTime;
    if (composition < -8388608ms || composition > 8388607ms) std::abort();
  }
  if (item.type == Type::Format && video != item.video.has_value()) std::abort();
  if (item.type == Type::Format && video == item.audio.has_value()) std::abort();
  if (item.speakers.size() > 255) std::abort();
}

void readAll(PacketReader& reader, std::span<const std::uint8_t> input) {
  multiconnection::util::ByteReader in(input);
  while (in.ok() && in.remaining() > 0) {
    const unsigned kind = in.u8() % 3U;
    const std::size_t size = std::min<std::size_t>(in.u16(), in.remaining());
    const MediaMessage message = messageOf(kind == 0   ? MediaKind::Video
                                           : kind == 1 ? MediaKind::Audio
                                                       : MediaKind::Data,
                                           in.take(size));
    const auto items = reader.read(message);
    if (!items) {
      if (items.error().message.empty()) std::abort();
      continue;
    }
    for (const PacketReader::Item& item : *items) check(item, message);
  }
}

void stillReads(PacketReader& reader) {
  const Bytes frame{0x91, 'O', 'p', 'u', 's', 'p'};
  const auto items = reader.read(messageOf(MediaKind::Audio, frame));
  if (!items || items->empty() || items->back().packet.data != Bytes{'p'}) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  PacketReader reader;
  readAll(reader, {data, size});
  stillReads(reader);
  return 0;
}
