#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"

/// AAC and MP3 as FLV and RTMP carry them.
namespace multiconnection::flv {

/// The head of an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
struct AacConfiguration {
  unsigned objectType = 0;  ///< 2 = AAC LC, 5 = SBR, 29 = PS.
  int sampleRate = 0;       ///< Hz of the core coder.
  int channels = 0;         ///< 0: a program config element in the stream says it.
};

/// @return Errc::CorruptData naming what is wrong.
Result<AacConfiguration> parseAacConfiguration(std::span<const std::uint8_t> config);

/// Tag body with the AudioSpecificConfig.
Bytes aacSequenceHeader(std::span<const std::uint8_t> config);
/// Tag body with one raw frame.
/// @return Errc::CorruptData for an empty frame and for one behind an ADTS header.
Result<Bytes> aacFrame(std::span<const std::uint8_t> frame);

/// First byte of an MP3 tag body.
/// @return Errc::Unsupported naming a sample rate that FLV has no code for.
Result<std::uint8_t> mp3TagByte(int sampleRate, int channels);
/// Tag body with whole MP3 frames. @return Errc::CorruptData when it does not begin with one.
Result<Bytes> mp3Frame(std::uint8_t tagByte, std::span<const std::uint8_t> frame);

}  // namespace multiconnection::flv
