#include <string>
#include <utility>

#include "flv/audio.hpp"
#include "flv/enhanced.hpp"
#include "flv/opus_flac.hpp"
#include "flv/packaged_track.hpp"

namespace multiconnection::flv {
namespace {

using std::chrono::milliseconds;

class AacTrack final : public PackagedTrack {
 public:
  explicit AacTrack(Bytes configuration)
      : PackagedTrack(Codec::Aac), configuration_(std::move(configuration)) {}
  Bytes header() const override { return aacSequenceHeader(configuration_); }
  Result<Bytes> frame(const EncodedPacket& packet, milliseconds) override {
    return aacFrame(packet.data);
  }
  Bytes end() const override { return {}; }

 private:
  Bytes configuration_;
};

class Mp3Track final : public PackagedTrack {
 public:
  explicit Mp3Track(std::uint8_t tagByte) : PackagedTrack(Codec::Mp3), tagByte_(tagByte) {}
  Bytes header() const override { return {}; }
  Result<Bytes> frame(const EncodedPacket& packet, milliseconds) override {
    return mp3Frame(tagByte_, packet.data);
  }
  Bytes end() const override { return {}; }

 private:
  std::uint8_t tagByte_;
};

/// Opus, FLAC, AC-3 or E-AC-3.
class EnhancedAudioTrack final : public PackagedTrack {
 public:
  /// @param configuration  what the codec's SequenceStart holds; empty for AC-3, whose frames
  /// need none: it tells servers and players of the track all the same.
  EnhancedAudioTrack(Codec codec, Bytes configuration)
      : PackagedTrack(codec), configuration_(std::move(configuration)) {}
  Bytes header() const override {
    return enhancedBody(codec(), packet_type::kSequenceStart, configuration_);
  }
  Result<Bytes> frame(const EncodedPacket& packet, milliseconds) override {
    if (auto checked = checkAudioFrame(codec(), packet.data); !checked) return checked.error();
    return enhancedBody(codec(), packet_type::kCodedFrames, packet.data);
  }
  Bytes end() const override { return enhancedBody(codec(), packet_type::kSequenceEnd, {}); }

 private:
  Bytes configuration_;
};

Result<Bytes> opusConfiguration(const AudioFormat& format) {
  if (format.configuration.empty()) {
    if (format.channels >= 1 && format.channels <= 2) {
      return makeOpusHead(format.channels, format.sampleRate);
    }
    return Error{Errc::CorruptData, "Opus with " + std::to_string(format.channels) +
                                        " channels but without an identification header"};
  }
  if (auto checked = checkOpusHead(format.configuration); !checked) return checked.error();
  return format.configuration;
}

Result<Bytes> configurationOf(const AudioFormat& format) {
  switch (format.codec) {
    case Codec::Aac: {
      auto parsed = parseAacConfiguration(format.configuration);
      if (!parsed) return parsed.error();
      return format.configuration;
    }
    case Codec::Opus:
      return opusConfiguration(format);
    case Codec::Flac:
      return flacHeader(format.configuration);
    default:
      return Bytes();
  }
}

}  // namespace

Result<std::unique_ptr<PackagedTrack>> makeAudioTrack(const AudioFormat& format) {
  using Track = std::unique_ptr<PackagedTrack>;
  if (isVideo(format.codec)) {
    return Error{Errc::InvalidArgument,
                 "audio format with codec " + std::string(codecName(format.codec))};
  }
  if (format.codec == Codec::Mp3) {
    auto tagByte = mp3TagByte(format.sampleRate, format.channels);
    if (!tagByte) return tagByte.error();
    return Track(std::make_unique<Mp3Track>(*tagByte));
  }
  auto configuration = configurationOf(format);
  if (!configuration) return Error{Errc::InvalidArgument, configuration.error().message};
  if (format.codec == Codec::Aac) {
    return Track(std::make_unique<AacTrack>(std::move(*configuration)));
  }
  return Track(std::make_unique<EnhancedAudioTrack>(format.codec, std::move(*configuration)));
}

}  // namespace multiconnection::flv
