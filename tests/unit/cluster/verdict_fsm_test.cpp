#include "cluster/verdict_fsm.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace multiconnection::cluster {
namespace {

using namespace std::chrono_literals;
using State = VerdictFsm::State;

constexpr VerdictFsm::Clock::time_point kStart{1h};

std::vector<std::size_t> firstServers(std::size_t count) {
  std::vector<std::size_t> servers(count);
  std::iota(servers.begin(), servers.end(), std::size_t{0});
  return servers;
}

TEST(VerdictFsm, SucceedsWithTheLastOfAllServers) {
  VerdictFsm fsm(firstServers(3), 3, 3s);
  EXPECT_EQ(fsm.start(kStart), std::nullopt);
  EXPECT_EQ(fsm.onUp(2), std::nullopt);
  EXPECT_EQ(fsm.onUp(0), std::nullopt);
  EXPECT_EQ(fsm.onUp(1), State::Succeeded);
  EXPECT_EQ(fsm.state(), State::Succeeded);
}

TEST(VerdictFsm, SucceedsWithTheFirstServerWhenAnyDoes) {
  VerdictFsm fsm(firstServers(3), 1, 3s);
  fsm.start(kStart);
  EXPECT_EQ(fsm.onDown(0), std::nullopt);
  EXPECT_EQ(fsm.onUp(2), State::Succeeded);
}

TEST(VerdictFsm, SucceedsWithTheQuorum) {
  VerdictFsm fsm(firstServers(4), 2, 3s);
  fsm.start(kStart);
  fsm.onDown(0);
  EXPECT_EQ(fsm.onUp(1), std::nullopt);
  EXPECT_EQ(fsm.onUp(3), State::Succeeded);
}

TEST(VerdictFsm, FailsAtOnceWhenOneOfAllIsDown) {
  VerdictFsm fsm(firstServers(3), 3, 3s);
  fsm.start(kStart);
  EXPECT_EQ(fsm.onDown(1), State::Failed);
}

TEST(VerdictFsm, FailsWhenTheQuorumIsOutOfReach) {
  VerdictFsm fsm(firstServers(4), 2, 3s);
  fsm.start(kStart);
  EXPECT_EQ(fsm.onDown(0), std::nullopt);
  EXPECT_EQ(fsm.onDown(1), std::nullopt) << "two are left, two are required";
  EXPECT_EQ(fsm.onDown(2), State::Failed);
}

TEST(VerdictFsm, FailsWithTheLastServerWhenAnyWouldDo) {
  VerdictFsm fsm(firstServers(2), 1, 3s);
  fsm.start(kStart);
  EXPECT_EQ(fsm.onDown(0), std::nullopt);
  EXPECT_EQ(fsm.onDown(1), State::Failed);
}

TEST(VerdictFsm, FailsExactlyAtTheDeadline) {
  VerdictFsm fsm(firstServers(2), 2, 3s);
  fsm.start(kStart);
  fsm.onUp(0);
  EXPECT_EQ(fsm.onTick(kStart + 3s - 1ns), std::nullopt);
  EXPECT_EQ(fsm.onTick(kStart + 3s), State::Failed);
}

TEST(VerdictFsm, NamesItsDeadlineWhileItIsPendingOnly) {
  VerdictFsm fsm(firstServers(1), 1, 3s);
  EXPECT_EQ(fsm.deadline(), std::nullopt);
  fsm.start(kStart);
  EXPECT_EQ(fsm.deadline(), kStart + 3s);
  fsm.onUp(0);
  EXPECT_EQ(fsm.deadline(), std::nullopt);
}

TEST(VerdictFsm, GivesTheVerdictOnce) {
  VerdictFsm fsm(firstServers(2), 2, 3s);
  fsm.start(kStart);
  EXPECT_EQ(fsm.onTick(kStart + 3s), State::Failed);
  EXPECT_EQ(fsm.onTick(kStart + 4s), std::nullopt);
  EXPECT_EQ(fsm.onUp(0), std::nullopt);
  EXPECT_EQ(fsm.onUp(1), std::nullopt);
  EXPECT_EQ(fsm.abandon(), std::nullopt);
  EXPECT_EQ(fsm.start(kStart + 5s), std::nullopt);
  EXPECT_EQ(fsm.state(), State::Failed);
}

TEST(VerdictFsm, KnowsItAtTheStartFromWhatItWasToldBefore) {
  VerdictFsm up(firstServers(2), 1, 3s);
  EXPECT_EQ(up.onUp(1), std::nullopt) << "nothing was asked yet";
  EXPECT_EQ(up.start(kStart), State::Succeeded);
  VerdictFsm down(firstServers(2), 2, 3s);
  EXPECT_EQ(down.onDown(1), std::nullopt);
  EXPECT_EQ(down.start(kStart), State::Failed);
}

TEST(VerdictFsm, TakesBackAServerThatGoesDownAgain) {
  VerdictFsm fsm(firstServers(3), 2, 3s);
  fsm.start(kStart);
  fsm.onUp(0);
  fsm.onDown(0);
  EXPECT_FALSE(fsm.isUp(0));
  EXPECT_EQ(fsm.onUp(1), std::nullopt) << "one is up, not two";
  EXPECT_EQ(fsm.onUp(0), State::Succeeded);
}

TEST(VerdictFsm, CountsAServerOnceHoweverOftenItIsTold) {
  VerdictFsm up(firstServers(3), 2, 3s);
  up.start(kStart);
  up.onUp(0);
  EXPECT_EQ(up.onUp(0), std::nullopt);
  VerdictFsm down(firstServers(3), 2, 3s);
  down.start(kStart);
  down.onDown(0);
  EXPECT_EQ(down.onDown(0), std::nullopt);
}

TEST(VerdictFsm, FailsWhenTheOwnerGivesUp) {
  VerdictFsm pending(firstServers(2), 2, 3s);
  pending.start(kStart);
  EXPECT_EQ(pending.abandon(), State::Failed);
  VerdictFsm idle(firstServers(2), 2, 3s);
  EXPECT_EQ(idle.abandon(), State::Failed);
  EXPECT_EQ(idle.start(kStart), std::nullopt);
}

TEST(VerdictFsm, SpeaksOnlyOfTheServersThatWereThere) {
  VerdictFsm fsm({2, 7}, 2, 3s);
  fsm.start(kStart);
  EXPECT_EQ(fsm.onUp(0), std::nullopt) << "came later";
  EXPECT_EQ(fsm.onDown(8), std::nullopt) << "came and went";
  EXPECT_FALSE(fsm.isUp(0));
  EXPECT_FALSE(fsm.awaits(8));
  EXPECT_EQ(fsm.onUp(7), std::nullopt);
  EXPECT_TRUE(fsm.awaits(2));
  EXPECT_EQ(fsm.onUp(2), State::Succeeded);
}

TEST(VerdictFsm, FailsAtTheStartWithoutServers) {
  VerdictFsm fsm({}, 1, 3s);
  EXPECT_EQ(fsm.start(kStart), State::Failed);
}

TEST(VerdictFsm, DoesNotAgeBeforeItStarts) {
  VerdictFsm fsm(firstServers(1), 1, 3s);
  EXPECT_EQ(fsm.onTick(kStart + 1h), std::nullopt);
  EXPECT_EQ(fsm.state(), State::Idle);
}

}  // namespace
}  // namespace multiconnection::cluster
