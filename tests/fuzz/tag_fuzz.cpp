// Any bytes as a tag body and as the configuration records inside: what is read is bounded and
// consistent.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "flv/audio.hpp"
#include "flv/av1.hpp"
#include "flv/avc.hpp"
#include "flv/hevc.hpp"
#include "flv/metadata.hpp"
#include "flv/opus_flac.hpp"
#include "flv/tag_traits.hpp"
#include "flv/vpx.hpp"

using multiconnection::Bytes;
using multiconnection::MediaKind;
namespace flv = multiconnection::flv;

namespace {

void classify(std::span<const std::uint8_t> body) {
  for (const MediaKind kind : {MediaKind::Audio, MediaKind::Video, MediaKind::Data}) {
    const flv::TagTraits traits = flv::classify(kind, body);
    if (traits.keyFrame && (traits.disposable || traits.header())) std::abort();
    if (traits.enhanced && kind == MediaKind::Data) std::abort();
    if (traits.track != 0 && !traits.enhanced) std::abort();
    if (traits.codec && isVideo(*traits.codec) != (kind == MediaKind::Video)) std::abort();
    if (kind != MediaKind::Video && (traits.keyFrame || traits.disposable)) std::abort();
    if (kind != MediaKind::Data && traits.metadata) std::abort();
  }
  const Bytes set = flv::withSetDataFrame(body);
  const auto plain = flv::withoutSetDataFrame(set);
  if (flv::isMetadata(plain) != flv::isMetadata(body)) std::abort();
}

void rewriteAv1(std::span<const std::uint8_t> unit) {
  Bytes written;
  if (!flv::appendAv1TemporalUnit(written, unit)) return;
  Bytes again;
  if (!flv::appendAv1TemporalUnit(again, written) || again != written) std::abort();
}

void readRecords(std::span<const std::uint8_t> record) {
  if (const auto avc = flv::parseAvcConfiguration(record)) {
    // Not every set that a record holds is one from which a record can be made.
    if (const auto made = flv::makeAvcConfiguration(avc->sets)) {
      const auto again = flv::parseAvcConfiguration(*made);
      if (!again || !(again->sets == avc->sets)) std::abort();
    }
  }
  if (const auto hevc = flv::parseHevcConfiguration(record)) {
    if (const auto made = flv::makeHevcConfiguration(hevc->sets)) {
      const auto again = flv::parseHevcConfiguration(*made);
      if (!again || !(again->sets == hevc->sets)) std::abort();
    }
  }
  if (const auto av1 = flv::makeAv1Configuration(record); av1 && !av1->empty()) {
    if (!flv::checkAv1Configuration(*av1)) std::abort();
  }
  if (const auto flac = flv::flacHeader(record)) {
    if (flac->size() != 42 || flv::flacHeader(*flac).value() != *flac) std::abort();
  }
  for (const multiconnection::Codec codec :
       {multiconnection::Codec::Vp8, multiconnection::Codec::Vp9}) {
    multiconnection::VideoFormat format;
    format.codec = codec;
    const auto made = flv::makeVpConfiguration(format, record);
    if (made && !flv::checkVpConfiguration(*made)) std::abort();
  }
  static_cast<void>(flv::checkOpusHead(record));
  if (const auto aac = flv::parseAacConfiguration(record)) {
    if (aac->sampleRate <= 0 || aac->channels < 0 || aac->channels > 24) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> body(data, size);
  classify(body);
  rewriteAv1(body);
  readRecords(body);
  if (size > flv::kAvcHeaderBytes) readRecords(body.subspan(flv::kAvcHeaderBytes));
  if (size > 2) readRecords(body.subspan(2));
  return 0;
}
