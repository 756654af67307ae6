#include "tools/task_loop.hpp"

#include <utility>

namespace multiconnection::tools {

void TaskLoop::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  posted_.notify_one();
}

std::size_t TaskLoop::waiting() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

bool TaskLoop::runUntil(const std::function<bool()>& done, Clock::time_point limit) {
  while (!done()) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      if (!posted_.wait_until(lock, limit, [this] { return !tasks_.empty(); })) return false;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
    if (Clock::now() >= limit) return done();
  }
  return true;
}

}  // namespace multiconnection::tools
