#include "flv/audio.hpp"

#include <array>
#include <string>

#include "flv/bit_reader.hpp"
#include "flv/format.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

/// samplingFrequencyIndex (ISO/IEC 14496-3, table 1.18).
constexpr std::array<int, 13> kAacRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                        22050, 16000, 12000, 11025, 8000,  7350};
/// channelConfiguration (table 1.19); 0 = in the stream, -1 = reserved.
constexpr std::array<int, 16> kAacChannels{0, 1, 2, 3, 4, 5, 6, 8, -1, -1, -1, 7, 8, 24, 8, -1};
constexpr std::size_t kMaxConfigBytes = 4096;

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

Bytes aacBody(PacketType type, std::span<const std::uint8_t> content) {
  Bytes body;
  body.reserve(content.size() + 2);
  util::ByteWriter out(body);
  out.u8(kAacTagByte);
  out.u8(static_cast<std::uint8_t>(type));
  out.bytes(content);
  return body;
}

}  // namespace

Result<AacConfiguration> parseAacConfiguration(std::span<const std::uint8_t> config) {
  if (config.size() < 2 || config.size() > kMaxConfigBytes) {
    return corrupt("AAC configuration of " + std::to_string(config.size()) + " bytes");
  }
  BitReader in(config);
  AacConfiguration result;
  result.objectType = in.bits(5);
  if (result.objectType == 31) result.objectType = 32 + in.bits(6);
  const unsigned rateIndex = in.bits(4);
  if (rateIndex < kAacRates.size()) {
    result.sampleRate = kAacRates[rateIndex];
  } else if (rateIndex == 15) {
    result.sampleRate = static_cast<int>(in.bits(24));
  }
  const unsigned channelIndex = in.bits(4);
  result.channels = kAacChannels[channelIndex];
  if (!in.ok() || result.objectType == 0) {
    return corrupt("AAC configuration with object type " + std::to_string(result.objectType));
  }
  if (result.sampleRate <= 0) {
    return corrupt("AAC configuration with sample rate index " + std::to_string(rateIndex));
  }
  if (result.channels < 0) {
    return corrupt("AAC configuration with channel configuration " + std::to_string(channelIndex));
  }
  return result;
}

Bytes aacSequenceHeader(std::span<const std::uint8_t> config) {
  return aacBody(PacketType::SequenceHeader, config);
}

Result<Bytes> aacFrame(std::span<const std::uint8_t> frame) {
  if (frame.empty()) return corrupt("AAC frame of 0 bytes");
  // A raw frame cannot begin with these bits: they would be an END element.
  if (frame.size() >= 2 && frame[0] == 0xFF && (frame[1] & 0xF6) == 0xF0) {
    return corrupt("AAC frame with an ADTS header instead of a raw frame");
  }
  return aacBody(PacketType::Frame, frame);
}

Result<std::uint8_t> mp3TagByte(int sampleRate, int channels) {
  unsigned rate = 0;
  switch (sampleRate) {
    case 11025:
      rate = 1;
      break;
    case 22050:
      rate = 2;
      break;
    case 44100:
    case 48000:  // FLV has no code for it; decoders read the rate from the MP3 frame.
      rate = 3;
      break;
    default:
      return Error{Errc::Unsupported,
                   "MP3 at " + std::to_string(sampleRate) +
                       " Hz cannot be carried over RTMP (11025, 22050, 44100 or 48000 can)"};
  }
  constexpr unsigned k16Bit = 2;
  return static_cast<std::uint8_t>(kSoundMp3 << 4 | rate << 2 | k16Bit | (channels > 1 ? 1U : 0U));
}

Result<Bytes> mp3Frame(std::uint8_t tagByte, std::span<const std::uint8_t> frame) {
  // Frame sync: 11 bits (ISO/IEC 11172-3, 2.4.1.3).
  if (frame.size() < 4 || frame[0] != 0xFF || (frame[1] & 0xE0) != 0xE0) {
    return corrupt("MP3 data that does not begin with a frame (" + std::to_string(frame.size()) +
                   " bytes)");
  }
  Bytes body;
  body.reserve(frame.size() + 1);
  body.push_back(tagByte);
  util::ByteWriter(body).bytes(frame);
  return body;
}

}  // namespace multiconnection::flv
