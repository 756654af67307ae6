#include "util/serial_executor.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "util/thread_setup.hpp"

namespace multiconnection::util {

struct SerialExecutor::State {
  const std::function<void(Task)> post;
  const std::function<void()> onThrow;
  const char* const threadName;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> tasks;  ///< Of the own thread.
  std::thread thread;
  std::thread::id runner;  ///< Who runs a task now; none otherwise.
  bool closed = false;
};

SerialExecutor::SerialExecutor(std::function<void(Task)> post, std::function<void()> onThrow,
                               const char* threadName)
    : state_(
          new State{std::move(post), std::move(onThrow), threadName, {}, {}, {}, {}, {}, false}) {}

SerialExecutor::~SerialExecutor() { close(); }

void SerialExecutor::post(Task task) {
  if (state_->post) {
    state_->post([state = state_, task = std::move(task)] { run(*state, task); });
    return;
  }
  const std::lock_guard lock(state_->mutex);
  if (state_->closed) return;
  state_->tasks.push_back(std::move(task));
  if (!state_->thread.joinable()) {
    state_->thread = std::thread([state = state_] { runThread(state); });
  }
  state_->changed.notify_all();
}

void SerialExecutor::run(State& state, Task task) {
  std::thread::id outer;  // of a task that runs an event loop of its own, as modal dialogs do
  {
    const std::lock_guard lock(state.mutex);
    if (state.closed) return;
    outer = std::exchange(state.runner, std::this_thread::get_id());
  }
  try {
    task();
  } catch (...) {
    state.onThrow();
  }
  task = nullptr;  // while this counts as inside: it may hold the last reference to the executor
  const std::lock_guard lock(state.mutex);
  state.runner = outer;
  state.changed.notify_all();
}

void SerialExecutor::runThread(const std::shared_ptr<State>& state) {
  setUpThread(state->threadName);
  std::unique_lock lock(state->mutex);
  while (true) {
    state->changed.wait(lock, [&] { return state->closed || !state->tasks.empty(); });
    if (state->closed) return;
    Task task = std::move(state->tasks.front());
    state->tasks.pop_front();
    lock.unlock();
    run(*state, std::exchange(task, nullptr));
    lock.lock();
  }
}

void SerialExecutor::close() {
  std::unique_lock lock(state_->mutex);
  state_->closed = true;
  state_->changed.notify_all();
  const bool inside = state_->runner == std::this_thread::get_id();
  if (!inside) {
    state_->changed.wait(lock, [&] { return state_->runner == std::thread::id(); });
  }
  std::thread thread = std::move(state_->thread);
  std::deque<Task> dropped = std::move(state_->tasks);
  lock.unlock();
  if (!thread.joinable()) return;
  if (inside) {
    thread.detach();  // it shares the state and ends after the task that closes it
  } else {
    thread.join();
  }
}

bool SerialExecutor::inTask() const {
  const std::lock_guard lock(state_->mutex);
  return state_->runner == std::this_thread::get_id();
}

}  // namespace multiconnection::util
