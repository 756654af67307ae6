#pragma once

#include <cstdint>

#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// A message to send, and the chunk stream that carries it.
struct Outgoing {
  Message message;
  std::uint32_t chunkStream = 0;
};

}  // namespace multiconnection::rtmp
