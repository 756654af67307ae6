#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/array_engine.hpp"
#include "client/media_feed.hpp"
#include "client/status_hub.hpp"
#include "multiconnection/multi_connection.hpp"
#include "reactor/loop.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::client {

/// What MultiConnection and MultiStream forward to: checks calls at once, under its lock, and hands
/// the work to the engine on the loop's thread. Any thread.
class ArrayClient {
 public:
  explicit ArrayClient(MultiConnectionOptions options);
  ~ArrayClient();
  ArrayClient(const ArrayClient&) = delete;
  ArrayClient& operator=(const ArrayClient&) = delete;

  Result<void> connect(const std::vector<ServerEntry>& servers, ConnectOptions options);
  void close(std::chrono::milliseconds drainLimit);
  Result<void> waitClosed(std::chrono::milliseconds limit);
  std::vector<ServerStatistics> statistics() const;
  StatusHub& hub() { return *hub_; }

  Result<void> publish(const std::string& name, const PublishOptions& options);
  Result<void> attach(std::shared_ptr<PullSource> source, PullOptions options);
  Result<void> attach(std::shared_ptr<PacketSource> source);
  void detach();
  Result<void> play(const std::string& name, MediaHandler handler, const PlayOptions& options);
  Result<void> stop();
  std::chrono::milliseconds time() const { return feed_.time(); }

 private:
  enum class Phase { Idle, Open, Closing };
  enum class Use { None, Publish, Play };

  Result<std::vector<ServerConfig>> check(const std::vector<ServerEntry>& servers,
                                          const ConnectOptions& options);
  Result<void> checkStreamUse(const std::string& name) const;
  Result<void> checkAttach(bool given) const;
  void startLoop();
  void onPublishing();
  void onEnded();
  void onClosed();
  void onSourceEnd(const std::function<void(Result<void>)>& onEnd, Result<void> outcome);
  void releaseSource(std::unique_lock<std::mutex>& lock);
  void beginSource(PullOptions::Pace pace);

  const bool ownEventThread_;
  std::shared_ptr<util::SerialExecutor> executor_;
  std::shared_ptr<StatusHub> hub_;
  MediaFeed feed_;

  mutable std::mutex mutex_;
  std::condition_variable closed_;
  Phase phase_ = Phase::Idle;
  std::uint64_t closesBegun_ = 0;
  std::uint64_t timesClosed_ = 0;  ///< Closed was raised.
  Use use_ = Use::None;
  bool namedEverywhere_ = true;  ///< Every entry has a stream name of its own.
  bool published_ = false;       ///< Publish.Success came.
  std::uint64_t publishes_ = 0;  ///< Calls of publish() that started something.
  ServerId nextId_ = 1;
  std::unique_ptr<SourcePump> pump_;
  std::shared_ptr<PacketSource> packets_;

  std::unique_ptr<reactor::Loop> loop_;  ///< Since the first connect() or attach().
  // Touched on the loop's thread only.
  std::unique_ptr<ArrayEngine> engine_;
  std::uint64_t enginePublishes_ = 0;  ///< The call of publish() that the engine works on.
};

}  // namespace multiconnection::client
