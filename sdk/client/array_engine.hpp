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
#include <vector>

#include "client/call_engine.hpp"
#include "client/server_text.hpp"
#include "client/shared_object_engine.hpp"
#include "client/status_hub.hpp"
#include "client/stream_engine.hpp"
#include "cluster/verdict_fsm.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::client {

/// The array on the loop's thread: its servers, their joint set-up and end, and its streams.
class ArrayEngine final : public StreamEngine::Owner {
 public:
  using Clock = std::chrono::steady_clock;
  /// What was taken from the streams' feeds, by number.
  using Rests = std::map<std::size_t, std::deque<MediaMessage>>;

  /// Told from the loop's thread.
  struct Hooks {
    std::function<void()> onEnded;   ///< After close(): the array may connect again.
    std::function<void()> onClosed;  ///< After that, once Closed was raised.
  };

  /// @param toLoop  runs a task on the loop's thread, unless the array is gone by then.
  ArrayEngine(reactor::Loop& loop, std::shared_ptr<StatusHub> hub,
              std::shared_ptr<util::SerialExecutor> executor,
              std::shared_ptr<const CallHandlers> handlers, CallEngine::ToLoop toLoop, Hooks hooks);
  ~ArrayEngine() override;

  StreamEngine& addStream(std::size_t number, std::shared_ptr<MediaFeed> feed,
                          StreamEngine::Hooks hooks);
  /// Ends the stream and its connections in order; it must not be used any more.
  void dropStream(std::size_t number, std::deque<MediaMessage> rest);

  // Each starts what its public namesake promises; arguments and order are checked already.
  void connect(std::vector<ServerConfig> servers, const ConnectOptions& options);
  void addServer(const ServerConfig& server);
  void startServer(ServerId server);
  void closeServer(ServerId server, std::chrono::milliseconds drainLimit, bool forGood);
  void close(std::chrono::milliseconds drainLimit, Rests rests);

  void callRemote(const std::vector<ServerId>& servers, const OutgoingCall& call);
  void setHandledMethods(std::set<std::string> names);
  CallEngine& calls() { return calls_; }
  SharedObjectEngine& sharedObjects() { return sharedObjects_; }

  std::vector<ServerReport> servers() const;
  std::vector<ServerStatistics> statistics() const;

 private:
  // StreamEngine::Owner
  void onConnected(StreamEngine& stream, ServerSlot& slot) override;
  void onLost(StreamEngine& stream, ServerSlot& slot) override;
  void onMoved(StreamEngine& stream, ServerSlot& slot) override;
  void onEnded(StreamEngine& stream, ServerSlot& slot) override;
  void onCallAnswered(ServerSlot& slot, session::CallInfo&& answer) override;
  void onCallReceived(ServerSlot& slot, session::CallInfo&& call) override;
  void onSharedObject(StreamEngine& stream, ServerSlot& slot,
                      rtmp::SharedObjectMessage&& message) override;
  const std::set<std::string>& handledMethods() const override { return handledMethods_; }
  void raise(StatusEvent&& event) override { hub_->raise(std::move(event)); }
  const LogSink& log() const override { return hub_->log(); }
  bool isSettingUp() const override;
  bool isReady(ServerId server) const override;
  bool isTried(ServerId server) const override;
  Reconnector::Discipline& discipline() override { return discipline_; }

  void onSetupVerdict(std::optional<cluster::VerdictFsm::State> verdict);
  StreamEngine& first() const { return *streams_.at(0); }
  /// The servers' own connections for shared objects, which may be none.
  StreamEngine& ownConnections();
  ServerSlot* findConnection(ServerId server, bool own) const;
  void closeOwn(ServerId server);
  /// Of a connection that shared objects may use: whether it is theirs alone.
  static bool isOwn(const StreamEngine& stream) { return stream.number() == kSharedObjectStream; }
  static bool isShared(const StreamEngine& stream) { return stream.isFirst() || isOwn(stream); }
  void armTick();
  bool isRunning() const;
  void sweepLater();
  void closeIfAllEnded();

  reactor::Loop& loop_;
  std::shared_ptr<StatusHub> hub_;
  Hooks hooks_;
  reactor::Timer setupTimer_;
  reactor::Timer tickTimer_;
  reactor::Timer sweepTimer_;

  Reconnector::Discipline discipline_;
  ConnectOptions options_;
  std::vector<ServerConfig> servers_;  ///< As new streams need them.
  std::optional<cluster::VerdictFsm> setup_;
  std::map<std::size_t, std::unique_ptr<StreamEngine>> streams_;
  std::vector<std::unique_ptr<StreamEngine>> dropped_;  ///< Streams that still say goodbye.
  std::set<std::string> handledMethods_;
  CallEngine calls_;
  SharedObjectEngine sharedObjects_;
  bool closing_ = false;
};

}  // namespace multiconnection::client
