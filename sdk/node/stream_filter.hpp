#pragma once

#include <cstdint>

#include "outbox/shared_frame.hpp"

namespace multiconnection::node {

/// What of a stream one player wants: all of it, or without sound, or without pictures, or nothing
/// for a while. Headers always pass. Pictures come back with a key frame.
class StreamFilter {
 public:
  void setAudio(bool wanted) { audio_ = wanted; }
  void setVideo(bool wanted) { video_ = wanted; }
  void setPaused(bool paused) { paused_ = paused; }

  /// Whether the frame, the next one of the stream, is to be sent.
  bool takes(const outbox::SharedFrame& frame) {
    if (frame.isHeader()) return true;
    switch (frame.message().kind) {
      case MediaKind::Audio:
        return audio_ && !paused_;
      case MediaKind::Video:
        return takesVideo(frame);
      case MediaKind::Data:
        break;
    }
    return !paused_;
  }

 private:
  bool takesVideo(const outbox::SharedFrame& frame) {
    if (!video_ || paused_) {
      awaitsKeyFrame_ = true;
      return false;
    }
    if (frame.traits().keyFrame) awaitsKeyFrame_ = false;
    return !awaitsKeyFrame_;
  }

  bool audio_ = true;
  bool video_ = true;
  bool paused_ = false;
  bool awaitsKeyFrame_ = false;
};

}  // namespace multiconnection::node
