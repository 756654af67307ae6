#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace multiconnection::util {

/// How fast a counter has grown over the last second, ten seconds and minute. Time is passed in;
/// samples twice a second are plenty.
class RateMeter {
 public:
  using Clock = std::chrono::steady_clock;

  /// The counter stands at `total`, which never shrinks.
  void note(Clock::time_point now, std::uint64_t total);
  /// Per second, over about `window` (at most a minute) before the last sample, or since the first;
  /// 0 before the second.
  double rate(Clock::duration window) const;
  /// Forgets its samples.
  void reset() { samples_.clear(); }

 private:
  struct Sample {
    Clock::time_point time;
    std::uint64_t total;
  };
  std::deque<Sample> samples_;  ///< Of the last minute, and one from before.
};

}  // namespace multiconnection::util
