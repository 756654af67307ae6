#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace multiconnection::tools {

/// The program's one thread of decisions: the SDK's slots, signals and its own timers run on it,
/// one after another.
class TaskLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;

  /// From any thread.
  void post(Task task);
  /// Tasks not yet begun. From any thread.
  std::size_t waiting() const;
  /// Runs what was posted until `done` or the time has come; `done` is asked after every task.
  /// @return whether it is done.
  bool runUntil(const std::function<bool()>& done, Clock::time_point limit);

 private:
  mutable std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<Task> tasks_;
};

}  // namespace multiconnection::tools
