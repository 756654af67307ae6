// What becomes of a stream whose servers fall behind: key frames to go on with, and who goes
// without video where the way to all of them is too narrow.
#include <utility>

#include "client/stream_engine.hpp"

namespace multiconnection::client {
namespace {

using Change = cluster::UplinkFsm::Change;

std::string seconds(std::chrono::milliseconds time) {
  return std::to_string(time.count() / 1000) + " s";
}

std::string reasonOf(const Change& change) {
  using Reason = cluster::UplinkFsm::Reason;
  switch (change.reason) {
    case Reason::TooNarrow:
      return "without video, for more important servers: " + std::to_string(change.behind) +
             " of " + std::to_string(change.servers) + " servers fall behind, by up to " +
             std::to_string(change.time.count()) + " ms";
    case Reason::Clear:
      return "no server has fallen behind for " + seconds(change.time);
    case Reason::InVain:
      return "without its video the others fell behind as before";
    case Reason::MostImportant:
      return "no more important server publishes";
    case Reason::Overdue:
      break;
  }
  return "tried again after " + seconds(change.time);
}

}  // namespace

outbox::DropPolicy StreamEngine::dropPolicy(const ServerSlot& slot) const {
  return {slot.config().dropLimits, lossless(), uplink_.yields(indexOf(slot))};
}

void StreamEngine::applyDropPolicy(ServerSlot& slot) {
  const outbox::DropPolicy policy = dropPolicy(slot);
  slot.setDropPolicy(policy);
  for (const auto& [target, successor] : successors_) {
    if (successor.first == slot.config().id) successor.second->setPolicy(policy);
  }
}

void StreamEngine::feed(const ServerSlot& slot, fanout::Target& successor) {
  successors_[&successor] = {slot.config().id, &successor.outbox()};
  successor.outbox().setPolicy(dropPolicy(slot));
  fanout_.add(successor);
}

void StreamEngine::starve(const fanout::Target& successor) {
  successors_.erase(&successor);
  fanout_.remove(successor);
}

void StreamEngine::onSucceeded(ServerSlot& slot, const fanout::Target& successor) {
  successors_.erase(&successor);
  fanout_.replace(successor, slot);
}

void StreamEngine::askForKeyFrame(Clock::time_point now) {
  if (use_ != Use::Publish || lossless()) return;
  const auto awaiting = fanout_.awaitingKeyFrame();
  if (keyFrameRequest_.isDue(now, awaiting.joining, awaiting.resuming)) hooks_.onKeyFrameWanted();
}

void StreamEngine::checkUplink(Clock::time_point now) {
  if (use_ != Use::Publish || lossless() || closing_ || !fanout_.hasVideo()) return;
  std::vector<cluster::UplinkFsm::Server> servers;
  for (const auto& slot : slots_) {
    if (!slot->isWanted()) continue;
    auto& server = servers.emplace_back();
    server.index = indexOf(*slot);
    server.priority = slot->config().priority;
    server.publishes = fanout_.has(*slot);
    if (!server.publishes) continue;
    const outbox::Outbox& outbox = slot->outbox();
    server.waiting = outbox.queueTime();
    server.dropped = outbox.dropped().video + outbox.dropped().audio;
    server.awaitsKeyFrame = fanout_.awaitsKeyFrame(*slot);
  }
  if (const auto change = uplink_.onTick(now, servers)) onUplinkChange(*change);
}

void StreamEngine::onUplinkChange(const Change& change) {
  for (const auto& slot : slots_) {
    if (indexOf(*slot) != change.server || slot->isGone()) continue;
    applyDropPolicy(*slot);
    if (change.yields()) {
      slot->tell(StatusCode::Yielding, StatusLevel::Warning, reasonOf(change));
    } else {
      slot->tell(StatusCode::Resumed, StatusLevel::Status, reasonOf(change));
    }
  }
}

/// What comes next has all servers from its beginning.
void StreamEngine::forgetUplink() {
  const cluster::UplinkFsm was = std::exchange(uplink_, {});
  for (const auto& slot : slots_) {
    applyDropPolicy(*slot);
    if (slot->isGone() || !was.yields(indexOf(*slot))) continue;
    slot->tell(StatusCode::Resumed, StatusLevel::Status, "what it yielded in has ended");
  }
}

}  // namespace multiconnection::client
