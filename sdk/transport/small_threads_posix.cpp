#include <limits.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "transport/small_threads.hpp"

namespace multiconnection::transport {
namespace {

constexpr std::size_t kStackBytes = 128 * 1024;

// A new thread inherits the mask of the one that creates it.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

class SmallThreads::Impl {
 public:
  ~Impl() {
    std::unique_lock lock(mutex_);
    nobodyRuns_.wait(lock, [this] { return running_ == 0; });
    if (left_) pthread_join(*left_, nullptr);
  }

  std::error_code run(std::function<void()> task) {
    auto start = std::make_unique<Start>(Start{this, std::move(task)});
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    const auto minimum = static_cast<std::size_t>(PTHREAD_STACK_MIN);
    pthread_attr_setstacksize(&attributes, std::max(kStackBytes, minimum));
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    pthread_t thread;
    const AllSignalsBlocked blocked;
    int failure = pthread_create(&thread, &attributes, &Impl::main, start.get());
    // The application's thread-local variables may fill the small stack: then the usual one.
    if (failure == EINVAL) failure = pthread_create(&thread, nullptr, &Impl::main, start.get());
    pthread_attr_destroy(&attributes);
    if (failure == 0) {
      (void)start.release();
      return {};
    }
    const std::lock_guard lock(mutex_);
    --running_;
    return {failure, std::system_category()};
  }

 private:
  struct Start {
    Impl* impl;
    std::function<void()> task;
  };

  static void* main(void* argument) {
    const std::unique_ptr<Start> start(static_cast<Start*>(argument));
    start->task();
    start->task = nullptr;
    start->impl->leave();
    return nullptr;
  }

  // Each joins the one that left before, so that nobody has to come by and collect them.
  void leave() {
    std::optional<pthread_t> previous;
    {
      const std::lock_guard lock(mutex_);
      previous = std::exchange(left_, pthread_self());
      if (--running_ == 0) nobodyRuns_.notify_all();
    }
    if (previous) pthread_join(*previous, nullptr);
  }

  std::mutex mutex_;
  std::condition_variable nobodyRuns_;
  std::size_t running_ = 0;
  std::optional<pthread_t> left_;
};

SmallThreads::SmallThreads() : impl_(std::make_unique<Impl>()) {}
SmallThreads::~SmallThreads() = default;

std::error_code SmallThreads::run(std::function<void()> task) {
  return impl_->run(std::move(task));
}

}  // namespace multiconnection::transport
