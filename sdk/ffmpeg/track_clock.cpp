#include "ffmpeg/track_clock.hpp"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <algorithm>

namespace multiconnection::ffmpeg {
namespace {

constexpr AVRational kMicrosecond{1, AV_TIME_BASE};
constexpr AVRational kMillisecond{1, 1000};

}  // namespace

TrackClock::TrackClock(AVRational timeBase, AVRational frameRate)
    : timeBase_(timeBase), frameRate_(frameRate) {}

std::int64_t TrackClock::frames(std::int64_t count) const {
  const bool known = frameRate_.num > 0 && frameRate_.den > 0;
  return known ? av_rescale_q(count, av_inv_q(frameRate_), timeBase_) : 0;
}

std::int64_t TrackClock::durationOf(const AVPacket& packet) const {
  return packet.duration > 0 ? packet.duration : frames(1);
}

void TrackClock::start(const std::vector<const AVPacket*>& head) {
  std::int64_t durations = 0;
  std::int64_t count = 0;
  for (const AVPacket* packet : head) {
    if (packet->dts != AV_NOPTS_VALUE) {
      // Whole frames are exact where single durations were rounded to the container's ticks.
      const std::int64_t before = frames(count);
      next_ = packet->dts - (before > 0 ? before : durations);
      return;
    }
    durations += durationOf(*packet);
    ++count;
  }
}

void TrackClock::repair(AVPacket& packet) {
  if (packet.dts == AV_NOPTS_VALUE) packet.dts = next_;
  if (packet.pts == AV_NOPTS_VALUE) packet.pts = packet.dts;
  if (last_ != AV_NOPTS_VALUE) packet.dts = std::max(packet.dts, last_);
  last_ = packet.dts;
  next_ = packet.dts + durationOf(packet);
}

std::chrono::milliseconds TrackClock::since(std::int64_t origin, std::int64_t ticks) const {
  const std::int64_t originTicks = av_rescale_q(origin, kMicrosecond, timeBase_);
  return std::chrono::milliseconds(av_rescale_q(ticks - originTicks, timeBase_, kMillisecond));
}

}  // namespace multiconnection::ffmpeg
