#include "reactor/loop.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace multiconnection::reactor {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLimit = 30s;

TEST(Loop, RunsPostedTasksInOrderOnItsThread) {
  Loop loop;
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    loop.post([&, i] {
      order.push_back(i);
      EXPECT_TRUE(loop.inThread());
    });
  }
  loop.run([&] { order.push_back(100); });
  ASSERT_EQ(order.size(), 101U) << "run() waits for those posted before, and for its own";
  for (int i = 0; i <= 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_FALSE(loop.inThread());
}

TEST(Loop, RunInsideTheLoopsThreadRunsAtOnce) {
  Loop loop;
  std::vector<int> order;
  loop.run([&] {
    loop.run([&] { order.push_back(1); });
    order.push_back(2);
  });
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(Loop, NothingRunsAfterFinish) {
  bool later = false;
  {
    Loop loop;
    bool last = false;
    loop.finish([&] {
      last = true;
      loop.post([&] { later = true; });
    });
    EXPECT_TRUE(last);
    loop.post([&] { later = true; });
  }
  EXPECT_FALSE(later);
}

struct TimerTest : ::testing::Test {
  /// Makes the timer on the loop's thread, where it also ends.
  TimerTest() {
    loop.run([this] { timer = std::make_unique<Timer>(loop); });
  }
  ~TimerTest() override {
    loop.run([this] { timer.reset(); });
  }
  bool fired() { return done.get_future().wait_for(kLimit) == std::future_status::ready; }

  Loop loop;
  std::unique_ptr<Timer> timer;
  std::promise<void> done;
  int wrong = 0;
};

TEST_F(TimerTest, FiresOnceAndNotBeforeItIsDue) {
  const auto due = Clock::now() + 20ms;
  loop.run([&] { timer->arm(due, [this] { done.set_value(); }); });
  ASSERT_TRUE(fired());
  EXPECT_GE(Clock::now(), due);
}

TEST_F(TimerTest, AnotherArmReplacesTheFirst) {
  loop.run([&] {
    timer->arm(Clock::now(), [this] { ++wrong; });
    timer->arm(Clock::now() + 10ms, [this] { done.set_value(); });
  });
  ASSERT_TRUE(fired());
  loop.run([] {});
  EXPECT_EQ(wrong, 0);
}

TEST_F(TimerTest, ADueTimerThatIsCancelledInTheSameTurnStaysSilent) {
  std::unique_ptr<Timer> second;
  std::vector<int> fires;
  loop.run([&] {
    second = std::make_unique<Timer>(loop);
    const auto past = Clock::now() - 1s;
    // Both are due in one turn of the loop; whichever comes first cancels the other.
    timer->arm(past, [&] {
      fires.push_back(1);
      second->cancel();
      if (fires.size() == 1) done.set_value();
    });
    second->arm(past, [&] {
      fires.push_back(2);
      timer->cancel();
      if (fires.size() == 1) done.set_value();
    });
  });
  ASSERT_TRUE(fired());
  loop.run([&] { second.reset(); });
  EXPECT_EQ(fires.size(), 1U);
}

TEST_F(TimerTest, CanBeArmedAgainAndDestroyedInsideItsHandler) {
  loop.run([&] {
    timer->arm(Clock::now(), [this] {
      timer->arm(Clock::now(), [this] {
        timer.reset();
        done.set_value();
      });
    });
  });
  EXPECT_TRUE(fired());
}

}  // namespace
}  // namespace multiconnection::reactor
