#include <memory>
#include <string>
#include <utility>

#include "node/client_call.hpp"
#include "rtmp/message/shared_object.hpp"

// Shared objects, up to what they mean.
namespace multiconnection::node {
namespace {

using EventType = rtmp::SharedObjectEventType;

bool isForServers(EventType type) {
  switch (type) {
    case EventType::Use:
    case EventType::Release:
    case EventType::RequestChange:
    case EventType::RequestRemove:
    case EventType::SendMessage:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<void> ClientFsm::onSharedObject(const rtmp::Message& message, ClientActions& out) const {
  if (state_ == State::Opening) {
    return Error{Errc::CorruptData, "a shared object message before connect"};
  }
  amf::Limits limits;
  limits.maxValues = settings_.maxCallValues;
  auto object = rtmp::parseSharedObject(message, limits);
  if (!object) return object.error();
  for (const auto& event : object->events) {
    if (isForServers(event.type)) continue;
    return Error{Errc::CorruptData, "shared object event " +
                                        std::to_string(static_cast<int>(event.type)) +
                                        " of a client, which is for servers to send"};
  }
  ClientEvent event{ClientEvent::Kind::ObjectRequested, 0, ""};
  event.object =
      std::make_shared<const ObjectRequest>(ObjectRequest{*std::move(object), message.body.size()});
  out.events.push_back(std::move(event));
  return {};
}

}  // namespace multiconnection::node
