#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/log.hpp"
#include "multiconnection/status.hpp"
#include "reactor/rtmp_link.hpp"
#include "session/session.hpp"
#include "transport/librtmp_handshake.hpp"

namespace multiconnection::reactor {

/// Where a server is, and how it is spoken to.
struct DriverConfig {
  std::string host;
  std::uint16_t port = 1935;
  transport::HandshakeOptions handshake;
  session::ConnectParameters connect;
  rtmp::ChunkLimits limits;
};

/// Takes one server from its name to a connected session, runs that, and ends it in order: the only
/// place where a session meets a transport and the time. Loop's thread only.
class SessionDriver : public std::enable_shared_from_this<SessionDriver>,
                      private RtmpLink::Observer {
 public:
  /// Called on the loop's thread; never from inside open() or close(), but for onStep().
  class Observer {
   public:
    virtual ~Observer() = default;
    /// Connecting, Handshaking, Opening: how far the attempt has come.
    virtual void onProgress(ServerState state) = 0;
    virtual void onEvent(session::Event&& event) = 0;
    /// A step of the attempt, in words, for a log; must not end the driver.
    virtual void onStep(LogLevel /*level*/, const std::string& /*step*/) {}
    /// The outbox ran empty.
    virtual void onDrained() = 0;
    /// The last call: the attempt failed, the connection was lost, or close() is done. link() can
    /// still be asked for its counters.
    virtual void onEnded(const Error& why) = 0;
  };

  SessionDriver(Loop& loop, DriverConfig config, Observer& observer);
  ~SessionDriver() override;

  /// Starts the attempt: name, TCP, handshake, connect. A server that closes before it answers
  /// connect is tried once more with 4096-byte chunks.
  void open(std::chrono::steady_clock::time_point deadline);
  /// @return Errc::InvalidState unless connected, with the stream idle or stopped.
  Result<void> publish(const std::string& name,
                       session::PublishMode mode = session::PublishMode::Live);
  Result<void> play(session::PlayRequest request);
  /// Runs one of the stream's verbs: `verb(NetStream&, Actions&)`.
  /// @return what it returns; Errc::InvalidState without a connection.
  template <class Verb>
  Result<void> onStream(Verb verb) {
    return run([&](session::Session& session, session::Actions& out) -> Result<void> {
      return verb(session.stream(), out);
    });
  }
  /// The calls of session::NetConnection, which says what they return; without a connection they do
  /// nothing or return Errc::InvalidState.
  Result<double> startCall(const std::string& method, std::vector<AmfValue> arguments);
  void forgetCall(double transaction) { session_->connection().forgetCall(transaction); }
  void answerCall(double transaction, bool accepted, AmfValue value);
  void notify(const std::string& method, std::vector<AmfValue> arguments);
  /// As session::Session.
  void sendSharedObject(const rtmp::SharedObjectMessage& object);
  /// Holds for every attempt.
  void setHandledMethods(std::set<std::string> names);
  /// Ends publishing or playing after the media that waits; the connection stays.
  void stopStream();
  /// Ends in order: media that waits, unpublish, our end of the connection, then the server's. At
  /// the deadline at once.
  void close(std::chrono::steady_clock::time_point deadline);
  /// Who is told from now on; nobody after detach(), not even of the end.
  void setObserver(Observer& observer) { observer_ = &observer; }
  void detach() { observer_ = nullptr; }
  /// Ends at once, silently: the observer is not called any more.
  void abort();

  /// What the attempt waits for, in words: "no answer to connect".
  std::string waitingFor() const;
  /// Null before the handshake is done, and after the end.
  RtmpLink* link() { return link_.get(); }
  const RtmpLink* link() const { return link_.get(); }
  const session::Session& session() const { return *session_; }
  /// How this server's media messages look on the wire; once the stream is requested.
  outbox::WireShape shape() const;

 private:
  void startAttempt();
  void tell(LogLevel level, const std::string& step);
  void onTcp(Result<std::unique_ptr<transport::Connection>> connection);
  void onHandshake(Result<transport::HandshakeOutcome> done);
  void armDeadline();
  void perform(session::Actions&& actions);
  void limitAnswers(const session::Actions& actions);
  template <class Step>
  auto run(Step step)
      -> decltype(step(std::declval<session::Session&>(), std::declval<session::Actions&>())) {
    if (!link_) return Error{Errc::InvalidState, "there is no connection to " + config_.host};
    session::Actions actions;
    auto result = step(*session_, actions);
    perform(std::move(actions));
    return result;
  }
  void advance();
  void finishStop();
  void finish(const Error& why);
  void finishLater(Error why);
  bool retryWithSmallChunks(const Error& why);

  // RtmpLink::Observer
  void onMessage(rtmp::Message&& message) override;
  void onReceived(std::uint64_t total) override;
  void onDrained() override;
  void onEnded(const Error& why) override;

  Loop& loop_;
  DriverConfig config_;
  Observer* observer_;
  std::unique_ptr<session::Session> session_;
  std::set<std::string> handledMethods_;
  std::unique_ptr<transport::Operation> operation_;
  std::unique_ptr<transport::Connection> connection_;  ///< Until the handshake is done.
  std::shared_ptr<RtmpLink> link_;
  Timer timer_;
  std::chrono::steady_clock::time_point deadline_{};
  ServerState stage_ = ServerState::Idle;
  std::size_t unreadAnswers_ = 0;  ///< Bytes queued for what the server sent, since all was sent.
  bool retried_ = false;
  bool stopping_ = false;
  bool closing_ = false;
  bool finishing_ = false;
};

}  // namespace multiconnection::reactor
