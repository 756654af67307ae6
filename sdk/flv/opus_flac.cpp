#include "flv/opus_flac.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

constexpr std::string_view kOpusMagic("OpusHead");
constexpr std::string_view kFlacMagic("fLaC");
constexpr std::size_t kStreamInfoBytes = 34;
constexpr std::uint8_t kLastBlock = 0x80;

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

bool beginsWith(std::span<const std::uint8_t> bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

bool beginsAs(Codec codec, std::span<const std::uint8_t> frame) {
  constexpr unsigned kLastAc3BitStream = 10;  // bsid (ETSI TS 102 366, E.1.2.2.5)
  constexpr std::size_t kBitStreamIdPlace = 5;
  switch (codec) {
    case Codec::Flac:
      return frame.size() >= 2 && frame[0] == 0xFF && (frame[1] & 0xFE) == 0xF8;
    case Codec::Ac3:
    case Codec::Eac3: {
      if (frame.size() <= kBitStreamIdPlace || frame[0] != 0x0B || frame[1] != 0x77) return false;
      const bool ac3 = frame[kBitStreamIdPlace] >> 3 <= kLastAc3BitStream;
      return ac3 == (codec == Codec::Ac3);
    }
    default:
      return !frame.empty();
  }
}

}  // namespace

Result<void> checkOpusHead(std::span<const std::uint8_t> head) {
  constexpr std::size_t kFixedBytes = 19;
  if (!beginsWith(head, kOpusMagic) || head.size() < kFixedBytes) {
    return corrupt("Opus configuration of " + std::to_string(head.size()) +
                   " bytes that is no identification header");
  }
  const unsigned version = head[8];
  const unsigned channels = head[9];
  const unsigned family = head[18];
  if (version >> 4 != 0) return corrupt("Opus header of version " + std::to_string(version));
  // Family 0 is mono or stereo; others list the streams and a place for each channel.
  const bool possible = family == 0 ? channels <= 2 : head.size() >= kFixedBytes + 2 + channels;
  if (channels == 0 || !possible) {
    return corrupt("Opus header of " + std::to_string(head.size()) + " bytes with " +
                   std::to_string(channels) + " channels in mapping family " +
                   std::to_string(family));
  }
  return {};
}

Bytes makeOpusHead(int channels, int sampleRate) {
  constexpr std::uint16_t kPreSkip = 312;  // 6.5 ms at 48 kHz, libopus's delay
  constexpr int kOpusRate = 48000;
  Bytes head;
  util::ByteWriter out(head);
  out.text(kOpusMagic);
  out.u8(1);  // version
  out.u8(static_cast<std::uint8_t>(channels));
  out.u8(kPreSkip & 0xFF);
  out.u8(kPreSkip >> 8);
  out.u32LittleEndian(static_cast<std::uint32_t>(sampleRate > 0 ? sampleRate : kOpusRate));
  out.u16(0);  // gain
  out.u8(0);   // mapping family
  return head;
}

Result<Bytes> flacHeader(std::span<const std::uint8_t> given) {
  auto info = given;
  if (beginsWith(given, kFlacMagic)) {
    util::ByteReader in(given.subspan(kFlacMagic.size()));
    const unsigned type = in.u8() & 0x7FU;
    const std::size_t bytes = in.u24();
    info = in.take(bytes);
    if (!in.ok() || type != 0) {
      return corrupt("FLAC configuration whose first block is of type " + std::to_string(type) +
                     " instead of STREAMINFO, or cut off");
    }
  }
  if (info.size() != kStreamInfoBytes) {
    return corrupt("FLAC STREAMINFO of " + std::to_string(info.size()) + " bytes instead of 34");
  }
  constexpr std::size_t kRatePlace = 10;
  const unsigned rate = static_cast<unsigned>(info[kRatePlace]) << 12 |
                        static_cast<unsigned>(info[kRatePlace + 1]) << 4 |
                        static_cast<unsigned>(info[kRatePlace + 2]) >> 4;
  if (rate == 0) return corrupt("FLAC STREAMINFO with a sample rate of 0 Hz");
  Bytes header;
  util::ByteWriter out(header);
  out.text(kFlacMagic);
  out.u8(kLastBlock);
  out.u24(kStreamInfoBytes);
  out.bytes(info);
  return header;
}

Result<void> checkAudioFrame(Codec codec, std::span<const std::uint8_t> frame) {
  if (beginsAs(codec, frame)) return {};
  return corrupt(std::string(codecName(codec)) + " data that does not begin with a frame (" +
                 std::to_string(frame.size()) + " bytes)");
}

}  // namespace multiconnection::flv
