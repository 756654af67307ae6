#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>

namespace multiconnection::cluster {

/// After a verdict of success: says what the loss of a server, and its return, mean for the array.
/// A server that comes and goes is one trouble: it is over once the server has stayed for
/// `provingTime`. Servers are told apart by their index. Time is passed in.
///
///   Healthy --lost, policy holds---> Degraded --lost, policy broken--> Lost
///      ^          |---lost, policy broken------------------------------->|
///      |<------------------all that were lost are back, and stay---------|
class HealthFsm {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State { Healthy, Degraded, Lost };

  HealthFsm(std::size_t required, Clock::duration provingTime)
      : required_(required), provingTime_(provingTime) {}

  /// A server does what the application asked for. Late joiners come without an event.
  void onUp(std::size_t server, Clock::time_point now);
  /// A server that was up is no more. @return what the array is now, if that is new, or if this
  /// server's trouble is.
  std::optional<State> onDown(std::size_t server);
  /// The application took a server out of service: that is no loss, and ends its trouble.
  void onReleased(std::size_t server);
  /// The array grew or shrank.
  void setRequired(std::size_t required) { required_ = required; }
  /// Ends the trouble of servers that have stayed; to be called after any of the above, and at the
  /// deadline. @return Healthy when that was the last trouble; Degraded when the policy, which was
  /// broken, holds again.
  std::optional<State> onTick(Clock::time_point now);
  /// When onTick() may have something to say, unless something happens before.
  std::optional<Clock::time_point> deadline() const;

  State state() const { return state_; }
  std::size_t count() const { return inService_.size(); }
  std::size_t required() const { return required_; }

 private:
  std::size_t proven() const;

  std::size_t required_;
  const Clock::duration provingTime_;
  std::set<std::size_t> inService_;
  /// Servers that were lost, with the end of their trouble if they are back.
  std::map<std::size_t, std::optional<Clock::time_point>> troubled_;
  State state_ = State::Healthy;
};

}  // namespace multiconnection::cluster
