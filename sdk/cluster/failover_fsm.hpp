#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "cluster/reconnect_fsm.hpp"
#include "multiconnection/server.hpp"

namespace multiconnection::cluster {

/// Which server of an entry is used, which one is kept ready beside it, and which is tried so that
/// the entry can go back to it. They are told apart by their place: 0 is the entry's own, its
/// backups follow. Time and chance are passed in.
///
/// The one that is used: each in turn, from the place after the one that failed, and each once;
/// then the entry has failed. The round begins anew then, and with the failure of one that has
/// served for ReconnectPolicy::healthyAfter. One that stands ready goes before all others.
class FailoverFsm {
 public:
  using Clock = std::chrono::steady_clock;
  /// Of a connection beside the one that is used.
  enum class Role {
    FailBack,  ///< To an earlier place: the stream goes back to it.
    Standby,   ///< To a later one; to any if the stream never goes back.
  };
  static constexpr std::array kRoles{Role::FailBack, Role::Standby};

  struct Next {
    std::size_t place;
    std::optional<Role> ready;  ///< The connection beside the used one that takes over.
  };

  FailoverFsm(std::size_t places, const FailoverPolicy& policy, const ReconnectPolicy& reconnect);

  std::size_t active() const { return active_; }
  /// Whether every other place was tried in this round.
  bool isLast() const;
  /// The server that is used does what the application asks for.
  void onActiveUp(Clock::time_point now);
  /// It failed. @return what is used next; nothing: all have failed.
  std::optional<Next> onActiveDown(Clock::time_point now, double chance);

  /// The place to which a connection in that role is due now; nothing while there is one.
  std::optional<std::size_t> due(Role role, Clock::time_point now) const;
  void onOpening(Role role, std::size_t place);
  void onReady(Role role, Clock::time_point now);
  void onFailed(Role role, Clock::time_point now, double chance);
  /// Ended by us, and no sign of trouble.
  void onReleased(Role role) { second(role) = {}; }
  /// Whether the stream is to go back now.
  bool mayFailBack(Clock::time_point now) const;
  /// The stream went back.
  void onFailedBack(Clock::time_point now);

  /// Whether a server stands ready to take over.
  bool hasStandby() const;
  /// When due() or mayFailBack() may say something new, unless something happens before.
  std::optional<Clock::time_point> deadline() const;

 private:
  struct Place {
    ReconnectFsm tries;
    bool tried = false;  ///< In this round.
  };
  struct Second {
    std::optional<std::size_t> place;
    std::optional<Clock::time_point> readySince;
  };
  Second& second(Role role) { return seconds_[static_cast<std::size_t>(role)]; }
  const Second& second(Role role) const { return seconds_[static_cast<std::size_t>(role)]; }
  /// In the order in which they are tried.
  std::vector<std::size_t> candidates(Role role) const;
  std::optional<std::size_t> untried() const;
  bool isTaken(std::size_t place) const;
  /// Nothing: not at all.
  std::optional<Clock::time_point> dueAt(std::size_t place) const;
  void use(std::size_t place);
  /// Each but the one that is used may be tried again.
  void beginRound();

  const FailoverPolicy policy_;
  const Clock::duration healthyAfter_;
  std::vector<Place> places_;
  std::array<Second, kRoles.size()> seconds_;
  std::size_t active_ = 0;
  std::optional<Clock::time_point> upSince_;
};

}  // namespace multiconnection::cluster
