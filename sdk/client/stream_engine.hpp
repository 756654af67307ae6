#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/media_feed.hpp"
#include "client/player.hpp"
#include "client/reconnector.hpp"
#include "client/server_slot.hpp"
#include "cluster/health_fsm.hpp"
#include "cluster/key_frame_request.hpp"
#include "cluster/uplink_fsm.hpp"
#include "cluster/verdict_fsm.hpp"
#include "fanout/fanout.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::client {

/// One stream of the array on the loop's thread: its connections, its verdict and health, its
/// fan-out or player. The first stream uses the array's own connections, which the array opens; a
/// further one opens its own when it needs them.
class StreamEngine final : public ServerSlot::Owner, private Player::Owner {
 public:
  using Clock = std::chrono::steady_clock;

  /// The array.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void onConnected(StreamEngine& stream, ServerSlot& slot) = 0;
    /// Before the stream draws its own conclusions.
    virtual void onLost(StreamEngine& stream, ServerSlot& slot) = 0;
    /// After that.
    virtual void onEnded(StreamEngine& stream, ServerSlot& slot) = 0;
    /// The slot goes on over another connection.
    virtual void onMoved(StreamEngine& stream, ServerSlot& slot) = 0;
    virtual void onCallAnswered(ServerSlot& slot, session::CallInfo&& answer) = 0;
    virtual void onCallReceived(ServerSlot& slot, session::CallInfo&& call) = 0;
    virtual void onSharedObject(StreamEngine& stream, ServerSlot& slot,
                                rtmp::SharedObjectMessage&& message) = 0;
    virtual void raise(StatusEvent&& event) = 0;
    virtual const LogSink& log() const = 0;
    /// What servers may call on the array's own connections.
    virtual const std::set<std::string>& handledMethods() const = 0;
    /// Whether the Setup verdict is still to come: publish verdicts wait for it.
    virtual bool isSettingUp() const = 0;
    /// Whether the array's own connection to that server stands.
    virtual bool isReady(ServerId server) const = 0;
    /// Whether it stands, or is tried again.
    virtual bool isTried(ServerId server) const = 0;
    virtual Reconnector::Discipline& discipline() = 0;
  };

  /// The stream's public half, told from the loop's thread.
  struct Hooks {
    std::function<void()> onPublishing;      ///< Publish.Success: a pull source may start.
    std::function<void()> onKeyFrameWanted;  ///< The source is to be asked for one.
  };

  StreamEngine(reactor::Loop& loop, std::size_t number, std::shared_ptr<MediaFeed> feed,
               Owner& owner, Hooks hooks);
  ~StreamEngine() override;

  bool isFirst() const { return number_ == 0; }
  /// Whether it publishes or plays.
  bool isInUse() const { return use_ != Use::None; }

  std::size_t number() const override { return number_; }

  /// The array connects: forgets what was and takes these servers.
  void begin(const std::vector<ServerConfig>& servers, const ConnectOptions& options);
  void addServer(const ServerConfig& server);
  /// Opens the connections that are not running: all, or that of one server.
  void open();
  /// Its attempt is due: opens the connection, or publishes again over the one that stands.
  void tryAgain(ServerId server);
  void open(ServerId server);
  /// The same, because the application wants it: its earlier troubles are forgotten.
  void start(ServerId server);
  /// Whether its connection stands, or is tried again.
  bool isTried(ServerId server) const;
  /// Whether the application wants it in the array.
  bool isWanted(ServerId server) const;
  void closeServer(ServerId server, Clock::time_point deadline, bool forGood);
  /// The Setup verdict was given.
  void onSetUp(bool succeeded);

  // Each starts what its public namesake promises; arguments and order are checked already.
  void publish(const std::string& name, const PublishOptions& options);
  void play(PlayJob job);
  /// Its connections are for shared objects; those of which servers, open() and closeServer() say.
  void share() { use_ = Use::Share; }
  /// Of what is played.
  Player& player() { return player_; }
  /// @param rest  what was taken from the feed when the call was made.
  void stop(std::deque<MediaMessage> rest);
  void close(Clock::time_point deadline, std::deque<MediaMessage> rest);
  /// After close(), once nothing runs.
  void finish();

  /// A source was attached: the media that follows is a new stream's.
  void beginSource(PullOptions::Pace pace);
  /// Moves what waits in the feed to the servers.
  void pump();
  /// `done` is called once everything in the feed has moved on.
  void afterFeed(std::function<void()> done);

  void tick(Clock::time_point now);
  bool isRunning() const;
  /// Forgets the servers that were taken out of the array and have ended.
  void forgetGone();
  const std::vector<std::unique_ptr<ServerSlot>>& slots() const { return slots_; }
  ServerSlot* find(ServerId server) const;
  std::vector<ServerReport> reports() const;
  void addStatistics(std::vector<ServerStatistics>& all) const;

  void raiseVerdict(const cluster::VerdictFsm& fsm, StatusCode code, StatusLevel level,
                    const char* what);
  void raiseForAll(StatusCode code, StatusLevel level, std::string reason,
                   std::chrono::milliseconds elapsed);
  void noteOverdue(const cluster::VerdictFsm& fsm, std::chrono::milliseconds limit,
                   bool publishing);
  /// A verdict over the servers that are wanted now.
  cluster::VerdictFsm askAll(std::chrono::milliseconds limit) const;

 private:
  enum class Use { None, Publish, Play, Share };

  // ServerSlot::Owner
  void onConnected(ServerSlot& slot) override;
  void onPublishing(ServerSlot& slot) override;
  void onSettled(ServerSlot& slot) override;
  void onPublishRefused(ServerSlot& slot) override;
  void onPlayAnswered(ServerSlot& slot) override { player_.onAnswered(slot); }
  void onPlayRefused(ServerSlot& slot) override { player_.onRefused(slot); }
  void onPlayEnded(ServerSlot& slot) override { player_.onStreamEnded(slot); }
  void onRecorded(ServerSlot& slot) override { player_.onRecorded(slot); }
  void onMedia(ServerSlot& slot, MediaMessage&& message) override {
    player_.onMedia(slot, std::move(message));
  }
  void onCallAnswered(ServerSlot& slot, session::CallInfo&& answer) override;
  void onCallReceived(ServerSlot& slot, session::CallInfo&& call) override;
  void onSharedObject(ServerSlot& slot, rtmp::SharedObjectMessage&& message) override {
    owner_.onSharedObject(*this, slot, std::move(message));
  }
  void onQueueEmpty() override;
  void onMoved(ServerSlot& slot) override;
  bool admits(const session::ServerCapabilities& capabilities) const override;
  void feed(const ServerSlot& slot, fanout::Target& successor) override;
  double chance() override { return reconnector_.chance(); }
  void starve(const fanout::Target& successor) override;
  void onSucceeded(ServerSlot& slot, const fanout::Target& successor) override;
  void onDown(ServerSlot& slot) override;
  void onNameHeld(ServerSlot& slot) override;
  const ReconnectPolicy& reconnectPolicy(const ServerSlot& slot) const override;
  void addAttempts(ServerReport& report) const override;
  void onEnded(ServerSlot& slot) override;
  void raise(StatusEvent&& event) override;
  const LogSink& log() const override { return owner_.log(); }

  // Player::Owner
  ServerSlot* findReady(const std::function<bool(const ServerSlot&)>& fits) override;
  bool isExpected(const std::function<bool(const ServerSlot&)>& fits) const override;
  void openFor(ServerSlot& slot) override { open(slot.config().id); }
  void tell(StatusCode code, StatusLevel level, std::string reason) override;

  void onPublishVerdict(std::optional<cluster::VerdictFsm::State> verdict);
  void publishOn(ServerSlot& slot);
  /// All that the stream needs, as far as is known.
  std::vector<Codec> codecs() const;
  /// @return whether the server may get the codec; if not, it has been refused.
  bool admits(ServerSlot& slot, Codec codec);
  void onCodec(Codec codec);
  void startPublishClock();
  void beginHealth();
  std::size_t required() const;
  void tellAttempt(ServerId server, const std::string& line);
  void onServing(ServerSlot& slot);
  void raiseLoss(cluster::HealthFsm::State health, const ServerSlot& slot);
  /// To be called when the health may be better than it was.
  void checkHealth();
  std::string inService() const;
  void release(ServerSlot& slot);
  outbox::DropPolicy dropPolicy(const ServerSlot& slot) const;
  /// To all connections of the server that are fed.
  void applyDropPolicy(ServerSlot& slot);
  bool lossless() const { return pace_ == PullOptions::Pace::SlowestServer; }
  void askForKeyFrame(Clock::time_point now);
  void checkUplink(Clock::time_point now);
  void onUplinkChange(const cluster::UplinkFsm::Change& change);
  void forgetUplink();
  bool takeFromFeed();
  /// Whether somebody takes what the feed holds, or nobody is waited for.
  bool mayTake() const;
  bool isAnyoneExpected() const;
  /// Sends all that was handed in, whatever the queues hold already.
  void sendRest(std::deque<MediaMessage> rest);
  std::size_t indexOf(const ServerSlot& slot) const { return slot.config().index; }

  reactor::Loop& loop_;
  const std::size_t number_;
  const std::shared_ptr<MediaFeed> feed_;
  Owner& owner_;
  const Hooks hooks_;
  reactor::Timer publishTimer_;
  reactor::Timer pumpTimer_;
  reactor::Timer healthTimer_;

  ConnectOptions options_;
  std::vector<std::unique_ptr<ServerSlot>> slots_;  ///< By index.
  std::optional<cluster::VerdictFsm> publish_;
  std::optional<cluster::HealthFsm> health_;  ///< Since a verdict of success.
  Reconnector reconnector_;

  Use use_ = Use::None;
  std::string streamName_;
  PublishOptions publishOptions_;
  Player player_;

  fanout::Fanout fanout_;
  /// What is fed beside the slots' own connections, with the server it is of.
  std::map<const fanout::Target*, std::pair<ServerId, outbox::Outbox*>> successors_;
  cluster::KeyFrameRequest keyFrameRequest_;
  cluster::UplinkFsm uplink_;
  PullOptions::Pace pace_ = PullOptions::Pace::RealTime;
  RateLimit missedLimit_{kLinePeriod};
  bool pumping_ = false;
  std::vector<std::function<void()>> afterFeed_;
  bool closing_ = false;
};

}  // namespace multiconnection::client
