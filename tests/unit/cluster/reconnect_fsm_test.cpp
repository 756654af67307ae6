#include "cluster/reconnect_fsm.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <vector>

namespace multiconnection::cluster {
namespace {

using State = ReconnectFsm::State;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr double kNoJitter = 0.5;  // the middle of what chance may be

/// Waits of a server that never comes back.
std::vector<milliseconds> waits(const ReconnectPolicy& policy, std::size_t count, double chance) {
  ReconnectFsm fsm(policy);
  ReconnectFsm::Clock::time_point now{};
  std::vector<milliseconds> all;
  for (std::size_t i = 0; i < count; ++i) {
    const auto due = fsm.onDown(now, chance);
    if (!due) break;
    all.push_back(std::chrono::round<milliseconds>(*due - now));
    now = *due;
    fsm.onStart();
  }
  return all;
}

TEST(ReconnectFsm, WaitsLongerEachTimeUpToTheCap) {
  EXPECT_EQ(waits({}, 10, kNoJitter), (std::vector{1000ms, 1500ms, 2250ms, 3375ms, 5062ms, 7594ms,
                                                   11391ms, 17086ms, 25629ms, 30000ms}));
}

TEST(ReconnectFsm, IsMovedByChanceWithinTheJitter) {
  EXPECT_EQ(waits({}, 2, 0), (std::vector{800ms, 1200ms}));
  EXPECT_EQ(waits({}, 2, 1), (std::vector{1200ms, 1800ms}));
  EXPECT_EQ(waits({}, 20, 1).back(), 36000ms);
}

TEST(ReconnectFsm, WaitsNoLongerThanTheCapHoweverOftenItTries) {
  ReconnectPolicy policy;
  policy.factor = 100;
  EXPECT_EQ(waits(policy, 1000, kNoJitter).back(), 30000ms);
  policy.initial = 0ms;
  EXPECT_EQ(waits(policy, 1000, kNoJitter).back(), 0ms);
}

TEST(ReconnectFsm, GivesUpAfterItsAttempts) {
  ReconnectPolicy policy;
  policy.attempts = 3;
  EXPECT_EQ(waits(policy, 10, kNoJitter).size(), 3u);
}

TEST(ReconnectFsm, GivesUpAfterItsTime) {
  ReconnectPolicy policy;
  policy.giveUpAfter = 4s;
  EXPECT_EQ(waits(policy, 10, kNoJitter), (std::vector{1000ms, 1500ms, 2250ms}));
}

TEST(ReconnectFsm, NeverTriesWhereItIsDisabled) {
  ReconnectFsm fsm(ReconnectPolicy::never());
  EXPECT_EQ(fsm.onDown({}, kNoJitter), std::nullopt);
  EXPECT_EQ(fsm.state(), State::GivenUp);
}

TEST(ReconnectFsm, GoesOnWhereItWasWhenTheServerDropsAgainSoon) {
  ReconnectFsm fsm{ReconnectPolicy{}};
  ReconnectFsm::Clock::time_point now{};
  fsm.onDown(now, kNoJitter);
  fsm.onStart();
  now += 1s;
  fsm.onUp(now);
  EXPECT_EQ(fsm.state(), State::Proving);
  now += 29s;
  EXPECT_EQ(fsm.onDown(now, kNoJitter), now + 1500ms);
  EXPECT_EQ(fsm.attempts(), 2u);
  EXPECT_EQ(fsm.troubledSince(), ReconnectFsm::Clock::time_point{});
}

TEST(ReconnectFsm, BeginsAnewOnceTheServerWasHealthy) {
  ReconnectFsm fsm{ReconnectPolicy{}};
  ReconnectFsm::Clock::time_point now{};
  fsm.onDown(now, kNoJitter);
  fsm.onStart();
  fsm.onUp(now);
  now += 30s;
  EXPECT_EQ(fsm.onDown(now, kNoJitter), now + 1000ms);
  EXPECT_EQ(fsm.attempts(), 1u);
  EXPECT_EQ(fsm.troubledSince(), now);
}

TEST(ReconnectFsm, ForgetsItsTroubleWhenTheApplicationStartsTheServer) {
  ReconnectPolicy policy;
  policy.attempts = 1;
  ReconnectFsm fsm(policy);
  fsm.onDown({}, kNoJitter);
  fsm.onStart();
  EXPECT_EQ(fsm.onDown({}, kNoJitter), std::nullopt);
  fsm.restart();
  EXPECT_EQ(fsm.state(), State::Resting);
  EXPECT_NE(fsm.onDown({}, kNoJitter), std::nullopt);
}

TEST(ReconnectFsm, FirstSuccessIsNoReturn) {
  ReconnectFsm fsm{ReconnectPolicy{}};
  fsm.onUp({});
  EXPECT_EQ(fsm.state(), State::Resting);
  EXPECT_EQ(fsm.troubledSince(), std::nullopt);
}

/// Whatever happens, a wait lies within what the policy allows.
TEST(ReconnectFsm, EveryWaitLiesWithinThePolicy) {
  std::mt19937 random(20);
  std::uniform_real_distribution<double> chance(0, 1);
  const ReconnectPolicy policy;
  ReconnectFsm fsm(policy);
  ReconnectFsm::Clock::time_point now{};
  for (int step = 0; step < 10000; ++step) {
    now += milliseconds(random() % 40000);
    if (random() % 2 == 0) fsm.onUp(now);
    const auto due = fsm.onDown(now, chance(random));
    ASSERT_TRUE(due);
    ASSERT_GE(*due - now, policy.initial * 8 / 10);
    ASSERT_LE(*due - now, policy.cap * 12 / 10);
    fsm.onStart();
  }
}

}  // namespace
}  // namespace multiconnection::cluster
