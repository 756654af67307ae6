#pragma once

#include <cstdint>

#include "multiconnection/error.hpp"
#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// How the receiver of SetPeerBandwidth treats the value (Adobe RTMP 1.0, section 5.4.5).
enum class BandwidthLimit : std::uint8_t { Hard = 0, Soft = 1, Dynamic = 2 };

struct PeerBandwidth {
  std::uint32_t windowBytes = 0;
  BandwidthLimit limit = BandwidthLimit::Dynamic;
};

/// @param bytes  1 to 0x7FFFFFFF.
Message makeSetChunkSize(std::uint32_t bytes);
/// @param bytesRead  everything received so far; its low 32 bits travel.
Message makeAcknowledgement(std::uint64_t bytesRead);
Message makeWindowAckSize(std::uint32_t bytes);
Message makeSetPeerBandwidth(std::uint32_t windowBytes,
                             BandwidthLimit limit = BandwidthLimit::Dynamic);

/// The number in SetChunkSize, Abort, Acknowledgement and WindowAckSize.
/// @return Errc::CorruptData when the body is shorter than 4 bytes.
Result<std::uint32_t> parseU32(const Message& message);
/// @return Errc::CorruptData when the body is shorter than 5 bytes or the limit type is unknown.
Result<PeerBandwidth> parsePeerBandwidth(const Message& message);

}  // namespace multiconnection::rtmp
