#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "multiconnection/media.hpp"
#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// A message's header apart from its body, which may be shared.
struct MessageHeader {
  MessageType type = MessageType::CommandAmf0;
  std::uint32_t timestamp = 0;
  std::uint32_t streamId = 0;
};

/// Appends the message as one type-0 chunk and as many type-3 chunks as it needs. The extended
/// timestamp stands in every chunk, as Adobe's software and librtmp expect it.
/// @param body           at most 16,777,215 bytes.
/// @param chunkStreamId  2 to 65599.
/// @param chunkSize      1 or more.
void appendChunks(Bytes& out, const MessageHeader& header, std::span<const std::uint8_t> body,
                  std::uint32_t chunkStreamId, std::uint32_t chunkSize);

/// Exactly the bytes that appendChunks() appends.
std::size_t chunkedSize(const MessageHeader& header, std::size_t bodyBytes,
                        std::uint32_t chunkStreamId, std::uint32_t chunkSize);

}  // namespace multiconnection::rtmp
