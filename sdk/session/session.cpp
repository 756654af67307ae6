#include "session/session.hpp"

#include "rtmp/message/command.hpp"
#include "session/status.hpp"

namespace multiconnection::session {

Result<void> Session::onMessage(const rtmp::Message& message, Actions& out) {
  switch (message.type) {
    case rtmp::MessageType::CommandAmf0:
    case rtmp::MessageType::CommandAmf3:  // some servers wrap AMF0 values in it, unasked
      return onCommand(message, out);
    case rtmp::MessageType::Audio:
    case rtmp::MessageType::Video:
    case rtmp::MessageType::DataAmf0:
    case rtmp::MessageType::DataAmf3:
      stream_.onMedia(message, out);
      return {};
    case rtmp::MessageType::Aggregate:
      return stream_.onAggregate(message, out);
    default:
      break;
  }
  if (connection_.onControl(message, out)) {
    if (const auto event = connection_.takeStreamEvent()) stream_.onStreamEvent(*event, out);
  }
  return {};  // types that nobody asked for are ignored
}

Result<void> Session::onCommand(const rtmp::Message& message, Actions& out) {
  const auto command = rtmp::parseCommand(message);
  // A value that we cannot hold is no breach of the protocol.
  if (!command && command.error().code == Errc::Unsupported) return {};
  if (!command) return command.error();
  if (command->name == "onStatus") {
    Status status = statusOf(*command);
    // Servers send stream events on the stream's id, on 0, or on an id of their own.
    if (status.code.starts_with("NetStream.")) {
      stream_.onStatus(std::move(status), message.streamId, out);
      return {};
    }
  }
  connection_.onCommand(*command, out);
  return {};
}

}  // namespace multiconnection::session
