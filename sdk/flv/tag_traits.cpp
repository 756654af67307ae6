#include "flv/tag_traits.hpp"

#include <algorithm>
#include <string_view>

#include "flv/avc.hpp"
#include "flv/format.hpp"
#include "flv/metadata.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::flv {
namespace {

using Body = std::span<const std::uint8_t>;

constexpr std::uint8_t kGeneratedKeyFrame = 4;
constexpr std::uint8_t kDisposableFrame = 3;
constexpr std::uint8_t kCommandFrame = 5;
/// HEVC under a classic header, as several Asian servers and encoders write it.
constexpr std::uint8_t kCodecHevcUnofficial = 12;
constexpr std::uint8_t kSoundEnhanced = 9;

/// Enhanced RTMP: VideoPacketType and AudioPacketType share these values.
enum : std::uint8_t {
  kSequenceStart = 0,
  kCodedFrames = 1,
  kSequenceEnd = 2,
  kCodedFramesX = 3,
  kVideoMetadata = 4,
  kMpeg2TsSequenceStart = 5,
  kAudioMultitrack = 5,
  kVideoMultitrack = 6,
  kModEx = 7
};

/// True when slices are there and none of them is referred to (ISO/IEC 14496-10, 7.4.1).
bool onlyUnreferencedSlices(Body frame) {
  constexpr int kMaxUnits = 256;  // Walking is cheap; what has more is not looked at.
  util::ByteReader in(frame);
  bool slices = false;
  for (int i = 0; i < kMaxUnits; ++i) {
    if (in.remaining() == 0) return slices;
    const Body unit = in.take(in.u32());
    if (!in.ok()) return false;
    if (unit.empty() || !isSlice(unit)) continue;
    if ((unit[0] & 0x60) != 0) return false;
    slices = true;
  }
  return false;
}

void applyFrameType(std::uint8_t frameType, TagTraits& traits) {
  traits.keyFrame = frameType == kKeyFrame || frameType == kGeneratedKeyFrame;
  traits.disposable = frameType == kDisposableFrame;
}

TagTraits classicVideo(Body body) {
  TagTraits traits;
  const std::uint8_t frameType = body[0] >> 4;
  const std::uint8_t codec = body[0] & 0x0F;
  if (frameType == kCommandFrame) return traits;
  if (codec != kCodecAvc && codec != kCodecHevcUnofficial) {
    applyFrameType(frameType, traits);
    return traits;
  }
  if (body.size() < 2) return traits;
  switch (static_cast<PacketType>(body[1])) {
    case PacketType::SequenceHeader:
      traits.sequenceHeader = true;
      break;
    case PacketType::EndOfSequence:
      traits.endOfSequence = true;
      break;
    case PacketType::Frame:
      applyFrameType(frameType, traits);
      if (codec == kCodecAvc && frameType == kInterFrame && body.size() > kAvcHeaderBytes) {
        traits.disposable = onlyUnreferencedSlices(body.subspan(kAvcHeaderBytes));
      }
      break;
  }
  return traits;
}

/// Skips ModEx blocks. @return the packet type after them.
std::uint8_t skipModEx(util::ByteReader& in, std::uint8_t packetType) {
  while (packetType == kModEx && in.ok()) {
    std::size_t size = in.u8() + std::size_t{1};
    if (size == 256) size = in.u16() + std::size_t{1};
    in.skip(size);
    packetType = in.u8() & 0x0F;
  }
  return packetType;
}

bool isPlainAvc(util::ByteReader& in) { return in.u32() == 0x61766331; /* avc1 */ }

TagTraits enhancedVideo(Body body) {
  TagTraits traits;
  util::ByteReader in(body);
  const std::uint8_t first = in.u8();
  const std::uint8_t frameType = (first >> 4) & 0x07;
  std::uint8_t packetType = skipModEx(in, first & 0x0F);
  const bool multitrack = packetType == kVideoMultitrack;
  if (multitrack) packetType = in.u8() & 0x0F;
  // The frame type says nothing in a Metadata packet, so that it is looked at first.
  if (!in.ok() || packetType == kVideoMetadata || frameType == kCommandFrame) return traits;
  switch (packetType) {
    case kSequenceStart:
    case kMpeg2TsSequenceStart:
      traits.sequenceHeader = true;
      break;
    case kSequenceEnd:
      traits.endOfSequence = true;
      break;
    case kCodedFrames:
    case kCodedFramesX:
      applyFrameType(frameType, traits);
      if (!multitrack && frameType == kInterFrame && isPlainAvc(in)) {
        if (packetType == kCodedFrames) in.u24();
        traits.disposable = onlyUnreferencedSlices(in.rest());
      }
      break;
    default:
      break;
  }
  return traits;
}

TagTraits audio(Body body) {
  TagTraits traits;
  const std::uint8_t format = body[0] >> 4;
  if (format == kSoundAac) {
    traits.sequenceHeader =
        body.size() >= 2 && body[1] == static_cast<std::uint8_t>(PacketType::SequenceHeader);
  } else if (format == kSoundEnhanced) {
    util::ByteReader in(body);
    std::uint8_t packetType = skipModEx(in, in.u8() & 0x0F);
    if (packetType == kAudioMultitrack) packetType = in.u8() & 0x0F;
    traits.sequenceHeader = in.ok() && packetType == kSequenceStart;
    traits.endOfSequence = in.ok() && packetType == kSequenceEnd;
  }
  return traits;
}

}  // namespace

TagTraits classify(MediaKind kind, Body body) {
  if (body.empty()) return {};
  switch (kind) {
    case MediaKind::Audio:
      return audio(body);
    case MediaKind::Video:
      return (body[0] & 0x80) != 0 ? enhancedVideo(body) : classicVideo(body);
    case MediaKind::Data:
      break;
  }
  TagTraits traits;
  traits.metadata = isMetadata(body);
  return traits;
}

}  // namespace multiconnection::flv
