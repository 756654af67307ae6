#pragma once

#include <cstdint>
#include <span>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"

/// What Opus, FLAC, AC-3 and E-AC-3 begin with.
namespace multiconnection::flv {

/// Checks an Opus identification header (RFC 7845, 5.1). @return Errc::CorruptData naming what is
/// wrong.
Result<void> checkOpusHead(std::span<const std::uint8_t> head);
/// The header for mono or stereo. @param sampleRate  of the input, for information; 0 = unknown.
Bytes makeOpusHead(int channels, int sampleRate);

/// "fLaC" and the STREAMINFO block (RFC 9639, 8.2) as the stream's last. @param given  that, more
/// blocks behind it, or the 34 bytes of STREAMINFO alone.
/// @return Errc::CorruptData naming what is wrong.
Result<Bytes> flacHeader(std::span<const std::uint8_t> given);

/// Checks that a packet begins as a frame of that codec does. @return Errc::CorruptData naming the
/// bytes.
Result<void> checkAudioFrame(Codec codec, std::span<const std::uint8_t> frame);

}  // namespace multiconnection::flv
