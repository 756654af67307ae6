#include "transport/librtmp_handshake.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <span>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "transport/librtmp_client.hpp"
#include "transport/small_threads.hpp"
#include "transport/socket_calls.hpp"
#include "transport/socket_connection.hpp"

namespace multiconnection::transport {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// RTMP 1.0, section 5.2: one version byte, then two packets of 1536 bytes in either direction.
constexpr std::size_t kPacketBytes = 1536;
constexpr std::size_t kHandshakeBytes = 1 + 2 * kPacketBytes;
constexpr std::size_t kFirstFlight = 1 + kPacketBytes;
constexpr std::uint8_t kVersion = 3;
constexpr std::size_t kRandomOffset = 8;  // Behind the time and the zero of C1 and S1.

/// librtmp fills C1 from rand(), which nobody seeds and which is not ours to seed: without this C1
/// would be the same in every process. The random part is masked on its way out, and S2, which
/// returns it, on its way in: librtmp finds its own bytes. Right for the plain handshake only.
class Mask {
 public:
  explicit Mask(std::mt19937_64& random) {
    for (std::uint8_t& byte : bytes_) byte = static_cast<std::uint8_t>(random());
  }

  /// `at`: place of the first byte in its direction; `packet`: where the packet to mask begins.
  void apply(std::span<std::uint8_t> bytes, std::size_t at, std::size_t packet) const {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const std::size_t place = at + i;
      if (place < packet + kRandomOffset || place >= packet + kPacketBytes) continue;
      bytes[i] ^= bytes_[(place - packet) % bytes_.size()];
    }
  }

 private:
  std::array<std::uint8_t, 16> bytes_;
};

/// One direction: exactly the bytes of the handshake, in small steps. Each end may stop at any
/// byte.
class Flow {
 public:
  Flow(Connection& from, Connection& to) : from_(from), to_(to) {}

  enum class Step { Moved, WaitReadable, WaitWritable, Complete, ReadFailed, WriteFailed };

  /// `seen` gets each byte once, with its place, and may change it or refuse it.
  template <class Seen>
  Step step(const Seen& seen, std::error_code& error) {
    if (begin_ < end_) {
      const ConstBuffer rest{buffer_.data() + begin_, end_ - begin_};
      const std::size_t taken = to_.write({&rest, 1}, error);
      if (error) return Step::WriteFailed;
      begin_ += taken;
      written_ += taken;
      return taken > 0 ? Step::Moved : Step::WaitWritable;
    }
    if (written_ == kHandshakeBytes) return Step::Complete;
    const std::size_t wanted = std::min(buffer_.size(), kHandshakeBytes - read_);
    const std::size_t got = from_.read({buffer_.data(), wanted}, error);
    if (error) return Step::ReadFailed;
    if (got == 0) return Step::WaitReadable;
    seen(std::span(buffer_.data(), got), read_);
    read_ += got;
    begin_ = 0;
    end_ = got;
    return Step::Moved;
  }

  void stop() {
    from_.waitReadable(nullptr);
    to_.waitWritable(nullptr);
  }

  Connection& from() { return from_; }
  Connection& to() { return to_; }
  std::size_t read() const { return read_; }
  std::size_t written() const { return written_; }

 private:
  Connection& from_;
  Connection& to_;
  std::array<std::uint8_t, kFirstFlight> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t read_ = 0;
  std::size_t written_ = 0;
};

class Pump;
using LivePumps = std::set<Pump*>;

/// Carries one handshake between librtmp and the server.
class Pump : public std::enable_shared_from_this<Pump> {
 public:
  Pump(asio::io_context& io, std::shared_ptr<LivePumps> live, Connection& server,
       std::unique_ptr<Connection> librtmp, const Mask& mask, Handshaker::Handler handler)
      : live_(std::move(live)),
        server_(server),
        librtmp_(std::move(librtmp)),
        out_(*librtmp_, server),
        in_(server, *librtmp_),
        mask_(mask),
        handler_(std::move(handler)),
        startedAt_(Clock::now()),
        deadline_(io) {
    live_->insert(this);
  }
  ~Pump() { cancel(); }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  void start(Clock::time_point deadline) {
    deadline_.expires_at(deadline);
    deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error && self->librtmp_) self->onDeadline();
    });
    out_.from().waitReadable([this] { run(); });
    in_.from().waitReadable([this] { run(); });
  }

  /// Lets go of the server's connection and of librtmp.
  void cancel() {
    if (!librtmp_) return;
    live_->erase(this);
    handler_ = nullptr;
    deadline_.cancel();
    out_.stop();
    in_.stop();
    feedTheRest();
    librtmp_.reset();
  }

 private:
  void run() {
    // The handler may drop the operation.
    const auto self = shared_from_this();
    const bool outDone = runFlow(
        out_, [this](std::span<std::uint8_t> bytes, std::size_t at) { mask_.apply(bytes, at, 1); });
    if (!librtmp_) return;
    const bool inDone = runFlow(in_, [this](std::span<std::uint8_t> bytes, std::size_t at) {
      if (at == 0) version_ = bytes[0];
      mask_.apply(bytes, at, kFirstFlight);
    });
    if (librtmp_ && outDone && inDone) awaitVerdict();
  }

  template <class Seen>
  bool runFlow(Flow& flow, const Seen& seen) {
    for (;;) {
      std::error_code error;
      const Flow::Step step = flow.step(seen, error);
      if (version_ != kVersion) {
        finish(Error(Errc::CorruptData, prefix() + "the server speaks version " +
                                            std::to_string(version_) + " instead of 3"));
        return false;
      }
      switch (step) {
        case Flow::Step::Moved:
          continue;
        case Flow::Step::Complete:
          return true;
        case Flow::Step::WaitReadable:
          flow.from().waitReadable([this] { run(); });
          return false;
        case Flow::Step::WaitWritable:
          flow.to().waitWritable([this] { run(); });
          return false;
        case Flow::Step::ReadFailed:
          finish(failureOf(flow.from(), error));
          return false;
        case Flow::Step::WriteFailed:
          finish(failureOf(flow.to(), error));
          return false;
      }
    }
  }

  // librtmp writes on as soon as it has accepted S2, and closes when it has not.
  void awaitVerdict() {
    std::array<std::uint8_t, 1> sign;
    std::error_code error;
    const std::size_t got = librtmp_->read(sign, error);
    if (error) return finish(failureOf(*librtmp_, error));
    if (got > 0) return finish({});
    librtmp_->waitReadable([this] { run(); });
  }

  void onDeadline() {
    const auto self = shared_from_this();
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - startedAt_);
    const std::string what =
        in_.read() == 0 ? "no answer to C0 C1" : "only " + progress() + " came";
    finish(Error(Errc::TimedOut,
                 prefix() + what + " after " + std::to_string(elapsed.count()) + " ms"));
  }

  Error failureOf(const Connection& end, const std::error_code& error) const {
    if (&end != &server_) return Error(Errc::CorruptData, prefix() + "librtmp gave it up");
    const std::string what = error == Errc::Closed ? "closed by the server" : error.message();
    return Error(error, prefix() + what + " after " + progress());
  }

  std::string progress() const {
    return std::to_string(in_.read()) + " of " + std::to_string(kHandshakeBytes) + " bytes";
  }

  std::string prefix() const { return "RTMP handshake with " + server_.peerName() + ": "; }

  // librtmp prints a line on standard error when a read fails, and its log level belongs to the
  // whole process. So a handshake that is given up gets its missing bytes as zeros: librtmp comes
  // to its end at once and in silence.
  void feedTheRest() {
    std::array<std::uint8_t, kHandshakeBytes> rest{};
    rest[0] = kVersion;
    const std::size_t begin = in_.written();
    if (begin == rest.size()) return;
    const ConstBuffer missing{rest.data() + begin, rest.size() - begin};
    std::error_code error;
    if (librtmp_->write({&missing, 1}, error) != missing.size) librtmp_->shutdownWrite();
  }

  void finish(Result<void> result) {
    const Handshaker::Handler handler = std::move(handler_);
    cancel();
    if (handler) handler(std::move(result));
  }

  std::shared_ptr<LivePumps> live_;
  Connection& server_;
  std::unique_ptr<Connection> librtmp_;  ///< Empty: finished or cancelled.
  Flow out_;
  Flow in_;
  Mask mask_;
  Handshaker::Handler handler_;
  Clock::time_point startedAt_;
  asio::steady_timer deadline_;
  std::uint8_t version_ = kVersion;
};

class PumpOperation final : public Operation {
 public:
  explicit PumpOperation(std::shared_ptr<Pump> pump) : pump_(std::move(pump)) {}
  ~PumpOperation() override { pump_->cancel(); }

 private:
  std::shared_ptr<Pump> pump_;
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

  std::unique_ptr<Operation> start(Connection& connection, Clock::time_point deadline,
                                   Handler handler) {
    std::error_code error;
    std::unique_ptr<Connection> librtmp = startLibrtmp(error);
    if (error) {
      Error failure(error, "RTMP handshake with " + connection.peerName() +
                               " cannot start: " + error.message());
      return std::make_unique<FailedOperation>(io_, std::move(handler), std::move(failure));
    }
    auto pump = std::make_shared<Pump>(io_, live_, connection, std::move(librtmp), Mask(random_),
                                       std::move(handler));
    pump->start(deadline);
    return std::make_unique<PumpOperation>(std::move(pump));
  }

 private:
  std::unique_ptr<Connection> startLibrtmp(std::error_code& error) {
    const SocketPair pair = makeSocketPair(error);
    if (error) return nullptr;
    // The thread keeps a copy of our end: what librtmp writes after we have left goes nowhere, but
    // does not fail.
    const NativeSocket copy = duplicate(pair.ours, error);
    auto ours = adoptSocket(io_, pair.ours, "librtmp");
    if (!error && !ours) error = ours.error().code;
    if (!error) {
      error = threads_.run([theirs = pair.theirs, copy] {
        runLibrtmpClient(theirs);
        closeSocket(copy);
      });
    }
    if (!error) return std::move(*ours);
    closeSocket(pair.theirs);
    closeSocket(copy);
    return nullptr;
  }

  asio::io_context& io_;
  std::mt19937_64 random_{std::random_device{}()};
  std::shared_ptr<LivePumps> live_ = std::make_shared<LivePumps>();
  SmallThreads threads_;
};

Handshaker::Handshaker(asio::io_context& io) : impl_(std::make_unique<Impl>(io)) {}
Handshaker::~Handshaker() = default;

std::unique_ptr<Operation> Handshaker::start(Connection& connection,
                                             std::chrono::steady_clock::time_point deadline,
                                             Handler handler) {
  return impl_->start(connection, deadline, std::move(handler));
}

}  // namespace multiconnection::transport
