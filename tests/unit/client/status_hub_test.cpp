#include "client/status_hub.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace multiconnection::client {
namespace {

StatusEvent arrayEvent(StatusCode code) {
  StatusEvent event;
  event.code = code;
  event.codeText = std::string(codeName(code));
  return event;
}

StatusEvent serverEvent(StatusCode code, ServerId id) {
  StatusEvent event = arrayEvent(code);
  event.server.emplace();
  event.server->id = id;
  return event;
}

/// An application's executor, run by hand.
struct StatusHubTest : ::testing::Test {
  std::deque<util::SerialExecutor::Task> tasks;
  std::vector<std::string> log;
  std::shared_ptr<util::SerialExecutor> executor = std::make_shared<util::SerialExecutor>(
      [this](util::SerialExecutor::Task task) { tasks.push_back(std::move(task)); }, [] {});
  StatusHub hub{executor, std::make_shared<const LogSink>(
                              [this](LogLevel, std::string_view line) { log.emplace_back(line); },
                              LogLevel::Info)};
  std::vector<StatusEvent> array;
  std::vector<StatusEvent> server;

  void listen() {
    hub.onStatus([this](const StatusEvent& event) { array.push_back(event); });
    hub.onServerStatus([this](const StatusEvent& event) { server.push_back(event); });
  }
  void runAll() {
    while (!tasks.empty()) {
      const auto task = std::move(tasks.front());
      tasks.pop_front();
      task();
    }
  }
};

TEST_F(StatusHubTest, RaisesInOrderInsideTheExecutorsTasksOnly) {
  listen();
  hub.raise(arrayEvent(StatusCode::SetupSuccess));
  hub.raise(arrayEvent(StatusCode::Degraded));
  hub.raise(serverEvent(StatusCode::ConnectClosed, 3));
  EXPECT_TRUE(array.empty());
  EXPECT_EQ(tasks.size(), 1U) << "the application's executor is not flooded";
  runAll();
  ASSERT_EQ(array.size(), 2U);
  EXPECT_EQ(array[0].code, StatusCode::SetupSuccess);
  EXPECT_EQ(array[1].code, StatusCode::Degraded);
  ASSERT_EQ(server.size(), 1U);
  EXPECT_EQ(server[0].server->id, 3U);
}

TEST_F(StatusHubTest, ASlotDisconnectedMeanwhileDoesNotRun) {
  int calls = 0;
  auto connection = hub.onStatus([&](const StatusEvent&) { ++calls; });
  hub.raise(arrayEvent(StatusCode::SetupSuccess));
  connection.disconnect();
  runAll();
  EXPECT_EQ(calls, 0);
}

TEST_F(StatusHubTest, ASlotThatThrowsIsLoggedAndHidesNothingFromTheNext) {
  const std::string trouble = "not ours";
  hub.onStatus([&](const StatusEvent&) { throw std::runtime_error(trouble); });
  listen();
  hub.raise(arrayEvent(StatusCode::SetupSuccess));
  runAll();
  EXPECT_EQ(array.size(), 1U);
  ASSERT_FALSE(log.empty());
  EXPECT_NE(log.back().find("threw"), std::string::npos);
}

TEST_F(StatusHubTest, AnEventRaisedInsideASlotFollowsLater) {
  bool once = false;
  hub.onStatus([&](const StatusEvent& event) {
    array.push_back(event);
    if (!std::exchange(once, true)) hub.raise(arrayEvent(StatusCode::Closed));
  });
  hub.raise(arrayEvent(StatusCode::SetupSuccess));
  runAll();
  ASSERT_EQ(array.size(), 2U);
  EXPECT_EQ(array[1].code, StatusCode::Closed);
}

TEST(EnqueueMerging, KeepsEveryEventBelowTheLimit) {
  std::deque<StatusEvent> waiting;
  for (int i = 0; i < 5; ++i) enqueueMerging(waiting, serverEvent(StatusCode::PublishIdle, 1), 5);
  EXPECT_EQ(waiting.size(), 5U);
}

TEST(EnqueueMerging, MergesTheOldestRepeatOfOneCodeForOneServerAndCountsIt) {
  std::deque<StatusEvent> waiting;
  enqueueMerging(waiting, arrayEvent(StatusCode::SetupSuccess), 3);
  enqueueMerging(waiting, serverEvent(StatusCode::PublishIdle, 1), 3);
  enqueueMerging(waiting, serverEvent(StatusCode::PublishIdle, 2), 3);
  enqueueMerging(waiting, serverEvent(StatusCode::PublishIdle, 1), 3);
  enqueueMerging(waiting, serverEvent(StatusCode::PublishIdle, 1), 3);
  ASSERT_EQ(waiting.size(), 3U);
  EXPECT_EQ(waiting[0].code, StatusCode::SetupSuccess) << "other events are never lost";
  EXPECT_EQ(waiting[1].server->id, 2U);
  EXPECT_EQ(waiting[2].server->id, 1U);
  EXPECT_EQ(waiting[2].repeats, 2U);
}

}  // namespace
}  // namespace multiconnection::client
