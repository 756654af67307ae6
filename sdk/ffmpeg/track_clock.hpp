#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "ffmpeg/av_types.hpp"

namespace multiconnection::ffmpeg {

/// Gives every packet of one track a decoding and a presentation time, neither of which all
/// containers have, and turns them into milliseconds.
class TrackClock {
 public:
  /// @param frameRate  of video whose packets tell no duration; {0, 1} when unknown.
  TrackClock(AVRational timeBase, AVRational frameRate);

  /// Where the first packets have no decoding time, counts back from the first one that has.
  void start(const std::vector<const AVPacket*>& head);
  /// Fills in what is missing, in the order of decoding; times never go back.
  void repair(AVPacket& packet);

  /// Milliseconds after `origin`, which is in microseconds.
  std::chrono::milliseconds since(std::int64_t origin, std::int64_t ticks) const;

 private:
  std::int64_t frames(std::int64_t count) const;  ///< Ticks of so many; 0 when unknown.
  std::int64_t durationOf(const AVPacket& packet) const;

  AVRational timeBase_;
  AVRational frameRate_;
  std::int64_t next_ = 0;  ///< Decoding time of a packet that has none.
  std::int64_t last_ = AV_NOPTS_VALUE;
};

}  // namespace multiconnection::ffmpeg
