// Nodes that send their publishers elsewhere: where the stream goes, and that none of it is
// missing.
#include <gtest/gtest.h>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSome = 30;  ///< Frames; more than from one key frame to the next.

class Redirected : public ::testing::Test {
 protected:
  /// Connects to a node with that fault, which names `there`, and to one without.
  /// @param more  what stands behind the place in the fault.
  void begin(const std::string& fault, const std::string& more = "") {
    ASSERT_TRUE(atThere.connected && atSteady.connected);
    NodeOptions options = RunningNode::options();
    options.faults = {parseNodeFault(fault + "=" + there.url() + more).value()};
    here.emplace(options);
    ASSERT_TRUE(here->start());
    hereUrl = "rtmp://127.0.0.1:" + std::to_string(here->port()) + "/live";
    ASSERT_TRUE(connectAll(array, listener, {hereUrl, steady.url()}));
    PullOptions pull;
    pull.onEnd = [this](const Result<void>& result) { ended.add(static_cast<bool>(result)); };
    ASSERT_TRUE(array.stream().attach(source, pull));
  }
  void finish() {
    source->finish();
    ASSERT_TRUE(ended.waitUntil([](const auto& all) { return !all.empty(); }));
    ASSERT_TRUE(atSteady.waitForVideo(source->frames()));
    expectFrames(atSteady.videoFrames(), 0, source->frames());
  }
  static std::uint32_t numberOf(const MediaMessage& frame) {
    return static_cast<std::uint32_t>(frame.timestamp.count() / 33);
  }

  RunningNode there;
  RunningNode steady;
  Viewer atThere{there.url(), "cam"};
  Viewer atSteady{steady.url(), "cam"};
  std::optional<Node> here;
  std::string hereUrl;
  MultiConnection array;
  Listener listener{array};
  std::shared_ptr<EndlessSource> source = std::make_shared<EndlessSource>();
  Collector<bool> ended;
};

/// Moments of the fault, and what stands behind the place there: SRS names the stream, too.
class RedirectedAtOnce : public Redirected,
                         public ::testing::WithParamInterface<std::pair<const char*, const char*>> {
};

TEST_P(RedirectedAtOnce, TheWholeStreamGoesThere) {
  begin(std::string(GetParam().first) + ":redirect", GetParam().second);
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(atThere.waitForVideo(kSome));
  finish();
  ASSERT_TRUE(atThere.waitForVideo(source->frames()));
  expectFrames(atThere.videoFrames(), 0, source->frames());
  EXPECT_EQ(listener.count(StatusCode::Redirected), 1U);
  EXPECT_EQ(array.servers().at(0).movedTo, there.url());
  EXPECT_EQ(array.servers().at(0).url, hereUrl);
}

INSTANTIATE_TEST_SUITE_P(Moments, RedirectedAtOnce,
                         ::testing::Values(std::pair("connect", ""), std::pair("publish", "/cam")),
                         [](const auto& tested) { return std::string(tested.param.first); });

TEST_F(Redirected, InTheMiddleTheStreamMovesAtAKeyFrameWithoutAGap) {
  begin("media:redirect", ",messages=20,times=1");
  Viewer atHere(hereUrl, "cam");
  ASSERT_TRUE(atHere.connected);
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(listener.waitFor(StatusCode::Moved));
  ASSERT_TRUE(atThere.waitForVideo(kSome));
  finish();
  const auto last = source->frames();
  const auto after = atThere.videoFrames();
  const auto before = atHere.videoFrames();
  ASSERT_FALSE(after.empty() || before.empty());
  const auto first = numberOf(after.front());
  EXPECT_EQ(first % 10, 0U) << "a key frame";
  EXPECT_GE(before.size(), first) << "nothing is missing in between";
  ASSERT_TRUE(atThere.waitForVideo(last - first));
  expectFrames(atThere.videoFrames(), first, last);
  expectFrames(before, 0, static_cast<std::uint32_t>(before.size()));
  for (const StatusCode none : {StatusCode::Degraded, StatusCode::Lost, StatusCode::Redirected}) {
    EXPECT_EQ(listener.count(none), 0U) << codeName(none);
  }
}

}  // namespace
}  // namespace multiconnection::test
