#include "multiconnection/packet_packager.hpp"

#include <optional>
#include <string>
#include <utility>

#include "flv/audio.hpp"
#include "flv/avc.hpp"
#include "flv/format.hpp"
#include "flv/metadata.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection {
namespace {

using std::chrono::milliseconds;

MediaMessage messageOf(MediaKind kind, milliseconds timestamp, Bytes body) {
  return {kind, timestamp, std::make_shared<const Bytes>(std::move(body))};
}

Error invalid(std::string message) { return {Errc::InvalidArgument, std::move(message)}; }
Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

/// One H.264 track: its record, and how its packets separate NAL units.
class VideoTrack {
 public:
  static Result<VideoTrack> create(const VideoFormat& format) {
    VideoTrack track;
    const Bytes& given = format.configuration;
    if (given.empty()) return track;
    if (flv::isAnnexB(given)) {
      if (auto set = track.adopt(flv::parameterSetsOf(flv::splitAnnexB(given))); !set) {
        return invalid(set.error().message);
      }
      return track;
    }
    auto parsed = flv::parseAvcConfiguration(given);
    if (!parsed) return invalid(parsed.error().message);
    track.record_ = given;
    track.lengthBytes_ = parsed->lengthBytes;
    return track;
  }

  const Bytes& record() const { return record_; }
  bool headerDue = true;

  Result<Bytes> frame(const EncodedPacket& packet, milliseconds compositionTime) {
    Bytes body;
    body.reserve(packet.data.size() + flv::kAvcHeaderBytes + kSpareBytes);
    flv::appendAvcFrameHeader(body, packet.keyFrame, compositionTime);
    if (lengthBytes_ != 0 && flv::isLengthPrefixed(packet.data, lengthBytes_)) {
      util::ByteWriter(body).bytes(packet.data);
      return body;
    }
    // A record for shorter lengths cannot describe the 4-byte ones that would be written here.
    const bool mayBeAnnexB = lengthBytes_ == 0 || lengthBytes_ == 4;
    if (!mayBeAnnexB || !flv::isAnnexB(packet.data)) {
      return corrupt("H.264 frame of " + std::to_string(packet.data.size()) + " bytes at " +
                     std::to_string(packet.decodeTime.count()) +
                     " ms whose NAL units cannot be told apart");
    }
    const auto units = flv::splitAnnexB(packet.data);
    if (auto seen = takeParameterSets(units, packet); !seen) return seen.error();
    flv::appendLengthPrefixed(body, units);
    return body;
  }

 private:
  /// A start code of 3 bytes becomes a length of 4; room for that in a usual frame.
  static constexpr std::size_t kSpareBytes = 16;

  Result<void> adopt(flv::ParameterSets sets) {
    auto record = flv::makeAvcConfiguration(sets);
    if (!record) return record.error();
    record_ = std::move(*record);
    sets_ = std::move(sets);
    headerDue = true;
    return {};
  }

  /// Follows the parameter sets in the stream, unless a record was given, which then counts.
  Result<void> takeParameterSets(std::span<const flv::NalUnit> units, const EncodedPacket& packet) {
    if (units.empty()) return corrupt("H.264 frame without a NAL unit");
    if (lengthBytes_ == 0 && packet.keyFrame) {
      auto sets = flv::parameterSetsOf(units);
      const bool complete = !sets.sps.empty() && !sets.pps.empty();
      if (complete && sets != sets_) return adopt(std::move(sets));
    }
    if (record_.empty()) {
      return corrupt("H.264 frame at " + std::to_string(packet.decodeTime.count()) +
                     " ms before the first key frame with SPS and PPS");
    }
    return {};
  }

  Bytes record_;
  flv::ParameterSets sets_;
  std::size_t lengthBytes_ = 0;  ///< 0: Annex B.
};

struct AudioTrack {
  Codec codec = Codec::Aac;
  Bytes configuration;
  std::uint8_t mp3TagByte = 0;
  bool headerDue = true;

  static Result<AudioTrack> create(const AudioFormat& format) {
    AudioTrack track;
    track.codec = format.codec;
    if (format.codec == Codec::Mp3) {
      auto tagByte = flv::mp3TagByte(format.sampleRate, format.channels);
      if (!tagByte) return tagByte.error();
      track.mp3TagByte = *tagByte;
      return track;
    }
    auto parsed = flv::parseAacConfiguration(format.configuration);
    if (!parsed) return invalid(parsed.error().message);
    track.configuration = format.configuration;
    return track;
  }

  Result<Bytes> frame(const EncodedPacket& packet) const {
    return codec == Codec::Mp3 ? flv::mp3Frame(mp3TagByte, packet.data)
                               : flv::aacFrame(packet.data);
  }
};

Result<void> checkTimes(const EncodedPacket& packet) {
  constexpr milliseconds kMaxComposition(0x7FFFFF);  // SI24
  const auto composition = packet.presentationTime - packet.decodeTime;
  if (packet.decodeTime < milliseconds(0)) {
    return invalid("decoding time of " + std::to_string(packet.decodeTime.count()) + " ms");
  }
  if (composition > kMaxComposition || composition < -kMaxComposition) {
    return invalid("presentation " + std::to_string(composition.count()) +
                   " ms from the decoding time");
  }
  // The largest header before a frame, and a byte more for each 3-byte start code, must still fit.
  if (packet.data.size() > flv::kMaxBodyBytes - flv::kAvcHeaderBytes) {
    return Error{Errc::LimitExceeded,
                 "frame of " + std::to_string(packet.data.size()) + " bytes (16777210 at most)"};
  }
  return {};
}

}  // namespace

class PacketPackager::Impl {
 public:
  std::optional<VideoFormat> videoFormat;
  std::optional<AudioFormat> audioFormat;
  std::optional<VideoTrack> video;
  std::optional<AudioTrack> audio;
  bool metadataDue = false;

  Result<MediaMessage> frame(const EncodedPacket& packet) {
    if (auto checked = checkTimes(packet); !checked) return checked.error();
    const bool isVideo = packet.codec == Codec::H264;
    const bool known = isVideo ? video.has_value() : audio && audio->codec == packet.codec;
    if (!known) {
      return Error{Errc::InvalidState, std::string(codecName(packet.codec)) +
                                           " frame before the format of its track is set"};
    }
    auto body = isVideo ? video->frame(packet, packet.presentationTime - packet.decodeTime)
                        : audio->frame(packet);
    if (!body) return body.error();
    if (body->size() > flv::kMaxBodyBytes) {
      return Error{Errc::LimitExceeded, "message of " + std::to_string(body->size()) + " bytes"};
    }
    return messageOf(isVideo ? MediaKind::Video : MediaKind::Audio, packet.decodeTime,
                     std::move(*body));
  }
};

PacketPackager::PacketPackager() : impl_(std::make_unique<Impl>()) {}
PacketPackager::~PacketPackager() = default;

Result<void> PacketPackager::setVideoFormat(VideoFormat format) {
  if (format.codec != Codec::H264) {
    return invalid("video format with codec " + std::string(codecName(format.codec)));
  }
  if (format.width < 0 || format.height < 0 || !(format.frameRate >= 0) || format.bitrateBps < 0) {
    return invalid("video format with a negative number");
  }
  auto track = VideoTrack::create(format);
  if (!track) return track.error();
  impl_->video = std::move(*track);
  impl_->videoFormat = std::move(format);
  impl_->metadataDue = true;
  return {};
}

Result<void> PacketPackager::setAudioFormat(AudioFormat format) {
  if (format.codec == Codec::H264) return invalid("audio format with codec H.264");
  if (format.sampleRate < 0 || format.channels < 0 || format.bitrateBps < 0) {
    return invalid("audio format with a negative number");
  }
  auto track = AudioTrack::create(format);
  if (!track) return track.error();
  impl_->audio = std::move(*track);
  impl_->audioFormat = std::move(format);
  impl_->metadataDue = true;
  return {};
}

void PacketPackager::announceAgain() noexcept {
  impl_->metadataDue = impl_->video || impl_->audio;
  if (impl_->video) impl_->video->headerDue = true;
  if (impl_->audio) impl_->audio->headerDue = true;
}

std::vector<MediaMessage> PacketPackager::announce(milliseconds timestamp) {
  std::vector<MediaMessage> messages;
  auto& [videoFormat, audioFormat, video, audio, metadataDue] = *impl_;
  if (std::exchange(metadataDue, false)) {
    messages.push_back(
        messageOf(MediaKind::Data, timestamp, flv::metadataOf(videoFormat, audioFormat)));
  }
  if (video && !video->record().empty() && std::exchange(video->headerDue, false)) {
    messages.push_back(
        messageOf(MediaKind::Video, timestamp, flv::avcSequenceHeader(video->record())));
  }
  if (audio && audio->codec == Codec::Aac && std::exchange(audio->headerDue, false)) {
    messages.push_back(
        messageOf(MediaKind::Audio, timestamp, flv::aacSequenceHeader(audio->configuration)));
  }
  return messages;
}

Result<std::vector<MediaMessage>> PacketPackager::package(const EncodedPacket& packet) {
  auto frame = impl_->frame(packet);
  if (!frame) return frame.error();
  auto messages = announce(packet.decodeTime);
  messages.push_back(std::move(*frame));
  return messages;
}

}  // namespace multiconnection
