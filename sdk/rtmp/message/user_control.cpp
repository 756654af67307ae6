#include "rtmp/message/user_control.hpp"

#include <string>

#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::rtmp {
namespace {

/// Bytes after the event number that we need for it; what an unknown event has is its own affair.
std::size_t bytesNeeded(UserControlEvent event) {
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
  }
  return 0;
}

}  // namespace

Message makeUserControl(const UserControl& control) {
  Message message{MessageType::UserControl, 0, 0, {}};
  util::ByteWriter writer(message.body);
  writer.u16(static_cast<std::uint16_t>(control.event));
  writer.u32(control.value);
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
  if (!in.ok() || in.remaining() < bytesNeeded(control.event)) {
    return Error{Errc::CorruptData, "user control message of " +
                                        std::to_string(message.body.size()) +
                                        " bytes is too short for its event"};
  }
  control.value = in.u32();
  if (control.event == UserControlEvent::SetBufferLength) control.bufferMilliseconds = in.u32();
  return control;
}

}  // namespace multiconnection::rtmp
