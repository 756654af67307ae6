#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string_view>
#include <utility>

namespace multiconnection::shared_object {

/// What was mirrored to one slot of late: tells a value that comes back again and again.
class WriteHistory {
 public:
  using Clock = std::chrono::steady_clock;

  /// @param value  as AMF0.
  void note(std::string_view value, Clock::time_point now, Clock::duration window) {
    while (!writes_.empty() && now - writes_.front().first > window) writes_.pop_front();
    if (writes_.size() == kMax) writes_.pop_front();
    writes_.emplace_back(now, std::hash<std::string_view>()(value));
  }
  /// How often that value was written within `window`.
  std::size_t count(std::string_view value, Clock::time_point now, Clock::duration window) const {
    const auto hash = std::hash<std::string_view>()(value);
    return static_cast<std::size_t>(std::count_if(
        writes_.begin(), writes_.end(),
        [&](const auto& write) { return write.second == hash && now - write.first <= window; }));
  }
  /// Whether it cannot hold what was written within `window`.
  bool isFull(Clock::time_point now, Clock::duration window) const {
    return writes_.size() == kMax && now - writes_.front().first <= window;
  }
  bool isOver(Clock::time_point now, Clock::duration window) const {
    return writes_.empty() || now - writes_.back().first > window;
  }

 private:
  static constexpr std::size_t kMax = 256;
  std::deque<std::pair<Clock::time_point, std::size_t>> writes_;
};

}  // namespace multiconnection::shared_object
