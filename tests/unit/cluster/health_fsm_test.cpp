#include "cluster/health_fsm.hpp"

#include <gtest/gtest.h>

#include "cluster/required.hpp"

namespace multiconnection::cluster {
namespace {

using State = HealthFsm::State;

HealthFsm allUp(std::size_t servers, std::size_t required) {
  HealthFsm fsm(required);
  for (std::size_t server = 0; server < servers; ++server) fsm.onUp(server);
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

TEST(HealthFsm, IsSilentAboutAServerThatNeverServed) {
  HealthFsm fsm(1);
  fsm.onUp(0);
  EXPECT_EQ(fsm.onDown(2), std::nullopt);
}

TEST(HealthFsm, CountsALateJoiner) {
  HealthFsm fsm(1);
  fsm.onUp(0);
  fsm.onUp(2);
  EXPECT_EQ(fsm.onDown(0), State::Degraded) << "server 2 is left";
  EXPECT_EQ(fsm.count(), 1u);
}

TEST(HealthFsm, TellsOfTheNextLossOfAServerThatCameBack) {
  HealthFsm fsm = allUp(2, 1);
  fsm.onDown(0);
  fsm.onUp(0);
  EXPECT_EQ(fsm.count(), 2u);
  EXPECT_EQ(fsm.onDown(0), State::Degraded);
}

TEST(HealthFsm, CallsWhatTheApplicationTookOutNoLoss) {
  HealthFsm fsm = allUp(3, 2);
  fsm.onReleased(1);
  EXPECT_EQ(fsm.onDown(1), std::nullopt);
  EXPECT_EQ(fsm.count(), 2u);
  EXPECT_EQ(fsm.onDown(0), State::Lost) << "one is left, two are required";
}

TEST(HealthFsm, FollowsTheSizeOfTheArray) {
  HealthFsm grown = allUp(3, 3);
  grown.onUp(3);
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
