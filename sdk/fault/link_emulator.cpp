#include "multiconnection/link_emulator.hpp"

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "fault/emulated_link.hpp"
#include "reactor/loop.hpp"
#include "transport/tcp_listener.hpp"

namespace multiconnection {
namespace {

using std::chrono::milliseconds;

Error invalid(std::string what) { return {Errc::InvalidArgument, std::move(what)}; }

Result<void> check(const LinkConditions& conditions) {
  constexpr milliseconds kLongest = std::chrono::hours(1);
  for (const auto& [name, time] :
       {std::pair{"delay", conditions.delay}, std::pair{"jitter", conditions.jitter}}) {
    if (time < milliseconds(0) || time > kLongest) {
      return invalid(std::string(name) + " of " + std::to_string(time.count()) +
                     " ms: expected 0 to 3600000");
    }
  }
  if (conditions.bufferBytes == 0) return invalid("a buffer of 0 bytes: nothing would ever move");
  if (!(conditions.corruption >= 0 && conditions.corruption <= 1)) {
    return invalid("corruption of " + std::to_string(conditions.corruption) + ": expected 0 to 1");
  }
  return {};
}

}  // namespace

class LinkEmulator::Impl {
 public:
  explicit Impl(LinkEmulatorOptions options) : options_(std::move(options)) {}
  ~Impl() { stop(); }

  Result<void> start() {
    const std::lock_guard lock(mutex_);
    if (loop_) return Error{Errc::InvalidState, "the link emulator runs already"};
    for (const auto& checked : {check(options_.up), check(options_.down)}) {
      if (!checked) return checked;
    }
    auto created = reactor::Loop::create();
    if (!created) return created.error();
    auto loop = std::move(created).value();
    Result<void> started;
    loop->run([&] {
      host_ = std::make_unique<fault::EmulatedLink::Host>(fault::EmulatedLink::Host{
          *loop, options_, counters_, [this](std::uint64_t link) { release(link); }});
      started = listen();
    });
    if (!started) return started;
    loop_ = std::move(loop);
    return {};
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    if (!loop_) return;
    loop_->run([this] {
      listener_.reset();
      resetAll();
    });
    loop_->run([] {});  // what release() posted
    loop_.reset();
  }

  std::uint16_t port() const {
    const std::lock_guard lock(mutex_);
    return options_.port;
  }

  Result<void> set(fault::EmulatedLink::Direction direction, const LinkConditions& conditions) {
    if (auto checked = check(conditions); !checked) return checked;
    run([&] {
      (direction == fault::EmulatedLink::Up ? options_.up : options_.down) = conditions;
      for (const auto& link : links()) link->set(direction, conditions);
    });
    return {};
  }

  Result<void> setListening(bool listening) {
    Result<void> done;
    run([&] {
      if (!listening) {
        listener_.reset();
      } else if (!listener_) {
        done = listen();
      }
    });
    return done;
  }

  void resetEvery() {
    run([this] { resetAll(); });
  }

  void vanish() {
    run([this] {
      for (const auto& link : links()) link->vanish();
    });
  }

  LinkCounters counters() const {
    LinkCounters counters;
    run([&] {
      counters = counters_;
      counters.open = links_.size();
    });
    return counters;
  }

 private:
  /// On the loop's thread, while it runs; else at once: nobody else looks then.
  template <class Task>
  void run(Task task) const {
    const std::lock_guard lock(mutex_);
    if (loop_) {
      loop_->run(task);
    } else {
      task();
    }
  }

  Result<void> listen() {
    auto listener = transport::TcpListener::listen(
        host_->loop.io(), {options_.address, options_.port},
        [this](std::unique_ptr<transport::Connection> near) { accept(std::move(near)); });
    if (!listener) return listener.error();
    listener_ = std::move(listener).value();
    options_.port = listener_->port();  // the same one when it listens again
    return {};
  }

  void accept(std::unique_ptr<transport::Connection> near) {
    const std::uint64_t id = ++counters_.connections;
    const auto link = std::make_shared<fault::EmulatedLink>(*host_, id, std::move(near));
    links_.emplace(id, link);
    link->start();
  }

  void resetAll() {
    for (const auto& link : links()) link->reset();
  }

  /// The map changes under who ends links.
  std::vector<std::shared_ptr<fault::EmulatedLink>> links() const {
    std::vector<std::shared_ptr<fault::EmulatedLink>> all;
    for (const auto& [id, link] : links_) all.push_back(link);
    return all;
  }

  void release(std::uint64_t id) {
    const auto found = links_.find(id);
    if (found == links_.end()) return;
    host_->loop.post([ended = std::move(found->second)] {});
    links_.erase(found);
  }

  mutable std::mutex mutex_;  ///< Of starting and stopping.
  LinkEmulatorOptions options_;
  std::unique_ptr<reactor::Loop> loop_;

  // Loop's thread only.
  std::unique_ptr<fault::EmulatedLink::Host> host_;
  std::unique_ptr<transport::TcpListener> listener_;
  std::map<std::uint64_t, std::shared_ptr<fault::EmulatedLink>> links_;
  LinkCounters counters_;
};

LinkEmulator::LinkEmulator(LinkEmulatorOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
LinkEmulator::~LinkEmulator() = default;

Result<void> LinkEmulator::start() { return impl_->start(); }
void LinkEmulator::stop() { impl_->stop(); }
std::uint16_t LinkEmulator::port() const { return impl_->port(); }
Result<void> LinkEmulator::setUp(const LinkConditions& conditions) {
  return impl_->set(fault::EmulatedLink::Up, conditions);
}
Result<void> LinkEmulator::setDown(const LinkConditions& conditions) {
  return impl_->set(fault::EmulatedLink::Down, conditions);
}
Result<void> LinkEmulator::setListening(bool listening) { return impl_->setListening(listening); }
void LinkEmulator::resetAll() { impl_->resetEvery(); }
void LinkEmulator::vanish() { impl_->vanish(); }
LinkCounters LinkEmulator::counters() const { return impl_->counters(); }

}  // namespace multiconnection
