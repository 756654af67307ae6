#include "cluster/reconnect_fsm.hpp"

#include <algorithm>

namespace multiconnection::cluster {

using std::chrono::duration_cast;

std::optional<ReconnectFsm::Clock::time_point> ReconnectFsm::onDown(Clock::time_point now,
                                                                    double chance) {
  if (state_ == State::Proving && now - upSince_ >= policy_.healthyAfter) restart();
  if (!troubledSince_) troubledSince_ = now;
  const bool late =
      policy_.giveUpAfter.count() != 0 && now - *troubledSince_ >= policy_.giveUpAfter;
  const bool often = policy_.attempts != 0 && attempts_ >= policy_.attempts;
  if (!policy_.enabled || late || often) {
    state_ = State::GivenUp;
    return std::nullopt;
  }
  due_ = now + duration_cast<Clock::duration>(nextWait(chance));
  state_ = State::Waiting;
  return due_;
}

ReconnectFsm::Seconds ReconnectFsm::nextWait(double chance) {
  wait_ =
      std::min<Seconds>(attempts_++ == 0 ? policy_.initial : wait_ * policy_.factor, policy_.cap);
  return wait_ * (1 + policy_.jitter * (2 * chance - 1));
}

void ReconnectFsm::onUp(Clock::time_point now) {
  if (state_ == State::Resting) return;
  state_ = State::Proving;
  upSince_ = now;
}

void ReconnectFsm::restart() {
  state_ = State::Resting;
  attempts_ = 0;
  troubledSince_.reset();
}

}  // namespace multiconnection::cluster
