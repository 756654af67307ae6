#include "flv/avc.hpp"

#include <optional>
#include <string>

#include "flv/bit_reader.hpp"
#include "flv/format.hpp"
#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

using util::ByteReader;
using util::ByteWriter;

constexpr std::uint8_t kSps = 7;
constexpr std::uint8_t kPps = 8;
constexpr std::size_t kMaxSets = 255;

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

Result<void> readSets(ByteReader& in, std::size_t count, std::uint8_t type, const char* name,
                      std::vector<Bytes>& sets) {
  for (std::size_t i = 0; i < count; ++i) {
    const NalUnit unit = in.take(in.u16());
    if (!in.ok()) {
      return corrupt(std::string("H.264 configuration record ends within ") + name + ' ' +
                     std::to_string(i + 1) + " of " + std::to_string(count));
    }
    if (unit.empty() || nalType(unit) != type) {
      return corrupt(std::string("H.264 configuration record: ") + name + ' ' +
                     std::to_string(i + 1) + " is no such NAL unit");
    }
    sets.emplace_back(unit.begin(), unit.end());
  }
  return {};
}

struct SampleFormat {
  std::uint32_t chroma = 1;
  std::uint32_t lumaDepth = 0;    ///< Minus 8.
  std::uint32_t chromaDepth = 0;  ///< Minus 8.
};

/// Every profile but Baseline, Main and Extended has these fields (7.3.2.1.1).
bool hasSampleFormat(std::uint8_t profile) {
  return profile != 66 && profile != 77 && profile != 88;
}

std::optional<SampleFormat> sampleFormatOf(NalUnit sps) {
  // Emulation prevention bytes are not minded: these fields are too short to hold the 16 zero bits
  // that call for one.
  BitReader in(sps.subspan(4));
  SampleFormat format;
  in.exponentialGolomb();  // seq_parameter_set_id
  format.chroma = in.exponentialGolomb();
  if (format.chroma == 3) in.flag();  // separate_colour_plane_flag
  format.lumaDepth = in.exponentialGolomb();
  format.chromaDepth = in.exponentialGolomb();
  if (!in.ok() || format.chroma > 3 || format.lumaDepth > 6 || format.chromaDepth > 6) return {};
  return format;
}

}  // namespace

Result<AvcConfiguration> parseAvcConfiguration(std::span<const std::uint8_t> record) {
  ByteReader in(record);
  AvcConfiguration configuration;
  const std::uint8_t version = in.u8();
  configuration.profile = in.u8();
  configuration.compatibility = in.u8();
  configuration.level = in.u8();
  configuration.lengthBytes = (in.u8() & 3U) + 1U;
  const std::size_t spsCount = in.u8() & 0x1F;
  if (!in.ok()) {
    return corrupt("H.264 configuration record of " + std::to_string(record.size()) + " bytes");
  }
  if (version != 1) {
    return corrupt("H.264 configuration record of version " + std::to_string(version) +
                   " instead of 1");
  }
  if (configuration.lengthBytes == 3) {
    return corrupt("H.264 configuration record with NAL unit lengths of 3 bytes");
  }
  if (auto read = readSets(in, spsCount, kSps, "SPS", configuration.sets.sps); !read) {
    return read.error();
  }
  const std::size_t ppsCount = in.u8();
  if (auto read = readSets(in, ppsCount, kPps, "PPS", configuration.sets.pps); !read) {
    return read.error();
  }
  if (!in.ok() || spsCount == 0 || ppsCount == 0) {
    return corrupt("H.264 configuration record with " + std::to_string(spsCount) + " SPS and " +
                   std::to_string(ppsCount) + " PPS");
  }
  return configuration;
}

Result<Bytes> makeAvcConfiguration(const ParameterSets& sets) {
  if (sets.sps.empty() || sets.pps.empty() || sets.sps.size() > 31 || sets.pps.size() > kMaxSets) {
    return corrupt("H.264 stream with " + std::to_string(sets.sps.size()) + " SPS and " +
                   std::to_string(sets.pps.size()) + " PPS");
  }
  const Bytes& sps = sets.sps.front();
  if (sps.size() < 4 || anyOver16Bits(sets.sps) || anyOver16Bits(sets.pps)) {
    return corrupt("H.264 parameter set of a size that cannot be (SPS of " +
                   std::to_string(sps.size()) + " bytes)");
  }
  Bytes record;
  ByteWriter out(record);
  out.u8(1);
  out.bytes(std::span(sps).subspan(1, 3));  // profile, compatibility, level
  out.u8(0xFC | 3);                         // 4-byte lengths
  out.u8(static_cast<std::uint8_t>(0xE0 | sets.sps.size()));
  appendParameterSets(record, sets.sps);
  out.u8(static_cast<std::uint8_t>(sets.pps.size()));
  appendParameterSets(record, sets.pps);
  if (hasSampleFormat(sps[1])) {
    const auto format = sampleFormatOf(sps);
    if (!format) return corrupt("H.264 SPS whose chroma format cannot be read");
    out.u8(static_cast<std::uint8_t>(0xFC | format->chroma));
    out.u8(static_cast<std::uint8_t>(0xF8 | format->lumaDepth));
    out.u8(static_cast<std::uint8_t>(0xF8 | format->chromaDepth));
    out.u8(0);  // no SPS extension
  }
  return record;
}

ParameterSets parameterSetsOf(std::span<const NalUnit> units) {
  ParameterSets sets;
  for (const NalUnit unit : units) {
    if (nalType(unit) == kSps) addParameterSet(sets.sps, unit);
    if (nalType(unit) == kPps) addParameterSet(sets.pps, unit);
  }
  return sets;
}

void appendAvcFrameHeader(Bytes& out, bool keyFrame, std::chrono::milliseconds compositionTime) {
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>((keyFrame ? kKeyFrame : kInterFrame) << 4 | kCodecAvc));
  writer.u8(static_cast<std::uint8_t>(PacketType::Frame));
  writer.u24(static_cast<std::uint32_t>(compositionTime.count()) & 0xFFFFFF);
}

Bytes avcSequenceHeader(std::span<const std::uint8_t> record) {
  Bytes body{kKeyFrame << 4 | kCodecAvc, static_cast<std::uint8_t>(PacketType::SequenceHeader), 0,
             0, 0};
  ByteWriter(body).bytes(record);
  return body;
}

Bytes avcEndOfSequence() {
  return {kKeyFrame << 4 | kCodecAvc, static_cast<std::uint8_t>(PacketType::EndOfSequence), 0, 0,
          0};
}

}  // namespace multiconnection::flv
