#pragma once

#include <cstdint>

#include "multiconnection/media.hpp"

namespace multiconnection::rtmp {

/// RTMP message type ids (Adobe RTMP 1.0, sections 5.4, 6.2 and 7.1).
enum class MessageType : std::uint8_t {
  SetChunkSize = 1,
  Abort = 2,
  Acknowledgement = 3,
  UserControl = 4,
  WindowAckSize = 5,
  SetPeerBandwidth = 6,
  Audio = 8,
  Video = 9,
  DataAmf3 = 15,
  SharedObjectAmf3 = 16,
  CommandAmf3 = 17,
  DataAmf0 = 18,
  SharedObjectAmf0 = 19,
  CommandAmf0 = 20,
  Aggregate = 22,
};

/// A message without the chunk stream that carries it.
struct Message {
  MessageType type = MessageType::CommandAmf0;
  std::uint32_t timestamp = 0;  ///< Milliseconds, modulo 2^32.
  std::uint32_t streamId = 0;   ///< Message stream id; 0 is the NetConnection itself.
  Bytes body;                   ///< At most 16,777,215 bytes.
};

}  // namespace multiconnection::rtmp
