#include "cluster/failover_fsm.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::cluster {

using Standby = FailoverPolicy::Standby;

FailoverFsm::FailoverFsm(std::size_t places, const FailoverPolicy& policy,
                         const ReconnectPolicy& reconnect)
    : policy_(policy),
      healthyAfter_(reconnect.healthyAfter),
      places_(places, Place{ReconnectFsm(reconnect)}) {
  use(0);
}

void FailoverFsm::use(std::size_t place) {
  active_ = place;
  places_[place].tried = true;
}

bool FailoverFsm::isLast() const { return !untried(); }

void FailoverFsm::onActiveUp(Clock::time_point now) {
  if (upSince_) return;
  upSince_ = now;
  places_[active_].tries.onUp(now);
}

std::optional<FailoverFsm::Next> FailoverFsm::onActiveDown(Clock::time_point now, double chance) {
  places_[active_].tries.onDown(now, chance);
  if (upSince_ && now - *upSince_ >= healthyAfter_) beginRound();
  upSince_.reset();
  std::array roles = kRoles;
  if (policy_.standby == Standby::Hot) std::swap(roles[0], roles[1]);  // it publishes already
  for (const Role role : roles) {
    if (!second(role).readySince) continue;
    use(*second(role).place);
    second(role) = {};
    return Next{active_, role};
  }
  seconds_ = {};
  const auto next = untried();
  if (!next) {
    beginRound();
    return std::nullopt;
  }
  use(*next);
  return Next{active_, std::nullopt};
}

void FailoverFsm::beginRound() {
  for (std::size_t place = 0; place < places_.size(); ++place) {
    places_[place].tried = place == active_;
  }
}

std::optional<std::size_t> FailoverFsm::untried() const {
  for (std::size_t step = 1; step < places_.size(); ++step) {
    const std::size_t place = (active_ + step) % places_.size();
    if (!places_[place].tried) return place;
  }
  return std::nullopt;
}

std::vector<std::size_t> FailoverFsm::candidates(Role role) const {
  std::vector<std::size_t> all;
  const bool standby = role == Role::Standby;
  if (standby && policy_.standby == Standby::Cold) return all;
  for (std::size_t place = active_ + 1; standby && place < places_.size(); ++place) {
    all.push_back(place);
  }
  if (standby == policy_.failBackAfter.has_value()) return all;
  for (std::size_t place = 0; place < active_; ++place) all.push_back(place);
  return all;
}

bool FailoverFsm::isTaken(std::size_t place) const {
  return std::any_of(seconds_.begin(), seconds_.end(),
                     [&](const Second& second) { return second.place == place; });
}

std::optional<FailoverFsm::Clock::time_point> FailoverFsm::dueAt(std::size_t place) const {
  const ReconnectFsm& tries = places_[place].tries;
  switch (tries.state()) {
    case ReconnectFsm::State::GivenUp:
      return std::nullopt;
    case ReconnectFsm::State::Waiting:
      return tries.due();
    default:
      return Clock::time_point::min();
  }
}

std::optional<std::size_t> FailoverFsm::due(Role role, Clock::time_point now) const {
  if (!upSince_ || second(role).place) return std::nullopt;
  for (const std::size_t place : candidates(role)) {
    const auto at = dueAt(place);
    if (at && *at <= now && !isTaken(place)) return place;
  }
  return std::nullopt;
}

void FailoverFsm::onOpening(Role role, std::size_t place) {
  second(role) = {place, std::nullopt};
  if (places_[place].tries.state() == ReconnectFsm::State::Waiting) places_[place].tries.onStart();
}

void FailoverFsm::onReady(Role role, Clock::time_point now) {
  second(role).readySince = now;
  places_[*second(role).place].tries.onUp(now);
}

void FailoverFsm::onFailed(Role role, Clock::time_point now, double chance) {
  places_[*second(role).place].tries.onDown(now, chance);
  second(role) = {};
}

bool FailoverFsm::mayFailBack(Clock::time_point now) const {
  const auto& since = second(Role::FailBack).readySince;
  return upSince_ && since && now - *since >= *policy_.failBackAfter;
}

void FailoverFsm::onFailedBack(Clock::time_point now) {
  use(*second(Role::FailBack).place);
  second(Role::FailBack) = {};
  upSince_ = now;
}

bool FailoverFsm::hasStandby() const {
  return std::any_of(seconds_.begin(), seconds_.end(),
                     [](const Second& second) { return second.readySince.has_value(); });
}

std::optional<FailoverFsm::Clock::time_point> FailoverFsm::deadline() const {
  std::optional<Clock::time_point> first;
  const auto consider = [&](Clock::time_point at) { first = first ? std::min(*first, at) : at; };
  if (!upSince_) return first;
  for (const Role role : kRoles) {
    if (role == Role::FailBack && second(role).readySince) {
      consider(*second(role).readySince + *policy_.failBackAfter);
    }
    if (second(role).place) continue;
    for (const std::size_t place : candidates(role)) {
      const auto at = dueAt(place);
      if (at && !isTaken(place)) consider(*at);
    }
  }
  return first;
}

}  // namespace multiconnection::cluster
