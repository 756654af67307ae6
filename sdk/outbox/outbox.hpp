#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "multiconnection/media.hpp"
#include "multiconnection/server.hpp"
#include "outbox/key_frame_gate.hpp"
#include "outbox/shared_frame.hpp"
#include "util/const_buffer.hpp"

namespace multiconnection::outbox {

/// When an outbox gives up frames.
struct DropPolicy {
  /// Ages make sense while all streams follow one clock; `maxBytes` counts what it takes to keep
  /// the messages in order, too, and video goes first.
  DropLimits limits{};
  /// Never drop, not even superseded headers; the feeder watches queueBytes() instead.
  bool lossless = false;
  /// All video goes at once, but for its headers; once that is over, it begins at a key frame.
  bool withoutVideo = false;
};

/// Messages, by kind.
struct MessageCounts {
  std::uint64_t audio = 0;
  std::uint64_t video = 0;
  std::uint64_t data = 0;
};

/// The bounded output queue of one connection.
///
/// Media keeps its order. Control messages overtake waiting media at a message boundary; a message
/// of which a byte was sent is always finished, never dropped, never interleaved. Headers and
/// metadata are never dropped, unless a newer one of their kind follows with no frame between, or
/// they alone exceed `maxBytes`, as no stream means to: then the oldest go. No frame is sent whose
/// reference was dropped: after a loss, each video track resumes at a key frame of its own.
class Outbox {
 public:
  explicit Outbox(DropPolicy policy = {}) : policy_(policy) {}
  void setPolicy(const DropPolicy& policy);

  bool withoutVideo() const { return policy_.withoutVideo; }

  /// Queues chunked bytes of a command or protocol message.
  void pushControl(Bytes bytes);
  /// The same for what several connections send.
  void pushControl(SharedBytes bytes);
  /// Queues a media message in this connection's wire shape; sheds what the policy says.
  void pushMedia(SharedFrame& frame, const WireShape& shape);
  /// Drops all waiting media that has not begun; after it, video needs a key frame.
  void dropMedia();

  bool empty() const { return control_.empty() && media_.empty(); }
  bool mediaEmpty() const { return media_.empty(); }
  /// Whether video is left out up to the next key frame, of one of these tracks at least; not by
  /// policy.
  bool awaitsKeyFrame(std::uint32_t streamId, const KeyFrameGate::Tracks& tracks) const;
  /// Fills `buffers` with what is to be written next, in order. @return how many were filled.
  std::size_t gather(std::span<util::ConstBuffer> buffers) const;
  /// Takes `count` bytes off, as gather() ordered them.
  void consume(std::size_t count);

  std::size_t queueBytes() const { return controlBytes_ + mediaBytes_; }
  std::size_t controlBytes() const { return controlBytes_; }
  /// Media time that waits: newest handed in, minus the oldest not fully sent.
  std::chrono::milliseconds queueTime() const;
  /// Newest handed in, minus the newest fully sent; 0 before the first.
  std::chrono::milliseconds lag() const;
  const MessageCounts& sent() const { return sent_; }
  const MessageCounts& dropped() const { return dropped_; }

 private:
  struct Entry {
    SharedBytes wire;
    std::uint32_t streamId;
    MediaKind kind;
    std::uint8_t track;
    bool manyTracks;
    std::chrono::milliseconds timestamp;
    bool header;
    bool supplement;
    bool keyFrame;
    bool disposable;
  };
  struct VideoTrack {
    std::uint32_t streamId;
    std::uint8_t track;
    bool awaitsKeyFrame;
    bool holds(const Entry& entry) const {
      return entry.kind == MediaKind::Video && entry.streamId == streamId && entry.track == track;
    }
  };
  VideoTrack& videoTrack(std::uint32_t streamId, std::uint8_t track);
  void noteTime(std::chrono::milliseconds timestamp);
  /// Whether a byte of it was sent.
  bool begun(std::size_t place) const;
  bool droppable(std::size_t place) const;
  std::chrono::milliseconds ageOf(MediaKind kind) const;
  /// Drops headers that a newer one of their kind follows, with no frame between.
  void dropSuperseded();
  /// Drops the oldest headers where they alone exceed the limit; never the newest.
  void shedHeaders();
  /// What so many waiting messages take in memory.
  std::size_t cost(std::size_t messages) const;
  void shed();
  void dropDisposable();
  /// Where a track can go on: its newest waiting key frame, unless that is too old itself; else the
  /// end of the queue.
  std::size_t resumptionOf(const VideoTrack& track, std::chrono::milliseconds maxAge) const;
  /// Drops each track up to there.
  void dropVideo(std::chrono::milliseconds maxAge);
  void dropOldAudio(std::chrono::milliseconds limit);
  void shedBytes();
  /// Removes what waits before `end`, has not begun, and for whose place `condemned` holds.
  template <class Predicate>
  bool removeIf(std::size_t end, Predicate condemned);
  void countSent(const Entry& entry);

  DropPolicy policy_;
  std::deque<SharedBytes> control_;
  std::deque<Entry> media_;
  std::size_t controlOffset_ = 0;  ///< Bytes of the first control message that were sent.
  std::size_t mediaOffset_ = 0;    ///< Bytes of the first media message that were sent.
  std::size_t controlBytes_ = 0;
  std::size_t mediaBytes_ = 0;
  std::chrono::milliseconds newest_{0};
  std::chrono::milliseconds newestSent_{0};
  bool sawMedia_ = false;
  std::vector<VideoTrack> videoTracks_;  ///< One, unless there is multitrack.
  MessageCounts sent_;
  MessageCounts dropped_;
};

}  // namespace multiconnection::outbox
