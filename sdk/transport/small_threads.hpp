#pragma once

#include <functional>
#include <memory>
#include <system_error>

namespace multiconnection::transport {

/// Threads that live for one short task each, with a small stack (128 KiB) and every signal
/// blocked, so that none of them runs a handler of the application. At most one of those that have
/// left is still to be joined.
class SmallThreads {
 public:
  SmallThreads();
  ~SmallThreads();  ///< Waits until the last one has left.
  SmallThreads(const SmallThreads&) = delete;
  SmallThreads& operator=(const SmallThreads&) = delete;

  /// Runs `task`, which must not throw, in a new thread; the system's error if there is none.
  std::error_code run(std::function<void()> task);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection::transport
