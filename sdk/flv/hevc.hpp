#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "flv/nal.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"

/// HEVC's decoder configuration record.
namespace multiconnection::flv {

struct HevcParameterSets {
  std::vector<Bytes> vps;
  std::vector<Bytes> sps;
  std::vector<Bytes> pps;
  /// Whether a decoder can begin with them.
  bool complete() const { return !vps.empty() && !sps.empty() && !pps.empty(); }
  friend bool operator==(const HevcParameterSets&, const HevcParameterSets&) = default;
};

/// The parts of an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1.2).
struct HevcConfiguration {
  std::size_t lengthBytes = 4;  ///< Of the length before each NAL unit: 1, 2 or 4.
  HevcParameterSets sets;       ///< May be incomplete.
};

/// @return Errc::CorruptData naming what is wrong.
Result<HevcConfiguration> parseHevcConfiguration(std::span<const std::uint8_t> record);

/// The record for 4-byte lengths.
/// @return Errc::CorruptData where a kind of set is missing, for an SPS that cannot be read, and
/// for a set over 65,535 bytes.
Result<Bytes> makeHevcConfiguration(const HevcParameterSets& sets);

/// The VPS, SPS and PPS among the units, each once.
HevcParameterSets hevcParameterSetsOf(std::span<const NalUnit> units);

}  // namespace multiconnection::flv
