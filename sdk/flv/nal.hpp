#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "multiconnection/media.hpp"

/// NAL units, of H.264 and HEVC alike.
namespace multiconnection::flv {

using NalUnit = std::span<const std::uint8_t>;

/// Begins with a start code (00 00 01 or 00 00 00 01).
bool isAnnexB(std::span<const std::uint8_t> bytes);
/// The NAL units of an Annex B byte stream, without start codes and zero padding; empty ones left
/// away. What precedes the first start code is none.
std::vector<NalUnit> splitAnnexB(std::span<const std::uint8_t> stream);
/// Whether `frame` is a sequence of length-prefixed NAL units and nothing else, at least one.
bool isLengthPrefixed(std::span<const std::uint8_t> frame, std::size_t lengthBytes);
/// Appends each unit behind its length in 4 bytes.
void appendLengthPrefixed(Bytes& out, std::span<const NalUnit> units);
/// Appends each set behind its length in 2 bytes, as configuration records have them.
void appendParameterSets(Bytes& out, const std::vector<Bytes>& sets);
/// Adds a copy of the unit, unless it is there already, or 255 are.
void addParameterSet(std::vector<Bytes>& sets, NalUnit unit);
/// Whether one is too long for a configuration record.
bool anyOver16Bits(const std::vector<Bytes>& sets);
/// The payload without emulation prevention bytes (00 00 03), of the first `limit` bytes.
Bytes withoutEmulationPrevention(NalUnit unit, std::size_t limit);

}  // namespace multiconnection::flv
