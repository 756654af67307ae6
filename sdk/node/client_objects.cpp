#include <algorithm>
#include <utility>

#include "node/client.hpp"
#include "node/object_service.hpp"

// A client's part in shared objects.
namespace multiconnection::node {
namespace {

constexpr std::size_t kLeastUnread = std::size_t{1} << 20;
/// Bytes told that cost as much as an event.
constexpr std::size_t kAnswerBytesPerEvent = 1024;

}  // namespace

void Client::onObject(ClientEvent&& event) {
  const NodeOptions& options = host_.options;
  // Clients read what others write, too: bytes wait as a player's do, and one answer more.
  link_->setMaxUnread(std::max(kLeastUnread, options.maxQueueBytes) +
                      2 * options.sharedObjects.maxObjectBytes);
  objectRequests_.push_back(std::move(event.object));
  if (objectRequests_.size() == 1) serveObjects();
}

/// What it asks costs the node in proportion to the answers: it gets no more of them while it has
/// not read those that it got. This may begin to hold back what it sends.
void Client::serveObjects() {
  const std::size_t most = host_.options.maxQueueBytes / 2;
  if (link_->outbox().empty()) objectAnswers_ = 0;
  while (!objectRequests_.empty() && objectAnswers_ <= most) {
    const auto request = std::move(objectRequests_.front());
    objectRequests_.pop_front();
    const auto cost = host_.objects->onMessage({id_, peer_, fsm_.app(), fsm_.encoding()}, request);
    if (ended_) return;
    objectAnswers_ += cost.answerBytes;
    spend(objectCost_, cost.events + cost.answerBytes / kAnswerBytesPerEvent,
          host_.options.sharedObjects.maxEventsPerSecond);
  }
  setReading();
  if (objectRequests_.empty()) return;
  // An answer may be to come that nobody gives any more.
  constexpr std::chrono::seconds kRetry{1};
  objectTimer_.arm(std::chrono::steady_clock::now() + kRetry, [this] { serveObjects(); });
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
