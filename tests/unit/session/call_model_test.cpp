#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;

/// Random interleavings of calls, answers in any order, repeats, inventions and silence, against
/// what ought to come of them.
class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) { peer_.connects(); }

  void run() {
    for (int step = 0; step < 2000; ++step) {
      switch (below(8)) {
        case 0:
        case 1:
        case 2:
          start();
          break;
        case 3:
        case 4:
          answerOne();
          break;
        case 5:
          answerAgain();
          break;
        case 6:
          forget();
          break;
        default:
          streamsComeAndGo();
      }
      ASSERT_EQ(peer_.session.connection().callsOutstanding(), waiting_.size());
      if (testing::Test::HasFatalFailure()) return;
    }
    while (!waiting_.empty()) answerOne();
  }

 private:
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  void start() {
    const double transaction = peer_.calls("method", {static_cast<double>(waiting_.size())});
    ASSERT_GT(transaction, 1);
    ASSERT_TRUE(waiting_.emplace(transaction, below(1000)).second) << "a number is used once";
  }
  Actions reply(double transaction, bool accepted, std::size_t value) {
    return peer_.says({accepted ? "_result" : "_error", transaction, nullptr, {value}});
  }
  void answerOne() {
    if (waiting_.empty()) return;
    auto call = waiting_.begin();
    std::advance(call, static_cast<std::ptrdiff_t>(below(waiting_.size())));
    const bool accepted = below(2) == 0;
    const Actions out = reply(call->first, accepted, call->second);
    ASSERT_EQ(texts(out), std::vector<std::string>{"CallAnswered"});
    EXPECT_EQ(out.events[0].call.transaction, call->first);
    EXPECT_EQ(out.events[0].call.accepted, accepted);
    EXPECT_EQ(out.events[0].call.values, std::vector<AmfValue>{call->second});
    over_.push_back(call->first);
    waiting_.erase(call);
  }
  void answerAgain() {
    const double transaction =
        over_.empty() || below(4) == 0 ? 1e6 + static_cast<double>(below(10)) : any(over_);
    ASSERT_TRUE(reply(transaction, true, 0).events.empty()) << transaction;
  }
  void forget() {
    if (waiting_.empty()) return;
    const auto call = waiting_.begin();
    peer_.session.connection().forgetCall(call->first);
    over_.push_back(call->first);
    waiting_.erase(call);
  }
  double any(const std::vector<double>& from) { return from[below(from.size())]; }
  /// The stream's commands take numbers too; theirs are never the application's.
  void streamsComeAndGo() {
    const Actions out = below(2) == 0 ? peer_.publishes() : peer_.stops();
    for (const Outgoing& outgoing : out.send) {
      const double transaction = rtmp::parseCommand(outgoing.message)->transactionId;
      ASSERT_EQ(waiting_.count(transaction), 0u);
    }
  }

  std::mt19937 random_;
  Peer peer_;
  std::map<double, std::size_t> waiting_;  ///< Transaction id and the answer's value.
  std::vector<double> over_;
};

TEST(CallModel, EveryCallIsAnsweredOnceInAnyInterleaving) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Model(seed).run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace multiconnection::session
