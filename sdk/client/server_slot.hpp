#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/failover.hpp"
#include "client/log_sink.hpp"
#include "client/server_config.hpp"
#include "client/successor.hpp"
#include "client/timed_state.hpp"
#include "cluster/reconnect_fsm.hpp"
#include "cluster/redirect_guard.hpp"
#include "fanout/fanout.hpp"
#include "multiconnection/statistics.hpp"
#include "multiconnection/status.hpp"
#include "reactor/session_driver.hpp"
#include "util/rate_meter.hpp"
#include "util/secrets.hpp"

namespace multiconnection::client {

/// One connection to a server of the array: its driver, and what the application hears and asks of
/// it. It may be opened again after its end: its counters go on. Loop's thread only.
///
///   Idle --open--> running --failed, lost, refused--> ended --open--> running ...
///                     |------close-------> closing ----^
class ServerSlot final : public reactor::SessionDriver::Observer,
                         public fanout::Target,
                         private Successor::Owner,
                         private Failover::Owner {
 public:
  using Clock = std::chrono::steady_clock;

  /// Who decides for the whole array.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void onConnected(ServerSlot& slot) = 0;
    /// Publish.Start came: media may flow.
    virtual void onPublishing(ServerSlot& slot) = 0;
    /// It stayed open for settleTime after that.
    virtual void onSettled(ServerSlot& slot) = 0;
    virtual void onPublishRefused(ServerSlot& slot) = 0;
    /// The name is held, by an earlier connection of ours that was lost: about to be told of.
    virtual void onNameHeld(ServerSlot& slot) = 0;
    virtual const ReconnectPolicy& reconnectPolicy(const ServerSlot& slot) const = 0;
    virtual void onPlayAnswered(ServerSlot& slot) = 0;
    virtual void onPlayRefused(ServerSlot& slot) = 0;
    /// Of what is played.
    virtual void onPlayEnded(ServerSlot& slot) = 0;
    virtual void onRecorded(ServerSlot& slot) = 0;
    virtual void onMedia(ServerSlot& slot, MediaMessage&& message) = 0;
    virtual void onCallAnswered(ServerSlot& slot, session::CallInfo&& answer) = 0;
    virtual void onCallReceived(ServerSlot& slot, session::CallInfo&& call) = 0;
    virtual void onSharedObject(ServerSlot& slot, rtmp::SharedObjectMessage&& message) = 0;
    virtual void onQueueEmpty() = 0;
    /// Another connection takes the place of the one that was: what was under way on that is over.
    /// The slot goes on publishing if it does; else it comes back as it does after a loss.
    virtual void onMoved(ServerSlot& slot) = 0;
    /// Whether a server that says so of itself can have the stream.
    virtual bool admits(const session::ServerCapabilities& capabilities) const = 0;
    /// `successor` is to be fed from the next key frame on; until the opposite is said.
    virtual void feed(const ServerSlot& slot, fanout::Target& successor) = 0;
    /// 0 to 1, from a fair source: spreads what many do at once.
    virtual double chance() = 0;
    virtual void starve(const fanout::Target& successor) = 0;
    /// What `successor` is fed is the slot's own from now on.
    virtual void onSucceeded(ServerSlot& slot, const fanout::Target& successor) = 0;
    /// Failed or lost, and about to be told of: says how it goes on.
    virtual void onDown(ServerSlot& slot) = 0;
    /// Adds to a report what is known of its attempts.
    virtual void addAttempts(ServerReport& report) const = 0;
    /// Failed, lost or closed: the last call for this attempt.
    virtual void onEnded(ServerSlot& slot) = 0;
    virtual void raise(StatusEvent&& event) = 0;
    virtual const LogSink& log() const = 0;
    /// Of the stream, as in StatusEvent::stream; 0: the array's own.
    virtual std::size_t number() const = 0;
  };

  ServerSlot(reactor::Loop& loop, ServerConfig config, Owner& owner);
  ~ServerSlot() override;

  /// Only while not running. @param options  to outlive the slot.
  void open(Clock::time_point now, Clock::time_point deadline, const ConnectOptions& options);
  /// Only when connected.
  void publish(const std::string& name, const PublishOptions& options);
  /// @param asGiven  the name is used even if the entry has one of its own.
  void play(session::PlayRequest request, bool asGiven);
  /// The application no longer waits for the answer.
  void refusePlay(const std::string& reason);
  /// Runs a verb of a stream that plays: `verb(NetStream&, Actions&)`. One that is refused makes no
  /// sense to this server now.
  template <class Verb>
  void onStream(Verb verb) {
    if (connected_) static_cast<void>(driver_->onStream(verb));
  }
  /// The stream's name here; from now on it is kept out of events.
  std::string streamName(const std::string& common, bool asGiven);
  void stopStream();
  /// What it said of the codec in its answer to connect.
  session::ServerCapabilities::Support supports(Codec codec) const;
  /// It is not to publish, or no longer: it cannot take the codec.
  void refuseCodec(Codec codec, const std::string& why);
  /// It publishes a codec it said nothing of: told once for each publish().
  void warnOfCodec(Codec codec);
  /// The application is done with it, until it is opened again.
  void close(Clock::time_point deadline);
  /// The same, and for good: once not running, it is to be forgotten.
  void retire(Clock::time_point deadline);
  /// Ends the connection at once, with a code of our own.
  void giveUp(StatusCode code, const std::string& reason);
  /// Notes that an answer is overdue, for the verdict's list of servers.
  void noteOverdue(StatusCode code, const std::string& reason);
  /// Measures the bitrate; gives a server up whose bytes do not move.
  void tick(Clock::time_point now, std::chrono::milliseconds stallTimeout);
  void setReading(bool wanted);
  void setDropPolicy(const outbox::DropPolicy& policy);

  // Calls; only when connected.
  Result<double> startCall(const std::string& method, std::vector<AmfValue> arguments);
  void forgetCall(double transaction) { driver_->forgetCall(transaction); }
  void answerCall(double transaction, bool accepted, AmfValue value);
  void notify(const std::string& method, std::vector<AmfValue> arguments);
  void setHandledMethods(const std::set<std::string>& names);
  /// Only when connected. What is only relayed is left out while too much waits.
  void sendSharedObject(const rtmp::SharedObjectMessage& message);
  /// What this server says, for people: without what it was told in secret, and not too long.
  std::string presentable(std::string text) const;
  /// Raises an event of our own about this server.
  void tell(StatusCode code, StatusLevel level, const std::string& reason);
  /// A line about this server, named as in its events.
  void log(LogLevel level, const std::string& text) const;
  /// The same about a call that it did not answer in time; few of them.
  void logUnanswered(const std::string& method, const std::string& why);

  const ServerConfig& config() const { return config_; }
  /// How often it was opened.
  std::uint64_t life() const { return life_; }
  bool isConnected() const { return connected_; }
  /// Connected, and not about to be closed.
  bool isReady() const { return connected_ && wanted_; }
  /// From open() to the end.
  bool isRunning() const { return running_; }
  /// Whether it belongs to the array as the application wants it: not closed by the application.
  bool isWanted() const { return wanted_; }
  bool wasOpened() const { return opened_ != Clock::time_point(); }
  /// Whether publish was asked of it, and neither refused nor stopped.
  bool isPublishing() const override { return publishing_; }
  /// Whether it publishes, and has stayed open for settleTime.
  bool isSettled() const override { return settled_; }
  /// Whether it said no in so many words, and never yes before: it is not asked again.
  bool isDismissed() const { return dismissed_; }
  bool isGone() const { return retired_ && !running_; }
  /// Whether the connection that was used is over, and not because we gave it up.
  bool endedByServer() const { return endedByServer_; }
  /// What the attempt waits for, in words.
  std::string waitingFor() const;
  ServerReport report() const;
  ServerStatistics statistics(Clock::time_point now) const;

  // fanout::Target: from onPublishing() until onEnded(), onPublishRefused() or stopStream().
  outbox::Outbox& outbox() override;
  outbox::WireShape shape() const override;
  void flush() override;

 private:
  // reactor::SessionDriver::Observer
  void onProgress(ServerState state) override;
  void onEvent(session::Event&& event) override;
  void onStep(LogLevel level, const std::string& step) override { log(level, step); }
  void onDrained() override;
  void onEnded(const Error& why) override;

  // Successor::Owner: of a move
  void onSuccessorConnected(Successor& successor) override;
  void onSuccessorPublishing(Successor& successor) override;
  void onSuccessorJoined(Successor& successor) override;
  void onSuccessorFailed(Successor& successor, const std::string& why, bool held) override;
  void onSuccessorStep(const Successor& /*successor*/, LogLevel level,
                       const std::string& step) override {
    log(level, "successor: " + step);
  }

  // Failover::Owner
  std::unique_ptr<Successor> connectionTo(std::size_t place, Successor::Owner& owner) override;
  Clock::time_point attemptDeadline() const override;
  bool admits(const session::ServerCapabilities& capabilities) const override {
    return owner_.admits(capabilities);
  }
  void publishOn(Successor& successor, std::size_t place) override;
  void feed(fanout::Target& successor) override { owner_.feed(*this, successor); }
  void starve(const fanout::Target& successor) override { owner_.starve(successor); }
  void leave(std::shared_ptr<reactor::SessionDriver> driver) override;
  void goBackTo(Failover::Next next) override;
  double chance() override { return owner_.chance(); }
  void onBackupStep(std::size_t place, LogLevel level, const std::string& step) override;

  /// Where a server has sent us.
  struct Place {
    RtmpUrl url;
    std::string streamName;  ///< There; empty: the same.
  };
  /// The one of the entry's servers that is used.
  const ServerConfig& server() const { return serverAt(failover_ ? failover_->active() : 0); }
  const ServerConfig& serverAt(std::size_t place) const {
    return place == 0 ? config_ : config_.backups[place - 1];
  }
  const RtmpUrl& location() const { return place_ ? place_->url : server().url; }
  /// Of a connection to one of the entry's servers, or to where it has sent us.
  reactor::DriverConfig driverConfig(const ServerConfig& server, const std::optional<Place>& place);
  std::string streamNameOn(const ServerConfig& server, const std::string& common, bool asGiven);
  void connectTo(Clock::time_point deadline);
  /// When the entry's next server gets its turn.
  Clock::time_point turnDeadline() const;
  /// For the answer to publish: its backups are to have their turns before the array's verdict.
  std::chrono::milliseconds answerLimit() const;
  /// The server that is used failed. @param refused  in so many words. @return whether the entry
  /// goes on with another one.
  bool failOver(const std::string& why, bool refused = false);
  void changeServer(Failover::Next next, StatusCode code, StatusLevel level,
                    const std::string& reason);
  /// The connection that was used is no longer.
  void noteMoved();
  void goOnWith(Successor& successor, StatusCode code, StatusLevel level,
                const std::string& reason);
  /// The server that is used does what is asked of it.
  void noteServing();
  /// Of the used connection, as leave().
  void leaveDriver();
  /// The connection of a successor that is fed becomes the slot's own.
  void succeed(Successor& successor);
  void onRedirected(session::Status status);
  void onMoveRequested(const session::Status& status);
  /// Leaves the connection for one to that place.
  void redirectTo(Place place);
  void beginSuccession();
  void endSuccession();

  void onRefused(const session::Status& status);
  void onPublishRefused(const session::Status& status);
  /// Whether the server may still hold the name for a connection of ours that was lost.
  bool mayHoldName() const;
  void enter(ServerState state, const session::Status& status);
  void endWith(ServerState state, StatusCode code, const std::string& reason, StatusLevel level);
  void raise(const session::Status& status);
  void raiseCode(StatusCode code, StatusLevel level);
  void endLife();
  void keepSecret(const session::ConnectParameters& told);
  /// @param ended  the last line of this life.
  void logDrops(Clock::time_point now, bool ended);
  void addCounters(ServerStatistics& into) const;
  void addQueue(ServerStatistics& into) const;

  reactor::Loop& loop_;
  const ServerConfig config_;
  util::Secrets secrets_;  ///< Of this server, to be kept out of what it says.
  Owner& owner_;
  std::shared_ptr<reactor::SessionDriver> driver_;  ///< May be null between two connections.
  std::vector<std::shared_ptr<reactor::SessionDriver>> left_;  ///< Still saying goodbye.
  const ConnectOptions* options_ = nullptr;                    ///< The owner's.
  std::set<std::string> handledMethods_;
  reactor::Timer settleTimer_;  ///< Of publishing: for its answer, then for settleTime.

  cluster::RedirectGuard redirects_;
  std::optional<Place> place_;      ///< Nothing: where the entry says.
  std::optional<Place> nextPlace_;  ///< Of the successor.
  std::unique_ptr<Successor> successor_;
  std::optional<cluster::ReconnectFsm> succession_;  ///< Its tries.
  reactor::Timer moveTimer_;
  std::unique_ptr<Failover> failover_;  ///< Of an entry with backups.
  std::string publishName_;
  session::PublishMode publishMode_ = session::PublishMode::Live;
  std::chrono::milliseconds settleTime_{0};
  std::chrono::milliseconds publishTimeout_{0};
  ServerStatistics finalCounters_;

  Clock::time_point opened_{};
  Clock::time_point since_{};
  Clock::time_point deadline_{};                     ///< Of the attempt at one place.
  Clock::time_point attemptEnds_{};                  ///< Of that at all of them.
  std::optional<Clock::time_point> lostPublishing_;  ///< When; nothing: not, or published since.
  TimedState state_;
  std::string codeText_;
  std::string reason_;
  std::uint64_t life_ = 0;
  std::set<Codec> warnedOf_;
  bool connected_ = false;
  bool served_ = false;  ///< It has been connected before.
  bool moving_ = false;  ///< Between two connections, because the server sent us elsewhere.
  bool dismissed_ = false;
  bool onlyRefused_ = true;  ///< By all of the entry's servers that were tried.
  bool publishing_ = false;  ///< Publish was asked for, and neither refused nor stopped.
  bool settled_ = false;
  bool closing_ = false;
  bool running_ = false;
  bool wanted_ = true;
  bool retired_ = false;
  bool endedByServer_ = false;

  RateLimit dropLimit_{kLinePeriod};
  RateLimit unansweredLimit_{kLinePeriod};
  std::uint64_t unanswered_ = 0;
  util::RateMeter meter_;        ///< Of all bytes sent, but for
  std::uint64_t fedBefore_ = 0;  ///< those of connections before they were the slot's own.
};

}  // namespace multiconnection::client
