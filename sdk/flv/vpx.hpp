#pragma once

#include <cstdint>
#include <span>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"

/// VP8's and VP9's configuration record.
namespace multiconnection::flv {

/// Checks a VPCodecConfigurationRecord (VP-ISOBMFF, "vpcC"), which begins with version and flags.
/// @return Errc::CorruptData naming what is wrong.
Result<void> checkVpConfiguration(std::span<const std::uint8_t> record);

/// Makes the record from a key frame and what the format says of size and frame rate, from which
/// the level follows (0, unknown, without them).
/// @return Errc::CorruptData for what is no key frame of that codec.
Result<Bytes> makeVpConfiguration(const VideoFormat& format,
                                  std::span<const std::uint8_t> keyFrame);

}  // namespace multiconnection::flv
