// Entries with backups: who takes over, when the stream goes back, and what the application hears.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;
using Standby = FailoverPolicy::Standby;

/// A node whose events are collected.
struct WatchedNode {
  explicit WatchedNode(const std::vector<std::string>& faults = {}) : node(options(faults)) {
    started = static_cast<bool>(node.start());
  }
  NodeOptions options(const std::vector<std::string>& faults) const {
    NodeOptions options;
    options.port = 0;
    for (const std::string& fault : faults) options.faults.push_back(parseNodeFault(fault).value());
    options.onEvent = [all = events](const NodeEvent& event) { all.add(event.kind); };
    return options;
  }
  std::string url() const { return "rtmp://127.0.0.1:" + std::to_string(node.port()) + "/live"; }
  std::size_t count(NodeEvent::Kind kind) const { return countIn(events.all(), kind); }
  bool waitFor(NodeEvent::Kind kind, std::size_t times = 1) const {
    return events.waitUntil([&](const auto& all) { return countIn(all, kind) >= times; });
  }

  Collector<NodeEvent::Kind> events;
  Node node;
  bool started = false;

 private:
  static std::size_t countIn(const std::vector<NodeEvent::Kind>& all, NodeEvent::Kind kind) {
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), kind));
  }
};

using Kind = NodeEvent::Kind;

constexpr std::uint32_t kMany = 10000;  ///< Frames: so many are never needed.

/// Publishes "cam" to one server that stays, and to an entry whose own server comes and goes.
class Failover : public ::testing::Test {
 protected:
  static ConnectOptions quick() {
    ConnectOptions options;
    options.reconnect.initial = 20ms;
    options.reconnect.cap = 100ms;
    options.recoveryTime = 300ms;
    return options;
  }
  ServerEntry entry(Standby standby, std::optional<std::chrono::milliseconds> failBackAfter = {}) {
    ServerEntry entry(primary.url());
    entry.backups = {backup.url()};
    entry.failover.standby = standby;
    entry.failover.failBackAfter = failBackAfter;
    return entry;
  }
  void begin(const ServerEntry& first) {
    ASSERT_TRUE(atBackup.connected && atSteady.connected);
    ASSERT_TRUE(connectAll(array, listener, {first, steady.url()}, quick()));
    ASSERT_TRUE(array.stream().attach(source));
    ASSERT_TRUE(publishAll(array, listener, "cam"));
    ASSERT_TRUE(source->push(videoHeader()));
  }
  /// All of the stream, whatever happened to the entry; and no loss was told of.
  void expectUndisturbed(std::uint32_t frames) {
    ASSERT_TRUE(atSteady.waitForVideo(frames));
    expectFrames(atSteady.videoFrames(), 0, frames);
    EXPECT_EQ(listener.count(StatusCode::Degraded), 0U);
    EXPECT_EQ(listener.count(StatusCode::Lost), 0U);
  }
  /// Five frames more, which reach the server that stays.
  bool pushSome() {
    pushFrames(*source, pushed, pushed + 5);
    pushed += 5;
    return atSteady.waitForVideo(pushed);
  }
  /// The same, and one of the viewers has the last of them.
  bool pushSomeTo(const std::vector<const Viewer*>& viewers) {
    if (!pushSome()) return false;
    const auto limit = std::chrono::steady_clock::now() + kLimit;
    while (std::chrono::steady_clock::now() < limit) {
      for (const Viewer* viewer : viewers) {
        const auto frames = viewer->videoFrames();
        if (!frames.empty() && frames.back().timestamp == videoFrame(pushed - 1).timestamp) {
          return true;
        }
      }
      std::this_thread::yield();
    }
    return false;
  }
  bool waitForStandby() { return backup.waitFor(Kind::Connected, 2); }  // after the viewer

  FlappingNode primary;
  WatchedNode backup;
  RunningNode steady;
  Viewer atBackup{backup.url(), "cam"};
  Viewer atSteady{steady.url(), "cam"};
  MultiConnection array;
  Listener listener{array};
  std::shared_ptr<PacketSource> source = PacketSource::create();
  std::uint32_t pushed = 0;
};

TEST_F(Failover, AColdBackupIsConnectedOnceItIsNeeded) {
  begin(entry(Standby::Cold));
  pushFrames(*source, 0, 15);
  EXPECT_EQ(backup.count(Kind::Connected), 1U) << "the viewer alone";
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  pushFrames(*source, 15, 41);
  ASSERT_TRUE(atBackup.waitForVideo(21));
  expectFrames(atBackup.videoFrames(), 20, 41);
  const StatusEvent event = listener.first(StatusCode::FailedOver);
  EXPECT_EQ(event.level, StatusLevel::Warning);
  EXPECT_NE(event.reason.find(backup.url() + " is tried"), std::string::npos) << event.reason;
  ASSERT_TRUE(event.server);
  EXPECT_EQ(event.server->index, 0U);
  EXPECT_EQ(event.server->url, primary.url());
  EXPECT_EQ(event.server->movedTo, backup.url());
  EXPECT_EQ(event.server->backup, 1U);
  const ServerStatistics figures = array.statistics().at(0);
  EXPECT_EQ(figures.backup, 1U);
  EXPECT_FALSE(figures.lastError.empty());
  EXPECT_EQ(figures.reconnects, 0U);
  expectUndisturbed(41);
}

TEST_F(Failover, AWarmBackupStandsReadyAndPublishesOnceItIsNeeded) {
  begin(entry(Standby::Warm));
  ASSERT_TRUE(waitForStandby());
  pushFrames(*source, 0, 15);
  EXPECT_EQ(backup.count(Kind::PublishStarted), 0U);
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  EXPECT_EQ(backup.count(Kind::Connected), 2U) << "it is the connection that stood ready";
  pushFrames(*source, 15, 41);
  ASSERT_TRUE(atBackup.waitForVideo(21));
  expectFrames(atBackup.videoFrames(), 20, 41);
  const StatusEvent event = listener.first(StatusCode::FailedOver);
  EXPECT_NE(event.reason.find(backup.url() + " takes over"), std::string::npos) << event.reason;
  expectUndisturbed(41);
}

TEST_F(Failover, AHotBackupTakesOverWithoutAGap) {
  begin(entry(Standby::Hot));
  ASSERT_TRUE(backup.waitFor(Kind::PublishStarted));
  while (atBackup.videoFrames().empty() && pushed < kMany) ASSERT_TRUE(pushSome());
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::FailedOver));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pushSome());
  ASSERT_TRUE(atBackup.media.waitUntil(
      [&](const auto& all) { return *all.back().body == *videoFrame(pushed - 1).body; }));
  const auto frames = atBackup.videoFrames();
  expectFrames(frames, pushed - static_cast<std::uint32_t>(frames.size()), pushed);
  EXPECT_EQ(frames[0].timestamp.count() / 33 % 10, 0) << "a key frame";
  EXPECT_EQ(backup.count(Kind::PublishStarted), 1U);
  EXPECT_EQ(array.servers().at(0).state, ServerState::Publishing);
  expectUndisturbed(pushed);
}

TEST_F(Failover, TheStreamGoesBackAtAKeyFrameWithoutAGap) {
  begin(entry(Standby::Warm, 50ms));
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  while (atBackup.videoFrames().empty() && pushed < kMany) ASSERT_TRUE(pushSome());
  primary.start();
  Viewer atPrimary(primary.url(), "cam");
  ASSERT_TRUE(atPrimary.connected);
  while (listener.count(StatusCode::FailedBack) == 0 && pushed < kMany) {
    ASSERT_TRUE(pushSomeTo({&atPrimary, &atBackup}));
  }
  ASSERT_TRUE(pushSomeTo({&atPrimary}));
  const StatusEvent event = listener.first(StatusCode::FailedBack);
  EXPECT_EQ(event.level, StatusLevel::Status);
  EXPECT_EQ(event.server->movedTo, "");
  EXPECT_EQ(event.server->backup, 0U);
  ASSERT_TRUE(atPrimary.waitForVideo(1));
  const auto back = static_cast<std::uint32_t>(atPrimary.videoFrames()[0].timestamp.count() / 33);
  EXPECT_EQ(back % 10, 0U) << "a key frame";
  ASSERT_TRUE(atPrimary.waitForVideo(pushed - back));
  expectFrames(atPrimary.videoFrames(), back, pushed);
  ASSERT_TRUE(backup.waitFor(Kind::PublishEnded));
  const auto before = atBackup.videoFrames();
  EXPECT_GE(before.back().timestamp, videoFrame(back - 1).timestamp) << "without a gap";
  const auto first = static_cast<std::uint32_t>(before[0].timestamp.count() / 33);
  expectFrames(before, first, first + static_cast<std::uint32_t>(before.size()));
  expectUndisturbed(pushed);
}

TEST_F(Failover, GoesBackWithoutAStreamToo) {
  ASSERT_TRUE(connectAll(array, listener, {entry(Standby::Cold, 20ms)}, quick()));
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectSuccess, 2));
  primary.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::FailedBack));
  EXPECT_EQ(array.servers().at(0).state, ServerState::Connected);
  EXPECT_EQ(array.servers().at(0).backup, 0U);
}

TEST_F(Failover, APlayerGoesOnWithTheBackup) {
  MultiConnection studio;
  Listener atStudio(studio);
  ASSERT_TRUE(connectAll(studio, atStudio, {primary.url(), backup.url()}, quick()));
  ASSERT_TRUE(studio.stream().attach(source));
  ASSERT_TRUE(publishAll(studio, atStudio, "cam"));
  ASSERT_TRUE(atStudio.waitFor(StatusCode::PublishStart, 2));
  ASSERT_TRUE(source->push(videoHeader()));
  ASSERT_TRUE(connectAll(array, listener, {entry(Standby::Warm)}, quick()));
  Collector<MediaMessage> media;
  ASSERT_TRUE(array.stream().play("cam", [media](const MediaMessage& one) { media.add(one); }));
  ASSERT_TRUE(listener.waitFor(StatusCode::PlayStart));
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::PlayStart, 2));
  pushFrames(*source, 0, 21);
  ASSERT_TRUE(media.waitUntil(
      [](const auto& all) { return !all.empty() && *all.back().body == *videoFrame(20).body; }));
  EXPECT_EQ(listener.count(StatusCode::FailedOver), 1U);
  EXPECT_EQ(listener.count(StatusCode::StreamPlayFailed), 0U);
}

TEST_F(Failover, TheArrayIsSetUpThroughABackup) {
  primary.stop();
  begin(entry(Standby::Warm));
  EXPECT_EQ(listener.count(StatusCode::ConnectFailed), 0U);
  EXPECT_EQ(listener.count(StatusCode::FailedOver), 1U);
  EXPECT_EQ(listener.first(StatusCode::SetupSuccess).servers.at(0).backup, 1U);
}

TEST_F(Failover, AServerThatSaysNothingLeavesItsBackupTimeToBeSetUp) {
  WatchedNode silent({"connect:silent"});
  ServerEntry first = entry(Standby::Warm);
  first.url = silent.url();
  begin(first);
  EXPECT_EQ(listener.count(StatusCode::FailedOver), 1U);
}

TEST_F(Failover, AServerThatRefusesTheNameIsNoServerForTheStream) {
  WatchedNode refusing({"publish:refuse"});
  ServerEntry first = entry(Standby::Warm);
  first.url = refusing.url();
  begin(first);
  const StatusEvent event = listener.first(StatusCode::FailedOver);
  EXPECT_NE(event.reason.find("NetStream.Publish.BadName"), std::string::npos) << event.reason;
  EXPECT_EQ(backup.count(Kind::PublishStarted), 1U);
}

TEST_F(Failover, AServerThatDoesNotAnswerPublishLeavesItsBackupTimeForTheVerdict) {
  WatchedNode silent({"publish:silent"});
  ServerEntry first = entry(Standby::Warm);
  first.url = silent.url();
  ASSERT_TRUE(connectAll(array, listener, {first, steady.url()}, quick()));
  PublishOptions options;
  options.publishTimeout = 3000ms;
  ASSERT_TRUE(array.stream().publish("cam", options));
  ASSERT_TRUE(listener.waitFor(StatusCode::StreamPublishSuccess));
  EXPECT_EQ(listener.first(StatusCode::FailedOver).reason.find("no answer to publish"), 0U);
  EXPECT_EQ(listener.count(StatusCode::StreamPublishFailed), 0U);
}

TEST_F(Failover, ABackupThatRefusesTheStreamDoesNotKeepTheEntryFromItsOwnServer) {
  WatchedNode refusing({"publish:refuse"});
  ServerEntry first = entry(Standby::Cold);
  first.backups = {refusing.url()};
  begin(first);
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::FailedOver));
  primary.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  EXPECT_EQ(array.servers().at(0).backup, 0U);
}

TEST_F(Failover, AHotBackupTakesOverFromAServerThatIsOnItsWayElsewhere) {
  // There the name is in use: the move breaks the connection, and ends there.
  RunningNode elsewhere;
  MultiConnection other;
  Listener atOther(other);
  ASSERT_TRUE(connectAll(other, atOther, {elsewhere.url()}));
  ASSERT_TRUE(publishAll(other, atOther, "cam"));
  WatchedNode sending({"media:redirect=" + elsewhere.url() + ",messages=60,times=1"});
  ServerEntry first = entry(Standby::Hot);
  first.url = sending.url();
  begin(first);
  ASSERT_TRUE(backup.waitFor(Kind::PublishStarted));
  while (listener.count(StatusCode::FailedOver) == 0 && pushed < kMany) ASSERT_TRUE(pushSome());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pushSomeTo({&atBackup}));
  const ServerReport report = array.servers().at(0);
  EXPECT_EQ(report.state, ServerState::Publishing);
  EXPECT_EQ(report.code, StatusCode::PublishStart);
  EXPECT_EQ(report.backup, 1U);
}

TEST_F(Failover, ABackupMayCallWhatTheApplicationHandles) {
  FlappingNode hot;
  ServerEntry first = entry(Standby::Hot);
  first.backups = {hot.url()};
  array.onCall("hello", [](const RemoteCall&) -> Result<AmfValue> { return AmfValue(1); });
  begin(first);
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  Viewer atHot(hot.url(), "cam");
  while (atHot.videoFrames().empty() && std::chrono::steady_clock::now() < limit) {
    ASSERT_TRUE(pushSome());
  }
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::FailedOver));
  Collector<bool> answers;
  hot.callPublisher("hello", [answers](const auto& answer) { answers.add(bool(answer)); });
  ASSERT_TRUE(answers.waitUntil([](const auto& all) { return !all.empty(); }));
  EXPECT_TRUE(answers.all().front());
}

TEST_F(Failover, AStalledServerGivesWayToo) {
  WatchedNode stalling({"media:stall,messages=3"});
  ServerEntry first = entry(Standby::Hot);
  first.url = stalling.url();
  ConnectOptions options = quick();
  options.stallTimeout = 300ms;
  ASSERT_TRUE(connectAll(array, listener, {first, steady.url()}, options));
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(source->push(videoHeader()));
  ASSERT_TRUE(backup.waitFor(Kind::PublishStarted));
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  for (std::uint32_t number = 0; listener.count(StatusCode::FailedOver) == 0; ++number) {
    ASSERT_LT(std::chrono::steady_clock::now(), limit);
    ASSERT_TRUE(source->push(videoFrame(number, 100000)));
    ASSERT_TRUE(atSteady.waitForVideo(number + 1));
  }
  EXPECT_NE(listener.first(StatusCode::FailedOver).reason.find("no byte moved for 300 ms"),
            std::string::npos);
  EXPECT_EQ(listener.count(StatusCode::StreamStalled), 0U);
}

TEST_F(Failover, AnEntryIsLostWhenNoneOfItsServersIsLeft) {
  FlappingNode second;
  ServerEntry first = entry(Standby::Warm);
  first.backups = {second.url()};
  begin(first);
  second.stop();
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  EXPECT_TRUE(array.servers().at(0).nextTry);
  primary.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
  EXPECT_EQ(array.servers().at(0).backup, 0U);
  EXPECT_EQ(array.statistics().at(0).reconnects, 1U);
}

TEST_F(Failover, AStoppedStreamEndsAtTheHotBackupToo) {
  begin(entry(Standby::Hot));
  ASSERT_TRUE(backup.waitFor(Kind::PublishStarted));
  ASSERT_TRUE(array.stream().stop());
  ASSERT_TRUE(backup.waitFor(Kind::PublishEnded));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(backup.waitFor(Kind::PublishStarted, 2));
}

TEST_F(Failover, CloseEndsWhatStandsReady) {
  begin(entry(Standby::Hot));
  ASSERT_TRUE(backup.waitFor(Kind::PublishStarted));
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  ASSERT_TRUE(backup.waitFor(Kind::PublishEnded));
  ASSERT_TRUE(backup.waitFor(Kind::Closed));
  EXPECT_EQ(listener.count(StatusCode::FailedOver), 0U);
}

TEST_F(Failover, TheNameAndTheKeyAreTheBackupsOwnOrTheEntrys) {
  ServerEntry first = entry(Standby::Cold);
  first.key = "?token=hidden";
  first.backups[0].streamName = "elsewhere";
  first.backups[0].key = "?token=secret";
  Viewer viewer(backup.url(), "elsewhere");
  begin(first);
  primary.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  pushFrames(*source, 0, 5);
  ASSERT_TRUE(viewer.waitForVideo(5));
  for (const StatusEvent& event : listener.events.all()) {
    std::ostringstream text;
    text << event;
    EXPECT_EQ(text.str().find("hidden"), std::string::npos) << text.str();
    EXPECT_EQ(text.str().find("secret"), std::string::npos) << text.str();
    EXPECT_EQ(text.str().find("elsewhere"), std::string::npos) << text.str();
  }
}

}  // namespace
}  // namespace multiconnection::test
