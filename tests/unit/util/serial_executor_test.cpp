#include "util/serial_executor.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace multiconnection::util {
namespace {

using namespace std::chrono_literals;

constexpr auto kLimit = 30s;

TEST(SerialExecutor, RunsTasksInOrderOnOneThreadOfItsOwn) {
  SerialExecutor executor({}, [] {});
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  std::promise<void> done;
  for (int i = 0; i < 100; ++i) {
    executor.post([&, i] {
      order.push_back(i);
      threads.push_back(std::this_thread::get_id());
      if (i == 99) done.set_value();
    });
  }
  ASSERT_EQ(done.get_future().wait_for(kLimit), std::future_status::ready);
  executor.close();
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(threads[static_cast<std::size_t>(i)], threads[0]);
  }
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(SerialExecutor, ItsThreadEndsWhenATaskHeldTheLastReference) {
  std::promise<void> ended;
  std::promise<void> release;
  std::shared_ptr<void> state(&ended, [&](void*) { ended.set_value(); });
  auto executor = std::make_shared<SerialExecutor>(std::function<void(SerialExecutor::Task)>(),
                                                   [state = std::exchange(state, nullptr)] {});
  executor->post([executor, released = release.get_future().share()] { released.wait(); });
  executor.reset();
  release.set_value();
  EXPECT_EQ(ended.get_future().wait_for(kLimit), std::future_status::ready);
}

TEST(SerialExecutor, CloseWaitsForTheRunningTask) {
  SerialExecutor executor({}, [] {});
  std::promise<void> running;
  std::promise<void> release;
  bool ended = false;
  executor.post([&] {
    running.set_value();
    release.get_future().wait();
    ended = true;
  });
  ASSERT_EQ(running.get_future().wait_for(kLimit), std::future_status::ready);
  std::promise<void> closing;
  std::thread closer([&] {
    closing.set_value();
    executor.close();
    EXPECT_TRUE(ended);
  });
  ASSERT_EQ(closing.get_future().wait_for(kLimit), std::future_status::ready);
  release.set_value();
  closer.join();
}

TEST(SerialExecutor, MayBeDestroyedFromInsideItsOwnTask) {
  auto executor = std::make_unique<SerialExecutor>(nullptr, [] {});
  std::promise<void> done;
  executor->post([&] {
    executor.reset();
    done.set_value();
  });
  EXPECT_EQ(done.get_future().wait_for(kLimit), std::future_status::ready);
}

TEST(SerialExecutor, TasksThatTheApplicationHoldsDoNotRunAfterClose) {
  std::deque<SerialExecutor::Task> held;
  bool ran = false;
  {
    SerialExecutor executor([&](SerialExecutor::Task task) { held.push_back(std::move(task)); },
                            [] {});
    executor.post([&] { ran = true; });
    ASSERT_EQ(held.size(), 1U);
  }
  held.front()();
  EXPECT_FALSE(ran);
}

TEST(SerialExecutor, ReportsATaskThatThrowsAndGoesOn) {
  int thrown = 0;
  std::promise<void> done;
  SerialExecutor executor({}, [&] { ++thrown; });
  executor.post([] { throw std::runtime_error("a slot's own trouble"); });
  executor.post([&] { done.set_value(); });
  ASSERT_EQ(done.get_future().wait_for(kLimit), std::future_status::ready);
  executor.close();
  EXPECT_EQ(thrown, 1);
}

TEST(SerialExecutor, KnowsWhetherItsCallerIsInsideATask) {
  SerialExecutor executor({}, [] {});
  EXPECT_FALSE(executor.inTask());
  std::promise<bool> inside;
  executor.post([&] { inside.set_value(executor.inTask()); });
  auto future = inside.get_future();
  ASSERT_EQ(future.wait_for(kLimit), std::future_status::ready);
  EXPECT_TRUE(future.get());
}

}  // namespace
}  // namespace multiconnection::util
