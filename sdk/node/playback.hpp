#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "node/play_clock.hpp"
#include "node/recording_reader.hpp"
#include "node/recordings.hpp"
#include "node/stream_filter.hpp"
#include "node/stream_requests.hpp"
#include "outbox/shared_frame.hpp"
#include "reactor/loop.hpp"
#include "reactor/rtmp_link.hpp"

namespace multiconnection::node {

/// Sends one recording to one player, at the pace of its clock and its connection. The file is read
/// on the disk's thread, a small piece at a time. Loop's thread only.
class Playback : public std::enable_shared_from_this<Playback> {
 public:
  using Milliseconds = std::chrono::milliseconds;
  /// Called on the loop's thread; may end() the playback.
  class Observer {
   public:
    virtual ~Observer() = default;
    /// The file can be played, from play() on; or why not: then nothing follows.
    virtual void onOpened(const Result<void>& opened) = 0;
    /// `found`: media of that place follows. Else it is behind the end, and nothing changed.
    virtual void onSought(Milliseconds position, bool found) = 0;
    /// Everything was sent. Seeking back is possible.
    virtual void onCompleted() = 0;
    /// The file is broken, or cannot be read; nothing follows.
    virtual void onFailed(const Error& why) = 0;
  };

  /// @param maxQueueBytes  of media that may wait for the connection.
  Playback(reactor::Loop& loop, Recordings& recordings, reactor::RtmpLink& link,
           const outbox::WireShape& shape, std::size_t maxQueueBytes, Observer& observer);

  void open(const std::string& path, const PlayRequest& request);
  /// Sends media from now on.
  void play();
  void seek(Milliseconds time);
  void setPaused(bool paused);
  void setBuffer(Milliseconds buffer);
  StreamFilter& filter() { return filter_; }
  /// The connection has room again.
  void onDrained() { pump(); }
  /// Nothing is sent, and nobody called, any more.
  void end();

  Milliseconds duration() const { return duration_; }
  /// What the player's clock shows.
  Milliseconds position() const;

 private:
  using Messages = std::vector<MediaMessage>;
  void goTo(Milliseconds time, bool sought);
  void onPlaced(Milliseconds time, bool sought, Result<Messages>&& headers);
  void requestMore();
  void onRead(Result<Messages>&& messages);
  void pump();
  void sendDue();
  bool sendNext();
  bool isBeyond(const MediaMessage& message) const;
  void completeIfDone();

  Recordings& recordings_;
  reactor::RtmpLink& link_;
  const outbox::WireShape shape_;
  const std::size_t maxQueueBytes_;
  Observer* observer_;
  std::shared_ptr<RecordingReader> reader_;  ///< Used on the disk's thread only, once it is open.
  reactor::Timer timer_;
  PlayClock clock_;
  StreamFilter filter_;
  PlayRequest request_;
  Milliseconds duration_{0};
  std::deque<MediaMessage> queue_;
  unsigned question_ = 0;  ///< The disk's answers to earlier ones are not wanted any more.
  bool asking_ = false;    ///< The disk has yet to answer.
  bool playing_ = false;   ///< play() was called.
  bool pumping_ = false;
  bool clockSet_ = false;  ///< It runs since the first message of this place.
  bool pictureSent_ = false;
  bool atEnd_ = false;  ///< The queue holds all that will come.
  bool completed_ = false;
  std::optional<Milliseconds> announced_;  ///< A new place, to be told before its media.
};

}  // namespace multiconnection::node
