#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/media_feed.hpp"
#include "client/media_inbox.hpp"
#include "client/server_slot.hpp"
#include "client/status_hub.hpp"
#include "cluster/health_fsm.hpp"
#include "cluster/verdict_fsm.hpp"
#include "fanout/fanout.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::client {

/// The array on the loop's thread: brings servers, verdicts, health and the fan-out together.
class ArrayEngine final : public ServerSlot::Owner {
 public:
  using Clock = std::chrono::steady_clock;

  /// Told from the loop's thread.
  struct Hooks {
    std::function<void()> onPublishing;  ///< Publish.Success: a pull source may start.
    std::function<void()> onEnded;       ///< After close(): the array may connect again.
    std::function<void()> onClosed;      ///< After that, once Closed was raised.
  };

  ArrayEngine(reactor::Loop& loop, std::shared_ptr<StatusHub> hub, MediaFeed& feed, Hooks hooks);
  ~ArrayEngine() override;

  // Each starts what its public namesake promises; arguments and order are checked already.
  void connect(std::vector<ServerConfig> servers, const ConnectOptions& options);
  void publish(const std::string& name, const PublishOptions& options);
  void play(const std::string& name, std::unique_ptr<MediaInbox> inbox, const PlayOptions& options);
  void stopStream();
  void close(std::chrono::milliseconds drainLimit);

  /// A source was attached: the media that follows is a new stream's.
  void beginSource(PullOptions::Pace pace);
  /// Moves what waits in the feed to the servers.
  void pump();
  /// `done` is called once everything in the feed has moved on.
  void afterFeed(std::function<void()> done);
  /// The inbox of a played stream has room again.
  void resumePlay();

  std::vector<ServerStatistics> statistics() const;

 private:
  enum class Use { None, Publish, Play };

  // ServerSlot::Owner
  void onConnected(ServerSlot& slot) override;
  void onPublishing(ServerSlot& slot) override;
  void onSettled(ServerSlot& slot) override;
  void onPublishRefused(ServerSlot& slot) override;
  void onPlayAnswered(ServerSlot& slot) override;
  void onPlayRefused(ServerSlot& slot) override;
  void onMedia(ServerSlot& slot, MediaMessage&& message) override;
  void onQueueEmpty() override;
  void onEnded(ServerSlot& slot) override;
  void raise(StatusEvent&& event) override;

  void onSetupVerdict(std::optional<cluster::VerdictFsm::State> verdict);
  void onPublishVerdict(std::optional<cluster::VerdictFsm::State> verdict);
  void publishOn(ServerSlot& slot);
  outbox::DropPolicy dropPolicy() const;
  void startPublishClock();
  void raiseVerdict(const cluster::VerdictFsm& fsm, StatusCode code, StatusLevel level,
                    const char* what);
  void raiseHealth(cluster::HealthFsm::State health, const ServerSlot& slot);
  void raiseArray(StatusCode code, StatusLevel level, std::string reason,
                  std::chrono::milliseconds elapsed);
  void noteOverdue(const cluster::VerdictFsm& fsm, std::chrono::milliseconds limit,
                   bool publishing);
  void playSomewhere();
  void armTick();
  bool anyOpen() const;
  void closeIfAllEnded();
  bool lossless() const { return pace_ == PullOptions::Pace::SlowestServer; }
  bool takeFromFeed();
  void pumpRounds(std::size_t limit);
  /// Moves all that waits now, whatever the queues hold already.
  void pumpAll();
  std::size_t indexOf(const ServerSlot& slot) const { return slot.config().index; }

  reactor::Loop& loop_;
  std::shared_ptr<StatusHub> hub_;
  MediaFeed& feed_;
  Hooks hooks_;
  reactor::Timer setupTimer_;
  reactor::Timer publishTimer_;
  reactor::Timer playTimer_;
  reactor::Timer tickTimer_;

  ConnectOptions options_;
  std::vector<std::unique_ptr<ServerSlot>> slots_;
  std::optional<cluster::VerdictFsm> setup_;
  std::optional<cluster::VerdictFsm> publish_;
  std::optional<cluster::HealthFsm> health_;  ///< Since a verdict of success.

  Use use_ = Use::None;
  std::string streamName_;
  PublishOptions publishOptions_;
  PlayOptions playOptions_;
  std::unique_ptr<MediaInbox> inbox_;
  ServerSlot* player_ = nullptr;

  fanout::Fanout fanout_;
  PullOptions::Pace pace_ = PullOptions::Pace::RealTime;
  bool pumping_ = false;
  std::vector<std::function<void()>> afterFeed_;
  bool closing_ = false;
};

}  // namespace multiconnection::client
