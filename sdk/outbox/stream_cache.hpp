#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "outbox/key_frame_gate.hpp"
#include "outbox/shared_frame.hpp"

namespace multiconnection::outbox {

/// What a late joiner needs before its first frame: the newest metadata, and of every track the
/// newest sequence header and what supplements it.
class StreamCache {
 public:
  /// A publisher that sends more than this is carried all the same, but its further headers are not
  /// kept.
  static constexpr std::size_t kMaxHeaders = 64;
  static constexpr std::size_t kMaxBytes = 32u << 20;

  /// Remembers headers, and that a track exists; forgets those of a track that ends. @return false
  /// for a header that is already known to the byte: it need not be sent again.
  bool observe(const SharedFrame& frame);

  /// Whether there is a video track that has not ended.
  bool hasVideo() const { return videoTracks_.any(); }
  /// Numbers of the video tracks that have not ended.
  const KeyFrameGate::Tracks& videoTracks() const { return videoTracks_; }
  /// Whether any frame (not only headers) has passed.
  bool hasStarted() const { return hasStarted_; }
  /// Metadata, video headers, audio headers, as far as they are known, stamped with `timestamp`.
  std::vector<MediaMessage> headersAt(std::chrono::milliseconds timestamp) const;

 private:
  struct Header {
    MediaMessage message;
    std::uint8_t track;
    bool manyTracks;  ///< Says more than a later one of its first track alone.
    bool supplement;
  };

  bool remember(const SharedFrame& frame);
  void endTrack(MediaKind kind, std::uint8_t track);

  std::vector<Header> headers_;  ///< In the order of their arrival.
  KeyFrameGate::Tracks videoTracks_;
  std::size_t headerBytes_ = 0;
  bool hasStarted_ = false;
};

}  // namespace multiconnection::outbox
