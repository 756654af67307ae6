#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "multiconnection/call.hpp"

namespace multiconnection::client {

/// The calls that wait for an answer, by server and transaction id, and in order of their
/// deadlines. Each is taken out once. Time is passed in.
class CallBook {
 public:
  using Clock = std::chrono::steady_clock;
  struct Call {
    std::shared_ptr<const ReplyHandler> onReply;
    Clock::time_point started;
    Clock::time_point deadline;
    std::string method{};
  };
  struct Due {
    ServerId server;
    double transaction;
    Call call;
  };

  void add(ServerId server, double transaction, Call call);
  std::optional<Call> take(ServerId server, double transaction);
  /// Those whose deadline has come, the oldest first.
  std::vector<Due> takeDue(Clock::time_point now);
  /// All of one server, in the order of their transaction ids.
  std::vector<Call> takeAll(ServerId server);

  std::optional<Clock::time_point> nextDeadline() const;

 private:
  using Key = std::tuple<Clock::time_point, ServerId, double>;
  std::unordered_map<ServerId, std::unordered_map<double, Call>> calls_;
  std::set<Key> deadlines_;
};

}  // namespace multiconnection::client
