#include "reactor/session_driver.hpp"

#include <algorithm>
#include <utility>

#include "transport/cipher_connection.hpp"
#include "transport/tcp_connector.hpp"

namespace multiconnection::reactor {
namespace {

constexpr std::uint32_t kCautiousChunkSize = 4096;
constexpr std::chrono::seconds kGoodbye{2};
/// Bytes of commands that wait for a server that is slow: what the application may queue is limited
/// where it is queued.
constexpr std::size_t kMaxUnread = 128u << 20;
/// Bytes of answers that wait for a server that asks but does not read.
constexpr std::size_t kMaxUnreadAnswers = 1u << 20;

std::string nameOf(const transport::HandshakeOptions& options) {
  using Kind = transport::HandshakeOptions::Kind;
  if (options.kind == Kind::Encrypted) return "RTMPE";
  return options.kind == Kind::Digest || options.swf ? "digest" : "plain";
}

}  // namespace

SessionDriver::SessionDriver(Loop& loop, DriverConfig config, Observer& observer)
    : loop_(loop),
      config_(std::move(config)),
      observer_(&observer),
      session_(std::make_unique<session::Session>(config_.connect)),
      timer_(loop) {}

SessionDriver::~SessionDriver() { abort(); }

void SessionDriver::open(std::chrono::steady_clock::time_point deadline) {
  deadline_ = deadline;
  startAttempt();
}

void SessionDriver::startAttempt() {
  stage_ = ServerState::Connecting;
  operation_ = transport::connectTcp(
      loop_.io(), loop_.resolver(), {config_.host, config_.port}, deadline_,
      [this](Result<std::unique_ptr<transport::Connection>> result) { onTcp(std::move(result)); },
      [this](const std::string& step) { tell(LogLevel::Debug, step); });
}

void SessionDriver::tell(LogLevel level, const std::string& step) {
  if (observer_ != nullptr) observer_->onStep(level, step);
}

void SessionDriver::onTcp(Result<std::unique_ptr<transport::Connection>> connection) {
  if (!connection) return finish(connection.error());
  connection_ = std::move(connection).value();
  stage_ = ServerState::Handshaking;
  tell(LogLevel::Debug, "begins the " + nameOf(config_.handshake) + " handshake");
  operation_ = loop_.handshaker().start(
      *connection_, config_.handshake, deadline_,
      [this](Result<transport::HandshakeOutcome> done) { onHandshake(std::move(done)); });
  if (observer_ != nullptr) observer_->onProgress(stage_);
}

void SessionDriver::onHandshake(Result<transport::HandshakeOutcome> done) {
  if (!done) return finish(done.error());
  operation_.reset();
  tell(LogLevel::Debug, std::string("the handshake is done") + (done->keys ? ", encrypted" : "") +
                            (done->swfResponse ? ", SWF verification ready" : ""));
  if (done->swfResponse) session_->connection().setSwfVerification(*done->swfResponse);
  if (done->keys) {
    connection_ = transport::makeCipherConnection(std::move(connection_), *done->keys);
  }
  stage_ = ServerState::Opening;
  link_ = std::make_shared<RtmpLink>(loop_, std::move(connection_),
                                     static_cast<RtmpLink::Observer&>(*this), config_.limits);
  link_->setMaxUnread(kMaxUnread);
  armDeadline();
  session::Actions actions;
  session_->connection().open(actions);
  perform(std::move(actions));
  if (link_) link_->start();
  if (observer_ != nullptr) observer_->onProgress(stage_);
}

void SessionDriver::armDeadline() {
  timer_.arm(deadline_, [this] {
    finish({Errc::TimedOut, closing_ ? "the server did not close in time" : waitingFor()});
  });
}

Result<void> SessionDriver::publish(const std::string& name, session::PublishMode mode) {
  finishStop();
  return onStream([&](session::NetStream& stream, session::Actions& out) {
    return stream.publish(name, mode, out);
  });
}

Result<void> SessionDriver::play(session::PlayRequest request) {
  finishStop();
  return onStream([&](session::NetStream& stream, session::Actions& out) {
    return stream.play(std::move(request), out);
  });
}

Result<double> SessionDriver::startCall(const std::string& method,
                                        std::vector<AmfValue> arguments) {
  return run([&](session::Session& session, session::Actions& out) {
    return session.connection().startCall(method, std::move(arguments), out);
  });
}

void SessionDriver::answerCall(double transaction, bool accepted, AmfValue value) {
  session::Actions actions;
  session_->connection().answerCall(transaction, accepted, std::move(value), actions);
  perform(std::move(actions));
}

void SessionDriver::notify(const std::string& method, std::vector<AmfValue> arguments) {
  session::Actions actions;
  session_->connection().notify(method, std::move(arguments), actions);
  perform(std::move(actions));
}

void SessionDriver::sendSharedObject(const rtmp::SharedObjectMessage& object) {
  session::Actions actions;
  session_->sendSharedObject(object, actions);
  perform(std::move(actions));
}

void SessionDriver::setHandledMethods(std::set<std::string> names) {
  handledMethods_ = std::move(names);
  session_->connection().setHandledMethods(handledMethods_);
}

void SessionDriver::stopStream() {
  stopping_ = true;
  advance();
}

/// A new stream is asked for while the media of the last one still drains: that is dropped.
void SessionDriver::finishStop() {
  if (!std::exchange(stopping_, false) || !link_) return;
  link_->outbox().dropMedia();
  session::Actions actions;
  session_->stream().stop(actions);
  perform(std::move(actions));
}

void SessionDriver::close(std::chrono::steady_clock::time_point deadline) {
  if (closing_) return;
  closing_ = true;
  deadline_ = deadline;
  if (!link_) return finishLater({Errc::Closed, "closed by the application"});
  armDeadline();
  advance();
}

void SessionDriver::advance() {
  if (!link_) return;
  if ((stopping_ || closing_) && link_->outbox().mediaEmpty()) {
    stopping_ = false;
    session::Actions actions;
    session_->stream().stop(actions);
    perform(std::move(actions));
  }
  if (closing_ && !finishing_ && link_ && link_->outbox().empty()) {
    finishing_ = true;
    link_->setReading(true);
    link_->finishWriting();
    // All is with the system by now: a server that never closes is not waited for at length.
    deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + kGoodbye);
    armDeadline();
  }
}

void SessionDriver::abort() {
  observer_ = nullptr;
  timer_.cancel();
  operation_.reset();
  connection_.reset();
  if (link_) link_->end();
  link_.reset();
}

void SessionDriver::perform(session::Actions&& actions) {
  if (link_) {
    for (const session::Outgoing& outgoing : actions.send) {
      link_->send(outgoing.message, outgoing.chunkStream);
    }
    link_->flush();
  }
  for (session::Event& event : actions.events) {
    if (event.kind == session::Event::Kind::Connected && !closing_) timer_.cancel();
    if (observer_ != nullptr) observer_->onEvent(std::move(event));
  }
}

/// Only what the server itself provokes: calls of the application may wait longer.
void SessionDriver::limitAnswers(const session::Actions& actions) {
  if (!link_) return;
  if (link_->outbox().controlBytes() == 0) unreadAnswers_ = 0;
  for (const session::Outgoing& outgoing : actions.send) {
    unreadAnswers_ += outgoing.message.body.size();
  }
  if (unreadAnswers_ > kMaxUnreadAnswers) {
    finishLater({Errc::LimitExceeded, link_->peerName() + " does not read our answers"});
  }
}

void SessionDriver::onMessage(rtmp::Message&& message) {
  const auto self = shared_from_this();  // the observer may release it
  session::Actions actions;
  const auto done = session_->onMessage(message, actions);
  if (message.type == rtmp::MessageType::Acknowledgement && link_) link_->noteProgress();
  limitAnswers(actions);
  perform(std::move(actions));
  if (!done) finishLater(done.error());
}

void SessionDriver::onReceived(std::uint64_t total) {
  session::Actions actions;
  session_->connection().onBytesReceived(total, actions);
  if (!actions.send.empty()) perform(std::move(actions));
}

void SessionDriver::onDrained() {
  if (stopping_ || closing_) advance();
  if (observer_ != nullptr) observer_->onDrained();
}

void SessionDriver::onEnded(const Error& why) {
  if (retryWithSmallChunks(why)) return;
  finish(why);
}

bool SessionDriver::retryWithSmallChunks(const Error& why) {
  const bool unanswered = stage_ == ServerState::Opening &&
                          session_->connection().state() == session::NetConnection::State::Opening;
  if (!unanswered || retried_ || closing_ || config_.connect.chunkSize <= kCautiousChunkSize) {
    return false;
  }
  retried_ = true;
  tell(LogLevel::Warning, why.message +
                              " instead of an answer to connect: once more with chunks of " +
                              std::to_string(kCautiousChunkSize) + " bytes");
  timer_.cancel();
  link_.reset();
  config_.connect.chunkSize = kCautiousChunkSize;
  session_ = std::make_unique<session::Session>(config_.connect);
  session_->connection().setHandledMethods(handledMethods_);
  startAttempt();
  return true;
}

void SessionDriver::finish(const Error& why) {
  const auto self = shared_from_this();
  Observer* observer = std::exchange(observer_, nullptr);
  if (observer != nullptr) observer->onEnded(why);
  abort();
}

void SessionDriver::finishLater(Error why) {
  loop_.post([weak = weak_from_this(), why = std::move(why)] {
    if (const auto driver = weak.lock()) driver->finish(why);
  });
}

std::string SessionDriver::waitingFor() const {
  switch (stage_) {
    case ServerState::Connecting:
      return "no TCP connection to " + config_.host + " port " + std::to_string(config_.port);
    case ServerState::Handshaking:
      return "no end of the RTMP handshake";
    default:
      return "no answer to connect";
  }
}

outbox::WireShape SessionDriver::shape() const {
  return {config_.connect.chunkSize, session_->stream().id(), std::chrono::milliseconds(0)};
}

}  // namespace multiconnection::reactor
