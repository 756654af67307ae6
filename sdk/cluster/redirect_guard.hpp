#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <set>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/server.hpp"

namespace multiconnection::cluster {

/// Says whether one server may send us elsewhere: a redirect is foreign input. Time is passed in.
class RedirectGuard {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kMaxHops = 5;  ///< Within kPeriod.
  static constexpr std::chrono::seconds kPeriod{60};

  /// An attempt begins at that place: a chain of redirects from there must not come back to it.
  void begin(const RtmpUrl& place) { visited_ = {place.tcUrl()}; }
  /// The chain has led to a server that takes us: what follows is another one.
  void onArrived() { visited_.clear(); }

  /// @param target  as the server wrote it: a URL, "//host/app", "/app", or empty for the same.
  /// @return where to go; Errc::LimitExceeded for one hop too many, Errc::Refused for a loop or the
  ///   loss of encryption, Errc::InvalidArgument for what is no URL; each naming the target,
  ///   without its secrets.
  Result<RtmpUrl> admit(const RtmpUrl& from, const std::string& target, Clock::time_point now);

 private:
  std::set<std::string> visited_;
  std::deque<Clock::time_point> hops_;
};

}  // namespace multiconnection::cluster
