#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "multiconnection/multi_connection.hpp"
#include "outbox/outbox.hpp"

namespace multiconnection::client {

/// The hand-over from whoever makes media to the loop: bounded, and one wake-up for many messages.
/// Any thread.
class MediaFeed {
 public:
  /// @param wake  called without a lock held when there is something new to take, at most once
  /// until the next take().
  explicit MediaFeed(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Queues a message. @return Errc::LimitExceeded when 2 s of media or 64 MiB wait already; after
  /// a video frame was dropped so, for the frames up to the next key frame, too.
  Result<void> offer(MediaMessage message);
  /// Queues a message; waits while much waits. @return false, having queued nothing, once `stopped`
  /// is set: set it, then interrupt().
  bool offerWaiting(MediaMessage message, const std::atomic<bool>& stopped);
  /// Takes one message. @return false when nothing waits.
  bool take(MediaMessage& message);
  /// Takes all that waits, for a stream that ends here.
  std::deque<MediaMessage> takeAll();
  /// Makes waiting producers look whether they are stopped; what waits stays to be taken.
  void interrupt();
  /// A new stream begins: what waits is dropped, time() is 0.
  void reset();
  /// How many messages wait.
  std::size_t size() const;

  /// Frames that offer() dropped.
  outbox::MessageCounts dropped() const;
  /// Newest timestamp handed in.
  std::chrono::milliseconds time() const { return std::chrono::milliseconds(time_.load()); }

 private:
  Result<void> admit(const MediaMessage& message);
  bool append(MediaMessage message);

  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<MediaMessage> waiting_;
  std::size_t bytes_ = 0;
  bool woken_ = false;
  bool awaitKeyFrame_ = false;
  outbox::MessageCounts dropped_;
  std::atomic<std::int64_t> time_{0};
};

/// Reads a pull source from a thread of its own and feeds it, by its timestamps or as fast as it is
/// taken.
class SourcePump {
 public:
  /// @param onEnd  called on the pump's thread once: at the end of the input, or with its error;
  /// not after stop().
  SourcePump(std::shared_ptr<PullSource> source, PullOptions options, MediaFeed& feed,
             std::function<void(Result<void>)> onEnd);
  /// Interrupts the source and waits for the thread, unless called from it.
  ~SourcePump();
  SourcePump(const SourcePump&) = delete;
  SourcePump& operator=(const SourcePump&) = delete;

  /// From now on nothing of it reaches the feed.
  void stop();
  /// Starts to read; further calls do nothing. In a stream that has run already, the timestamps go
  /// on where it stands. What precedes the first frame gets that frame's timestamp.
  void start();

 private:
  struct State;
  static void run(State& state);
  static bool deliver(State& state, MediaMessage message);
  static bool deliverHeld(State& state, std::chrono::milliseconds timestamp);
  static bool send(State& state, MediaMessage message);
  static bool waitUntilDue(State& state, std::chrono::milliseconds timestamp);

  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace multiconnection::client
