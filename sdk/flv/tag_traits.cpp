#include "flv/tag_traits.hpp"

#include <algorithm>
#include <string_view>

#include "flv/avc.hpp"
#include "flv/enhanced.hpp"
#include "flv/format.hpp"
#include "flv/metadata.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::flv {
namespace {

using Body = std::span<const std::uint8_t>;

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
  if (codec == kCodecAvc) traits.codec = Codec::H264;
  if (codec == kCodecHevcUnofficial) traits.codec = Codec::Hevc;
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

void applyFrames(const EnhancedReader& reader, const EnhancedTrack& track, TagTraits& traits) {
  applyFrameType(reader.frameType(), traits);
  if (traits.codec != Codec::H264 || reader.frameType() != kInterFrame) return;
  util::ByteReader in(track.body);
  if (reader.packetType() == packet_type::kCodedFrames) in.u24();  // composition time
  traits.disposable = onlyUnreferencedSlices(in.rest());
}

void applyVideo(const EnhancedReader& reader, const EnhancedTrack& track, TagTraits& traits) {
  switch (reader.packetType()) {
    case packet_type::kSequenceStart:
    case packet_type::kMpeg2TsSequenceStart:
      traits.sequenceHeader = true;
      break;
    case packet_type::kSequenceEnd:
      traits.endOfSequence = true;
      break;
    case packet_type::kVideoMetadata:
      traits.supplement = true;
      break;
    case packet_type::kCodedFrames:
    case packet_type::kCodedFramesX:
      applyFrames(reader, track, traits);
      break;
    default:
      break;
  }
}

TagTraits enhanced(MediaKind kind, Body body) {
  TagTraits traits;
  traits.enhanced = true;
  EnhancedReader reader(kind, body);
  const auto track = reader.next();
  if (!track) return traits;
  const auto codec = codecOf(track->fourCc);
  if (codec && isVideo(*codec) == (kind == MediaKind::Video)) traits.codec = codec;
  traits.track = track->id;
  const std::uint8_t packetType = reader.packetType();
  if (kind == MediaKind::Video) {
    applyVideo(reader, *track, traits);
  } else {
    traits.sequenceHeader = packetType == packet_type::kSequenceStart;
    traits.endOfSequence = packetType == packet_type::kSequenceEnd;
    traits.supplement = packetType == packet_type::kMultichannelConfig;
  }
  traits.manyTracks = reader.next().has_value();
  // Only where no track of the message is referred to.
  if (traits.manyTracks) traits.disposable = reader.frameType() == kDisposableFrame;
  return traits;
}

TagTraits classicAudio(Body body) {
  TagTraits traits;
  const std::uint8_t format = body[0] >> 4;
  if (format == kSoundMp3 || format == kSoundMp3At8Khz) traits.codec = Codec::Mp3;
  if (format == kSoundAac) {
    traits.codec = Codec::Aac;
    traits.sequenceHeader =
        body.size() >= 2 && body[1] == static_cast<std::uint8_t>(PacketType::SequenceHeader);
  }
  return traits;
}

}  // namespace

TagTraits classify(MediaKind kind, Body body) {
  if (body.empty()) return {};
  if (isEnhanced(kind, body)) return enhanced(kind, body);
  switch (kind) {
    case MediaKind::Audio:
      return classicAudio(body);
    case MediaKind::Video:
      return classicVideo(body);
    case MediaKind::Data:
      break;
  }
  TagTraits traits;
  traits.metadata = isMetadata(body);
  traits.clearsMetadata = clearsMetadata(body);
  return traits;
}

}  // namespace multiconnection::flv
