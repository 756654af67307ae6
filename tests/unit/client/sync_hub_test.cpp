#include "client/sync_hub.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace multiconnection::client {
namespace {

constexpr std::size_t kMany = 10000;

/// An application that does nothing until it is let.
struct SyncHubTest : ::testing::Test {
  SyncHubTest() {
    hub.onSync([this](const SyncEvent& event) { changes.push_back(event.changes); });
    hub.onStatus([this](const StatusEvent& event) { statuses.push_back(event); });
    hub.onMessage("say", [this](const SharedMessage& message) {
      messages.push_back(message.arguments.at(0));
    });
  }
  void change(ServerId server, const std::string& slot, AmfValue value, AmfValue old = {}) {
    SyncEvent event{"so", {}, {}, false};
    event.server.id = server;
    event.changes.push_back({SyncChange::Code::Change, slot, std::move(value), std::move(old)});
    hub.raise(std::move(event));
  }
  void say(AmfValue argument) { hub.raise(SharedMessage{"so", {}, "say", {std::move(argument)}}); }
  void status(StatusCode code) {
    StatusEvent event;
    event.code = code;
    hub.raise(std::move(event));
  }
  void runAll() {
    while (!tasks.empty()) {
      const auto task = std::move(tasks.front());
      tasks.pop_front();
      task();
    }
  }

  std::deque<util::SerialExecutor::Task> tasks;
  std::vector<std::string> log;
  std::shared_ptr<util::SerialExecutor> executor = std::make_shared<util::SerialExecutor>(
      [this](util::SerialExecutor::Task task) { tasks.push_back(std::move(task)); }, [] {});
  SyncHub hub{executor, std::make_shared<const LogSink>(
                            [this](LogLevel, std::string_view line) { log.emplace_back(line); },
                            LogLevel::Info)};
  std::vector<std::vector<SyncChange>> changes;
  std::vector<StatusEvent> statuses;
  std::vector<AmfValue> messages;
};

TEST_F(SyncHubTest, WhenTooManyWaitChangesJoinTheNewestOfTheirServer) {
  for (std::size_t i = 0; i < kMany; ++i) change(i % 2, "x", static_cast<double>(i));
  change(0, "x", "newer", "older");
  change(0, "y", 1);
  runAll();
  ASSERT_EQ(changes.size(), kMany);
  EXPECT_EQ(changes[kMany - 1].size(), 1U) << "of the other server";
  const auto& joined = changes[kMany - 2];
  ASSERT_EQ(joined.size(), 2U);
  EXPECT_EQ(joined[0].value, AmfValue("newer"));
  EXPECT_EQ(joined[0].oldValue, AmfValue());
  EXPECT_EQ(joined[1].slot, "y");
}

TEST_F(SyncHubTest, TheirBytesCountToo) {
  const std::string large(std::size_t{1} << 20, 'x');
  for (int i = 0; i < 100; ++i) change(1, "x", large);
  for (int i = 0; i < 100; ++i) say(large);
  runAll();
  EXPECT_EQ(changes.size(), 64U);
  EXPECT_EQ(changes.back().size(), 1U);
  EXPECT_TRUE(messages.empty());
  ASSERT_FALSE(log.empty());
  EXPECT_EQ(log[0], "shared object so: 1 messages dropped, too much waits");
  change(1, "x", large);
  say(1);
  runAll();
  EXPECT_EQ(changes.size(), 65U) << "there is room again";
  EXPECT_EQ(messages, std::vector<AmfValue>{1});
}

TEST_F(SyncHubTest, WhenTooManyWaitAStatusReplacesAnOlderOneLikeIt) {
  status(StatusCode::SharedObjectTooLarge);
  for (std::size_t i = 0; i < 2 * kMany; ++i) status(StatusCode::SharedObjectTimedOut);
  runAll();
  ASSERT_EQ(statuses.size(), kMany);
  EXPECT_EQ(statuses.front().code, StatusCode::SharedObjectTooLarge);
  EXPECT_EQ(statuses.back().code, StatusCode::SharedObjectTimedOut);
  std::size_t told = 0;
  for (const StatusEvent& event : statuses) told += 1 + event.repeats;
  EXPECT_EQ(told, 2 * kMany + 1);
}

TEST_F(SyncHubTest, AHandlerThatIsReplacedMayUseTheHubAsItGoes) {
  struct Last {
    ~Last() { hub.onMessage("other", nullptr); }
    SyncHub& hub;
  };
  auto last = std::make_shared<Last>(Last{hub});
  hub.onMessage("say", [last](const SharedMessage&) {});
  last.reset();
  hub.onMessage("say", nullptr);
  say(1);
  runAll();
  EXPECT_TRUE(messages.empty());
}

}  // namespace
}  // namespace multiconnection::client
