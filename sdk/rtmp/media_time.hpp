#pragma once

#include <chrono>
#include <cstdint>

namespace multiconnection::rtmp {

/// Continues 32-bit timestamps beyond 2^32 ms: the nearest moment to the last one is meant.
class MediaTime {
 public:
  /// May be a little negative when a stream begins just after a wrap and a message before it
  /// follows.
  std::chrono::milliseconds at(std::uint32_t timestamp) {
    last_ = started_
                ? last_ + static_cast<std::int32_t>(timestamp - static_cast<std::uint32_t>(last_))
                : timestamp;
    // Headers at 0 before a stream that runs for weeks are no step back by those weeks.
    if (last_ < -kMaxDisorder) last_ = timestamp;
    started_ = true;
    return std::chrono::milliseconds(last_);
  }

  /// The next timestamps are near that moment: the stream was moved there on purpose.
  void jumpTo(std::chrono::milliseconds moment) {
    last_ = moment.count();
    started_ = true;
  }

 private:
  static constexpr std::int64_t kMaxDisorder = 1000;  ///< Milliseconds.
  std::int64_t last_ = 0;
  bool started_ = false;
};

}  // namespace multiconnection::rtmp
