#include "cluster/redirect_guard.hpp"

#include <utility>

namespace multiconnection::cluster {
namespace {

/// scheme://host[:port]/ of that place.
std::string headOf(const RtmpUrl& place) {
  std::string head = place.tcUrl();
  head.resize(head.size() - place.app.size());
  return head;
}

/// RFC 3986, section 5.2, as far as servers use it.
Result<RtmpUrl> resolve(const RtmpUrl& base, const std::string& reference) {
  if (reference.empty()) return base;
  const std::string head = headOf(base);
  if (reference.starts_with("//"))
    return RtmpUrl::parse(head.substr(0, head.find("//")) + reference);
  if (reference.starts_with('/')) return RtmpUrl::parse(head + reference.substr(1));
  return RtmpUrl::parse(reference);
}

}  // namespace

Result<RtmpUrl> RedirectGuard::admit(const RtmpUrl& from, const std::string& target,
                                     Clock::time_point now) {
  auto place = resolve(from, target);
  if (!place) return Error{place.error().code, "redirect: " + place.error().message};
  const std::string shown = "redirect to " + place->redacted();
  while (!hops_.empty() && now - hops_.front() >= kPeriod) hops_.pop_front();
  if (hops_.size() >= kMaxHops) {
    return Error{Errc::LimitExceeded,
                 shown + ": more than " + std::to_string(kMaxHops) + " within a minute"};
  }
  if (from.scheme == RtmpUrl::Scheme::Rtmpe && place->scheme == RtmpUrl::Scheme::Rtmp) {
    return Error{Errc::Refused, shown + ": it would give up encryption"};
  }
  if (visited_.contains(place->tcUrl())) return Error{Errc::Refused, shown + ": a loop"};
  hops_.push_back(now);
  visited_.insert(place->tcUrl());
  return place;
}

}  // namespace multiconnection::cluster
