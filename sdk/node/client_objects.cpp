#include <algorithm>
#include <utility>

#include "node/client.hpp"
#include "node/object_service.hpp"

// A client's part in shared objects.
namespace multiconnection::node {
namespace {

constexpr std::size_t kLeastUnread = std::size_t{1} << 20;

}  // namespace

void Client::onObject(ClientEvent&& event) {
  // Clients read what others write, too: bytes wait as a player's do.
  link_->setMaxUnread(std::max(kLeastUnread, host_.options.maxQueueBytes));
  host_.objects->onMessage({id_, peer_, fsm_.app(), fsm_.encoding()}, event.object);
}

bool Client::queueObject(const SharedBytes& bytes) {
  if (!link_ || ended_) return false;
  link_->send(bytes);
  return !std::exchange(objectsWait_, true);
}

void Client::flushObjects() {
  objectsWait_ = false;
  if (link_ && !ended_) link_->flush();
}

void Client::reportObject(NodeEvent::Kind kind, const std::string& name) const {
  host_.report(eventOf(kind, name));
}

}  // namespace multiconnection::node
