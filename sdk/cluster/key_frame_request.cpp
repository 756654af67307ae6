#include "cluster/key_frame_request.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::cluster {

bool KeyFrameRequest::isDue(Clock::time_point now, std::size_t joining, std::size_t resuming) {
  const bool more = joining > std::exchange(joining_, joining);
  if (joining + resuming == 0) {
    if (!calmSince_) calmSince_ = now;
    return false;
  }
  const bool wasCalm = calmSince_ && now - *calmSince_ >= kLongest;
  calmSince_.reset();
  if (more || wasCalm) period_ = kShortest;
  if (last_ && now - *last_ < period_) return false;
  if (last_) period_ = std::min(2 * period_, kLongest);
  last_ = now;
  return true;
}

}  // namespace multiconnection::cluster
