// Servers that fall behind: what they are spared, and what that means for the others.
#include <gtest/gtest.h>

#include <multiconnection/link_emulator.hpp>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

/// A node behind a link.
struct FarNode {
  FarNode() {
    LinkEmulatorOptions options;
    options.targetPort = node.node.port();
    link.emplace(options);
    started = node.started && link->start();
  }
  std::string url() const { return "rtmp://127.0.0.1:" + std::to_string(link->port()) + "/live"; }

  RunningNode node;
  std::optional<LinkEmulator> link;
  bool started = false;
};

TEST(DropLimits, AreEachServersOwn) {
  FarNode hasty;
  FarNode patient;
  ASSERT_TRUE(hasty.started && patient.started);
  ServerEntry first(hasty.url());
  first.dropLimits.videoAfter = 300ms;
  ServerEntry second(patient.url());
  second.dropLimits = {24h, 24h, 24h, 24h, std::size_t(1) << 30};
  ConnectOptions options;
  options.stallTimeout = kLimit;
  const auto source = PacketSource::create();
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {first, second}, options));
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  LinkConditions stalled;
  stalled.stalled = true;
  ASSERT_TRUE(hasty.link->setUp(stalled) && patient.link->setUp(stalled));

  ASSERT_TRUE(source->push(videoHeader()));
  constexpr std::size_t kFrameBytes = 200000;  // the system's own buffers hold few of them
  std::vector<ServerStatistics> figures;
  for (std::uint32_t number = 0; number < 60; ++number) {
    ASSERT_TRUE(source->push(videoFrame(number, kFrameBytes)));
    figures = array.statistics();  // it has been handed over
  }
  EXPECT_GT(figures.at(0).droppedVideo, 0U);
  EXPECT_LE(figures.at(0).queueTime, 330ms);
  EXPECT_EQ(figures.at(1).droppedVideo, 0U);
  EXPECT_GT(figures.at(1).queueTime, 900ms) << "the default would have dropped";
}

/// Publishes "cam" to a server that stays and two that come and go; every tenth frame is a key
/// frame, see videoFrame().
class KeyFrameRequest : public ::testing::Test {
 protected:
  void begin(MultiConnection& array, Listener& listener) {
    ConnectOptions options;
    options.reconnect.initial = 20ms;
    options.reconnect.cap = 200ms;
    ASSERT_TRUE(
        connectAll(array, listener, {steady.url(), flapping[0].url(), flapping[1].url()}, options));
    ASSERT_TRUE(array.stream().attach(source));
    ASSERT_TRUE(publishAll(array, listener, "cam"));
    ASSERT_TRUE(source->push(videoHeader()));
    pushFrames(*source, 0, 5);
  }
  void loseBoth(Listener& listener) {
    for (FlappingNode& node : flapping) node.stop();
    ASSERT_TRUE(listener.waitFor(StatusCode::ConnectClosed, 2));
  }

  RunningNode steady;
  FlappingNode flapping[2];
  std::shared_ptr<PacketSource> source = PacketSource::create();
  Collector<std::chrono::steady_clock::time_point> requests;
};

TEST_F(KeyFrameRequest, StandsForAllServersThatComeBack) {
  MultiConnection array;
  Listener listener(array);
  source->onKeyFrameRequest([all = requests] { all.add(std::chrono::steady_clock::now()); });
  begin(array, listener);
  loseBoth(listener);
  pushFrames(*source, 5, 10);
  EXPECT_TRUE(requests.all().empty()) << "nobody waited";
  for (FlappingNode& node : flapping) node.start();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 5));
  ASSERT_TRUE(requests.waitUntil([](const auto& all) { return !all.empty(); }));
  Viewer first(flapping[0].url(), "cam");
  Viewer second(flapping[1].url(), "cam");
  ASSERT_TRUE(first.connected && second.connected);
  pushFrames(*source, 10, 20);
  ASSERT_TRUE(first.waitForVideo(10) && second.waitForVideo(10));
  expectFrames(first.videoFrames(), 10, 20);
  expectFrames(second.videoFrames(), 10, 20);
  // One, and one more a second for as long as this took on a busy machine.
  const auto all = requests.all();
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_GE(all[i] - all.front(), (i - 1) * 1s);
  pushFrames(*source, 20, 30);
  ASSERT_TRUE(first.waitForVideo(20));
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_EQ(requests.all().size(), all.size()) << "nobody waited any more";
}

TEST_F(KeyFrameRequest, DoesNotStartOnceTheSourceIsDetached) {
  MultiConnection array;
  Listener listener(array);
  source->onKeyFrameRequest([all = requests] { all.add(std::chrono::steady_clock::now()); });
  begin(array, listener);
  loseBoth(listener);
  Collector<bool> reached;
  Collector<bool> released;
  const boost::signals2::scoped_connection holding =
      array.onServerStatus([reached, released](const StatusEvent& event) {
        if (event.code != StatusCode::ConnectSuccess) return;
        reached.add(true);
        released.waitUntil([](const auto& all) { return !all.empty(); });
      });
  flapping[0].start();
  ASSERT_TRUE(reached.waitUntil([](const auto& all) { return !all.empty(); }));
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  while (array.statistics().at(1).state != ServerState::Publishing) {
    ASSERT_LT(std::chrono::steady_clock::now(), limit);
  }
  // Now the wish waits behind the slot.
  array.stream().detach();
  released.add(true);
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_TRUE(requests.all().empty());
}

}  // namespace
}  // namespace multiconnection::test
