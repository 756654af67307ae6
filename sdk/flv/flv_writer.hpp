#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "flv/format.hpp"
#include "multiconnection/media.hpp"

/// The bytes of an FLV file around the tag bodies.
namespace multiconnection::flv {

/// Where the flags byte of the file header stands.
inline constexpr std::size_t kFlagsOffset = 4;
/// The flags byte of a file with these tracks.
std::uint8_t headerFlags(bool hasAudio, bool hasVideo);

/// Appends the file header and the PreviousTagSize of 0 behind it.
void appendFlvHeader(Bytes& out, bool hasAudio, bool hasVideo);
/// Appends the 11 bytes before a body. The timestamp is written modulo 2^32.
void appendTagHeader(Bytes& out, const MediaMessage& message, std::size_t bodyBytes);
/// Appends the 4 bytes after a body.
void appendTagTrailer(Bytes& out, std::size_t bodyBytes);

}  // namespace multiconnection::flv
