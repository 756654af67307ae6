// A live stream to two servers, one of them behind a bad link: what it loses, how it comes back,
// and that the other notices nothing. Each test prints its figures.
#include <gtest/gtest.h>

#include <multiconnection/link_emulator.hpp>

#include <algorithm>
#include <iostream>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::size_t kFrameBytes = 40000;  ///< Much, so that the system's own buffers fill soon.
constexpr milliseconds kFrameTime{33};      ///< Of videoFrame().
constexpr std::uint64_t kBitsPerSecond = kFrameBytes * 8 * 1000 / 33;
constexpr std::size_t kTrouble = 120;  ///< Frames that a trouble lasts.
constexpr std::size_t kPatience = 300;
constexpr std::size_t kCalm = 20;

std::uint32_t numberOf(const MediaMessage& frame) {
  std::uint32_t number = 0;
  for (std::size_t i = 10; i < 14; ++i) number = number << 8 | (*frame.body)[i];
  return number;
}

class BadLink : public ::testing::Test {
 protected:
  void begin(const LinkConditions& up = {}, const LinkConditions& down = {}) {
    ASSERT_TRUE(atNear.connected && atFar.connected);
    ASSERT_TRUE(link.start());
    ASSERT_TRUE(link.setUp(up));
    ASSERT_TRUE(link.setDown(down));
    ConnectOptions options;
    options.setupTimeout = kLimit;
    options.policy = policy;
    options.reconnect.initial = 20ms;
    options.reconnect.cap = 200ms;
    options.recoveryTime = 500ms;
    const std::string behindIt = "rtmp://127.0.0.1:" + std::to_string(link.port()) + "/live";
    ASSERT_TRUE(array.connect({near.url(), behindIt}, options));
    ASSERT_TRUE(listener.waitFor(StatusCode::ConnectSuccess, 2));
    PullOptions pull;
    pull.onEnd = [this](const Result<void>& result) { ended.add(static_cast<bool>(result)); };
    ASSERT_TRUE(array.stream().attach(source, pull));
    ASSERT_TRUE(array.stream().publish("cam"));
    ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
    watch(kCalm);
  }

  /// Looks at the figures for so many frames, as the near server's viewer gets them.
  void watch(std::size_t frames) {
    for (const std::size_t end = seen + frames; seen < end; ++seen) {
      ASSERT_TRUE(atNear.waitForVideo(seen + 1));
      const auto servers = array.statistics();
      figures = servers.at(1);
      lagMaximum = std::max(lagMaximum, figures.lag);
      queueMaximum = std::max(queueMaximum, figures.queueBytes);
      behindMaximum = std::max(behindMaximum, newest(atNear) - newest(atFar));
      EXPECT_EQ(servers.at(0).droppedVideo + servers.at(0).droppedAudio, 0U);
    }
  }
  static milliseconds newest(const Viewer& viewer) {
    const auto frames = viewer.videoFrames();
    return frames.empty() ? milliseconds(0) : frames.back().timestamp;
  }
  template <class Condition>
  void watchUntil(Condition condition, const char* what) {
    const std::size_t from = seen;
    do {
      watch(1);
      ASSERT_LT(seen, from + kPatience) << what;
    } while (!condition());
  }
  /// The far server publishes, and nothing waits for it.
  void watchUntilRecovered() {
    const std::size_t from = seen;
    watchUntil(
        [this] {
          return figures.state == ServerState::Publishing && figures.lag <= 3 * kFrameTime;
        },
        "it did not recover");
    recovery = kFrameTime * static_cast<int>(seen - from);
  }

  /// Ends the stream after a calm time, all of which must have arrived at the far server, and
  /// everything at the near one.
  void finish() {
    watch(kCalm);
    source->finish();
    ASSERT_TRUE(ended.waitUntil([](const auto& all) { return !all.empty(); }));
    const std::uint32_t frames = source->frames();
    ASSERT_TRUE(atNear.waitForVideo(frames));
    EXPECT_EQ(atNear.videoFrames().size(), frames);
    ASSERT_TRUE(atFar.media.waitUntil([&](const auto& all) {
      const auto last = std::find_if(all.rbegin(), all.rend(), Viewer::isVideoFrame);
      return last != all.rend() && numberOf(*last) + 1 == frames;
    }));
    missed = frames - expectPlayable(atFar.videoFrames());
    print();
  }
  /// No frame comes whose reference is missing. @return how many came.
  static std::uint32_t expectPlayable(const std::vector<MediaMessage>& frames) {
    std::optional<std::uint32_t> last;
    for (const MediaMessage& frame : frames) {
      const std::uint32_t number = numberOf(frame);
      const bool follows = last && number == *last + 1;
      EXPECT_TRUE(follows || (number % 10 == 0 && (!last || number > *last)))
          << number << " after " << last.value_or(0);
      last = number;
    }
    return static_cast<std::uint32_t>(frames.size());
  }
  void print() const {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::cout << test->name() << ": " << missed << " frames missed; dropped "
              << figures.droppedVideo << " video, " << figures.droppedAudio
              << " audio; lag at most " << lagMaximum.count() << " ms, queue " << queueMaximum
              << " bytes, viewer behind by " << behindMaximum.count() << " ms; recovered after "
              << recovery.count() << " ms, " << figures.reconnects
              << " reconnects; others dropped 0\n";
  }
  LinkEmulatorOptions toFar() const {
    LinkEmulatorOptions options;
    options.targetPort = far.node.port();
    return options;
  }

  RunningNode near;
  RunningNode far;
  LinkEmulator link{toFar()};
  Viewer atNear{near.url(), "cam"};
  Viewer atFar{far.url(), "cam"};
  Collector<bool> ended;
  std::shared_ptr<EndlessSource> source = std::make_shared<EndlessSource>(kFrameBytes);
  MultiConnection array;
  Listener listener{array};

  std::size_t seen = 0;  ///< Frames, at the near server.
  std::uint32_t missed = 0;
  ServerStatistics figures;  ///< Of the far server.
  milliseconds lagMaximum{0};
  std::size_t queueMaximum = 0;
  milliseconds behindMaximum{0};  ///< The far server's viewer, behind the near one's.
  milliseconds recovery{0};
  Policy policy = Policy::all();
};

TEST_F(BadLink, NarrowerThanTheStreamCostsPicturesAndNoSound) {
  begin();
  LinkConditions narrow;
  narrow.bitsPerSecond = kBitsPerSecond / 4;
  ASSERT_TRUE(link.setUp(narrow));
  watchUntil([this] { return figures.droppedVideo > 0; }, "nothing was dropped");
  watch(kCalm);
  ASSERT_TRUE(link.setUp({}));
  watchUntilRecovered();
  finish();
  EXPECT_EQ(figures.droppedAudio, 0U);
  EXPECT_LT(queueMaximum, 2 * kBitsPerSecond / 8) << "more than 2 s of the stream wait";
  EXPECT_EQ(listener.count(StatusCode::Degraded) + listener.count(StatusCode::Lost), 0U);
}

TEST_F(BadLink, ALargeBufferTakesTheStreamLateButWhole) {
  begin();
  LinkConditions bloated;
  bloated.bitsPerSecond = kBitsPerSecond * 2 / 3;
  bloated.bufferBytes = 16U << 20;
  ASSERT_TRUE(link.setUp(bloated));
  watch(kTrouble);
  ASSERT_TRUE(link.setUp({}));
  watchUntilRecovered();
  finish();
  EXPECT_EQ(missed, 0U);
  EXPECT_GT(behindMaximum, kTrouble / 10 * kFrameTime) << "the buffer took nothing";
  EXPECT_EQ(figures.droppedVideo + figures.droppedAudio, 0U);
}

TEST_F(BadLink, DelayAndJitterCostNothing) {
  LinkConditions slow;
  slow.delay = 20ms;
  slow.jitter = 280ms;
  begin(slow, slow);
  watch(kTrouble);
  finish();
  EXPECT_EQ(missed, 0U);
  EXPECT_EQ(figures.droppedVideo + figures.droppedAudio, 0U);
  EXPECT_EQ(listener.count(StatusCode::Degraded) + listener.count(StatusCode::Lost), 0U);
}

TEST_F(BadLink, DownAndUpIsToldAndGoesOnAtAKeyFrame) {
  policy = Policy::any();
  begin();
  ASSERT_TRUE(link.setListening(false));
  link.resetAll();
  ASSERT_TRUE(listener.waitFor(StatusCode::Degraded));
  watch(kTrouble / 2);
  ASSERT_TRUE(link.setListening(true));
  watchUntilRecovered();
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
  finish();
  EXPECT_GE(missed, kTrouble / 2);
  EXPECT_EQ(figures.reconnects, 1U);
  EXPECT_EQ(listener.count(StatusCode::Degraded), 1U);
}

TEST_F(BadLink, ComesAndGoesAndIsToldOfOnce) {
  policy = Policy::any();
  begin();
  for (std::size_t round = 1; round <= 8; ++round) {
    link.resetAll();
    ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2 + round));
  }
  watchUntilRecovered();
  ASSERT_TRUE(listener.waitFor(StatusCode::Recovered));
  finish();
  EXPECT_EQ(figures.reconnects, 8U);
  EXPECT_EQ(listener.count(StatusCode::Degraded), 1U);
  EXPECT_EQ(listener.count(StatusCode::Recovered), 1U);
}

}  // namespace
}  // namespace multiconnection::test
