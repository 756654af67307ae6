#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "client/log_sink.hpp"
#include "cluster/reconnect_fsm.hpp"
#include "cluster/start_budget.hpp"
#include "multiconnection/status.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::client {

/// Brings the servers of one stream back: each when it is due by its policy, all of them at the
/// pace that the array allows. Loop's thread only.
class Reconnector {
 public:
  using Clock = std::chrono::steady_clock;

  /// What all streams of an array share.
  struct Discipline {
    cluster::StartBudget budget{16, std::chrono::milliseconds(50)};
    std::mt19937_64 random{std::random_device()()};
  };

  /// @param start  begins an attempt.
  /// @param tell  takes a line about how a server's attempts go.
  Reconnector(reactor::Loop& loop, Discipline& discipline, std::function<void(ServerId)> start,
              std::function<void(ServerId, const std::string&)> tell);

  /// The server failed or was lost: it is due again, or given up.
  void onDown(ServerId server, const ReconnectPolicy& policy, const std::string& why);
  /// It is back to what the application asked of it.
  void onUp(ServerId server);
  /// The application starts or stops it, or takes it out.
  void forget(ServerId server);
  void forgetAll();

  /// When its next attempt is due; nothing when none is.
  std::optional<Clock::time_point> due(ServerId server) const;
  /// Since when it has been in trouble; nothing when it is not.
  std::optional<Clock::time_point> troubledSince(ServerId server) const;
  /// 0 to 1, evenly.
  double chance();
  /// Whether any server is still tried.
  bool isTrying() const;
  bool isTrying(ServerId server) const;
  bool hasGivenUp(ServerId server) const;

 private:
  struct Entry {
    cluster::ReconnectFsm fsm;
    Clock::time_point begins{};  ///< The attempt: when it is due, or later, as the budget says.
    bool granted = false;        ///< The budget was asked.
    RateLimit lines{kLinePeriod};
    std::uint64_t downs = 0;
    bool told = false;         ///< Its last loss or failure; then the attempt that follows is, too.
    bool troubleTold = false;  ///< Since it was back last.
  };

  void begin();
  void tellDown(ServerId server, Entry& entry, const std::string& why);
  void arm();

  Discipline& discipline_;
  const std::function<void(ServerId)> start_;
  const std::function<void(ServerId, const std::string&)> tell_;
  reactor::Timer timer_;
  std::map<ServerId, Entry> entries_;
};

}  // namespace multiconnection::client
