#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <future>
#include <thread>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

TEST(Array, EveryServerGetsEveryFrameInOrderWithTheSameTimestamps) {
  RunningNode nodes[3];
  std::vector<ServerEntry> servers;
  std::deque<Viewer> viewers;
  for (const RunningNode& node : nodes) {
    ASSERT_TRUE(node.started);
    servers.emplace_back(node.url());
    viewers.emplace_back(node.url(), "cam");
    ASSERT_TRUE(viewers.back().connected);
  }
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, servers));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 50);
  for (Viewer& viewer : viewers) {
    ASSERT_TRUE(viewer.waitForVideo(50));
    expectFrames(viewer.videoFrames(), 0, 50);
  }
  for (const ServerStatistics& server : array.statistics()) {
    EXPECT_EQ(server.videoMessages, 51U) << server.url;
    EXPECT_EQ(server.droppedVideo, 0U);
    EXPECT_EQ(server.state, ServerState::Publishing);
  }
  EXPECT_EQ(listener.count(StatusCode::SetupSuccess), 1U);
  EXPECT_EQ(listener.count(StatusCode::StreamPublishSuccess), 1U);
}

TEST(Array, APlayerWhoComesLateStartsWithTheHeaderAndAKeyFrame) {
  const RunningNode node;
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {node.url()}));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 15);
  Viewer early(node.url(), "cam");
  ASSERT_TRUE(early.connected);
  pushFrames(*source, 15, 31);
  ASSERT_TRUE(early.waitForVideo(11));
  expectFrames(early.videoFrames(), 20, 31);
  EXPECT_EQ(*early.media.all().front().body, *videoHeader().body);
}

TEST(Array, OptionsBehindAUrlReachTheirServer) {
  RunningNode node;
  ASSERT_TRUE(node.node.registerMethod(
      "app", [](const NodeCall& call) -> Result<AmfValue> { return AmfValue(call.app); }));
  const std::string hash(64, 'a');
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener,
                         {node.url(), node.url() + " app=other handshake=digest conn=S:me",
                          node.url() + " app=verified swfHash=" + hash + " swfSize=99"}));
  Collector<std::string> apps;
  ASSERT_TRUE(array.callRemote("app", Server::all(), {}, [&](const Reply& reply) {
    apps.add(std::to_string(reply.server.index) + ' ' + reply.value().as<std::string>());
  }));
  ASSERT_TRUE(apps.waitUntil([](const auto& all) { return all.size() == 3; }));
  std::vector<std::string> all = apps.all();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (std::vector<std::string>{"0 live", "1 other", "2 verified"}));
}

struct PolicyCase {
  const char* name;
  Policy policy;
  bool succeeds;
};

class ArrayPolicy : public ::testing::TestWithParam<PolicyCase> {};

TEST_P(ArrayPolicy, DecidesWithOneOfThreeServersRefused) {
  const RunningNode first;
  const RunningNode second;
  RunningNode gone;
  const std::string refused = gone.url();
  gone.node.stop();
  MultiConnection array;
  Listener listener(array);
  ConnectOptions options;
  options.policy = GetParam().policy;
  ASSERT_TRUE(array.connect({first.url(), refused, second.url()}, options));
  const auto verdict = GetParam().succeeds ? StatusCode::SetupSuccess : StatusCode::SetupFailed;
  ASSERT_TRUE(listener.waitFor(verdict));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectSuccess, 2)) << "the others are usable";
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectFailed));
  EXPECT_EQ(listener.count(StatusCode::SetupSuccess) + listener.count(StatusCode::SetupFailed), 1U);
  const StatusEvent failure = listener.first(StatusCode::ConnectFailed);
  EXPECT_EQ(failure.server->index, 1U);
  EXPECT_FALSE(failure.reason.empty());
  EXPECT_EQ(listener.first(verdict).servers.size(), 3U);

  // Under the same policy, publishing ends the same way.
  ASSERT_TRUE(array.stream().publish("cam"));
  const auto published =
      GetParam().succeeds ? StatusCode::StreamPublishSuccess : StatusCode::StreamPublishFailed;
  ASSERT_TRUE(listener.waitFor(published));
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
}

INSTANTIATE_TEST_SUITE_P(Policies, ArrayPolicy,
                         ::testing::Values(PolicyCase{"all", Policy::all(), false},
                                           PolicyCase{"any", Policy::any(), true},
                                           PolicyCase{"quorum2", Policy::quorum(2), true},
                                           PolicyCase{"quorum3", Policy::quorum(3), false}),
                         [](const auto& policy) { return policy.param.name; });

TEST(Array, ANameInUseFailsThePublishAndIsNamed) {
  const RunningNode taken;
  const RunningNode open;
  MultiConnection other;
  Listener otherListener(other);
  ASSERT_TRUE(connectAll(other, otherListener, {taken.url()}));
  ASSERT_TRUE(publishAll(other, otherListener, "cam"));

  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {open.url(), taken.url()}));
  ASSERT_TRUE(array.stream().publish("cam"));
  ASSERT_TRUE(listener.waitFor(StatusCode::StreamPublishFailed));
  const StatusEvent event = listener.first(StatusCode::StreamPublishFailed);
  EXPECT_EQ(event.servers[1].code, StatusCode::PublishBadName);
  EXPECT_EQ(event.servers[1].state, ServerState::Connected) << "its connection stays";
  EXPECT_NE(event.servers[0].code, StatusCode::PublishBadName);
}

TEST(Array, PerServerStreamNamesReachEachServer) {
  const RunningNode node;
  Viewer first(node.url(), "key1");
  Viewer second(node.url(), "key2");
  ASSERT_TRUE(first.connected && second.connected);
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {{node.url(), "key1"}, {node.url(), "key2"}}));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, ""));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 5);
  EXPECT_TRUE(first.waitForVideo(5));
  EXPECT_TRUE(second.waitForVideo(5));
}

TEST(Array, LosingAServerDegradesTheArrayAndTheOthersGoOn) {
  auto doomed = std::make_unique<RunningNode>();
  const RunningNode stays;
  Viewer viewer(stays.url(), "cam");
  MultiConnection array;
  Listener listener(array);
  ConnectOptions options;
  options.policy = Policy::any();
  ASSERT_TRUE(array.connect({doomed->url(), stays.url()}, options));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectSuccess, 2));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(array.stream().publish("cam"));
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
  ASSERT_TRUE(listener.waitFor(StatusCode::StreamPublishSuccess));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 20);
  ASSERT_TRUE(viewer.waitForVideo(20));
  doomed->node.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Degraded));
  const StatusEvent event = listener.first(StatusCode::Degraded);
  EXPECT_NE(event.reason.find("lost server 0"), std::string::npos) << event.reason;
  pushFrames(*source, 20, 40);
  ASSERT_TRUE(viewer.waitForVideo(40));
  expectFrames(viewer.videoFrames(), 0, 40);
  EXPECT_EQ(listener.count(StatusCode::Lost), 0U);
}

TEST(Array, LosingWhatThePolicyNeedsIsLost) {
  auto doomed = std::make_unique<RunningNode>();
  const RunningNode stays;
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {doomed->url(), stays.url()}));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  doomed->node.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  EXPECT_EQ(listener.count(StatusCode::Degraded), 0U);
}

TEST(Array, CloseDeliversWhatWaitsAndUnpublishes) {
  const RunningNode node;
  Viewer viewer(node.url(), "cam");
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {node.url()}));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 60);
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  ASSERT_TRUE(listener.waitFor(StatusCode::Closed));
  EXPECT_EQ(listener.count(StatusCode::Closed), 1U);
  ASSERT_TRUE(viewer.waitForVideo(60));
  EXPECT_TRUE(viewer.listener.waitFor(StatusCode::PlayUnpublishNotify));
  EXPECT_EQ(array.statistics().at(0).state, ServerState::Closed);
}

TEST(Array, StopKeepsTheConnectionForAnotherStream) {
  const RunningNode node;
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {node.url()}));
  ASSERT_TRUE(publishAll(array, listener, "first"));
  ASSERT_TRUE(array.stream().stop());
  Viewer viewer(node.url(), "second");
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(array.stream().publish("second"));
  ASSERT_TRUE(listener.waitFor(StatusCode::StreamPublishSuccess, 2));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 5);
  EXPECT_TRUE(viewer.waitForVideo(5));
  EXPECT_EQ(listener.count(StatusCode::ConnectSuccess), 1U);
}

TEST(Array, CloseAndStopSendABurstToItsEnd) {
  const RunningNode node;
  for (const bool stops : {false, true}) {
    SCOPED_TRACE(stops);
    Viewer viewer(node.url(), "cam");
    MultiConnection array;
    Listener listener(array);
    ASSERT_TRUE(connectAll(array, listener, {node.url()}));
    auto source = PacketSource::create();
    ASSERT_TRUE(array.stream().attach(source));
    ASSERT_TRUE(publishAll(array, listener, "cam"));
    ASSERT_TRUE(source->push(videoHeader()));
    std::uint32_t pushed = 0;
    while (source->push(videoFrame(pushed, 100)) && pushed < 2000) ++pushed;
    if (stops) {
      ASSERT_TRUE(array.stream().stop());
    }
    array.close();
    ASSERT_TRUE(array.waitClosed(kLimit));
    EXPECT_TRUE(viewer.listener.waitFor(StatusCode::PlayUnpublishNotify));
    EXPECT_TRUE(viewer.waitForVideo(pushed)) << viewer.videoFrames().size() << " of " << pushed;
  }
}

TEST(Array, StopFreesAPlayedConnectionThatTheHandlerHeldUp) {
  const RunningNode node;
  MultiConnection publisher;
  Listener publishing(publisher);
  ASSERT_TRUE(connectAll(publisher, publishing, {node.url()}));
  auto source = PacketSource::create();
  ASSERT_TRUE(publisher.stream().attach(source));
  ASSERT_TRUE(publishAll(publisher, publishing, "cam"));

  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {node.url()}));
  std::promise<void> release;
  const auto released = release.get_future().share();
  ASSERT_TRUE(array.stream().play("cam", [released](const MediaMessage&) { released.wait(); }));
  ASSERT_TRUE(listener.waitFor(StatusCode::PlayStart));
  ASSERT_TRUE(source->push(videoHeader()));
  const auto giveUp = std::chrono::steady_clock::now() + kLimit;
  std::uint32_t number = 0;
  // The 32nd fills the 8 MiB that may wait.
  constexpr std::size_t kFrameBytes = 263'144;
  while (array.statistics().at(0).bytesReceived < 32 * kFrameBytes) {
    ASSERT_LT(std::chrono::steady_clock::now(), giveUp);
    // Key frames only: what the node drops for a slow player is not followed by a gap.
    static_cast<void>(source->push(videoFrame(number += 10, kFrameBytes)));
  }
  ASSERT_TRUE(array.stream().stop());
  release.set_value();
  ASSERT_TRUE(array.stream().play("cam", [](const MediaMessage&) {}));
  EXPECT_TRUE(listener.waitFor(StatusCode::PlayStart, 2));
}

TEST(Array, SlotsRunOnTheApplicationsExecutorOnly) {
  const RunningNode node;
  Collector<std::function<void()>> tasks;
  MultiConnectionOptions options;
  options.executor = [&](std::function<void()> task) { tasks.add(std::move(task)); };
  const auto here = std::this_thread::get_id();
  std::size_t elsewhere = 0;
  bool verdict = false;
  MultiConnection array(options);
  array.onStatus([&](const StatusEvent&) {
    verdict = true;
    elsewhere += std::this_thread::get_id() == here ? 0 : 1;
  });
  ASSERT_TRUE(array.connect({node.url()}));
  for (std::size_t done = 0; !verdict; ++done) {
    ASSERT_TRUE(tasks.waitUntil([&](const auto& all) { return all.size() > done; }));
    tasks.all()[done]();
  }
  EXPECT_EQ(elsewhere, 0U);
}

}  // namespace
}  // namespace multiconnection::test
