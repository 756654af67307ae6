#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "multiconnection/link_emulator.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection::fault {

/// One direction of an emulated link: a queue before a bottleneck, then the way. Time is passed in;
/// chance comes from a seed.
class LinkQueue {
 public:
  using Clock = std::chrono::steady_clock;

  /// @param shared  a bottleneck that others have, too; may be null.
  LinkQueue(const LinkConditions& conditions, std::uint64_t seed,
            std::shared_ptr<SharedRate> shared = nullptr)
      : conditions_(conditions), chance_(seed), shared_(std::move(shared)) {}

  /// From `now` on. What is on its way arrives as it was to.
  void set(const LinkConditions& conditions, Clock::time_point now);

  /// How many bytes the queue has room for.
  std::size_t room(Clock::time_point now);
  void push(std::span<const std::uint8_t> bytes, Clock::time_point now);
  /// What has arrived since the last call.
  Bytes take(Clock::time_point now);
  /// When take() or room() will have more; nothing when time alone changes nothing.
  std::optional<Clock::time_point> next(Clock::time_point now);
  bool empty() const { return waiting_.empty() && onTheWay_.empty(); }

 private:
  struct Segment {
    Bytes bytes;
    Clock::time_point at;  ///< Of what waits: when it came; on the way: when it arrives.
  };
  /// Of the first that waits.
  Clock::time_point departure();
  void advance(Clock::time_point now);
  std::uint64_t random();
  double fraction();
  void corrupt(Bytes& bytes);

  LinkConditions conditions_;
  std::uint64_t chance_;
  std::shared_ptr<SharedRate> shared_;
  std::optional<Clock::time_point> throughShared_;  ///< When the first that waits will be.
  std::deque<Segment> waiting_;
  std::size_t waitingBytes_ = 0;
  std::deque<Segment> onTheWay_;
  Clock::time_point free_{};         ///< The bottleneck has carried what went before.
  Clock::time_point lastArrival_{};  ///< Of the newest on the way.
};

}  // namespace multiconnection::fault
