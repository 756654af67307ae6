#include "flv/metadata.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "amf/amf0.hpp"
#include "flv/enhanced.hpp"
#include "flv/format.hpp"
#include "multiconnection/amf_value.hpp"
#include "multiconnection/version.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

// AMF0 strings: marker 02, 16-bit length, text.
constexpr std::string_view kSetDataFrame("\x02\x00\x0d@setDataFrame", 16);
constexpr std::string_view kClearDataFrame("\x02\x00\x0f@clearDataFrame", 18);
constexpr std::string_view kOnMetaData("\x02\x00\x0aonMetaData", 13);

bool startsWith(std::span<const std::uint8_t> body, std::string_view prefix) {
  return body.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), body.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

void setIfKnown(AmfObject& members, const char* name, double value) {
  if (value > 0) members.set(name, value);
}

/// What packets of that codec carry: the number of a classic tag, else the FourCC as a number.
double codecIdOf(Codec codec) {
  switch (codec) {
    case Codec::H264:
      return kCodecAvc;
    case Codec::Aac:
      return kSoundAac;
    case Codec::Mp3:
      return kSoundMp3;
    default:
      return fourCcOf(fourCc(codec));
  }
}

}  // namespace

Bytes metadataOf(const std::optional<VideoFormat>& video, const std::optional<AudioFormat>& audio) {
  constexpr double kBitsPerKbit = 1000;
  AmfObject members;
  if (video) {
    setIfKnown(members, "width", video->width);
    setIfKnown(members, "height", video->height);
    setIfKnown(members, "framerate", video->frameRate);
    members.set("videocodecid", codecIdOf(video->codec));
    setIfKnown(members, "videodatarate", video->bitrateBps / kBitsPerKbit);
  }
  if (audio) {
    members.set("audiocodecid", codecIdOf(audio->codec));
    setIfKnown(members, "audiodatarate", audio->bitrateBps / kBitsPerKbit);
    setIfKnown(members, "audiosamplerate", audio->sampleRate);
    members.set("audiosamplesize", 16);
    members.set("stereo", audio->channels > 1);
  }
  members.set("encoder", std::string("MultiConnection ") + kVersionString);
  Bytes body;
  amf::encodeAmf0(body, "onMetaData");
  amf::encodeAmf0(body, AmfValue::ecmaArray(std::move(members)));
  return body;
}

bool isMetadata(std::span<const std::uint8_t> body) {
  return startsWith(withoutSetDataFrame(body), kOnMetaData);
}

bool clearsMetadata(std::span<const std::uint8_t> body) {
  return startsWith(body, kClearDataFrame) &&
         startsWith(body.subspan(kClearDataFrame.size()), kOnMetaData);
}

Bytes withSetDataFrame(std::span<const std::uint8_t> body) {
  Bytes out;
  util::ByteWriter writer(out);
  writer.text(kSetDataFrame);
  writer.bytes(withoutSetDataFrame(body));
  return out;
}

std::span<const std::uint8_t> withoutSetDataFrame(std::span<const std::uint8_t> body) {
  return startsWith(body, kSetDataFrame) ? body.subspan(kSetDataFrame.size()) : body;
}

}  // namespace multiconnection::flv
