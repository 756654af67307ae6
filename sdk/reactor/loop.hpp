#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "multiconnection/error.hpp"
#include "transport/librtmp_handshake.hpp"
#include "transport/resolver.hpp"

namespace boost::asio {
class io_context;
}

namespace multiconnection::reactor {

/// The reactor: one thread that owns every socket, and what all connections share there.
class Loop {
 public:
  /// @return the system's error where it gives no thread, or no files to wait with.
  static Result<std::unique_ptr<Loop>> create();
  Loop();  ///< create(); throws what that returns.
  /// Lets the running task end, drops the others and joins the thread. Not from that thread.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs `task` on the loop's thread, after those posted before. From any thread.
  void post(std::function<void()> task);
  /// Runs `task` there and waits for it; inside the loop's thread at once.
  void run(const std::function<void()>& task);
  /// The same, and nothing else runs after it.
  void finish(const std::function<void()>& lastTask);
  bool inThread() const;

  // What follows is for the loop's thread.
  boost::asio::io_context& io();
  transport::Resolver& resolver();
  transport::Handshaker& handshaker();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A timer of the loop. Loop's thread only.
class Timer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  explicit Timer(Loop& loop);
  ~Timer();  ///< cancel()
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Calls `handler` once at `when`; replaces what was armed.
  void arm(TimePoint when, std::function<void()> handler);
  void cancel();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace multiconnection::reactor
