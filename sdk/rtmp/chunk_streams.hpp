#pragma once

#include <cstdint>

namespace multiconnection::rtmp {

/// Chunk streams this SDK writes on. Media has its own: its headers must not depend on commands.
constexpr std::uint32_t kControlChunkStream = 2;  ///< Reserved for protocol control.
constexpr std::uint32_t kCommandChunkStream = 3;  ///< NetConnection commands, shared objects.
constexpr std::uint32_t kAudioChunkStream = 4;
constexpr std::uint32_t kDataChunkStream = 5;
constexpr std::uint32_t kVideoChunkStream = 6;
constexpr std::uint32_t kStreamCommandChunkStream = 8;  ///< publish, play and the like.

/// Both directions start with it (Adobe RTMP 1.0, section 5.4.1).
constexpr std::uint32_t kInitialChunkSize = 128;
/// A message length has 24 bits; a larger chunk size means the same as this one.
constexpr std::uint32_t kMaxMessageBytes = 0xFFFFFF;

}  // namespace multiconnection::rtmp
