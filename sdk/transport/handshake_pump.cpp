#include "transport/handshake_pump.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace multiconnection::transport {
namespace {

using Kind = HandshakeOptions::Kind;

HandshakeCheck::Kind checked(Kind kind) {
  switch (kind) {
    case Kind::Plain:
      return HandshakeCheck::Kind::Plain;
    case Kind::Digest:
      return HandshakeCheck::Kind::Digest;
    default:
      return HandshakeCheck::Kind::Encrypted;
  }
}

}  // namespace

HandshakePump::HandshakePump(boost::asio::io_context& io, std::shared_ptr<LivePumps> live,
                             Connection& server, Librtmp librtmp, Kind kind,
                             const HandshakeMask& mask, Handshaker::Handler handler)
    : live_(std::move(live)),
      server_(server),
      librtmp_(std::move(librtmp)),
      kind_(kind),
      mask_(mask),
      check_(checked(kind)),
      out_(*librtmp_.connection, server, false,
           [this](std::span<std::uint8_t> bytes, std::size_t at) { return onSent(bytes, at); }),
      // What is to be checked must be whole before librtmp sees it.
      in_(server, *librtmp_.connection, kind != Kind::Plain,
          [this](std::span<std::uint8_t> bytes, std::size_t at) { return onReceived(bytes, at); }),
      handler_(std::move(handler)),
      startedAt_(Clock::now()),
      deadline_(io) {
  live_->insert(this);
}

HandshakePump::~HandshakePump() { cancel(); }

void HandshakePump::start(Clock::time_point deadline) {
  deadline_.expires_at(deadline);
  deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (self && !error && self->librtmp_.connection) self->onDeadline();
  });
  out_.from().waitReadable([this] { run(); });
  in_.from().waitReadable([this] { run(); });
}

void HandshakePump::cancel() {
  if (!librtmp_.connection) return;
  live_->erase(this);
  handler_ = nullptr;
  deadline_.cancel();
  out_.stop();
  in_.stop();
  feedTheRest();
  librtmp_.connection.reset();
}

bool HandshakePump::onSent(std::span<std::uint8_t> bytes, std::size_t at) {
  if (kind_ == Kind::Plain) mask_.apply(bytes, at, 1);
  check_.sent(bytes, at);
  return true;
}

bool HandshakePump::onReceived(std::span<std::uint8_t> bytes, std::size_t at) {
  problem_ = check_.received(bytes, at);
  if (kind_ == Kind::Plain) mask_.apply(bytes, at, kFirstFlightBytes);
  return problem_.empty();
}

void HandshakePump::run() {
  // The handler may drop the operation.
  const auto self = shared_from_this();
  const bool outDone = runFlow(out_);
  if (!librtmp_.connection) return;
  const bool inDone = runFlow(in_);
  if (librtmp_.connection && outDone && inDone) awaitVerdict();
}

bool HandshakePump::runFlow(HandshakeFlow& flow) {
  using Step = HandshakeFlow::Step;
  for (;;) {
    std::error_code error;
    switch (flow.step(error)) {
      case Step::Moved:
        continue;
      case Step::Complete:
        return true;
      case Step::WaitReadable:
        flow.from().waitReadable([this] { run(); });
        return false;
      case Step::WaitWritable:
        flow.to().waitWritable([this] { run(); });
        return false;
      case Step::ReadFailed:
        finish(failureOf(flow.from(), error));
        return false;
      case Step::WriteFailed:
        finish(failureOf(flow.to(), error));
        return false;
      case Step::Refused:
        finish(Error(Errc::CorruptData, prefix() + problem_));
        return false;
    }
  }
}

// librtmp writes on as soon as it has accepted S2, and closes in any case.
void HandshakePump::awaitVerdict() {
  for (;;) {
    std::array<std::uint8_t, 64> last;
    std::error_code error;
    const std::size_t got = librtmp_.connection->read(last, error);
    lastBytes_ += got;
    if (error) return succeedOrFail();
    if (got == 0) break;
  }
  librtmp_.connection->waitReadable([this] { run(); });
}

void HandshakePump::succeedOrFail() {
  Result<LibrtmpVerdict::Accepted> verdict = librtmp_.verdict->get();
  if (!verdict) return finish(Error(verdict.error().code, prefix() + verdict.error().message));
  if (kind_ == Kind::Encrypted && !verdict->keys) {
    return finish(Error(Errc::CorruptData, prefix() + "the server does not encrypt"));
  }
  HandshakeOutcome outcome;
  outcome.swfResponse = verdict->swfResponse;
  if (verdict->keys) {
    // The server never gets librtmp's last message: ours takes its place in the key stream.
    verdict->keys->out.rewind(lastBytes_);
    outcome.keys = std::make_shared<const StreamKeys>(*verdict->keys);
  }
  finish(std::move(outcome));
}

void HandshakePump::onDeadline() {
  const auto self = shared_from_this();
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - startedAt_);
  const std::string what = in_.read() == 0 ? "no answer to C0 C1" : "only " + progress() + " came";
  finish(
      Error(Errc::TimedOut, prefix() + what + " after " + std::to_string(elapsed.count()) + " ms"));
}

Error HandshakePump::failureOf(const Connection& end, const std::error_code& error) const {
  if (&end != &server_) {
    const auto verdict = librtmp_.verdict->get();
    const std::string why = verdict ? "librtmp ended" : verdict.error().message;
    return Error(Errc::CorruptData, prefix() + why);
  }
  const std::string what = error == Errc::Closed ? "closed by the server" : error.message();
  return Error(error, prefix() + what + " after " + progress());
}

std::string HandshakePump::progress() const {
  return std::to_string(in_.read()) + " of " + std::to_string(kHandshakeBytes) + " bytes";
}

std::string HandshakePump::prefix() const {
  return "RTMP handshake with " + server_.peerName() + ": ";
}

// librtmp prints a line on standard error when a read fails or an answer is wrong, and its log
// level belongs to the whole process. So a handshake that is given up gets its missing bytes from
// here: librtmp comes to its end at once, and in silence unless only the signature of an RTMPE
// server was still to come.
void HandshakePump::feedTheRest() {
  const auto rest = check_.acceptable();
  const std::size_t begin = in_.written();
  if (begin == rest.size()) return;
  const ConstBuffer missing{rest.data() + begin, rest.size() - begin};
  std::error_code error;
  if (librtmp_.connection->write({&missing, 1}, error) != missing.size) {
    librtmp_.connection->shutdownWrite();
  }
}

void HandshakePump::finish(Result<HandshakeOutcome> result) {
  const Handshaker::Handler handler = std::move(handler_);
  cancel();
  if (handler) handler(std::move(result));
}

}  // namespace multiconnection::transport
