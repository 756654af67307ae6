#pragma once

#include <array>
#include <cstdint>

#include "multiconnection/error.hpp"
#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// Events of message type 4 (Adobe RTMP 1.0, section 7.1.7, and what servers add). Others occur and
/// are to be ignored.
enum class UserControlEvent : std::uint16_t {
  StreamBegin = 0,
  StreamEof = 1,
  StreamDry = 2,
  SetBufferLength = 3,
  StreamIsRecorded = 4,
  PingRequest = 6,
  PingResponse = 7,
  SwfVerifyRequest = 26,   ///< Without data: prove which program you are.
  SwfVerifyResponse = 27,  ///< `swfVerification`.
  BufferEmpty = 31,
  BufferReady = 32,
};

/// The answer to SwfVerifyRequest: 01 01, the program's size twice (u32), and an HMAC-SHA256 of 32
/// bytes over its hash.
using SwfVerification = std::array<std::uint8_t, 42>;

struct UserControl {
  UserControlEvent event = UserControlEvent::StreamBegin;
  std::uint32_t value = 0;               ///< A message stream id; pings: a timestamp.
  std::uint32_t bufferMilliseconds = 0;  ///< SetBufferLength only.
  SwfVerification swfVerification{};     ///< SwfVerifyResponse only.
  Bytes data{};                          ///< All that an unknown event carries.
};

Message makeUserControl(const UserControl& control);
/// An unknown event is no error; its value is what the first four bytes of its data say, if there
/// are as many.
/// @return Errc::CorruptData for another type or a body shorter than a known event needs.
Result<UserControl> parseUserControl(const Message& message);

}  // namespace multiconnection::rtmp
