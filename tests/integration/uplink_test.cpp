// Servers that fall behind: what they are spared, and what that means for the others.
#include <gtest/gtest.h>

#include <multiconnection/link_emulator.hpp>

#include <algorithm>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// A node behind a link.
struct FarNode {
  explicit FarNode(std::shared_ptr<SharedRate> uplink = nullptr) {
    LinkEmulatorOptions options;
    options.targetPort = node.node.port();
    options.sharedUp = std::move(uplink);
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
  EXPECT_LT(figures.at(0).queueBytes, 12 * kFrameBytes) << "300 ms, and what is half sent";
  EXPECT_EQ(figures.at(1).droppedVideo, 0U);
  EXPECT_GT(figures.at(1).queueTime, 900ms) << "the default would have dropped";
}

/// A live stream to three servers, the first one the most important, through one uplink.
class Uplink : public ::testing::Test {
 protected:
  static constexpr std::size_t kFrameBytes = 30000;  ///< As above.
  static constexpr std::uint64_t kBitsPerSecond = kFrameBytes * 8 * 1000 / 33;

  void begin() {
    std::vector<ServerEntry> entries;
    for (std::size_t i = 0; i < 3; ++i) {
      nodes.push_back(std::make_unique<FarNode>(uplink));
      ASSERT_TRUE(nodes[i]->started);
      viewers.push_back(std::make_unique<Viewer>(nodes[i]->node.url(), "cam"));
      ASSERT_TRUE(viewers[i]->connected);
      entries.emplace_back(nodes[i]->url()).priority = 2 - static_cast<int>(i);
    }
    ASSERT_TRUE(connectAll(array, listener, entries));
    ASSERT_TRUE(array.stream().attach(source));
    ASSERT_TRUE(publishAll(array, listener, "cam"));
    for (const auto& viewer : viewers) ASSERT_TRUE(viewer->waitForVideo(10));
  }
  ~Uplink() override { source->finish(); }

  /// Waits until the first server's viewer has so many frames more.
  bool watch(std::size_t frames) {
    return viewers[0]->waitForVideo(viewers[0]->videoFrames().size() + frames);
  }
  static void expectAllFrom(milliseconds from, const std::vector<MediaMessage>& frames) {
    for (std::size_t i = 1; i < frames.size(); ++i) {
      if (frames[i - 1].timestamp < from) continue;
      ASSERT_EQ(numberOf(frames[i]), numberOf(frames[i - 1]) + 1);
    }
    EXPECT_GT(frames.back().timestamp, from + 500ms);
  }
  static long numberOf(const MediaMessage& frame) { return frame.timestamp / 33ms; }
  std::uint64_t droppedVideo(std::size_t server) {
    return array.statistics().at(server).droppedVideo;
  }

  const std::shared_ptr<SharedRate> uplink = std::make_shared<SharedRate>();
  std::vector<std::unique_ptr<FarNode>> nodes;
  std::vector<std::unique_ptr<Viewer>> viewers;
  const std::shared_ptr<EndlessSource> source = std::make_shared<EndlessSource>(kFrameBytes);
  MultiConnection array;
  Listener listener{array};
};

TEST_F(Uplink, TheLeastImportantYieldsAndHasVideoAgainWhenThereIsRoom) {
  begin();
  uplink->set(kBitsPerSecond * 23 / 10);
  ASSERT_TRUE(listener.waitFor(StatusCode::Yielding));
  const StatusEvent yielding = listener.first(StatusCode::Yielding);
  EXPECT_EQ(yielding.server->index, 2U);
  EXPECT_EQ(yielding.level, StatusLevel::Warning);
  EXPECT_NE(yielding.reason.find("of 3 servers fall behind"), std::string::npos) << yielding.reason;
  EXPECT_TRUE(array.statistics().at(2).yielding);

  // Once what waited has gone, the first server has all of its video, and the last one none; until
  // that gets a chance, which makes the way too narrow again: then it is looked at once more.
  const auto isCalm = [&] {
    const std::uint64_t before = droppedVideo(0);
    return watch(15) && droppedVideo(0) == before && array.statistics().at(0).queueTime < 100ms;
  };
  std::size_t withoutVideo = 0;
  bool looked = false;
  for (int looks = 0; looks < 4 && !looked; ++looks) {
    const std::size_t returns = listener.count(StatusCode::Resumed);
    ASSERT_TRUE(listener.waitFor(StatusCode::Yielding, returns + 1));
    for (int tries = 0; tries < 20 && !isCalm(); ++tries) continue;
    const std::uint64_t dropped = droppedVideo(0);
    const auto from = array.stream().time();
    withoutVideo = viewers[2]->videoFrames().size();
    const std::size_t sounds = viewers[2]->media.all().size();
    ASSERT_TRUE(watch(90));
    looked = listener.count(StatusCode::Resumed) == returns;
    if (!looked) continue;
    EXPECT_EQ(droppedVideo(0), dropped);
    expectAllFrom(from, viewers[0]->videoFrames());
    EXPECT_EQ(viewers[2]->videoFrames().size(), withoutVideo);
    EXPECT_GE(viewers[2]->media.all().size(), sounds + 30) << "its sound goes on";
    EXPECT_FALSE(array.statistics().at(0).yielding);
  }
  EXPECT_TRUE(looked) << "it had video again within every look";

  uplink->set(0);
  const auto hasResumed = [](const auto& all) {
    return std::any_of(all.begin(), all.end(), [](const StatusEvent& event) {
      return event.code == StatusCode::Resumed && event.server->index == 2;
    });
  };
  ASSERT_TRUE(listener.events.waitUntil(hasResumed));
  ASSERT_TRUE(viewers[2]->waitForVideo(withoutVideo + 20));
  const auto resumed = viewers[2]->videoFrames();
  EXPECT_EQ(numberOf(resumed[withoutVideo]) % 10, 0) << "at a key frame";
  expectAllFrom(resumed[withoutVideo].timestamp, resumed);
  EXPECT_FALSE(array.statistics().at(2).yielding);
}

TEST_F(Uplink, AServerWithATroubleOfItsOwnMakesNobodyYield) {
  begin();
  LinkConditions narrow;
  narrow.bitsPerSecond = kBitsPerSecond / 2;
  ASSERT_TRUE(nodes[0]->link->setUp(narrow));
  const auto lately = [this] { return viewers[1]->videoFrames().size(); };
  for (std::size_t from = lately(); droppedVideo(0) < 60 && lately() < from + 600;) {
    ASSERT_TRUE(viewers[1]->waitForVideo(lately() + 5));
  }
  EXPECT_GE(droppedVideo(0), 60U);
  EXPECT_EQ(listener.count(StatusCode::Yielding), 0U);
  EXPECT_EQ(droppedVideo(1) + droppedVideo(2), 0U);
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
    ASSERT_TRUE(listener.waitFor(StatusCode::Lost, 2));
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
  const auto begun = std::chrono::steady_clock::now();
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
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_GE(all[i] - begun, i * 1s);
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
