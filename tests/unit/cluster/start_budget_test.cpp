#include "cluster/start_budget.hpp"

#include <gtest/gtest.h>

namespace multiconnection::cluster {
namespace {

using namespace std::chrono_literals;

constexpr StartBudget::Clock::time_point kStart{1h};

TEST(StartBudget, LetsABurstThroughAndSpreadsTheRest) {
  StartBudget budget(3, 100ms);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(budget.take(kStart), kStart);
  EXPECT_EQ(budget.take(kStart), kStart + 100ms);
  EXPECT_EQ(budget.take(kStart), kStart + 200ms);
}

TEST(StartBudget, FillsUpAgainWithTime) {
  StartBudget budget(2, 100ms);
  budget.take(kStart);
  budget.take(kStart);
  EXPECT_EQ(budget.take(kStart + 100ms), kStart + 100ms);
  EXPECT_EQ(budget.take(kStart + 100ms), kStart + 200ms);
  EXPECT_EQ(budget.take(kStart + 10s), kStart + 10s);
  EXPECT_EQ(budget.take(kStart + 10s), kStart + 10s);
  EXPECT_EQ(budget.take(kStart + 10s), kStart + 10s + 100ms) << "no more than a burst is saved up";
}

TEST(StartBudget, NeverExceedsItsRate) {
  StartBudget budget(16, 50ms);
  auto last = kStart;
  for (int i = 0; i < 1000; ++i) last = budget.take(kStart);
  EXPECT_EQ(last, kStart + 50ms * (1000 - 16));
}

}  // namespace
}  // namespace multiconnection::cluster
