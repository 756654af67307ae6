#include "util/rate_meter.hpp"

#include <algorithm>

namespace multiconnection::util {

void RateMeter::note(Clock::time_point now, std::uint64_t total) {
  samples_.push_back({now, total});
  constexpr std::chrono::minutes kLongest{1};
  while (samples_.size() > 2 && now - samples_[1].time >= kLongest) samples_.pop_front();
}

double RateMeter::rate(Clock::duration window) const {
  if (samples_.size() < 2) return 0;
  const Sample& last = samples_.back();
  // The newest sample that is as old as the window, so that a window is never empty.
  const auto newer =
      std::partition_point(samples_.begin(), samples_.end() - 1,
                           [&](const Sample& sample) { return last.time - sample.time >= window; });
  const Sample& first = newer == samples_.begin() ? *newer : *(newer - 1);
  const double seconds = std::chrono::duration<double>(last.time - first.time).count();
  return seconds > 0 ? static_cast<double>(last.total - first.total) / seconds : 0;
}

}  // namespace multiconnection::util
