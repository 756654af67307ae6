#pragma once

#include <cstdint>
#include <span>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"

/// AV1's configuration record, and its temporal units.
namespace multiconnection::flv {

/// Whether it begins as an AV1CodecConfigurationRecord does; an OBU cannot begin so.
bool isAv1Record(std::span<const std::uint8_t> bytes);
/// Checks an AV1CodecConfigurationRecord (AV1-ISOBMFF, 2.3). @return Errc::CorruptData naming what
/// is wrong.
Result<void> checkAv1Configuration(std::span<const std::uint8_t> record);

/// The record for a temporal unit, or any other row of OBUs, that holds a sequence header; empty
/// when it holds none. @return Errc::CorruptData for a header or OBUs that cannot be read.
Result<Bytes> makeAv1Configuration(std::span<const std::uint8_t> obus);

/// Appends the OBUs of one temporal unit, each with its size, without temporal delimiters: a
/// message is one unit anyway, and in files they are not allowed.
/// @return Errc::CorruptData for what cannot be read, or without a frame in it.
Result<void> appendAv1TemporalUnit(Bytes& out, std::span<const std::uint8_t> obus);

}  // namespace multiconnection::flv
