#include "cluster/uplink_fsm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace multiconnection::cluster {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Change = UplinkFsm::Change;
using Reason = UplinkFsm::Reason;

constexpr milliseconds kTick{500};
constexpr double kWide = 1000;
/// What is left of a stream's bitrate without its video.
constexpr double kAudio = 0.05;

/// Servers behind one way of so many streams' bitrates, each with a way of its own behind it; what
/// does not get through waits, and is dropped up to the next key frame as an outbox does it.
class Uplink {
 public:
  explicit Uplink(const std::vector<int>& priorities) {
    for (std::size_t i = 0; i < priorities.size(); ++i) {
      servers_.push_back({{i, priorities[i], true, 0ms, 0, false}});
    }
  }

  double shared = kWide;
  double& own(std::size_t server) { return servers_[server].own; }
  void setPublishing(std::size_t server, bool publishes) {
    servers_[server].seen.publishes = publishes;
  }
  void remove(std::size_t server) {
    std::erase_if(servers_, [&](const Sim& sim) { return sim.seen.index == server; });
  }

  /// Lets a time pass. @return what the machine said, with `now` after it.
  std::vector<Change> run(milliseconds time) {
    std::vector<Change> changes;
    for (const auto end = now + time; now < end;) {
      if (const auto change = step()) changes.push_back(*change);
    }
    return changes;
  }
  std::optional<Change> step() {
    now += kTick;
    carry();
    std::vector<UplinkFsm::Server> seen;
    for (const Sim& sim : servers_) seen.push_back(sim.seen);
    return fsm.onTick(UplinkFsm::Clock::time_point(1h) + now, seen);
  }
  std::vector<UplinkFsm::Server> seen() const {
    std::vector<UplinkFsm::Server> all;
    for (const Sim& sim : servers_) all.push_back(sim.seen);
    return all;
  }
  std::set<std::size_t> yielding() const {
    std::set<std::size_t> all;
    for (const Sim& sim : servers_) {
      if (fsm.yields(sim.seen.index)) all.insert(sim.seen.index);
    }
    return all;
  }
  std::uint64_t dropped(std::size_t server) const { return servers_[server].seen.dropped; }

  UplinkFsm fsm;
  milliseconds now{0};

 private:
  struct Sim {
    UplinkFsm::Server seen;
    double own = kWide;
  };

  double demand(const Sim& sim) const {
    if (!sim.seen.publishes) return 0;
    const bool video = !fsm.yields(sim.seen.index) && !sim.seen.awaitsKeyFrame;
    const double backlog = static_cast<double>(sim.seen.waiting / kTick);
    return std::min((video ? 1 : kAudio) + (sim.seen.waiting > 0ms ? backlog + 1 : 0), sim.own);
  }
  /// Everybody gets what it needs, or an equal share of what is left.
  void carry() {
    std::vector<Sim*> order;
    for (Sim& sim : servers_) order.push_back(&sim);
    std::sort(order.begin(), order.end(),
              [&](const Sim* a, const Sim* b) { return demand(*a) < demand(*b); });
    double left = shared;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const double share =
          std::min(demand(*order[i]), left / static_cast<double>(order.size() - i));
      left -= share;
      serve(*order[i], share);
    }
  }
  void serve(Sim& sim, double share) {
    UplinkFsm::Server& server = sim.seen;
    const bool yields = fsm.yields(server.index);
    if (!server.publishes) {
      server.waiting = 0ms;
      return;
    }
    if (yields || sim.seen.awaitsKeyFrame) {
      server.dropped += 15;
      server.waiting = 0ms;
      if (now % 2000ms == 0ms) sim.seen.awaitsKeyFrame = yields;
      return;
    }
    const auto moved = milliseconds(static_cast<long>(500 * (1 - share)));
    server.waiting = std::max(server.waiting + moved, 0ms);
    if (server.waiting <= 900ms) return;
    server.waiting = 0ms;
    server.dropped += 15;
    sim.seen.awaitsKeyFrame = true;
  }

  std::vector<Sim> servers_;
};

std::string text(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes) {
    text += (text.empty() ? "" : " ") + std::string(change.yields() ? "-" : "+") +
            std::to_string(change.server);
  }
  return text;
}

TEST(Uplink, NobodyYieldsWhileAllGetTheirs) {
  Uplink uplink({2, 1, 0});
  EXPECT_EQ(text(uplink.run(1h)), "");
}

TEST(Uplink, TheLeastImportantYieldsWhereTheWayIsTooNarrowForAll) {
  Uplink uplink({2, 1, 0});
  uplink.run(10s);
  uplink.shared = 2.3;
  const auto changes = uplink.run(12s);
  ASSERT_EQ(text(changes), "-2");
  EXPECT_EQ(changes[0].reason, Reason::TooNarrow);
  EXPECT_EQ(changes[0].servers, 3U);
  EXPECT_GE(changes[0].behind, 2U);
  EXPECT_GT(changes[0].time, UplinkFsm::kLate);
}

TEST(Uplink, OneAfterAnotherYieldsUntilTheRestFits) {
  Uplink uplink({5, 9, 7, 1});
  uplink.shared = 1.4;
  EXPECT_EQ(text(uplink.run(20s)), "-3 -0 -2");
  const auto before = uplink.dropped(1);
  uplink.run(4s);
  EXPECT_EQ(uplink.dropped(1), before) << "the most important has all of its video";
}

TEST(Uplink, AmongEqualsTheOneWithTheHighestIndexYields) {
  Uplink uplink({0, 1, 0, 1});
  uplink.shared = 3.2;
  EXPECT_EQ(text(uplink.run(11s)), "-2");
}

TEST(Uplink, NobodyYieldsWhereAllAreEquallyImportant) {
  Uplink uplink({0, 0, 0});
  uplink.shared = 1.5;
  EXPECT_EQ(text(uplink.run(1h)), "");
}

TEST(Uplink, ItTakesMoreThanAHiccup) {
  Uplink uplink({2, 1, 0});
  for (int round = 0; round < 20; ++round) {
    uplink.run(10s);
    uplink.shared = 0;
    EXPECT_EQ(text(uplink.run(1s)), "");
    uplink.shared = kWide;
  }
  EXPECT_TRUE(uplink.yielding().empty());
}

TEST(Uplink, TheLastThatYieldedHasVideoAgainFirst) {
  Uplink uplink({2, 1, 0});
  uplink.shared = 1.4;
  ASSERT_EQ(text(uplink.run(15s)), "-2 -1");
  uplink.shared = kWide;
  const auto changes = uplink.run(1min);
  ASSERT_EQ(text(changes), "+1 +2");
  EXPECT_EQ(changes[0].reason, Reason::Clear);
  EXPECT_EQ(changes[0].time, UplinkFsm::kFirstWait);
}

TEST(Uplink, EveryReturnThatWasTooEarlyDoublesTheWaitForTheNext) {
  Uplink uplink({1, 0});
  uplink.shared = 1.5;
  std::vector<milliseconds> waits;
  for (const Change& change : uplink.run(1h)) {
    if (!change.yields()) waits.push_back(change.time);
  }
  ASSERT_GE(waits.size(), 7U);
  const std::vector<milliseconds> first(waits.begin(), waits.begin() + 7);
  EXPECT_EQ(first, (std::vector<milliseconds>{10s, 20s, 40s, 80s, 160s, 300s, 300s}));
}

TEST(Uplink, AReturnThatLastedMakesTheNextWaitShortAgain) {
  Uplink uplink({1, 0});
  uplink.shared = 1.5;
  uplink.run(10min);
  uplink.shared = kWide;
  uplink.run(20min);
  ASSERT_TRUE(uplink.yielding().empty());
  uplink.shared = 1.5;
  ASSERT_EQ(text(uplink.run(10s)), "-1");
  uplink.shared = kWide;
  EXPECT_EQ(text(uplink.run(15s)), "+1");
}

TEST(Uplink, WhereTheMostImportantEndsTheNextHasVideoAtOnce) {
  Uplink uplink({2, 1, 0});
  uplink.shared = 1.4;
  ASSERT_EQ(text(uplink.run(15s)), "-2 -1");
  uplink.setPublishing(0, false);
  const auto change = uplink.step();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->server, 1U);
  EXPECT_EQ(change->reason, Reason::MostImportant);
  EXPECT_FALSE(uplink.step());
}

TEST(Uplink, AServerThatIsTakenOutIsForgotten) {
  Uplink uplink({2, 1, 0});
  uplink.shared = 2.3;
  ASSERT_EQ(text(uplink.run(10s)), "-2");
  uplink.remove(2);
  EXPECT_EQ(text(uplink.run(1h)), "");
  EXPECT_FALSE(uplink.fsm.yields(2));
}

TEST(Uplink, TwoServersWithTroublesOfTheirOwnCostAHealthyOneLittle) {
  Uplink uplink({3, 2, 1, 0});
  uplink.own(0) = uplink.own(1) = 0.5;
  const auto changes = uplink.run(40s);
  EXPECT_EQ(text(changes), "-3 +3 -2 +2 -1") << "those that yielded in vain have theirs again";
  EXPECT_EQ(changes[1].reason, Reason::InVain);
}

TEST(Uplink, ASlowServerDoesNotKeepOthersFromTheirVideoForEver) {
  Uplink uplink({2, 1, 0});
  uplink.shared = 2.3;
  ASSERT_EQ(text(uplink.run(10s)), "-2");
  uplink.shared = kWide;
  uplink.own(0) = 0.5;
  const auto changes = uplink.run(6min);
  ASSERT_EQ(text(changes), "+2");
  EXPECT_EQ(changes[0].reason, Reason::Overdue);
}

TEST(Uplink, ASingleSlowServerNeverMakesAnotherYield) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<int> priorities(2 + random() % 6);
    for (int& priority : priorities) priority = static_cast<int>(random() % 4);
    Uplink uplink(priorities);
    const std::size_t slow = random() % priorities.size();
    for (int minute = 0; minute < 30; ++minute) {
      uplink.own(slow) = static_cast<double>(random() % 100) / 80;
      uplink.setPublishing(slow, random() % 4 != 0);
      ASSERT_EQ(text(uplink.run(1min)), "");
    }
  }
}

/// What must hold at every moment, whatever happens.
class Watch {
 public:
  void see(const Uplink& uplink, const std::optional<Change>& change) {
    if (change) seeChange(uplink, *change);
    const auto servers = uplink.seen();
    int most = std::numeric_limits<int>::min();
    std::size_t withVideo = 0;
    bool any = false;
    for (const auto& server : servers) {
      if (!server.publishes) continue;
      any = true;
      most = std::max(most, server.priority);
      withVideo += uplink.fsm.yields(server.index) ? 0 : 1;
    }
    restoring_ = change && change->reason == Reason::MostImportant;
    if (any && !restoring_) {
      ASSERT_GT(withVideo, 0U) << uplink.now.count();
    }
    for (const auto& server : servers) {
      const bool yields = server.publishes && uplink.fsm.yields(server.index);
      if (yields && !restoring_) {
        ASSERT_LT(server.priority, most) << server.index;
      }
    }
  }

 private:
  void seeChange(const Uplink& uplink, const Change& change) {
    if (change.yields()) {
      if (lastYield_) {
        ASSERT_GE(uplink.now - *lastYield_, UplinkFsm::kBetween);
      }
      lastYield_ = uplink.now;
      ASSERT_GE(change.behind, 2U);
      ASSERT_GE(2 * change.behind, change.servers);
    } else if (change.reason == Reason::Clear || change.reason == Reason::Overdue) {
      ASSERT_GE(uplink.now - lastYield_.value(), UplinkFsm::kFirstWait);
      if (lastReturn_) {
        ASSERT_GE(uplink.now - *lastReturn_, UplinkFsm::kFirstWait);
      }
      lastReturn_ = uplink.now;
    }
  }
  std::optional<milliseconds> lastYield_;
  std::optional<milliseconds> lastReturn_;
  bool restoring_ = false;
};

TEST(Uplink, WhateverHappensTheMostImportantHasVideoAndAllReturn) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<int> priorities(1 + random() % 7);
    for (int& priority : priorities) priority = static_cast<int>(random() % 5);
    Uplink uplink(priorities);
    Watch watch;
    for (int phase = 0; phase < 60; ++phase) {
      uplink.shared = static_cast<double>(random() % 100 * priorities.size()) / 70;
      const std::size_t server = random() % priorities.size();
      uplink.own(server) = random() % 3 == 0 ? static_cast<double>(random() % 100) / 80 : kWide;
      uplink.setPublishing(server, random() % 4 != 0);
      for (std::uint64_t ticks = random() % 120; ticks > 0; --ticks) {
        watch.see(uplink, uplink.step());
        if (HasFatalFailure()) return;
      }
    }
    uplink.shared = kWide;
    for (std::size_t i = 0; i < priorities.size(); ++i) uplink.own(i) = kWide;
    uplink.run(UplinkFsm::kLongestWait * static_cast<int>(priorities.size() + 1));
    ASSERT_TRUE(uplink.yielding().empty());
  }
}

}  // namespace
}  // namespace multiconnection::cluster
