#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace multiconnection::cluster {

/// Spreads the attempts of an array whose servers all went away at once, as when the uplink was
/// cut: a bucket of tokens, one for each attempt. Time is passed in.
class StartBudget {
 public:
  using Clock = std::chrono::steady_clock;

  /// @param burst  attempts that may begin together, 1 or more.
  /// @param interval  between further ones, more than 0.
  StartBudget(std::size_t burst, Clock::duration interval)
      : interval_(interval), allowance_(interval * static_cast<Clock::rep>(burst - 1)) {}

  /// Asks for one attempt that is due at `now`.
  /// @return when it may begin: `now`, or later; a place that was given is taken.
  Clock::time_point take(Clock::time_point now) {
    const auto nominal = std::max(now, next_);  // without the burst
    next_ = nominal + interval_;
    return std::max(now, nominal - allowance_);
  }

 private:
  Clock::duration interval_;
  Clock::duration allowance_;
  Clock::time_point next_{};  ///< When the next one may begin, without the burst.
};

}  // namespace multiconnection::cluster
