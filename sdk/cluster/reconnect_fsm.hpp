#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "multiconnection/server.hpp"

namespace multiconnection::cluster {

/// When one server that failed or was lost is tried again. Time and chance are passed in.
///
///   Resting --onDown--> Waiting --onStart--> Trying --onUp--> Proving --healthyAfter--> Resting
///                          ^  ^                |                 |
///                          |  |<----onDown-----|                 |      the next wait is longer,
///                          |<--------------onDown----------------|      or the first, once healthy
///   attempts or giveUpAfter used up: GivenUp, until restart()
class ReconnectFsm {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State { Resting, Waiting, Trying, Proving, GivenUp };

  explicit ReconnectFsm(const ReconnectPolicy& policy) : policy_(policy) {}

  /// The server failed or was lost.
  /// @param chance  0 to 1, from a fair source: spreads the tries of many clients and servers.
  /// @return when it is due again; nothing when it is given up.
  std::optional<Clock::time_point> onDown(Clock::time_point now, double chance);
  /// The attempt that was due begins.
  void onStart() { state_ = State::Trying; }
  /// The server is back to what the application asked of it.
  void onUp(Clock::time_point now);
  /// The application starts the server itself, or stops it.
  void restart();

  State state() const { return state_; }
  /// Only while Waiting.
  Clock::time_point due() const { return due_; }
  /// In a row, the one that runs included.
  std::size_t attempts() const { return attempts_; }
  /// Since when the server has been in trouble, its short returns included; nothing while it is
  /// not.
  std::optional<Clock::time_point> troubledSince() const { return troubledSince_; }

 private:
  using Seconds = std::chrono::duration<double>;
  Seconds nextWait(double chance);

  const ReconnectPolicy policy_;
  State state_ = State::Resting;
  std::size_t attempts_ = 0;
  Seconds wait_{};  ///< The last one, without the chance.
  Clock::time_point due_{};
  Clock::time_point upSince_{};
  std::optional<Clock::time_point> troubledSince_;
};

}  // namespace multiconnection::cluster
