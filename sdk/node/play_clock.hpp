#pragma once

#include <chrono>

namespace multiconnection::node {

/// How far a recording may be sent at a given moment: as far as a player's clock, which runs from
/// the first frame on and stands still while it pauses, and its buffer ahead of that.
class PlayClock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  /// Stands at `position` from now on.
  void set(Milliseconds position, TimePoint now) {
    position_ = position;
    since_ = now;
  }
  void setPaused(bool paused, TimePoint now) {
    set(at(now), now);
    paused_ = paused;
  }
  void setBuffer(Milliseconds buffer) { buffer_ = buffer; }

  Milliseconds at(TimePoint now) const {
    return paused_ ? position_ : position_ + std::chrono::duration_cast<Milliseconds>(now - since_);
  }
  bool paused() const { return paused_; }
  bool isDue(Milliseconds timestamp, TimePoint now) const {
    return !paused_ && timestamp <= at(now) + buffer_;
  }
  /// When that timestamp is due; not asked while it pauses.
  TimePoint dueTime(Milliseconds timestamp) const {
    return since_ + (timestamp - position_ - buffer_);
  }

 private:
  Milliseconds position_{0};
  TimePoint since_{};
  Milliseconds buffer_{0};
  bool paused_ = false;
};

}  // namespace multiconnection::node
