#pragma once

#include "outbox/key_frame_gate.hpp"
#include "outbox/shared_frame.hpp"

namespace multiconnection::node {

/// What of a stream one player wants: all of it, or without sound, or without pictures, or nothing
/// for a while. Headers always pass. Pictures come back with a key frame, track by track.
class StreamFilter {
 public:
  void setAudio(bool wanted) { audio_ = wanted; }
  void setVideo(bool wanted) { video_ = wanted; }
  void setPaused(bool paused) { paused_ = paused; }
  /// The stream goes on at another place: what comes first of a track may be no key frame.
  void interrupt() { gate_.close(outbox::KeyFrameGate::Tracks().set()); }

  /// Whether the frame, the next one of the stream, is to be sent.
  bool takes(const outbox::SharedFrame& frame) {
    if (frame.isHeader()) return true;
    switch (frame.message().kind) {
      case MediaKind::Audio:
        return audio_ && !paused_;
      case MediaKind::Video:
        if (video_ && !paused_) return gate_.takes(frame);
        gate_.close(frame.traits().track);
        return false;
      case MediaKind::Data:
        break;
    }
    return !paused_;
  }

 private:
  bool audio_ = true;
  bool video_ = true;
  bool paused_ = false;
  outbox::KeyFrameGate gate_;
};

}  // namespace multiconnection::node
