#pragma once

#include <functional>
#include <memory>

namespace multiconnection::tools {

/// Ctrl-C, SIGTERM and the end of the terminal (SIGHUP), each meaning: stop in order. A second one
/// ends the process at once, as the first does where nothing has to be stopped in order yet.
class StopSignals {
 public:
  /// Before any other thread is started: they inherit that the signals are left to this object.
  /// Also lets writing to a closed pipe fail instead of ending the process.
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// From now on the first signal calls `stop`, on a thread of its own.
  void handle(std::function<void()> stop);
  /// Called before the process ends at once; e.g. to show the cursor again.
  void beforeEnd(std::function<void()> last);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection::tools
