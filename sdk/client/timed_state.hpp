#pragma once

#include <chrono>

#include "multiconnection/status.hpp"

namespace multiconnection::client {

/// A server's state that knows since when it is this one: being told the same again begins nothing.
class TimedState {
 public:
  using Clock = std::chrono::steady_clock;

  TimedState& operator=(ServerState state) {
    if (state != state_) since_ = Clock::now();
    state_ = state;
    return *this;
  }
  operator ServerState() const { return state_; }
  Clock::time_point since() const { return since_; }

 private:
  ServerState state_ = ServerState::Idle;
  Clock::time_point since_ = Clock::now();
};

}  // namespace multiconnection::client
