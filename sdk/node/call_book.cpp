#include "node/call_book.hpp"

#include <utility>

namespace multiconnection::node {

using Clock = std::chrono::steady_clock;

void CallBook::add(double transaction, std::chrono::milliseconds deadline, ReplyHandler onReply) {
  const TimePoint when = Clock::now() + deadline;
  calls_[transaction] = {when, std::move(onReply)};
  const bool first = deadlines_.empty() || when < deadlines_.begin()->first;
  deadlines_.emplace(when, transaction);
  if (first) armTimer();
}

void CallBook::answer(double transaction, const Result<AmfValue>& result) {
  const auto found = calls_.find(transaction);
  if (found == calls_.end()) return;
  const Call call = std::move(found->second);
  calls_.erase(found);
  const auto [begin, end] = deadlines_.equal_range(call.deadline);
  for (auto at = begin; at != end; ++at) {
    if (at->second != transaction) continue;
    deadlines_.erase(at);
    break;
  }
  call.onReply(result);
}

void CallBook::close(const Error& why) {
  timer_.cancel();
  deadlines_.clear();
  for (auto& [transaction, call] : std::exchange(calls_, {})) call.onReply(why);
}

void CallBook::armTimer() {
  if (deadlines_.empty()) return;
  timer_.arm(deadlines_.begin()->first, [this] { expire(); });
}

void CallBook::expire() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= Clock::now()) {
    const double transaction = deadlines_.begin()->second;
    onExpired_(transaction);
    answer(transaction, Error{Errc::TimedOut, "the client did not answer in time"});
  }
  armTimer();
}

}  // namespace multiconnection::node
