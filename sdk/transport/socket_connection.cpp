#include "transport/socket_connection.hpp"

#include <utility>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "transport/endpoint_name.hpp"

namespace multiconnection::transport {
namespace {

namespace asio = boost::asio;
using Socket = asio::generic::stream_protocol::socket;

// Shared with Asio's wait operations, which outlive the connection by a moment.
struct Waits {
  struct Slot {
    std::function<void()> handler;
    bool armed = false;
  };
  Slot readable;
  Slot writable;
};

class SocketConnection final : public Connection {
 public:
  SocketConnection(Socket socket, std::string peerName)
      : socket_(std::move(socket)), peerName_(std::move(peerName)) {}

  ~SocketConnection() override {
    waits_->readable.handler = nullptr;
    waits_->writable.handler = nullptr;
  }

  std::size_t write(std::span<const ConstBuffer> buffers, std::error_code& error) override {
    error.clear();
    if (buffers.empty()) return 0;
    ++writeCalls_;
    return sendGathered(socket_.native_handle(), buffers, error);
  }

  std::size_t read(std::span<std::uint8_t> into, std::error_code& error) override {
    error.clear();
    return receive(socket_.native_handle(), into, error);
  }

  void waitReadable(std::function<void()> handler) override {
    wait(&Waits::readable, Socket::wait_read, std::move(handler));
  }
  void waitWritable(std::function<void()> handler) override {
    wait(&Waits::writable, Socket::wait_write, std::move(handler));
  }

  void shutdownWrite() override { shutdownSend(socket_.native_handle()); }
  void resetOnClose() override { discardOnClose(socket_.native_handle()); }
  std::string peerName() const override { return peerName_; }
  std::optional<std::chrono::microseconds> roundTripTime() override {
    return transport::roundTripTime(socket_.native_handle());
  }
  std::uint64_t writeCalls() const override { return writeCalls_; }

 private:
  void wait(Waits::Slot Waits::*which, Socket::wait_type type, std::function<void()> handler) {
    Waits::Slot& slot = (*waits_).*which;
    slot.handler = std::move(handler);
    if (slot.armed || !slot.handler) return;
    slot.armed = true;
    // An error of the wait is not looked at: read() or write() tells it better.
    socket_.async_wait(type, [waits = waits_, which](const boost::system::error_code&) {
      Waits::Slot& fired = (*waits).*which;
      fired.armed = false;
      const std::function<void()> call = std::exchange(fired.handler, nullptr);
      if (call) call();
    });
  }

  Socket socket_;
  std::shared_ptr<Waits> waits_ = std::make_shared<Waits>();
  std::uint64_t writeCalls_ = 0;
  std::string peerName_;
};

std::error_code standard(const boost::system::error_code& error) {
  return {error.value(), std::system_category()};
}

Result<std::unique_ptr<Connection>> adopt(Socket socket, std::string peerName) {
  return std::unique_ptr<Connection>(
      std::make_unique<SocketConnection>(std::move(socket), std::move(peerName)));
}

}  // namespace

Result<std::unique_ptr<Connection>> adoptSocket(asio::io_context& io, NativeSocket native,
                                                std::string peerName) {
  boost::system::error_code error;
  Socket socket(io);
  // The protocol is not used for a socket that exists already.
  socket.assign(asio::generic::stream_protocol(0, 0), native, error);
  if (error) {
    closeSocket(native);
    return Error(standard(error), "cannot watch the socket of " + peerName);
  }
  return adopt(std::move(socket), std::move(peerName));
}

Result<std::unique_ptr<Connection>> adoptTcp(asio::io_context& io, NativeSocket native) {
  tuneTcp(native);
  boost::system::error_code error;
  asio::ip::tcp::socket socket(io);
  socket.assign(asio::ip::tcp::v4(), native, error);
  if (error) {
    closeSocket(native);
    return Error(standard(error), "cannot watch a TCP socket");
  }
  const asio::ip::tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return Error(standard(error), "the peer is gone already");
  return adopt(Socket(std::move(socket)), endpointName(peer.address().to_string(), peer.port()));
}

}  // namespace multiconnection::transport
