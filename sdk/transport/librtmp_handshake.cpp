#include "transport/librtmp_handshake.hpp"

#include <random>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "transport/handshake_pump.hpp"
#include "transport/librtmp_client.hpp"
#include "transport/small_threads.hpp"
#include "transport/socket_calls.hpp"
#include "transport/socket_connection.hpp"

namespace multiconnection::transport {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

class PumpOperation final : public Operation {
 public:
  explicit PumpOperation(std::shared_ptr<HandshakePump> pump) : pump_(std::move(pump)) {}
  ~PumpOperation() override { pump_->cancel(); }

 private:
  std::shared_ptr<HandshakePump> pump_;
};

/// For a handshake that could not even start.
class FailedOperation final : public Operation {
 public:
  FailedOperation(asio::io_context& io, Handshaker::Handler handler, Error error) {
    asio::post(io, [weak = std::weak_ptr(handler_), error = std::move(error)]() mutable {
      const auto kept = weak.lock();
      if (kept) (*kept)(std::move(error));
    });
    *handler_ = std::move(handler);
  }

 private:
  std::shared_ptr<Handshaker::Handler> handler_ = std::make_shared<Handshaker::Handler>();
};

}  // namespace

class Handshaker::Impl {
 public:
  explicit Impl(asio::io_context& io) : io_(io) { prepareLibrtmp(); }

  ~Impl() {
    // cancel() takes the pump out of the set; its thread then ends by itself.
    while (!live_->empty()) (*live_->begin())->cancel();
  }

  std::unique_ptr<Operation> start(Connection& connection, HandshakeOptions options,
                                   Clock::time_point deadline, Handler handler) {
    using Kind = HandshakeOptions::Kind;
    if (options.swf && options.kind == Kind::Plain) options.kind = Kind::Digest;
    std::error_code error;
    HandshakePump::Librtmp librtmp = startLibrtmp(options, error);
    if (error) {
      Error failure(error, "RTMP handshake with " + connection.peerName() +
                               " cannot start: " + error.message());
      return std::make_unique<FailedOperation>(io_, std::move(handler), std::move(failure));
    }
    auto pump =
        std::make_shared<HandshakePump>(io_, live_, connection, std::move(librtmp), options.kind,
                                        HandshakeMask(random_), std::move(handler));
    pump->start(deadline);
    return std::make_unique<PumpOperation>(std::move(pump));
  }

 private:
  HandshakePump::Librtmp startLibrtmp(const HandshakeOptions& options, std::error_code& error) {
    const SocketPair pair = makeSocketPair(error);
    if (error) return {};
    // The thread keeps a copy of our end: what librtmp writes after we have left goes nowhere, but
    // does not fail.
    const NativeSocket copy = duplicate(pair.ours, error);
    auto ours = adoptSocket(io_, pair.ours, "librtmp");
    if (!error && !ours) error = ours.error().code;
    const auto verdict = std::make_shared<LibrtmpVerdict>();
    const LibrtmpSettings settings{options.kind == HandshakeOptions::Kind::Encrypted,
                                   options.kind == HandshakeOptions::Kind::Digest, options.swf,
                                   options.librtmp};
    if (!error) {
      error = threads_.run([theirs = pair.theirs, copy, settings, verdict] {
        runLibrtmpClient(theirs, settings, *verdict);
        closeSocket(copy);
      });
    }
    if (!error) return {std::move(*ours), verdict};
    closeSocket(pair.theirs);
    closeSocket(copy);
    return {};
  }

  asio::io_context& io_;
  std::mt19937_64 random_{std::random_device{}()};
  std::shared_ptr<LivePumps> live_ = std::make_shared<LivePumps>();
  SmallThreads threads_;
};

Handshaker::Handshaker(asio::io_context& io) : impl_(std::make_unique<Impl>(io)) {}
Handshaker::~Handshaker() = default;

std::unique_ptr<Operation> Handshaker::start(Connection& connection, HandshakeOptions options,
                                             std::chrono::steady_clock::time_point deadline,
                                             Handler handler) {
  return impl_->start(connection, std::move(options), deadline, std::move(handler));
}

}  // namespace multiconnection::transport
