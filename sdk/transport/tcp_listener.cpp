#include "transport/tcp_listener.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include "transport/endpoint_name.hpp"
#include "transport/socket_calls.hpp"
#include "transport/socket_connection.hpp"

namespace multiconnection::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// How long a listener without file descriptors leaves its peers in the backlog.
constexpr std::chrono::milliseconds kPause{100};
// After so many the other sockets of the reactor get their turn.
constexpr int kAcceptsPerTurn = 64;

std::error_code standard(const boost::system::error_code& error) {
  return {error.value(), std::system_category()};
}

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(asio::io_context& io, TcpListener::AcceptHandler handler)
      : io_(io), acceptor_(io), pause_(io), handler_(std::move(handler)) {}

  boost::system::error_code open(const asio::ip::address& address, const ListenTarget& target) {
    std::error_code opening;
    const NativeSocket native = openTcp(address.is_v6() ? Family::Ipv6 : Family::Ipv4, opening);
    if (native == kNoSocket) return {opening.value(), boost::system::system_category()};
    boost::system::error_code error;
    acceptor_.assign(address.is_v6() ? tcp::v6() : tcp::v4(), native, error);
    if (error) {
      closeSocket(native);
      return error;
    }
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && address.is_v6()) acceptor_.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor_.bind({address, target.port}, error);
    if (!error) acceptor_.listen(target.backlog, error);
    if (!error) local_ = acceptor_.local_endpoint(error);
    return error;
  }

  void close() {
    boost::system::error_code ignored;
    handler_ = nullptr;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  void wait() {
    acceptor_.async_wait(tcp::acceptor::wait_read,
                         [weak = weak_from_this()](const boost::system::error_code& error) {
                           const auto self = weak.lock();
                           if (self && !error && self->handler_) self->acceptSome();
                         });
  }

  const tcp::endpoint& local() const { return local_; }

 private:
  void acceptSome() {
    // The handler may close the listener, and with it drop itself: it runs from a copy.
    const TcpListener::AcceptHandler handler = handler_;
    for (int i = 0; i < kAcceptsPerTurn && handler_; ++i) {
      std::error_code error;
      const NativeSocket peer = acceptTcp(acceptor_.native_handle(), error);
      if (peer == kNoSocket) {
        if (isExhaustion(error)) return pause();
        if (!error) break;
        continue;  // This peer was gone before its turn; the next one may be there.
      }
      // A peer that went away at once, or that cannot be watched, is closed again.
      auto connection = adoptTcp(io_, peer);
      if (connection) handler(std::move(*connection));
    }
    if (handler_) wait();
  }

  void pause() {
    pause_.expires_after(kPause);
    pause_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error && self->handler_) self->wait();
    });
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  TcpListener::AcceptHandler handler_;
  tcp::endpoint local_;
};

class AsioTcpListener final : public TcpListener {
 public:
  explicit AsioTcpListener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}
  ~AsioTcpListener() override { acceptor_->close(); }

  std::uint16_t port() const override { return acceptor_->local().port(); }
  std::string name() const override {
    return endpointName(acceptor_->local().address().to_string(), port());
  }

 private:
  std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace

TcpListener::~TcpListener() = default;

Result<std::unique_ptr<TcpListener>> TcpListener::listen(asio::io_context& io,
                                                         const ListenTarget& target,
                                                         AcceptHandler handler) {
  const std::string name = endpointName(target.address, target.port);
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(target.address, error);
  if (error) {
    return Error(Errc::InvalidArgument,
                 "cannot listen on " + name + ": the address is not numeric");
  }
  auto acceptor = std::make_shared<Acceptor>(io, std::move(handler));
  error = acceptor->open(address, target);
  if (error) return Error(standard(error), "cannot listen on " + name + ": " + error.message());
  acceptor->wait();
  return std::unique_ptr<TcpListener>(std::make_unique<AsioTcpListener>(std::move(acceptor)));
}

}  // namespace multiconnection::transport
