#include "cluster/health_fsm.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::cluster {

void HealthFsm::onUp(std::size_t server, Clock::time_point now) {
  inService_.insert(server);
  const auto trouble = troubled_.find(server);
  if (trouble != troubled_.end() && !trouble->second) trouble->second = now + provingTime_;
}

std::optional<HealthFsm::State> HealthFsm::onDown(std::size_t server) {
  if (inService_.erase(server) == 0) return std::nullopt;
  const bool isNew = !troubled_.contains(server);
  troubled_[server].reset();
  const State before = state_;
  if (count() < required_) {
    state_ = State::Lost;
  } else if (state_ == State::Healthy) {
    state_ = State::Degraded;
  }
  if (!isNew && state_ == before) return std::nullopt;
  return state_;
}

void HealthFsm::onReleased(std::size_t server) {
  inService_.erase(server);
  troubled_.erase(server);
}

std::optional<HealthFsm::State> HealthFsm::onTick(Clock::time_point now) {
  std::erase_if(troubled_, [&](const auto& entry) { return entry.second && *entry.second <= now; });
  if (state_ == State::Healthy || proven() < required_) return std::nullopt;
  const State after = troubled_.empty() ? State::Healthy : State::Degraded;
  if (std::exchange(state_, after) == after) return std::nullopt;
  return after;
}

std::size_t HealthFsm::proven() const {
  return count() - static_cast<std::size_t>(
                       std::count_if(troubled_.begin(), troubled_.end(),
                                     [](const auto& entry) { return entry.second.has_value(); }));
}

std::optional<HealthFsm::Clock::time_point> HealthFsm::deadline() const {
  std::optional<Clock::time_point> first;
  for (const auto& [server, ends] : troubled_) {
    if (ends && (!first || *ends < *first)) first = ends;
  }
  return first;
}

}  // namespace multiconnection::cluster
