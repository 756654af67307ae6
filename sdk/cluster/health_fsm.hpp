#pragma once

#include <cstddef>
#include <optional>
#include <set>

namespace multiconnection::cluster {

/// After a verdict of success: says what the loss of a server means for the array. Servers are told
/// apart by their index.
///
///   Healthy --lost, policy holds--> Degraded --lost, policy broken--> Lost
class HealthFsm {
 public:
  enum class State { Healthy, Degraded, Lost };

  explicit HealthFsm(std::size_t required) : required_(required) {}

  /// A server does what the application asked for. Late joiners come without an event.
  void onUp(std::size_t server) { inService_.insert(server); }
  /// @return what the array is now: once for each server that was in service and is no more.
  std::optional<State> onDown(std::size_t server) {
    if (inService_.erase(server) == 0) return std::nullopt;
    return count() >= required_ ? State::Degraded : State::Lost;
  }
  /// The application took a server out of service: that is no loss.
  void onReleased(std::size_t server) { inService_.erase(server); }
  /// The array grew or shrank.
  void setRequired(std::size_t required) { required_ = required; }

  std::size_t count() const { return inService_.size(); }
  std::size_t required() const { return required_; }

 private:
  std::set<std::size_t> inService_;
  std::size_t required_;
};

}  // namespace multiconnection::cluster
