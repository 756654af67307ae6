#include <gtest/gtest.h>

#include <multiconnection/link_emulator.hpp>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

/// A node behind a link, and one without, both published to.
class Link : public ::testing::Test {
 protected:
  static LinkEmulatorOptions to(const RunningNode& node) {
    LinkEmulatorOptions options;
    options.targetPort = node.node.port();
    return options;
  }

  void begin(ConnectOptions options = {}) {
    options.reconnect.initial = 20ms;
    options.reconnect.cap = 100ms;
    options.recoveryTime = 100ms;
    ASSERT_TRUE(link.start());
    ASSERT_TRUE(connectAll(array, listener, {near.url(), url()}, options));
    ASSERT_TRUE(array.stream().attach(source));
    ASSERT_TRUE(publishAll(array, listener, "cam"));
    ASSERT_TRUE(source->push(videoHeader()));
  }
  std::string url() const { return "rtmp://127.0.0.1:" + std::to_string(link.port()) + "/live"; }

  RunningNode near;
  RunningNode far;
  LinkEmulator link{to(far)};
  MultiConnection array;
  Listener listener{array};
  std::shared_ptr<PacketSource> source = PacketSource::create();
};

TEST_F(Link, PassesEverythingOn) {
  Viewer viewer(far.url(), "cam");
  ASSERT_TRUE(viewer.connected);
  begin();
  pushFrames(*source, 0, 50);
  ASSERT_TRUE(viewer.waitForVideo(50));
  expectFrames(viewer.videoFrames(), 0, 50);
  const LinkCounters counters = link.counters();
  EXPECT_EQ(counters.connections, 1U);
  EXPECT_EQ(counters.open, 1U);
  EXPECT_GT(counters.bytesUp, 50000U);
  EXPECT_GT(counters.bytesDown, 3073U);
}

TEST_F(Link, AResetIsALossThatIsRecovered) {
  begin();
  pushFrames(*source, 0, 5);
  link.resetAll();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
  EXPECT_EQ(link.counters().connections, 2U);
}

TEST_F(Link, AStalledServerIsGivenUpAndTheOtherGetsAll) {
  Viewer viewer(near.url(), "cam");
  ASSERT_TRUE(viewer.connected);
  ConnectOptions options;
  options.stallTimeout = 300ms;
  begin(options);
  LinkConditions stalled;
  stalled.stalled = true;
  ASSERT_TRUE(link.setUp(stalled));
  std::uint32_t sent = 0;
  for (; sent < 20; ++sent) ASSERT_TRUE(source->push(videoFrame(sent, 500000)));
  ASSERT_TRUE(listener.waitFor(StatusCode::StreamStalled));
  EXPECT_EQ(listener.first(StatusCode::StreamStalled).server->index, 1U);
  ASSERT_TRUE(viewer.waitForVideo(sent));
  ASSERT_TRUE(link.setUp({}));
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
}

TEST_F(Link, OurGhostIsWaitedOut) {
  begin();
  pushFrames(*source, 0, 5);
  link.vanish();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishNameHeld, 2));
  EXPECT_EQ(listener.count(StatusCode::PublishBadName), 0U);
  link.resetAll();
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
}

TEST_F(Link, RefusesWhileItDoesNotListen) {
  begin();
  const std::string before = url();
  ASSERT_TRUE(link.setListening(false));
  link.resetAll();
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectFailed));
  ASSERT_TRUE(link.setListening(true));
  EXPECT_EQ(url(), before);
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
}

TEST_F(Link, ChecksWhatItIsTold) {
  LinkConditions conditions;
  conditions.bufferBytes = 0;
  EXPECT_EQ(link.setUp(conditions).error().code, Errc::InvalidArgument);
  conditions = {};
  conditions.corruption = 2;
  EXPECT_NE(link.setDown(conditions).error().message.find("corruption of 2"), std::string::npos);
  conditions = {};
  conditions.delay = -1ms;
  EXPECT_NE(link.setDown(conditions).error().message.find("delay of -1 ms"), std::string::npos);
  LinkEmulatorOptions wrong;
  wrong.up.jitter = 2h;
  EXPECT_EQ(LinkEmulator(wrong).start().error().code, Errc::InvalidArgument);
  ASSERT_TRUE(link.start());
  EXPECT_EQ(link.start().error().code, Errc::InvalidState);
}

TEST_F(Link, ATargetThatIsNotThereResetsWhoConnects) {
  LinkEmulatorOptions options;
  options.targetPort = 1;
  LinkEmulator lost(options);
  ASSERT_TRUE(lost.start());
  ASSERT_TRUE(array.connect({"rtmp://127.0.0.1:" + std::to_string(lost.port()) + "/live"}));
  ASSERT_TRUE(listener.waitFor(StatusCode::SetupFailed));
}

}  // namespace
}  // namespace multiconnection::test
