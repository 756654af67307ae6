#include "cluster/health_fsm.hpp"

#include <gtest/gtest.h>

namespace multiconnection::cluster {
namespace {

using State = HealthFsm::State;

HealthFsm allUp(std::size_t servers, std::size_t required) {
  HealthFsm fsm(servers, required);
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
  HealthFsm fsm(3, 1);
  fsm.onUp(0);
  EXPECT_EQ(fsm.onDown(2), std::nullopt);
}

TEST(HealthFsm, CountsALateJoiner) {
  HealthFsm fsm(3, 1);
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

}  // namespace
}  // namespace multiconnection::cluster
