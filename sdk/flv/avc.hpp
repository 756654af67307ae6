#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "flv/nal.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"

/// H.264 as FLV and RTMP carry it: NAL units, the decoder configuration record, tag bodies.
namespace multiconnection::flv {

/// Bytes before the NAL units of a classic AVC tag body: frame and codec, packet type, SI24 cts.
inline constexpr std::size_t kAvcHeaderBytes = 5;

/// nal_unit_type (ISO/IEC 14496-10, table 7-1); `unit` must not be empty.
inline std::uint8_t nalType(NalUnit unit) { return unit[0] & 0x1F; }
/// A coded slice or slice data partition.
inline bool isSlice(NalUnit unit) { return nalType(unit) >= 1 && nalType(unit) <= 5; }

struct ParameterSets {
  std::vector<Bytes> sps;
  std::vector<Bytes> pps;
  friend bool operator==(const ParameterSets&, const ParameterSets&) = default;
};

/// The parts of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1.2).
struct AvcConfiguration {
  std::uint8_t profile = 0;
  std::uint8_t compatibility = 0;
  std::uint8_t level = 0;
  std::size_t lengthBytes = 4;  ///< Of the length before each NAL unit: 1, 2 or 4.
  ParameterSets sets;
};

/// @return Errc::CorruptData naming what is wrong. Bytes after the parameter sets are not looked
/// at.
Result<AvcConfiguration> parseAvcConfiguration(std::span<const std::uint8_t> record);

/// The record for 4-byte lengths; with the chroma and bit depth fields where the profile has them.
/// @return Errc::CorruptData without SPS or PPS, for more than 31 SPS or 255 PPS, an unreadable
/// SPS, or a set over 65,535 bytes.
Result<Bytes> makeAvcConfiguration(const ParameterSets& sets);

/// The SPS and PPS among the units, each once.
ParameterSets parameterSetsOf(std::span<const NalUnit> units);
/// Appends the 5 bytes before a frame. @param compositionTime  -8,388,608 to 8,388,607 ms.
void appendAvcFrameHeader(Bytes& out, bool keyFrame, std::chrono::milliseconds compositionTime);
/// Tag body with the decoder configuration record.
Bytes avcSequenceHeader(std::span<const std::uint8_t> record);
/// Tag body that ends the sequence.
Bytes avcEndOfSequence();

}  // namespace multiconnection::flv
