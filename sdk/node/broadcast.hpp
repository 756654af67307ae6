#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fanout/fanout.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection::node {

/// A player's end of a broadcast. None of its functions may call back into the broadcast.
class Player : public fanout::Target {
 public:
  virtual void publisherCame() = 0;
  virtual void publisherLeft() = 0;
};

/// When frames are dropped for a player: by bytes alone. How far it may fall behind is the
/// operator's choice; ages would mislead, since the publishers after each other have clocks of
/// their own.
outbox::DropPolicy playerPolicy(std::size_t maxQueueBytes);

/// One stream name of one app: at most one publisher, any number of players, in any order of
/// arrival. Players survive the publisher's end and get what the next one sends.
class Broadcast {
 public:
  /// @return false when the name is in use.
  bool begin();
  void end();
  void add(Player& player);
  void remove(const Player& player);
  /// Queues for every player; flush() sends.
  void push(MediaMessage message) { fanout_.push(std::move(message)); }
  void flush() { fanout_.flush(); }
  bool published() const { return published_; }
  bool unused() const { return !published_ && players_.empty(); }

 private:
  fanout::Fanout fanout_{fanout::Fanout::Metadata::ForPlayers};
  std::vector<Player*> players_;
  bool published_ = false;
};

/// All broadcasts, by app and stream name; made when they are first asked for.
class Broadcasts {
 public:
  using Key = std::pair<std::string, std::string>;
  Broadcast& at(const Key& key) { return broadcasts_[key]; }
  bool isPublished(const Key& key) const {
    const auto found = broadcasts_.find(key);
    return found != broadcasts_.end() && found->second.published();
  }
  /// Forgets the broadcast if neither a publisher nor a player is left.
  void releaseIfUnused(const Key& key);
  std::size_t size() const { return broadcasts_.size(); }

 private:
  std::map<Key, Broadcast> broadcasts_;
};

}  // namespace multiconnection::node
