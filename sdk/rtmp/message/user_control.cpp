#include "rtmp/message/user_control.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::rtmp {
namespace {

/// Bytes after the event number that we need for it; nothing for an event that we do not know.
std::optional<std::size_t> bytesNeeded(UserControlEvent event) {
  switch (event) {
    case UserControlEvent::StreamBegin:
    case UserControlEvent::StreamEof:
    case UserControlEvent::StreamDry:
    case UserControlEvent::StreamIsRecorded:
    case UserControlEvent::PingRequest:
    case UserControlEvent::PingResponse:
    case UserControlEvent::BufferEmpty:
    case UserControlEvent::BufferReady:
      return 4;
    case UserControlEvent::SetBufferLength:
      return 8;
    case UserControlEvent::SwfVerifyRequest:
      return 0;
    case UserControlEvent::SwfVerifyResponse:
      return SwfVerification().size();
  }
  return std::nullopt;
}

}  // namespace

Message makeUserControl(const UserControl& control) {
  Message message{MessageType::UserControl, 0, 0, {}};
  util::ByteWriter writer(message.body);
  writer.u16(static_cast<std::uint16_t>(control.event));
  if (control.event == UserControlEvent::SwfVerifyResponse) {
    writer.bytes(control.swfVerification);
  } else if (!bytesNeeded(control.event)) {
    writer.bytes(control.data);
  } else if (control.event != UserControlEvent::SwfVerifyRequest) {
    writer.u32(control.value);
  }
  if (control.event == UserControlEvent::SetBufferLength) writer.u32(control.bufferMilliseconds);
  return message;
}

Result<UserControl> parseUserControl(const Message& message) {
  if (message.type != MessageType::UserControl) {
    return Error{Errc::CorruptData, "message type " +
                                        std::to_string(static_cast<int>(message.type)) +
                                        " is no user control message"};
  }
  util::ByteReader in(message.body);
  UserControl control;
  control.event = static_cast<UserControlEvent>(in.u16());
  const auto needed = bytesNeeded(control.event);
  if (!in.ok() || in.remaining() < needed.value_or(0)) {
    return Error{Errc::CorruptData, "user control message of " +
                                        std::to_string(message.body.size()) +
                                        " bytes is too short for its event"};
  }
  if (!needed) {
    control.data.assign(message.body.begin() + 2, message.body.end());
    control.value = in.u32();
  } else if (control.event == UserControlEvent::SwfVerifyResponse) {
    const auto bytes = in.take(control.swfVerification.size());
    std::copy(bytes.begin(), bytes.end(), control.swfVerification.begin());
  } else if (control.event != UserControlEvent::SwfVerifyRequest) {
    control.value = in.u32();
  }
  if (control.event == UserControlEvent::SetBufferLength) control.bufferMilliseconds = in.u32();
  return control;
}

}  // namespace multiconnection::rtmp
