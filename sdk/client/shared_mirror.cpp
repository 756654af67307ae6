#include "client/shared_mirror.hpp"

#include <algorithm>

namespace multiconnection::client {

void SharedMirror::queue(Mirror::Actions& actions) {
  for (auto& [server, done] : actions) {
    for (auto& message : done.send) outgoing_.emplace_back(server, std::move(message));
    done.send.clear();
  }
}

bool SharedMirror::wantsFlush() {
  const std::lock_guard lock(mutex_);
  const bool waits = !outgoing_.empty() || mirror_.deadline();
  return waits && !std::exchange(flushTold_, true);
}

std::deque<SharedMirror::Outgoing> SharedMirror::takeOutgoing() {
  const std::lock_guard lock(mutex_);
  flushTold_ = false;
  return std::exchange(outgoing_, {});
}

void SharedMirror::onLost(ServerId server) {
  const std::lock_guard lock(mutex_);
  mirror_.onLost(server);
  std::erase_if(outgoing_, [&](const Outgoing& waiting) { return waiting.first == server; });
}

void SharedMirror::setPlace(ServerId server, const Place& place) {
  const std::lock_guard lock(mutex_);
  places_[server] = place;
}

void SharedMirror::forgetPlace(ServerId server) {
  const std::lock_guard lock(mutex_);
  places_.erase(server);
}

std::vector<SharedObjectReport> SharedMirror::reports() const {
  const std::lock_guard lock(mutex_);
  std::vector<SharedObjectReport> reports;
  for (const auto& [server, place] : places_) {
    SharedObjectReport report;
    report.server = server;
    report.index = place.index;
    report.ownConnection = place.own;
    report.state = SharedObjectReport::State::Off;
    if (const auto* copy = mirror_.copy(server); copy != nullptr && !place.off) {
      report.state = copy->state();
      report.version = copy->version();
      report.unacknowledged = copy->unacknowledged();
      report.slots = copy->slots().committed();
    }
    reports.push_back(std::move(report));
  }
  std::sort(reports.begin(), reports.end(),
            [](const auto& left, const auto& right) { return left.index < right.index; });
  return reports;
}

}  // namespace multiconnection::client
