#include "transport/tcp_connector.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "transport/endpoint_name.hpp"
#include "transport/resolver.hpp"
#include "transport/socket_calls.hpp"
#include "transport/socket_connection.hpp"

namespace multiconnection::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

// RFC 8305, section 8: Connection Attempt Delay.
constexpr std::chrono::milliseconds kNextAttemptAfter{250};
// A name may have any number of addresses; nobody waits for more than these.
constexpr std::size_t kMaximumAddresses = 16;

// An address family without a route says less about the server than its answer does.
bool saysLittle(const std::error_code& error) {
  return error == std::errc::network_unreachable || error == std::errc::host_unreachable ||
         error == std::errc::address_not_available ||
         error == std::errc::address_family_not_supported;
}

class Attempts : public std::enable_shared_from_this<Attempts> {
 public:
  Attempts(asio::io_context& io, ConnectTarget target, Clock::time_point deadline,
           ConnectHandler handler, StepHandler onStep)
      : io_(io),
        target_(std::move(target)),
        deadline_(deadline),
        handler_(std::move(handler)),
        onStep_(std::move(onStep)),
        deadlineTimer_(io),
        nextTimer_(io) {}

  void start(Resolver& resolver) {
    deadlineTimer_.expires_at(deadline_);
    deadlineTimer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) self->onDeadline();
    });
    say("looks up " + target_.host);
    lookup_ = resolver.lookup(target_.host, deadline_,
                              [weak = weak_from_this()](Result<Resolver::Addresses> addresses) {
                                const auto self = weak.lock();
                                if (self) self->onAddresses(std::move(addresses));
                              });
  }

  void cancel() {
    done_ = true;
    handler_ = nullptr;
    lookup_.reset();
    running_.clear();
    deadlineTimer_.cancel();
    nextTimer_.cancel();
  }

 private:
  struct Attempt {
    Attempt(asio::io_context& io, std::string name) : socket(io), address(std::move(name)) {}
    tcp::socket socket;
    std::string address;
  };
  using Running = std::list<Attempt>;

  void onAddresses(Result<Resolver::Addresses> addresses) {
    if (!addresses) {
      finish(Error(addresses.error().code, prefix() + addresses.error().message));
      return;
    }
    for (std::string& address : *addresses) {
      if (waiting_.size() < kMaximumAddresses) waiting_.push_back(std::move(address));
    }
    sayAddresses();
    startNext();
  }

  void say(std::string step) const {
    if (onStep_) onStep_(std::move(step));
  }

  void sayAddresses() const {
    if (!onStep_ || waiting_.front() == target_.host) return;
    std::string all;
    for (const std::string& address : waiting_) all += (all.empty() ? "" : ", ") + address;
    say(target_.host + " is " + all);
  }

  void startNext() {
    while (!waiting_.empty()) {
      const std::string address = std::move(waiting_.front());
      waiting_.pop_front();
      if (startAttempt(address)) {
        armNext();
        return;
      }
    }
    if (running_.empty()) fail();
  }

  bool startAttempt(const std::string& text) {
    boost::system::error_code parse;
    const asio::ip::address address = asio::ip::make_address(text, parse);
    std::error_code error;
    const Family family = address.is_v6() ? Family::Ipv6 : Family::Ipv4;
    const NativeSocket native = openTcp(family, error);
    if (native == kNoSocket) return note(text, error);
    say("tries " + endpointName(text, target_.port));
    const tcp protocol = address.is_v6() ? tcp::v6() : tcp::v4();
    const auto attempt = running_.emplace(running_.end(), io_, text);
    boost::system::error_code assign;
    attempt->socket.assign(protocol, native, assign);
    if (assign) {
      closeSocket(native);
      running_.erase(attempt);
      return note(text, {assign.value(), std::system_category()});
    }
    attempt->socket.async_connect(
        tcp::endpoint(address, target_.port),
        [weak = weak_from_this(), attempt](const boost::system::error_code& result) {
          // Without the lock, or when done, the list and so the attempt are gone.
          const auto self = weak.lock();
          if (self && !self->done_) self->onAttempt(attempt, result);
        });
    return true;
  }

  void armNext() {
    if (waiting_.empty()) return;
    nextTimer_.expires_after(kNextAttemptAfter);
    nextTimer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error && !self->done_) self->startNext();
    });
  }

  void onAttempt(Running::iterator attempt, const boost::system::error_code& result) {
    if (!result) {
      boost::system::error_code ignored;
      tcp::socket connected = std::move(attempt->socket);
      auto connection = adoptTcp(io_, connected.release(ignored));
      if (connection) {
        say(attempt->address + ": TCP is open");
        finish(std::move(connection));
        return;
      }
      note(attempt->address, connection.error().code);
    } else {
      note(attempt->address, {result.value(), std::system_category()});
    }
    running_.erase(attempt);
    nextTimer_.cancel();
    startNext();
  }

  void onDeadline() {
    if (done_) return;
    for (const Attempt& attempt : running_) describe(attempt.address, "no answer");
    if (tried_.empty()) tried_ = "no answer from the name server";
    finish(Error(Errc::TimedOut, prefix() + "timed out, " + tried_));
  }

  void fail() { finish(Error(worst_, prefix() + tried_)); }

  bool note(const std::string& address, const std::error_code& error) {
    describe(address, error.message());
    if (!worst_ || saysLittle(worst_) || !saysLittle(error)) worst_ = error;
    return false;
  }

  void describe(const std::string& address, const std::string& what) {
    say(address + ": " + what);
    if (!tried_.empty()) tried_ += ", ";
    tried_ += address + ' ' + what;
  }

  std::string prefix() const {
    return "cannot connect to " + endpointName(target_.host, target_.port) + ": ";
  }

  void finish(Result<std::unique_ptr<Connection>> result) {
    const ConnectHandler handler = std::move(handler_);
    cancel();
    if (handler) handler(std::move(result));
  }

  asio::io_context& io_;
  ConnectTarget target_;
  Clock::time_point deadline_;
  ConnectHandler handler_;
  StepHandler onStep_;
  asio::steady_timer deadlineTimer_;
  asio::steady_timer nextTimer_;
  std::unique_ptr<Operation> lookup_;
  std::deque<std::string> waiting_;
  Running running_;
  std::string tried_;
  std::error_code worst_;
  bool done_ = false;
};

class ConnectOperation final : public Operation {
 public:
  explicit ConnectOperation(std::shared_ptr<Attempts> attempts) : attempts_(std::move(attempts)) {}
  ~ConnectOperation() override { attempts_->cancel(); }

 private:
  std::shared_ptr<Attempts> attempts_;
};

}  // namespace

std::unique_ptr<Operation> connectTcp(asio::io_context& io, Resolver& resolver,
                                      const ConnectTarget& target,
                                      std::chrono::steady_clock::time_point deadline,
                                      ConnectHandler handler, StepHandler onStep) {
  auto attempts =
      std::make_shared<Attempts>(io, target, deadline, std::move(handler), std::move(onStep));
  attempts->start(resolver);
  return std::make_unique<ConnectOperation>(std::move(attempts));
}

}  // namespace multiconnection::transport
