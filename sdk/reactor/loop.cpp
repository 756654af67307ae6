#include "reactor/loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "util/thread_setup.hpp"

namespace multiconnection::reactor {

class Loop::Impl {
 public:
  Impl() : work_(boost::asio::make_work_guard(io_)), resolver_(io_), handshaker_(io_) {
    // The first timer opens the files that the reactor waits with: here, as it throws if it cannot.
    const boost::asio::steady_timer first(io_);
    thread_ = std::thread([this] {
      util::setUpThread("mc-reactor");
      io_.run();
    });
  }
  ~Impl() {
    io_.stop();
    thread_.join();
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  transport::Resolver resolver_;
  transport::Handshaker handshaker_;
  std::thread thread_;
};

Result<std::unique_ptr<Loop>> Loop::create() {
  try {
    return std::make_unique<Loop>();
  } catch (const boost::system::system_error& failed) {
    return Error{failed.code(), std::string("no reactor: ") + failed.what()};
  } catch (const std::system_error& failed) {
    return Error{failed.code(), std::string("no reactor: ") + failed.what()};
  }
}

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::post(std::function<void()> task) { boost::asio::post(impl_->io_, std::move(task)); }

void Loop::run(const std::function<void()>& task) {
  if (inThread()) return task();
  std::promise<void> done;
  post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Loop::finish(const std::function<void()>& lastTask) {
  run([&] {
    lastTask();
    impl_->io_.stop();
  });
}

bool Loop::inThread() const { return impl_->io_.get_executor().running_in_this_thread(); }

boost::asio::io_context& Loop::io() { return impl_->io_; }
transport::Resolver& Loop::resolver() { return impl_->resolver_; }
transport::Handshaker& Loop::handshaker() { return impl_->handshaker_; }

class Timer::Impl {
 public:
  explicit Impl(boost::asio::io_context& io) : timer_(io) {}
  boost::asio::steady_timer timer_;
  std::function<void()> handler_;
};

Timer::Timer(Loop& loop) : impl_(std::make_shared<Impl>(loop.io())) {}
Timer::~Timer() { cancel(); }

void Timer::arm(TimePoint when, std::function<void()> handler) {
  impl_->handler_ = std::move(handler);
  impl_->timer_.expires_at(when);
  impl_->timer_.async_wait([weak = std::weak_ptr<Impl>(impl_), when](auto error) {
    const auto impl = weak.lock();
    if (error || !impl || impl->timer_.expiry() != when || !impl->handler_) return;
    std::exchange(impl->handler_, nullptr)();
  });
}

void Timer::cancel() {
  impl_->handler_ = nullptr;
  impl_->timer_.cancel();
}

}  // namespace multiconnection::reactor
