#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/client_state.hpp"
#include "client/media_feed.hpp"
#include "multiconnection/multi_stream.hpp"

namespace multiconnection::client {

/// What MultiStream forwards to: checks calls at once, under the array's lock, and hands the work
/// to the stream's engine on the loop's thread. Any thread.
class StreamClient : public std::enable_shared_from_this<StreamClient> {
 public:
  using Lock = std::unique_lock<std::mutex>;

  StreamClient(std::shared_ptr<ClientState> state, std::size_t number);

  std::size_t number() const { return number_; }
  Result<void> publish(const std::string& name, const PublishOptions& options);
  Result<void> attach(std::shared_ptr<PullSource> source, PullOptions options);
  Result<void> attach(std::shared_ptr<PacketSource> source);
  void detach();
  Result<void> play(const std::string& name, MediaHandler handler, const PlayOptions& options);
  Result<void> send(const std::string& handler, const std::vector<AmfValue>& arguments);
  /// One of the verbs of a stream that is played.
  Result<void> ask(std::function<void(Player&)> verb);
  Result<void> stop();
  std::chrono::milliseconds time() const { return feed_->time(); }
  /// The handle is gone: ends the stream.
  void drop();

  // For the array, which holds the lock.
  /// The loop runs: makes the stream's engine there.
  void begin();
  void onArrayOpened();
  /// @return what waits in the feed, to be sent before the end.
  std::deque<MediaMessage> onArrayClosing();
  /// A server is added without a stream name of its own.
  bool needsNames() const { return use_ != Use::None && nameless_; }
  /// Takes the source off; unlocks.
  void releaseSource(Lock& lock);

 private:
  enum class Use { None, Publish, Play };
  using Task = std::function<void(StreamEngine&)>;

  /// Runs `task` on the loop's thread, unless the stream or the array is gone by then. Locked.
  void post(Task task);
  Result<PlayJob> jobOf(const std::string& name, MediaHandler handler, const PlayOptions& options);
  Result<void> checkUse(const std::string& name) const;
  Result<void> checkAttach(bool given) const;
  Result<void> beginSource(PullOptions::Pace pace);
  void onPublishing();
  void onKeyFrameWanted();
  void onSourceEnd(const std::function<void(Result<void>)>& onEnd, Result<void> outcome);

  const std::shared_ptr<ClientState> state_;
  const std::size_t number_;
  const std::shared_ptr<MediaFeed> feed_;

  // Guarded by the array's lock.
  Use use_ = Use::None;
  bool nameless_ = false;        ///< The stream was given an empty name.
  bool published_ = false;       ///< Publish.Success came.
  std::uint64_t publishes_ = 0;  ///< Calls of publish() that started something.
  std::unique_ptr<SourcePump> pump_;
  std::shared_ptr<PacketSource> packets_;

  // Touched on the loop's thread only.
  StreamEngine* engine_ = nullptr;
  std::uint64_t enginePublishes_ = 0;  ///< The call of publish() that the engine works on.
};

}  // namespace multiconnection::client
