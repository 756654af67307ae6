#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/node.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::node {

/// Calls of the node that one client has not answered yet. Loop's thread only.
class CallBook {
 public:
  static constexpr std::size_t kMaxCalls = 65536;
  using ReplyHandler = Node::ReplyHandler;
  /// Told of a call whose deadline passed, before its handler.
  using ExpiryHandler = std::function<void(double transaction)>;

  CallBook(reactor::Loop& loop, ExpiryHandler onExpired)
      : timer_(loop), onExpired_(std::move(onExpired)) {}

  bool full() const { return calls_.size() >= kMaxCalls; }
  void add(double transaction, std::chrono::milliseconds deadline, ReplyHandler onReply);
  void answer(double transaction, const Result<AmfValue>& result);
  /// Nothing will be answered any more: tells everybody why.
  void close(const Error& why);

 private:
  using TimePoint = reactor::Timer::TimePoint;
  struct Call {
    TimePoint deadline;
    ReplyHandler onReply;
  };
  void armTimer();
  void expire();

  reactor::Timer timer_;
  ExpiryHandler onExpired_;
  std::map<double, Call> calls_;
  std::multimap<TimePoint, double> deadlines_;
};

}  // namespace multiconnection::node
