#include "client/media_inbox.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace multiconnection::client {
namespace {

struct MediaInboxTest : ::testing::Test {
  std::deque<util::SerialExecutor::Task> tasks;
  int thrown = 0;
  std::shared_ptr<util::SerialExecutor> executor = std::make_shared<util::SerialExecutor>(
      [this](util::SerialExecutor::Task task) { tasks.push_back(std::move(task)); },
      [this] { ++thrown; });

  static MediaMessage message(int milliseconds, std::size_t bytes = 4) {
    return {MediaKind::Audio, std::chrono::milliseconds(milliseconds),
            std::make_shared<const Bytes>(bytes, std::uint8_t{0})};
  }
  bool runOne() {
    if (tasks.empty()) return false;
    const auto task = std::move(tasks.front());
    tasks.pop_front();
    task();
    return true;
  }
};

TEST_F(MediaInboxTest, DeliversInOrderAndLetsOtherTasksInBetween) {
  std::vector<long> seen;
  MediaInbox inbox(
      executor, [&](const MediaMessage& m) { seen.push_back(m.timestamp.count()); }, [] {});
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(inbox.push(message(i)));
  EXPECT_EQ(tasks.size(), 1U);
  ASSERT_TRUE(runOne());
  EXPECT_LT(seen.size(), 200U) << "one task does not hold the executor up";
  while (runOne()) {
  }
  ASSERT_EQ(seen.size(), 200U);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST_F(MediaInboxTest, AsksForAPauseWhenFullAndTellsOnceWhenThereIsRoom) {
  int room = 0;
  std::size_t delivered = 0;
  MediaInbox inbox(
      executor, [&](const MediaMessage&) { ++delivered; }, [&] { ++room; });
  std::size_t pushed = 0;
  while (inbox.push(message(0, (1u << 20) - 1000))) ++pushed;
  EXPECT_EQ(pushed, 8U) << "8 MiB";
  EXPECT_FALSE(inbox.push(message(0, 1))) << "full until there is room";
  while (runOne()) {
  }
  EXPECT_EQ(room, 1);
  EXPECT_EQ(delivered, 10U);
  EXPECT_TRUE(inbox.push(message(0, 1)));
}

TEST_F(MediaInboxTest, EmptyMessagesFillItAsWell) {
  MediaInbox inbox(
      executor, [](const MediaMessage&) {}, [] {});
  std::size_t pushed = 0;
  while (pushed < 1'000'000 && inbox.push(message(0, 0))) ++pushed;
  EXPECT_LT(pushed, 1'000'000U);
}

TEST_F(MediaInboxTest, AHandlerThatThrowsDoesNotEndTheDelivery) {
  int calls = 0;
  MediaInbox inbox(
      executor,
      [&](const MediaMessage&) {
        if (++calls == 1) throw std::runtime_error("not ours");
      },
      [] {});
  inbox.push(message(0));
  inbox.push(message(1));
  while (runOne()) {
  }
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(thrown, 1);
}

}  // namespace
}  // namespace multiconnection::client
