#include "rtmp/message/control.hpp"

#include <string>

#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::rtmp {
namespace {

Message makeU32(MessageType type, std::uint32_t value) {
  Message message{type, 0, 0, {}};
  util::ByteWriter(message.body).u32(value);
  return message;
}

Error tooShort(const Message& message, std::size_t needed) {
  return {Errc::CorruptData, "message type " + std::to_string(static_cast<int>(message.type)) +
                                 " has " + std::to_string(message.body.size()) +
                                 " bytes, it needs " + std::to_string(needed)};
}

}  // namespace

Message makeSetChunkSize(std::uint32_t bytes) { return makeU32(MessageType::SetChunkSize, bytes); }

Message makeAcknowledgement(std::uint64_t bytesRead) {
  return makeU32(MessageType::Acknowledgement, static_cast<std::uint32_t>(bytesRead));
}

Message makeWindowAckSize(std::uint32_t bytes) {
  return makeU32(MessageType::WindowAckSize, bytes);
}

Message makeSetPeerBandwidth(std::uint32_t windowBytes, BandwidthLimit limit) {
  Message message = makeU32(MessageType::SetPeerBandwidth, windowBytes);
  message.body.push_back(static_cast<std::uint8_t>(limit));
  return message;
}

Result<std::uint32_t> parseU32(const Message& message) {
  util::ByteReader in(message.body);
  const std::uint32_t value = in.u32();
  if (!in.ok()) return tooShort(message, 4);
  return value;
}

Result<PeerBandwidth> parsePeerBandwidth(const Message& message) {
  util::ByteReader in(message.body);
  const std::uint32_t windowBytes = in.u32();
  const std::uint8_t limit = in.u8();
  if (!in.ok()) return tooShort(message, 5);
  if (limit > static_cast<std::uint8_t>(BandwidthLimit::Dynamic)) {
    return Error{Errc::CorruptData,
                 "peer bandwidth limit type " + std::to_string(limit) + " is not 0, 1 or 2"};
  }
  return PeerBandwidth{windowBytes, static_cast<BandwidthLimit>(limit)};
}

}  // namespace multiconnection::rtmp
