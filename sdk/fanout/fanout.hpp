#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "multiconnection/media.hpp"
#include "outbox/key_frame_gate.hpp"
#include "outbox/outbox.hpp"
#include "outbox/shared_frame.hpp"
#include "outbox/stream_cache.hpp"

namespace multiconnection::fanout {

/// One server's end of the fan-out.
class Target {
 public:
  virtual ~Target() = default;
  virtual outbox::Outbox& outbox() = 0;
  virtual outbox::WireShape shape() const = 0;
  /// Writes what the socket takes; must not call back into the fan-out.
  virtual void flush() = 0;
  /// It takes part from now on. Must not call back into the fan-out.
  virtual void onJoined() {}
  /// Asked for every message once the target takes part; false leaves it out.
  virtual bool takes(const outbox::SharedFrame& frame) {
    static_cast<void>(frame);
    return true;
  }
};

/// One stream to N servers. A message is classified and chunked once; each server's queue then only
/// refers to it. A server that joins a running stream gets metadata and sequence headers, stamped
/// with the moment of joining, and starts at a key frame, as each further video track does at one
/// of its own; its audio starts there, too.
class Fanout {
 public:
  /// How metadata is sent on: servers want "@setDataFrame" before it, players must not see that.
  enum class Metadata { ForServers, ForPlayers };
  explicit Fanout(Metadata metadata = Metadata::ForServers) : metadata_(metadata) {}

  /// Before the first frame: takes part from the first message on. Later: joins at a key frame, or,
  /// in a stream without video, at the next audio message.
  void add(Target& target);
  void remove(const Target& target);
  /// `successor` takes part as before, but as `target`, whose own part ends.
  void replace(const Target& successor, Target& target);
  std::size_t size() const { return targets_.size(); }
  bool has(const Target& target) const;

  /// Told of each codec before its first message is queued; it may remove targets.
  void onCodec(std::function<void(Codec)> observer) { onCodec_ = std::move(observer); }
  /// Those that came since reset().
  const std::vector<Codec>& codecs() const { return codecs_; }

  /// Queues the message for every server; flush() sends.
  void push(MediaMessage message);
  void flush();
  /// Forgets headers and start: what comes next is another stream, for all from its first message.
  void reset();

  /// Servers that could do with a key frame.
  struct Awaiting {
    std::size_t joining = 0;   ///< To begin with, in every video track.
    std::size_t resuming = 0;  ///< To go on with, after they were spared frames.
  };
  Awaiting awaitingKeyFrame() const;
  /// Whether the target was spared frames, and waits for a key frame of a track that there is.
  bool awaitsKeyFrame(Target& target) const;
  bool hasVideo() const { return cache_.hasVideo(); }

  /// The largest queue of any server.
  std::size_t maxQueueBytes() const;

 private:
  struct Member {
    Target* target;
    bool live;
    outbox::KeyFrameGate gate{};  ///< For the video tracks that were under way when it joined.
  };
  bool joinsAt(const outbox::SharedFrame& frame) const;
  void noteCodec(const outbox::SharedFrame& frame);
  void shapeMetadata(MediaMessage& message) const;
  static void pushTo(Target& target, std::vector<outbox::SharedFrame>& frames);

  Metadata metadata_;
  std::vector<Member> targets_;
  outbox::StreamCache cache_;
  std::function<void(Codec)> onCodec_;
  std::vector<Codec> codecs_;
  std::chrono::milliseconds newest_{0};
};

}  // namespace multiconnection::fanout
