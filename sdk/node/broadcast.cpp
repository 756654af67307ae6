#include "node/broadcast.hpp"

#include <chrono>

namespace multiconnection::node {

outbox::DropPolicy playerPolicy(std::size_t maxQueueBytes) {
  constexpr auto kNever = std::chrono::milliseconds::max();
  return {{kNever, kNever, kNever, kNever, maxQueueBytes}, false, false};
}

bool Broadcast::begin() {
  if (published_) return false;
  published_ = true;
  for (Player* player : players_) player->publisherCame();
  return true;
}

void Broadcast::end() {
  published_ = false;
  fanout_.flush();
  fanout_.reset();
  for (Player* player : players_) player->publisherLeft();
}

void Broadcast::add(Player& player) {
  players_.push_back(&player);
  fanout_.add(player);
}

void Broadcast::remove(const Player& player) {
  fanout_.remove(player);
  std::erase(players_, &player);
}

void Broadcasts::releaseIfUnused(const Key& key) {
  const auto found = broadcasts_.find(key);
  if (found != broadcasts_.end() && found->second.unused()) broadcasts_.erase(found);
}

}  // namespace multiconnection::node
