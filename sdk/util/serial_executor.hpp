#pragma once

#include <functional>
#include <memory>

namespace multiconnection::util {

/// Runs tasks one after another: on the application's serial executor, or on a thread of its own.
class SerialExecutor {
 public:
  using Task = std::function<void()>;

  /// @param post  hands a task to the application's executor; empty: an own thread, started with
  /// the first task.
  /// @param onThrow  told of a task that threw; from the thread that ran it.
  /// @param threadName  of the own thread; at most 15 characters.
  SerialExecutor(std::function<void(Task)> post, std::function<void()> onThrow,
                 const char* threadName = "mc-events");
  ~SerialExecutor();  ///< close()
  SerialExecutor(const SerialExecutor&) = delete;
  SerialExecutor& operator=(const SerialExecutor&) = delete;

  /// From any thread; after close() the task is dropped.
  void post(Task task);
  /// Waits for a running task, unless called from inside it; afterwards no task starts, those that
  /// the application's executor still holds included.
  void close();
  /// Whether the caller runs inside a task.
  bool inTask() const;

 private:
  struct State;
  static void run(State& state, Task task);
  static void runThread(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace multiconnection::util
