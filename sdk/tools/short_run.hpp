#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "multiconnection/multi_connection.hpp"
#include "tools/stop_signals.hpp"
#include "tools/task_loop.hpp"

namespace multiconnection::tools {

/// What `call`, `check` and `share` have in common: connects to an array, waits until every server
/// is decided, and closes. Everything happens on the loop, which is also the array's executor.
class ShortRun {
 public:
  /// @param log  see arrayOptions().
  ShortRun(StopSignals& signals, std::optional<LogLevel> log);
  ~ShortRun();
  ShortRun(const ShortRun&) = delete;
  ShortRun& operator=(const ShortRun&) = delete;

  /// Returns when each server is connected or has failed, at the latest after `timeout`.
  /// @param reconnect  what comes of servers that are lost, or were not there.
  /// @return Errc::InvalidArgument for a bad array.
  Result<void> connect(const std::vector<ServerEntry>& servers, std::chrono::milliseconds timeout,
                       const ReconnectPolicy& reconnect = ReconnectPolicy::never());
  /// Runs slots until `done`, the limit, or Ctrl-C. @return whether it is done.
  bool runUntil(const std::function<bool()>& done, std::chrono::milliseconds limit);
  /// Runs what was posted so far: reports may be ahead of the slots that tell why.
  void runPosted();
  void close();

  MultiConnection& array() { return array_; }
  bool stopped() const { return stopped_; }

 private:
  TaskLoop loop_;
  StopSignals& signals_;
  MultiConnection array_;
  bool stopped_ = false;  ///< By Ctrl-C.
  bool closed_ = false;
};

}  // namespace multiconnection::tools
