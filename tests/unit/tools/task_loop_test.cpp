#include "tools/task_loop.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace multiconnection::tools {
namespace {

using Clock = TaskLoop::Clock;
using std::chrono::hours;

TEST(TaskLoop, RunsTasksInTheirOrderUntilDone) {
  TaskLoop loop;
  std::vector<int> ran;
  for (int i = 0; i < 4; ++i) loop.post([&ran, i] { ran.push_back(i); });
  EXPECT_TRUE(loop.runUntil([&ran] { return ran.size() == 3; }, Clock::now() + hours(1)));
  EXPECT_EQ(ran, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(loop.waiting(), 1U) << "what comes after is left for the next run";
}

TEST(TaskLoop, EndsAtTheLimit) {
  TaskLoop loop;
  EXPECT_FALSE(loop.runUntil([] { return false; }, Clock::now()));
}

TEST(TaskLoop, TasksThatPostTasksCannotOutliveTheLimit) {
  TaskLoop loop;
  std::function<void()> again = [&] { loop.post(again); };
  again();
  EXPECT_FALSE(loop.runUntil([] { return false; }, Clock::now() + std::chrono::milliseconds(5)));
}

TEST(TaskLoop, WakesForATaskOfAnotherThread) {
  TaskLoop loop;
  bool ran = false;
  std::thread other([&] { loop.post([&ran] { ran = true; }); });
  EXPECT_TRUE(loop.runUntil([&ran] { return ran; }, Clock::now() + hours(1)));
  other.join();
}

}  // namespace
}  // namespace multiconnection::tools
