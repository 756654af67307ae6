#include "client/media_feed.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace multiconnection::client {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto kLimit = 30s;

MediaMessage video(milliseconds timestamp, bool key, std::size_t bytes = 16) {
  Bytes body(bytes, 0);
  body[0] = key ? 0x17 : 0x27;
  body[1] = 1;
  return {MediaKind::Video, timestamp, std::make_shared<const Bytes>(std::move(body))};
}

MediaMessage videoHeader(milliseconds timestamp) {
  return {MediaKind::Video, timestamp,
          std::make_shared<const Bytes>(Bytes{0x17, 0, 0, 0, 0, 1, 2, 3})};
}

MediaMessage audio(milliseconds timestamp) {
  return {MediaKind::Audio, timestamp, std::make_shared<const Bytes>(Bytes{0xAF, 1, 2, 3})};
}

std::vector<milliseconds> drain(MediaFeed& feed) {
  std::vector<milliseconds> times;
  MediaMessage message;
  while (feed.take(message)) times.push_back(message.timestamp);
  return times;
}

TEST(MediaFeed, WakesOnceForAllThatIsOfferedBeforeATake) {
  int woken = 0;
  MediaFeed feed([&] { ++woken; });
  ASSERT_TRUE(feed.offer(audio(0ms)));
  ASSERT_TRUE(feed.offer(audio(20ms)));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(drain(feed), (std::vector<milliseconds>{0ms, 20ms}));
  ASSERT_TRUE(feed.offer(audio(40ms)));
  EXPECT_EQ(woken, 2);
}

TEST(MediaFeed, RefusesMoreThanTwoSecondsOfMedia) {
  MediaFeed feed([] {});
  ASSERT_TRUE(feed.offer(audio(0ms)));
  ASSERT_TRUE(feed.offer(audio(2000ms)));
  const auto refused = feed.offer(audio(2001ms));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::LimitExceeded);
  EXPECT_EQ(feed.dropped().audio, 1U);
}

TEST(MediaFeed, RefusesMoreThan64MiB) {
  MediaFeed feed([] {});
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(feed.offer(video(0ms, true, 1u << 20)));
  const auto refused = feed.offer(video(0ms, true, 2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::LimitExceeded);
}

TEST(MediaFeed, AfterADroppedFrameTakesNoVideoUpToTheNextKeyFrame) {
  MediaFeed feed([] {});
  ASSERT_TRUE(feed.offer(video(0ms, true)));
  EXPECT_FALSE(feed.offer(video(2033ms, false))) << "the queue is full";
  EXPECT_EQ(drain(feed), (std::vector<milliseconds>{0ms}));
  EXPECT_FALSE(feed.offer(video(2066ms, false))) << "its reference is missing";
  EXPECT_TRUE(feed.offer(audio(2070ms)));
  EXPECT_TRUE(feed.offer(video(2100ms, true)));
  EXPECT_TRUE(feed.offer(video(2133ms, false)));
  EXPECT_EQ(drain(feed), (std::vector<milliseconds>{2070ms, 2100ms, 2133ms}));
  EXPECT_EQ(feed.dropped().video, 2U);
}

TEST(MediaFeed, WakesAgainAfterAResetThatLeftNothingToTake) {
  int woken = 0;
  MediaFeed feed([&] { ++woken; });
  ASSERT_TRUE(feed.offer(audio(0ms)));
  feed.reset();
  ASSERT_TRUE(feed.offer(audio(0ms)));
  EXPECT_EQ(woken, 2);
}

TEST(MediaFeed, TellsTheNewestTimestampHandedIn) {
  MediaFeed feed([] {});
  EXPECT_EQ(feed.time(), 0ms);
  ASSERT_TRUE(feed.offer(audio(500ms)));
  ASSERT_TRUE(feed.offer(video(480ms, true)));
  EXPECT_EQ(feed.time(), 500ms);
  feed.reset();
  EXPECT_EQ(feed.time(), 0ms);
  EXPECT_EQ(feed.size(), 0U);
}

/// Plays a list; waits at its end for interrupt() when told to.
class ListSource final : public PullSource {
 public:
  explicit ListSource(std::vector<MediaMessage> list, bool blocksAtEnd = false)
      : list_(std::move(list)), blocksAtEnd_(blocksAtEnd) {}

  Result<std::optional<MediaMessage>> read() override {
    if (place_ < list_.size()) return std::optional(list_[place_++]);
    if (blocksAtEnd_) {
      interrupted_.get_future().wait();
      return Error{Errc::Closed, "interrupted"};
    }
    if (broken) return Error{Errc::CorruptData, "byte 7 is wrong"};
    return std::optional<MediaMessage>();
  }
  Result<void> rewind() override {
    place_ = 0;
    return {};
  }
  void interrupt() noexcept override {
    if (!std::exchange(isInterrupted_, true)) interrupted_.set_value();
  }

  bool broken = false;

 private:
  std::vector<MediaMessage> list_;
  bool blocksAtEnd_;
  std::size_t place_ = 0;
  std::promise<void> interrupted_;
  bool isInterrupted_ = false;
};

PullOptions asFastAsTaken() {
  PullOptions options;
  options.pace = PullOptions::Pace::SlowestServer;
  return options;
}

struct PumpTest : ::testing::Test {
  std::optional<Result<void>> runToEnd(std::shared_ptr<PullSource> source, PullOptions options) {
    pump.emplace(std::move(source), std::move(options), feed,
                 [this](Result<void> outcome) { end.set_value(std::move(outcome)); });
    pump->start();
    auto future = end.get_future();
    if (future.wait_for(kLimit) != std::future_status::ready) return std::nullopt;
    return future.get();
  }

  MediaFeed feed{[] {}};
  std::promise<Result<void>> end;
  std::optional<SourcePump> pump;
};

TEST_F(PumpTest, DeliversEverythingThenTheEnd) {
  const auto outcome = runToEnd(std::make_shared<ListSource>(std::vector<MediaMessage>{
                                    video(0ms, true), audio(10ms), video(33ms, false)}),
                                asFastAsTaken());
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome);
  EXPECT_EQ(drain(feed), (std::vector<milliseconds>{0ms, 10ms, 33ms}));
}

TEST_F(PumpTest, PassesTheSourcesErrorOn) {
  auto source = std::make_shared<ListSource>(std::vector<MediaMessage>{video(0ms, true)});
  source->broken = true;
  const auto outcome = runToEnd(source, asFastAsTaken());
  ASSERT_TRUE(outcome);
  ASSERT_FALSE(*outcome);
  EXPECT_EQ(outcome->error().code, Errc::CorruptData);
  EXPECT_EQ(drain(feed).size(), 1U) << "what was read before the error is delivered";
}

TEST_F(PumpTest, PacesByTheTimestampsWhenAskedTo) {
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = runToEnd(std::make_shared<ListSource>(std::vector<MediaMessage>{
                                    video(1000ms, true), video(1100ms, false)}),
                                PullOptions{});
  ASSERT_TRUE(outcome);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);
}

TEST_F(PumpTest, WaitsNotForTheHoursBetweenAHeaderAtZeroAndTheFirstFrame) {
  const auto outcome = runToEnd(std::make_shared<ListSource>(std::vector<MediaMessage>{
                                    videoHeader(0ms), video(5h, true), video(5h + 40ms, false)}),
                                PullOptions{});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(drain(feed), (std::vector<milliseconds>{5h, 5h, 5h + 40ms}));
}

TEST_F(PumpTest, DeliversHeadersThatNoFrameFollows) {
  const auto outcome = runToEnd(
      std::make_shared<ListSource>(std::vector<MediaMessage>{videoHeader(7ms)}), asFastAsTaken());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(drain(feed).size(), 1U);
}

TEST_F(PumpTest, StopsAtOnceWhileTheSourceWaitsForInput) {
  auto source = std::make_shared<ListSource>(std::vector<MediaMessage>{video(0ms, true)}, true);
  std::atomic<bool> ended = false;
  pump.emplace(source, asFastAsTaken(), feed, [&](Result<void>) { ended = true; });
  pump->start();
  pump.reset();
  EXPECT_FALSE(ended) << "a stopped pump tells of no end";
}

TEST_F(PumpTest, StopsAtOnceWhileTheFeedIsFull) {
  std::vector<MediaMessage> much(8, video(0ms, true, 1u << 20));
  pump.emplace(std::make_shared<ListSource>(much), asFastAsTaken(), feed, [](Result<void>) {});
  pump->start();
  pump.reset();
  EXPECT_LE(drain(feed).size(), 3U) << "it waits at 2 MiB";
}

/// Ends its own pump inside read().
class EndingSource final : public PullSource {
 public:
  Result<std::optional<MediaMessage>> read() override {
    started.get_future().wait();
    pump->reset();
    feed->reset();
    return std::optional(video(0ms, true));
  }
  Result<void> rewind() override { return {}; }
  void interrupt() noexcept override {}

  std::promise<void> started;
  std::optional<SourcePump>* pump = nullptr;
  std::optional<MediaFeed>* feed = nullptr;
};

TEST_F(PumpTest, MayBeDestroyedWithItsFeedInsideTheSource) {
  std::optional<MediaFeed> shortLived;
  shortLived.emplace([] {});
  std::promise<void> released;
  std::shared_ptr<EndingSource> source(new EndingSource, [&](EndingSource* gone) {
    delete gone;
    released.set_value();
  });
  std::promise<void>& started = source->started;
  source->pump = &pump;
  source->feed = &shortLived;
  pump.emplace(std::move(source), asFastAsTaken(), *shortLived,
               [](Result<void>) { FAIL() << "a stopped pump tells of no end"; });
  pump->start();
  started.set_value();
  EXPECT_EQ(released.get_future().wait_for(kLimit), std::future_status::ready);
}

TEST_F(PumpTest, ItsEndDoesNotStopAnotherPumpOfTheFeed) {
  auto first = std::make_shared<ListSource>(std::vector<MediaMessage>{video(0ms, true)}, true);
  pump.emplace(first, asFastAsTaken(), feed, [](Result<void>) {});
  pump->stop();
  SourcePump second(std::make_shared<ListSource>(std::vector<MediaMessage>{video(40ms, true)}),
                    asFastAsTaken(), feed, [this](Result<void> done) { end.set_value(done); });
  second.start();
  ASSERT_EQ(end.get_future().wait_for(kLimit), std::future_status::ready);
  EXPECT_EQ(drain(feed), (std::vector<milliseconds>{40ms}));
}

TEST_F(PumpTest, LoopsWithRisingTimestampsAndWithoutRepeatedHeaders) {
  auto source = std::make_shared<ListSource>(
      std::vector<MediaMessage>{videoHeader(0ms), video(5h, true), video(5h + 40ms, false)});
  PullOptions options = asFastAsTaken();
  options.loop = true;
  std::promise<void> enough;
  std::vector<milliseconds> times;
  MediaFeed looping([] {});
  SourcePump endless(source, options, looping, [](Result<void>) {});
  endless.start();
  MediaMessage message;
  const auto giveUp = std::chrono::steady_clock::now() + kLimit;
  while (times.size() < 7 && std::chrono::steady_clock::now() < giveUp) {
    if (looping.take(message)) times.push_back(message.timestamp);
  }
  EXPECT_EQ(times, (std::vector<milliseconds>{5h, 5h, 5h + 40ms, 5h + 80ms, 5h + 120ms, 5h + 160ms,
                                              5h + 200ms}))
      << "the hours before the first frame are no part of a round";
}

}  // namespace
}  // namespace multiconnection::client
