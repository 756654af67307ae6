#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace multiconnection::cluster {

/// After a verdict of success: says what the loss of a server means for the array.
///
///   Healthy --lost, policy holds--> Degraded --lost, policy broken--> Lost
class HealthFsm {
 public:
  enum class State { Healthy, Degraded, Lost };

  HealthFsm(std::size_t servers, std::size_t required)
      : inService_(servers, false), required_(required) {}

  /// A server does what the application asked for. Late joiners come without an event.
  void onUp(std::size_t server) { inService_[server] = true; }
  /// @return what the array is now: once for each server that was in service and is no more.
  std::optional<State> onDown(std::size_t server) {
    if (!inService_[server]) return std::nullopt;
    inService_[server] = false;
    return count() >= required_ ? State::Degraded : State::Lost;
  }
  std::size_t count() const {
    std::size_t count = 0;
    for (const bool up : inService_) count += up ? 1 : 0;
    return count;
  }
  std::size_t required() const { return required_; }

 private:
  std::vector<bool> inService_;
  std::size_t required_;
};

}  // namespace multiconnection::cluster
