#include <gtest/gtest.h>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

ConnectOptions quick() {
  ConnectOptions options;
  options.reconnect.initial = 20ms;
  options.reconnect.cap = 200ms;
  options.recoveryTime = 300ms;
  return options;
}

/// Publishes "cam" to one server that stays and one that comes and goes.
class Reconnect : public ::testing::Test {
 protected:
  void begin(const ConnectOptions& options = quick()) {
    ASSERT_TRUE(connectAll(array, listener, {steady.url(), flapping.url()}, options));
    ASSERT_TRUE(listener.waitFor(StatusCode::ConnectSuccess, 2));
    ASSERT_TRUE(array.stream().attach(source));
    ASSERT_TRUE(publishAll(array, listener, "cam"));
    ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
    ASSERT_TRUE(source->push(videoHeader()));
  }

  RunningNode steady;
  FlappingNode flapping;
  MultiConnection array;
  Listener listener{array};
  std::shared_ptr<PacketSource> source = PacketSource::create();
};

TEST_F(Reconnect, ALostServerComesBackAtAKeyFrameAndTheOtherMissesNothing) {
  Viewer viewer(steady.url(), "cam");
  ASSERT_TRUE(viewer.connected);
  begin();
  pushFrames(*source, 0, 15);
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  pushFrames(*source, 15, 25);
  flapping.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
  Viewer late(flapping.url(), "cam");
  ASSERT_TRUE(late.connected);
  pushFrames(*source, 25, 51);
  ASSERT_TRUE(late.waitForVideo(21));
  expectFrames(late.videoFrames(), 30, 51);
  EXPECT_EQ(*late.media.all().front().body, *videoHeader().body);
  ASSERT_TRUE(viewer.waitForVideo(51));
  expectFrames(viewer.videoFrames(), 0, 51);
  EXPECT_EQ(listener.count(StatusCode::Lost), 1U);
  EXPECT_EQ(listener.count(StatusCode::Recovered), 1U);
}

TEST_F(Reconnect, TheLossNamesTheServerTheReasonAndTheNextTry) {
  begin();
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  const StatusEvent event = listener.first(StatusCode::Lost);
  EXPECT_NE(event.reason.find("server 1 " + flapping.url()), std::string::npos) << event.reason;
  EXPECT_NE(event.reason.find("tried again in"), std::string::npos) << event.reason;
  ASSERT_EQ(event.servers.size(), 2U);
  EXPECT_FALSE(event.servers[0].nextTry);
  ASSERT_TRUE(event.servers[1].nextTry);
  EXPECT_LE(*event.servers[1].nextTry, 24ms);
  EXPECT_TRUE(event.servers[1].troubledFor);
  EXPECT_FALSE(event.servers[0].troubledFor);
}

TEST_F(Reconnect, TheFiguresTellHowLongAServerIsInItsState) {
  begin();
  const auto published = std::chrono::steady_clock::now();
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  const auto away = std::chrono::steady_clock::now() - published;
  flapping.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  const auto servers = array.statistics();
  ASSERT_EQ(servers.at(1).state, ServerState::Publishing);
  EXPECT_GE(servers.at(0).inState - servers.at(1).inState, away - 1ms) << "whole milliseconds";
}

TEST_F(Reconnect, AServerThatComesAndGoesIsToldOfOnce) {
  ConnectOptions options = quick();
  options.recoveryTime = 24h;
  begin(options);
  for (std::size_t round = 0; round < 5; ++round) {
    flapping.stop();
    flapping.start();
    ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3 + round));
  }
  EXPECT_EQ(listener.count(StatusCode::Lost), 1U);
  EXPECT_EQ(listener.count(StatusCode::Degraded), 0U);
}

TEST_F(Reconnect, AServerThatWasNotThereAtTheBeginningJoins) {
  flapping.stop();
  ConnectOptions options = quick();
  options.policy = Policy::any();
  ASSERT_TRUE(connectAll(array, listener, {steady.url(), flapping.url()}, options));
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectFailed, 2));
  flapping.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
  EXPECT_EQ(listener.count(StatusCode::Recovered), 0U) << "it was never in service";
}

TEST_F(Reconnect, IsGivenUpAfterItsAttempts) {
  ConnectOptions options = quick();
  options.reconnect.attempts = 3;
  begin(options);
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectFailed, 3));
  const auto report = array.servers().at(1);
  EXPECT_EQ(report.state, ServerState::Failed);
  EXPECT_FALSE(report.nextTry);
  flapping.start();
  ASSERT_TRUE(array.startServer(Server::index(1)));
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
}

TEST_F(Reconnect, AnEntryHasAPolicyOfItsOwn) {
  ServerEntry entry(flapping.url());
  entry.reconnect = ReconnectPolicy::never();
  ASSERT_TRUE(connectAll(array, listener, {steady.url(), entry}, quick()));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectSuccess, 2));
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  EXPECT_FALSE(listener.first(StatusCode::Lost).servers.at(1).nextTry);
}

TEST_F(Reconnect, StoppedAndRemovedServersStayAway) {
  begin();
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  ASSERT_TRUE(array.stopServer(Server::index(1)));
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered)) << "all that are wanted are there";
  EXPECT_FALSE(array.servers().at(1).nextTry);
  EXPECT_FALSE(array.servers().at(1).troubledFor);
}

TEST_F(Reconnect, CloseEndsTheTries) {
  begin();
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  const std::size_t failures = listener.count(StatusCode::ConnectFailed);
  flapping.start();
  ASSERT_TRUE(connectAll(array, listener, {steady.url()}, quick()));
  EXPECT_EQ(listener.count(StatusCode::ConnectFailed), failures);
}

TEST_F(Reconnect, ReturnsToWhatServersMayCall) {
  Collector<std::string> calls;
  array.onCall("hello", [&](const RemoteCall& call) -> Result<AmfValue> {
    calls.add(call.method);
    return AmfValue(1);
  });
  begin();
  flapping.stop();
  flapping.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  Collector<bool> answers;
  flapping.callPublisher("hello", [&](const auto& answer) { answers.add(bool(answer)); });
  ASSERT_TRUE(answers.waitUntil([](const auto& all) { return !all.empty(); }));
  EXPECT_TRUE(answers.all().front());
}

/// Someone who publishes the same name where ours was lost, as our own lost connection may.
struct Ghost {
  Ghost(const std::string& url, const std::string& name) {
    published = connectAll(array, listener, {url}) && publishAll(array, listener, name);
  }
  MultiConnection array;
  Listener listener{array};
  bool published = false;
};

TEST_F(Reconnect, ANameThatIsHeldForOurLostConnectionIsWaitedFor) {
  ConnectOptions options = quick();
  options.reconnect.initial = 200ms;
  begin(options);
  flapping.stop();
  flapping.start();
  auto ghost = std::make_unique<Ghost>(flapping.url(), "cam");
  ASSERT_TRUE(ghost->published);
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishNameHeld, 2));
  EXPECT_EQ(listener.first(StatusCode::PublishNameHeld).server->index, 1U);
  EXPECT_TRUE(listener.first(StatusCode::PublishNameHeld).server->nextTry);
  EXPECT_EQ(listener.count(StatusCode::PublishBadName), 0U);
  ghost.reset();
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
  EXPECT_EQ(listener.count(StatusCode::Lost), 1U);
}

TEST_F(Reconnect, ANameThatIsHeldForTooLongIsRefused) {
  ConnectOptions options = quick();
  options.reconnect.initial = 200ms;
  options.reconnect.ghostTime = 1ms;
  begin(options);
  flapping.stop();
  flapping.start();
  const Ghost ghost(flapping.url(), "cam");
  ASSERT_TRUE(ghost.published);
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishBadName));
  EXPECT_FALSE(array.servers().at(1).nextTry);
}

TEST_F(Reconnect, AServerThatDoesNotAnswerPublishIsToldOfAndTriedAgain) {
  NodeOptions silence = RunningNode::options();
  silence.faults = {parseNodeFault("publish:silent,times=1").value()};
  Node silent(silence);
  ASSERT_TRUE(silent.start());
  ConnectOptions options = quick();
  options.policy = Policy::any();
  const std::string url = "rtmp://127.0.0.1:" + std::to_string(silent.port()) + "/live";
  ASSERT_TRUE(connectAll(array, listener, {steady.url(), url}, options));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectSuccess, 2));
  PublishOptions publish;
  publish.publishTimeout = 200ms;
  ASSERT_TRUE(array.stream().publish("cam", publish));
  ASSERT_TRUE(listener.waitFor(StatusCode::StreamFailed));
  const StatusEvent event = listener.first(StatusCode::StreamFailed);
  EXPECT_EQ(event.server->index, 1U);
  EXPECT_EQ(event.reason, "no answer to publish within 200 ms");
  EXPECT_TRUE(event.server->nextTry);
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
}

TEST_F(Reconnect, AFurtherStreamComesBackToo) {
  begin();
  const auto second = array.openStream();
  auto frames = PacketSource::create();
  ASSERT_TRUE(second->attach(frames));
  ASSERT_TRUE(second->publish("second"));
  ASSERT_TRUE(listener.waitFor(StatusCode::StreamPublishSuccess, 2));
  ASSERT_TRUE(frames->push(videoHeader()));
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost, 2)) << "of each stream";
  flapping.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered, 2));
  Viewer viewer(flapping.url(), "second");
  ASSERT_TRUE(viewer.connected);
  pushFrames(*frames, 0, 10);
  ASSERT_TRUE(viewer.waitForVideo(10));
}

TEST(ReconnectOptions, AreChecked) {
  MultiConnection array;
  ConnectOptions options;
  options.reconnect.factor = 0.5;
  auto result = array.connect({"rtmp://127.0.0.1/live"}, options);
  EXPECT_EQ(result.error().code, Errc::InvalidArgument);
  EXPECT_NE(result.error().message.find("reconnect.factor of 0.5"), std::string::npos);
  options = {};
  options.reconnect.jitter = 1;
  result = array.connect({"rtmp://127.0.0.1/live"}, options);
  EXPECT_NE(result.error().message.find("reconnect.jitter of 1"), std::string::npos);
  ServerEntry entry("rtmp://127.0.0.1/live");
  entry.reconnect = ReconnectPolicy();
  entry.reconnect->initial = -1ms;
  result = array.connect({entry});
  EXPECT_NE(result.error().message.find("reconnect.initial of -1 ms"), std::string::npos);
}

}  // namespace
}  // namespace multiconnection::test
