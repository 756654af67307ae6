#include "session/session.hpp"

#include <utility>

#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/command.hpp"
#include "rtmp/message/shared_object.hpp"
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
    case rtmp::MessageType::SharedObjectAmf0:
    case rtmp::MessageType::SharedObjectAmf3:
      return onSharedObject(message, out);
    default:
      break;
  }
  if (connection_.onControl(message, out)) {
    if (const auto event = connection_.takeStreamEvent()) stream_.onStreamEvent(*event, out);
  }
  return {};  // types that nobody asked for are ignored
}

void Session::sendSharedObject(const rtmp::SharedObjectMessage& object, Actions& out) const {
  out.send.push_back(
      {rtmp::makeSharedObject(object, connection_.encoding()), rtmp::kCommandChunkStream});
}

Result<void> Session::onSharedObject(const rtmp::Message& message, Actions& out) {
  auto object = rtmp::parseSharedObject(message);
  // A value that we cannot hold is no breach of the protocol.
  if (!object && object.error().code == Errc::Unsupported) return {};
  if (!object) return object.error();
  Event event;
  event.kind = Event::Kind::SharedObjectReceived;
  event.sharedObject = std::move(object).value();
  out.events.push_back(std::move(event));
  return {};
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
