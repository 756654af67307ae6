#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <future>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kServers = 16;
constexpr int kCalls = 2000;

/// Sixteen nodes that answer nothing before they are released, then each call with its argument.
class ManyCalls : public ::testing::Test {
 protected:
  ManyCalls() {
    std::vector<ServerEntry> entries;
    for (RunningNode& server : servers) {
      EXPECT_TRUE(server.started);
      EXPECT_TRUE(server.node.registerMethod("echo", [this](const NodeCall& call) {
        open.wait();
        return Result<AmfValue>(call.arguments.at(0));
      }));
      entries.emplace_back(server.url());
    }
    connected = connectAll(array, listener, entries);
  }
  ~ManyCalls() override { release(); }
  void release() {
    if (!std::exchange(released, true)) gate.set_value();
  }
  /// Calls everything on every server; the answers come in `replies`, the number of the call
  /// beside.
  void callAll() {
    for (int number = 0; number < kCalls; ++number) {
      const auto onReply = [this, number](const Reply& reply) { replies.add({number, reply}); };
      ASSERT_TRUE(array.callRemote("echo", Server::all(), {number}, onReply, CallOptions{300s}));
    }
  }
  bool waitForAll() {
    return replies.waitUntil([](const auto& all) { return all.size() >= kServers * kCalls; });
  }

  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  bool released = false;
  std::array<RunningNode, kServers> servers;
  Collector<std::pair<int, Reply>> replies;
  MultiConnection array;
  Listener listener{array};
  bool connected = false;
};

TEST_F(ManyCalls, EachOfThousandsOnEveryServerIsAnsweredOnceByThatServer) {
  ASSERT_TRUE(connected);
  callAll();
  EXPECT_TRUE(replies.all().empty()) << "all of them are outstanding at one time";
  release();
  ASSERT_TRUE(waitForAll());
  std::array<std::array<int, kCalls>, kServers> answered{};
  for (const auto& [number, reply] : replies.all()) {
    ASSERT_TRUE(reply) << reply.error();
    ASSERT_EQ(reply.value(), AmfValue(number));
    ++answered.at(reply.server.index).at(static_cast<std::size_t>(number));
  }
  for (const auto& server : answered) {
    for (const int times : server) ASSERT_EQ(times, 1);
  }
}

TEST_F(ManyCalls, CloseEndsEachOfThousandsOnceAsClosed) {
  ASSERT_TRUE(connected);
  callAll();
  array.close(0ms);
  ASSERT_TRUE(waitForAll());
  release();
  ASSERT_TRUE(array.waitClosed(kLimit));
  const auto all = replies.all();
  ASSERT_EQ(all.size(), kServers * kCalls);
  std::array<int, kServers> ended{};
  for (const auto& [number, reply] : all) {
    ASSERT_EQ(reply.error().code, Errc::Closed) << reply.error();
    ++ended.at(reply.server.index);
  }
  for (const int calls : ended) EXPECT_EQ(calls, kCalls);
}

}  // namespace
}  // namespace multiconnection::test
