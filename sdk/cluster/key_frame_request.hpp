#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace multiconnection::cluster {

/// Decides when an encoder is asked for a key frame: once for all servers that wait for one, at
/// most once a second. A request that changes nothing is repeated ever later, and so are those for
/// a server that falls behind again and again: every key frame costs all servers bandwidth. Time is
/// passed in.
class KeyFrameRequest {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kShortest{1000};
  static constexpr std::chrono::milliseconds kLongest{30000};

  /// @param joining  servers that wait for their first key frame.
  /// @param resuming  servers that were spared frames, and wait for one to go on with.
  /// @return whether to ask now.
  bool isDue(Clock::time_point now, std::size_t joining, std::size_t resuming);

 private:
  std::chrono::milliseconds period_ = kShortest;  ///< To the next request, unless more wait then.
  std::optional<Clock::time_point> last_;
  std::optional<Clock::time_point> calmSince_;  ///< Nobody waits.
  std::size_t joining_ = 0;
};

}  // namespace multiconnection::cluster
