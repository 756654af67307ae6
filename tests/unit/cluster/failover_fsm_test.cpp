#include "cluster/failover_fsm.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>

namespace multiconnection::cluster {
namespace {

using Role = FailoverFsm::Role;
using Standby = FailoverPolicy::Standby;
using Clock = FailoverFsm::Clock;
using namespace std::chrono_literals;

constexpr double kNoJitter = 0.5;
constexpr Clock::time_point kStart{};

FailoverPolicy policy(Standby standby, std::optional<std::chrono::milliseconds> failBackAfter) {
  FailoverPolicy policy;
  policy.standby = standby;
  policy.failBackAfter = failBackAfter;
  return policy;
}

TEST(FailoverFsm, TriesEachPlaceOnceAndThenHasFailed) {
  FailoverFsm fsm(3, policy(Standby::Cold, 10s), {});
  EXPECT_EQ(fsm.active(), 0u);
  EXPECT_FALSE(fsm.isLast());
  EXPECT_EQ(fsm.onActiveDown(kStart, kNoJitter)->place, 1u);
  EXPECT_EQ(fsm.onActiveDown(kStart, kNoJitter)->place, 2u);
  EXPECT_TRUE(fsm.isLast());
  EXPECT_FALSE(fsm.onActiveDown(kStart, kNoJitter));
}

TEST(FailoverFsm, GoesOnBehindTheOneThatFailed) {
  FailoverFsm fsm(3, policy(Standby::Cold, 10s), {});
  fsm.onActiveDown(kStart, kNoJitter);
  fsm.onActiveUp(kStart);
  EXPECT_EQ(fsm.onActiveDown(kStart + 30s, kNoJitter)->place, 2u);  // a new round: it was healthy
  EXPECT_EQ(fsm.onActiveDown(kStart + 31s, kNoJitter)->place, 0u);
  EXPECT_FALSE(fsm.onActiveDown(kStart + 32s, kNoJitter));
}

TEST(FailoverFsm, ServersThatComeAndGoUseARoundUp) {
  FailoverFsm fsm(2, policy(Standby::Cold, std::nullopt), {});
  fsm.onActiveUp(kStart);
  EXPECT_TRUE(fsm.onActiveDown(kStart + 1s, kNoJitter));
  fsm.onActiveUp(kStart + 2s);
  EXPECT_FALSE(fsm.onActiveDown(kStart + 3s, kNoJitter));
}

TEST(FailoverFsm, KeepsTheNextOneReadyOnceTheFirstIsUp) {
  FailoverFsm fsm(3, policy(Standby::Warm, 10s), {});
  EXPECT_FALSE(fsm.due(Role::Standby, kStart));
  fsm.onActiveUp(kStart);
  EXPECT_EQ(fsm.due(Role::Standby, kStart), 1u);
  EXPECT_FALSE(fsm.due(Role::FailBack, kStart));
  fsm.onOpening(Role::Standby, 1);
  EXPECT_FALSE(fsm.due(Role::Standby, kStart));
  EXPECT_FALSE(fsm.hasStandby());
  fsm.onReady(Role::Standby, kStart);
  EXPECT_TRUE(fsm.hasStandby());
  const auto next = fsm.onActiveDown(kStart + 1s, kNoJitter);
  EXPECT_EQ(next->place, 1u);
  EXPECT_EQ(next->ready, Role::Standby);
}

TEST(FailoverFsm, KeepsNoneReadyWhereTheyStayCold) {
  FailoverFsm fsm(3, policy(Standby::Cold, 10s), {});
  fsm.onActiveUp(kStart);
  EXPECT_FALSE(fsm.due(Role::Standby, kStart + 1h));
  EXPECT_FALSE(fsm.deadline());
}

TEST(FailoverFsm, TakesTheOneAfterWhereTheNextDoesNotComeUp) {
  FailoverFsm fsm(3, policy(Standby::Warm, 10s), {});
  fsm.onActiveUp(kStart);
  fsm.onOpening(Role::Standby, 1);
  fsm.onFailed(Role::Standby, kStart, kNoJitter);
  EXPECT_EQ(fsm.due(Role::Standby, kStart), 2u);
  fsm.onOpening(Role::Standby, 2);
  fsm.onFailed(Role::Standby, kStart, kNoJitter);
  EXPECT_FALSE(fsm.due(Role::Standby, kStart));
  EXPECT_EQ(fsm.deadline(), kStart + 1s);
  EXPECT_EQ(fsm.due(Role::Standby, kStart + 1s), 1u);
}

TEST(FailoverFsm, GoesBackOnceTheFirstWasUpLongEnough) {
  FailoverFsm fsm(2, policy(Standby::Cold, 10s), {});
  fsm.onActiveUp(kStart);
  ASSERT_EQ(fsm.onActiveDown(kStart, kNoJitter)->place, 1u);
  fsm.onActiveUp(kStart);
  EXPECT_FALSE(fsm.due(Role::FailBack, kStart));  // it has just failed: the policy's first wait
  EXPECT_EQ(fsm.deadline(), kStart + 1s);
  EXPECT_EQ(fsm.due(Role::FailBack, kStart + 1s), 0u);
  fsm.onOpening(Role::FailBack, 0);
  fsm.onReady(Role::FailBack, kStart + 2s);
  EXPECT_EQ(fsm.deadline(), kStart + 12s);
  EXPECT_FALSE(fsm.mayFailBack(kStart + 11999ms));
  EXPECT_TRUE(fsm.mayFailBack(kStart + 12s));
  fsm.onFailedBack(kStart + 12s);
  EXPECT_EQ(fsm.active(), 0u);
}

TEST(FailoverFsm, WaitsLongerEachTimeBeforeItTriesTheFirstAgain) {
  FailoverFsm fsm(2, policy(Standby::Cold, 10s), {});
  fsm.onActiveDown(kStart, kNoJitter);
  fsm.onActiveUp(kStart);
  fsm.onOpening(Role::FailBack, 0);
  fsm.onFailed(Role::FailBack, kStart + 1s, kNoJitter);
  EXPECT_EQ(fsm.deadline(), kStart + 2500ms);
}

TEST(FailoverFsm, TheFirstIsAStandbyWhereTheStreamNeverGoesBack) {
  FailoverFsm fsm(2, policy(Standby::Warm, std::nullopt), {});
  fsm.onActiveDown(kStart, kNoJitter);
  fsm.onActiveUp(kStart);
  EXPECT_FALSE(fsm.due(Role::FailBack, kStart + 1h));
  EXPECT_EQ(fsm.due(Role::Standby, kStart + 1s), 0u);
}

TEST(FailoverFsm, WhatIsReadyToGoBackToTakesOverToo) {
  FailoverFsm fsm(3, policy(Standby::Warm, 10s), {});
  fsm.onActiveDown(kStart, kNoJitter);
  fsm.onActiveUp(kStart);
  fsm.onOpening(Role::FailBack, 0);
  fsm.onReady(Role::FailBack, kStart + 1s);
  fsm.onOpening(Role::Standby, 2);
  fsm.onReady(Role::Standby, kStart + 1s);
  const auto next = fsm.onActiveDown(kStart + 2s, kNoJitter);
  EXPECT_EQ(next->place, 0u);
  EXPECT_EQ(next->ready, Role::FailBack);
  EXPECT_TRUE(fsm.hasStandby());  // place 2 goes on standing ready
}

TEST(FailoverFsm, AServerThatWasGivenUpIsNotTriedBesideTheUsedOne) {
  FailoverFsm fsm(2, policy(Standby::Warm, 10s), ReconnectPolicy::never());
  fsm.onActiveDown(kStart, kNoJitter);
  fsm.onActiveUp(kStart);
  EXPECT_FALSE(fsm.due(Role::FailBack, kStart + 24h));
  EXPECT_FALSE(fsm.deadline());
}

TEST(FailoverFsm, DoesNotGoBackBeforeTheUsedServerServes) {
  FailoverFsm fsm(3, policy(Standby::Hot, 2000ms), ReconnectPolicy());
  fsm.onActiveDown(kStart, kNoJitter);
  fsm.onActiveUp(kStart);
  for (const auto& [role, place] : {std::pair(Role::Standby, 2u), std::pair(Role::FailBack, 0u)}) {
    fsm.onOpening(role, place);
    fsm.onReady(role, kStart);
  }
  const auto next = fsm.onActiveDown(kStart + 3s, kNoJitter);
  ASSERT_TRUE(next && next->place == 2);
  EXPECT_FALSE(fsm.mayFailBack(kStart + 3s));
  fsm.onActiveUp(kStart + 4s);
  EXPECT_TRUE(fsm.mayFailBack(kStart + 4s));
}

/// Does anything at any moment, as a careful owner may.
class AnyMoment {
 public:
  explicit AnyMoment(std::uint64_t seed) : random_(seed), places_(2 + random_() % 4) {
    ReconnectPolicy reconnect;
    reconnect.healthyAfter = 5s;
    // One after the other: compilers differ in the order of arguments, and a seed must not.
    const auto standby = static_cast<Standby>(random_() % 3);
    const auto failBackAfter = random_() % 2 != 0 ? std::optional(2000ms) : std::nullopt;
    fsm_.emplace(places_, policy(standby, failBackAfter), reconnect);
  }

  bool hasEnded() const { return ended_; }

  void step() {
    now_ += std::chrono::milliseconds(random_() % 1500);
    switch (random_() % 6) {
      case 0:
        fsm_->onActiveUp(now_);
        upSince_ = upSince_.value_or(now_);
        break;
      case 1:
        return fail();
      case 2:
      case 3:
        for (const Role role : FailoverFsm::kRoles) open(role);
        break;
      case 4:
        for (const Role role : FailoverFsm::kRoles) end(role);
        break;
      default:
        if (!fsm_->mayFailBack(now_)) break;
        EXPECT_LT(*second(Role::FailBack), fsm_->active());
        fsm_->onFailedBack(now_);
        second(Role::FailBack).reset();
        upSince_ = now_;
    }
    check();
  }

 private:
  std::optional<std::size_t>& second(Role role) { return seconds_[static_cast<std::size_t>(role)]; }

  void fail() {
    const std::size_t was = fsm_->active();
    if (upSince_ && now_ - *upSince_ >= 5s) failedInARow_ = 0;
    upSince_.reset();
    const auto next = fsm_->onActiveDown(now_, kNoJitter);
    if (!next) {
      ended_ = true;
      return;
    }
    EXPECT_NE(next->place, was);
    if (next->ready) {
      EXPECT_EQ(second(*next->ready), next->place);
      second(*next->ready).reset();
    } else {
      EXPECT_LT(++failedInARow_, places_) << "each once, unless it stood ready";
      seconds_ = {};
    }
  }

  void open(Role role) {
    const auto place = fsm_->due(role, now_);
    if (!place) return;
    EXPECT_TRUE(upSince_);
    EXPECT_FALSE(second(role));
    fsm_->onOpening(role, *place);
    second(role) = place;
    if (random_() % 2 != 0) fsm_->onReady(role, now_);
  }

  void end(Role role) {
    if (!second(role) || random_() % 2 != 0) return;
    if (random_() % 3 != 0) {
      fsm_->onFailed(role, now_, kNoJitter);
    } else {
      fsm_->onReleased(role);
    }
    second(role).reset();
  }

  void check() {
    std::set<std::size_t> used{fsm_->active()};
    for (const auto& place : seconds_) {
      EXPECT_TRUE(!place || used.insert(*place).second) << "two connections to one place";
    }
    EXPECT_LT(fsm_->active(), places_);
    const auto deadline = fsm_->deadline();
    const bool isDue = deadline && *deadline <= now_;
    for (const Role role : FailoverFsm::kRoles) {
      EXPECT_TRUE(!fsm_->due(role, now_) || isDue);
    }
    EXPECT_TRUE(!fsm_->mayFailBack(now_) || isDue);
  }

  std::mt19937_64 random_;
  const std::size_t places_;
  std::optional<FailoverFsm> fsm_;
  Clock::time_point now_ = kStart;
  std::optional<Clock::time_point> upSince_;
  std::array<std::optional<std::size_t>, FailoverFsm::kRoles.size()> seconds_;
  std::size_t failedInARow_ = 0;
  bool ended_ = false;
};

TEST(FailoverFsm, HoldsItsPromisesWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    AnyMoment run(seed);
    for (int i = 0; i < 60 && !run.hasEnded(); ++i) run.step();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace multiconnection::cluster
