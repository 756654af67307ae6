#include "cluster/health_fsm.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "cluster/required.hpp"

namespace multiconnection::cluster {
namespace {

using State = HealthFsm::State;
using namespace std::chrono_literals;

constexpr HealthFsm::Clock::time_point kStart{};

HealthFsm allUp(std::size_t servers, std::size_t required) {
  HealthFsm fsm(required, 5s);
  for (std::size_t server = 0; server < servers; ++server) fsm.onUp(server, kStart);
  return fsm;
}

TEST(HealthFsm, IsDegradedWhileThePolicyHolds) {
  HealthFsm fsm = allUp(3, 2);
  EXPECT_EQ(fsm.onDown(1), State::Degraded);
  EXPECT_EQ(fsm.count(), 2u);
}

TEST(HealthFsm, IsLostWhenThePolicyBreaks) {
  HealthFsm fsm = allUp(3, 2);
  fsm.onDown(1);
  EXPECT_EQ(fsm.onDown(2), State::Lost);
}

TEST(HealthFsm, IsLostAtTheFirstLossWhenAllAreRequired) {
  HealthFsm fsm = allUp(3, 3);
  EXPECT_EQ(fsm.onDown(0), State::Lost);
}

TEST(HealthFsm, IsLostWithTheLastServerWhenAnyDoes) {
  HealthFsm fsm = allUp(2, 1);
  EXPECT_EQ(fsm.onDown(0), State::Degraded);
  EXPECT_EQ(fsm.onDown(1), State::Lost);
}

TEST(HealthFsm, TellsOfALossOnce) {
  HealthFsm fsm = allUp(3, 1);
  fsm.onDown(1);
  EXPECT_EQ(fsm.onDown(1), std::nullopt);
}

TEST(HealthFsm, TellsOfEachServerThatIsLost) {
  HealthFsm fsm = allUp(4, 3);
  EXPECT_EQ(fsm.onDown(0), State::Degraded);
  EXPECT_EQ(fsm.onDown(1), State::Lost);
  EXPECT_EQ(fsm.onDown(2), State::Lost);
}

TEST(HealthFsm, IsSilentAboutAServerThatNeverServed) {
  HealthFsm fsm = allUp(1, 1);
  EXPECT_EQ(fsm.onDown(2), std::nullopt);
}

TEST(HealthFsm, CountsALateJoiner) {
  HealthFsm fsm = allUp(1, 1);
  fsm.onUp(2, kStart);
  EXPECT_EQ(fsm.onTick(kStart), std::nullopt);
  EXPECT_EQ(fsm.onDown(0), State::Degraded) << "server 2 is left";
  EXPECT_EQ(fsm.count(), 1u);
}

TEST(HealthFsm, RecoversOnceTheServerHasStayed) {
  HealthFsm fsm = allUp(2, 1);
  fsm.onDown(0);
  EXPECT_EQ(fsm.deadline(), std::nullopt);
  fsm.onUp(0, kStart + 10s);
  EXPECT_EQ(fsm.deadline(), kStart + 15s);
  EXPECT_EQ(fsm.onTick(kStart + 14s), std::nullopt);
  EXPECT_EQ(fsm.onTick(kStart + 15s), State::Healthy);
  EXPECT_EQ(fsm.deadline(), std::nullopt);
  EXPECT_EQ(fsm.onTick(kStart + 16s), std::nullopt);
  EXPECT_EQ(fsm.onDown(0), State::Degraded) << "a new trouble";
}

TEST(HealthFsm, ToldOnceOfAServerThatComesAndGoes) {
  HealthFsm fsm = allUp(2, 1);
  EXPECT_EQ(fsm.onDown(0), State::Degraded);
  for (auto now = kStart; now < kStart + 60s; now += 4s) {
    fsm.onUp(0, now);
    EXPECT_EQ(fsm.onTick(now + 3s), std::nullopt);
    EXPECT_EQ(fsm.onDown(0), std::nullopt);
  }
  fsm.onUp(0, kStart + 60s);
  EXPECT_EQ(fsm.onTick(kStart + 65s), State::Healthy);
}

TEST(HealthFsm, ToldOnceOfAServerThatComesAndGoesWhereAllAreRequired) {
  HealthFsm fsm = allUp(2, 2);
  EXPECT_EQ(fsm.onDown(0), State::Lost);
  fsm.onUp(0, kStart);
  EXPECT_EQ(fsm.onDown(0), std::nullopt);
  fsm.onUp(0, kStart + 1s);
  EXPECT_EQ(fsm.onTick(kStart + 6s), State::Healthy);
}

TEST(HealthFsm, SaysWhenThePolicyHoldsAgain) {
  HealthFsm fsm = allUp(3, 2);
  fsm.onDown(0);
  EXPECT_EQ(fsm.onDown(1), State::Lost);
  fsm.onUp(1, kStart);
  EXPECT_EQ(fsm.onTick(kStart + 5s), State::Degraded) << "server 0 is still away";
  fsm.onUp(0, kStart + 6s);
  EXPECT_EQ(fsm.onTick(kStart + 11s), State::Healthy);
}

TEST(HealthFsm, TellsWhenAServerThatIsBackIsWhatThePolicyNeeded) {
  HealthFsm fsm = allUp(3, 2);
  EXPECT_EQ(fsm.onDown(0), State::Degraded);
  fsm.onUp(0, kStart);
  EXPECT_EQ(fsm.onDown(1), State::Degraded);
  EXPECT_EQ(fsm.onDown(0), State::Lost) << "known to come and go; the policy is news";
}

TEST(HealthFsm, CallsWhatTheApplicationTookOutNoLoss) {
  HealthFsm fsm = allUp(3, 2);
  fsm.onReleased(1);
  EXPECT_EQ(fsm.onDown(1), std::nullopt);
  EXPECT_EQ(fsm.count(), 2u);
  EXPECT_EQ(fsm.onDown(0), State::Lost) << "one is left, two are required";
}

TEST(HealthFsm, RecoversWhenTheApplicationTakesTheLostServerOut) {
  HealthFsm fsm = allUp(3, 3);
  EXPECT_EQ(fsm.onDown(1), State::Lost);
  fsm.onReleased(1);
  fsm.setRequired(2);
  EXPECT_EQ(fsm.onTick(kStart), State::Healthy);
}

TEST(HealthFsm, FollowsTheSizeOfTheArray) {
  HealthFsm grown = allUp(3, 3);
  grown.onUp(3, kStart);
  grown.setRequired(4);
  EXPECT_EQ(grown.onDown(0), State::Lost);
  HealthFsm shrunk = allUp(3, 2);
  shrunk.setRequired(1);
  shrunk.onDown(0);
  EXPECT_EQ(shrunk.onDown(1), State::Degraded);
}

TEST(RequiredOf, FollowsAnArrayThatShrinks) {
  EXPECT_EQ(requiredOf(Policy::all(), 3), 3u);
  EXPECT_EQ(requiredOf(Policy::any(), 3), 1u);
  EXPECT_EQ(requiredOf(Policy::quorum(2), 3), 2u);
  EXPECT_EQ(requiredOf(Policy::quorum(2), 1), 1u) << "all that are left";
  EXPECT_EQ(requiredOf(Policy::all(), 0), 1u) << "no server is never enough";
}

}  // namespace
}  // namespace multiconnection::cluster
