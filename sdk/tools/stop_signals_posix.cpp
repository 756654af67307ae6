#include <pthread.h>
#include <signal.h>

#include <initializer_list>
#include <mutex>
#include <thread>
#include <utility>

#include "tools/stop_signals.hpp"

namespace multiconnection::tools {

class StopSignals::Impl {
 public:
  Impl() {
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&awaited_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      // nohup's choice is respected; a shell's "&" ignores SIGINT, which kill -INT still may send.
      if (number == SIGHUP && isIgnored(number)) continue;
      sigaddset(&awaited_, number);
    }
    pthread_sigmask(SIG_BLOCK, &awaited_, nullptr);
    thread_ = std::thread([this] { wait(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    // It awaits the blocked signal: nothing is terminated by it.
    // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }

  void handle(std::function<void()> stop) {
    const std::lock_guard lock(mutex_);
    stop_ = std::move(stop);
  }

  void beforeEnd(std::function<void()> last) {
    const std::lock_guard lock(mutex_);
    last_ = std::move(last);
  }

 private:
  static bool isIgnored(int number) {
    struct sigaction current {};
    sigaction(number, nullptr, &current);
    return current.sa_handler == SIG_IGN;
  }

  void wait() {
    while (true) {
      int number = 0;
      if (sigwait(&awaited_, &number) != 0) continue;
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      if (!stop_) endNow(number);
      std::exchange(stop_, nullptr)();
    }
  }

  /// Ends the process by the signal itself, so that the caller can see it.
  [[noreturn]] void endNow(int number) {
    if (last_) last_();
    signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &awaited_, nullptr);
    raise(number);
    _exit(128 + number);
  }

  sigset_t awaited_{};
  std::thread thread_;
  std::mutex mutex_;
  bool ending_ = false;
  std::function<void()> stop_;
  std::function<void()> last_;
};

StopSignals::StopSignals() : impl_(std::make_unique<Impl>()) {}
StopSignals::~StopSignals() = default;
void StopSignals::handle(std::function<void()> stop) { impl_->handle(std::move(stop)); }
void StopSignals::beforeEnd(std::function<void()> last) { impl_->beforeEnd(std::move(last)); }

}  // namespace multiconnection::tools
