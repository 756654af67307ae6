#include "flv/hevc.hpp"

#include <optional>
#include <string>

#include "flv/bit_reader.hpp"
#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

// nal_unit_type (ISO/IEC 23008-2, table 7-1)
constexpr std::uint8_t kVps = 32;
constexpr std::uint8_t kSps = 33;
constexpr std::uint8_t kPps = 34;
/// From general_profile_space to general_level_idc, byte for byte the same in an SPS and a record.
constexpr std::size_t kProfileBytes = 12;
constexpr std::size_t kNalHeaderBytes = 2;

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

std::uint8_t hevcNalType(NalUnit unit) { return unit[0] >> 1 & 0x3F; }

/// What a record repeats of an SPS.
struct SpsHead {
  Bytes profile;  ///< kProfileBytes
  std::uint32_t temporalLayers = 1;
  bool temporalNesting = false;
  std::uint32_t chroma = 1;
  std::uint32_t lumaDepth = 0;    ///< Minus 8.
  std::uint32_t chromaDepth = 0;  ///< Minus 8.
};

/// profile_tier_level() behind the general part (7.3.3).
void skipSubLayers(BitReader& in, unsigned subLayers) {
  constexpr unsigned kProfileBits = 88;
  constexpr unsigned kLevelBits = 8;
  unsigned bits = 0;
  for (unsigned i = 0; i < subLayers; ++i) {
    if (in.flag()) bits += kProfileBits;
    if (in.flag()) bits += kLevelBits;
  }
  if (subLayers > 0) bits += 2 * (8 - subLayers);  // reserved
  in.skip(bits);
}

/// seq_parameter_set_rbsp() (7.3.2.2) up to the bit depths.
std::optional<SpsHead> readSps(NalUnit sps) {
  constexpr std::size_t kEnough = 256;
  if (sps.size() < kNalHeaderBytes + 1 + kProfileBytes) return std::nullopt;
  const Bytes bytes = withoutEmulationPrevention(sps.subspan(kNalHeaderBytes), kEnough);
  if (bytes.size() < 1 + kProfileBytes) return std::nullopt;
  SpsHead head;
  BitReader in(bytes);
  in.skip(4);  // sps_video_parameter_set_id
  const unsigned subLayers = in.bits(3);
  head.temporalLayers = subLayers + 1;
  head.temporalNesting = in.flag();
  head.profile.assign(bytes.begin() + 1, bytes.begin() + 1 + kProfileBytes);
  in.skip(kProfileBytes * 8);
  skipSubLayers(in, subLayers);
  in.exponentialGolomb();  // sps_seq_parameter_set_id
  head.chroma = in.exponentialGolomb();
  if (head.chroma == 3) in.flag();  // separate_colour_plane_flag
  in.exponentialGolomb();           // width
  in.exponentialGolomb();           // height
  if (in.flag()) {
    for (int edge = 0; edge < 4; ++edge) in.exponentialGolomb();  // conformance window
  }
  head.lumaDepth = in.exponentialGolomb();
  head.chromaDepth = in.exponentialGolomb();
  const bool possible = head.chroma <= 3 && head.lumaDepth <= 7 && head.chromaDepth <= 7;
  return in.ok() && possible ? std::optional(std::move(head)) : std::nullopt;
}

void appendArray(Bytes& record, std::uint8_t type, const std::vector<Bytes>& sets) {
  util::ByteWriter out(record);
  out.u8(type);  // array_completeness 0: the sets may stand in the stream as well
  out.u16(static_cast<std::uint16_t>(sets.size()));
  appendParameterSets(record, sets);
}

Result<void> readArray(util::ByteReader& in, HevcParameterSets& sets) {
  const std::uint8_t type = in.u8() & 0x3F;
  const std::size_t count = in.u16();
  for (std::size_t i = 0; i < count; ++i) {
    const NalUnit unit = in.take(in.u16());
    if (!in.ok()) {
      return corrupt("HEVC configuration record ends within NAL unit " + std::to_string(i + 1) +
                     " of " + std::to_string(count) + " of type " + std::to_string(type));
    }
    const bool isSet = type >= kVps && type <= kPps;
    if (isSet && (unit.size() < kNalHeaderBytes || hevcNalType(unit) != type)) {
      return corrupt("HEVC configuration record with a NAL unit that is not of type " +
                     std::to_string(type));
    }
    if (isSet) {
      addParameterSet(type == kVps ? sets.vps : type == kSps ? sets.sps : sets.pps, unit);
    }
  }
  return {};
}

std::string countsOf(const HevcParameterSets& sets) {
  return std::to_string(sets.vps.size()) + " VPS, " + std::to_string(sets.sps.size()) +
         " SPS and " + std::to_string(sets.pps.size()) + " PPS";
}

}  // namespace

Result<HevcConfiguration> parseHevcConfiguration(std::span<const std::uint8_t> record) {
  constexpr std::size_t kBytesBeforeLengthSize = 20;
  util::ByteReader in(record);
  HevcConfiguration configuration;
  const std::uint8_t version = in.u8();
  in.skip(kBytesBeforeLengthSize);
  configuration.lengthBytes = (in.u8() & 3U) + 1U;
  const unsigned arrays = in.u8();
  if (!in.ok()) {
    return corrupt("HEVC configuration record of " + std::to_string(record.size()) + " bytes");
  }
  // Drafts of the format, and encoders after them, wrote 0.
  if (version > 1) {
    return corrupt("HEVC configuration record of version " + std::to_string(version) +
                   " instead of 1");
  }
  if (configuration.lengthBytes == 3) {
    return corrupt("HEVC configuration record with NAL unit lengths of 3 bytes");
  }
  for (unsigned i = 0; i < arrays; ++i) {
    if (auto read = readArray(in, configuration.sets); !read) return read.error();
  }
  if (!in.ok()) {
    return corrupt("HEVC configuration record ends before its array " + std::to_string(arrays));
  }
  return configuration;
}

Result<Bytes> makeHevcConfiguration(const HevcParameterSets& sets) {
  if (!sets.complete()) return corrupt("HEVC stream with " + countsOf(sets));
  if (anyOver16Bits(sets.vps) || anyOver16Bits(sets.sps) || anyOver16Bits(sets.pps)) {
    return corrupt("HEVC parameter set over 65535 bytes");
  }
  const auto sps = readSps(sets.sps.front());
  if (!sps) {
    return corrupt("HEVC SPS of " + std::to_string(sets.sps.front().size()) +
                   " bytes that cannot be read");
  }
  Bytes record;
  util::ByteWriter out(record);
  out.u8(1);
  out.bytes(sps->profile);
  out.u16(0xF000);  // min_spatial_segmentation: not said
  out.u8(0xFC);     // parallelism: not said
  out.u8(static_cast<std::uint8_t>(0xFC | sps->chroma));
  out.u8(static_cast<std::uint8_t>(0xF8 | sps->lumaDepth));
  out.u8(static_cast<std::uint8_t>(0xF8 | sps->chromaDepth));
  out.u16(0);  // average frame rate: not said
  constexpr unsigned k4ByteLengths = 3;
  out.u8(static_cast<std::uint8_t>((sps->temporalLayers & 7) << 3 |
                                   (sps->temporalNesting ? 4U : 0U) | k4ByteLengths));
  out.u8(3);  // arrays
  appendArray(record, kVps, sets.vps);
  appendArray(record, kSps, sets.sps);
  appendArray(record, kPps, sets.pps);
  return record;
}

HevcParameterSets hevcParameterSetsOf(std::span<const NalUnit> units) {
  HevcParameterSets sets;
  for (const NalUnit unit : units) {
    switch (hevcNalType(unit)) {
      case kVps:
        addParameterSet(sets.vps, unit);
        break;
      case kSps:
        addParameterSet(sets.sps, unit);
        break;
      case kPps:
        addParameterSet(sets.pps, unit);
        break;
      default:
        break;
    }
  }
  return sets;
}

}  // namespace multiconnection::flv
