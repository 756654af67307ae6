// What decides how a player is served: its clock, and what of a stream it wants.
#include <gmock/gmock.h>

#include "node/play_clock.hpp"
#include "node/stream_filter.hpp"
#include "support/media_messages.hpp"

namespace multiconnection::node {
namespace {

using namespace std::chrono_literals;

constexpr PlayClock::TimePoint kNow{100s};

TEST(PlayClock, RunsFromThePlaceItWasSetTo) {
  PlayClock clock;
  clock.set(5000ms, kNow);
  EXPECT_EQ(clock.at(kNow), 5000ms);
  EXPECT_EQ(clock.at(kNow + 40ms), 5040ms);
}

TEST(PlayClock, StandsStillWhileItPauses) {
  PlayClock clock;
  clock.set(0ms, kNow);
  clock.setPaused(true, kNow + 700ms);
  EXPECT_EQ(clock.at(kNow + 60s), 700ms);
  EXPECT_FALSE(clock.isDue(0ms, kNow + 60s)) << "nothing is due meanwhile";
  clock.setPaused(true, kNow + 30s);
  EXPECT_EQ(clock.at(kNow + 60s), 700ms) << "a second pause changes nothing";
  clock.setPaused(false, kNow + 60s);
  EXPECT_EQ(clock.at(kNow + 60s + 10ms), 710ms);
}

TEST(PlayClock, MediaIsDueOneBufferAhead) {
  PlayClock clock;
  clock.setBuffer(3000ms);
  clock.set(1000ms, kNow);
  EXPECT_TRUE(clock.isDue(4000ms, kNow));
  EXPECT_FALSE(clock.isDue(4001ms, kNow));
  EXPECT_EQ(clock.dueTime(4001ms), kNow + 1ms);
  EXPECT_TRUE(clock.isDue(4001ms, clock.dueTime(4001ms)));
  clock.setBuffer(0ms);
  EXPECT_EQ(clock.dueTime(4001ms), kNow + 3001ms);
}

bool takes(StreamFilter& filter, MediaMessage message) {
  return filter.takes(outbox::SharedFrame(std::move(message)));
}

TEST(StreamFilter, TakesEverythingAtFirst) {
  StreamFilter filter;
  EXPECT_TRUE(takes(filter, test::interFrame(0)));
  EXPECT_TRUE(takes(filter, test::audioFrame(0)));
  EXPECT_TRUE(takes(filter, test::cue(0)));
}

TEST(StreamFilter, LeavesOutSoundAlone) {
  StreamFilter filter;
  filter.setAudio(false);
  EXPECT_FALSE(takes(filter, test::audioFrame(0)));
  EXPECT_TRUE(takes(filter, test::interFrame(0)));
  EXPECT_TRUE(takes(filter, test::cue(0)));
  filter.setAudio(true);
  EXPECT_TRUE(takes(filter, test::audioFrame(0)));
}

TEST(StreamFilter, PicturesComeBackWithAKeyFrame) {
  StreamFilter filter;
  filter.setVideo(false);
  EXPECT_FALSE(takes(filter, test::keyFrame(0)));
  EXPECT_TRUE(takes(filter, test::audioFrame(0)));
  filter.setVideo(true);
  EXPECT_FALSE(takes(filter, test::interFrame(40)));
  EXPECT_TRUE(takes(filter, test::keyFrame(80)));
  EXPECT_TRUE(takes(filter, test::interFrame(120)));
}

TEST(StreamFilter, WithNoPictureMeanwhileNothingIsMissing) {
  StreamFilter filter;
  filter.setVideo(false);
  EXPECT_TRUE(takes(filter, test::audioFrame(0)));
  filter.setVideo(true);
  EXPECT_TRUE(takes(filter, test::interFrame(40)));
}

TEST(StreamFilter, EachTrackComesBackWithAKeyFrameOfItsOwn) {
  const auto av1 = [](const char* body) {
    return test::message(MediaKind::Video, 0, test::hex(body));
  };
  StreamFilter filter;
  filter.setVideo(false);
  EXPECT_FALSE(takes(filter, av1("a1 61763031 ee")));
  EXPECT_FALSE(takes(filter, av1("a6 01 61763031 01 ee")));
  filter.setVideo(true);
  EXPECT_TRUE(takes(filter, av1("96 01 61763031 01 ee")));
  EXPECT_FALSE(takes(filter, av1("a1 61763031 ee")));
  EXPECT_TRUE(takes(filter, av1("a6 01 61763031 01 ee")));
  EXPECT_TRUE(takes(filter, av1("91 61763031 ee")));
  EXPECT_TRUE(takes(filter, av1("a1 61763031 ee")));
}

TEST(StreamFilter, AnInterruptedStreamBeginsAgainWithKeyFrames) {
  StreamFilter filter;
  filter.interrupt();
  EXPECT_TRUE(takes(filter, test::videoHeader(0)));
  EXPECT_TRUE(takes(filter, test::audioFrame(0)));
  EXPECT_FALSE(takes(filter, test::interFrame(0)));
  EXPECT_TRUE(takes(filter, test::keyFrame(40)));
  EXPECT_TRUE(takes(filter, test::interFrame(80)));
}

TEST(StreamFilter, APauseLeavesOutAllButHeaders) {
  StreamFilter filter;
  filter.setPaused(true);
  EXPECT_FALSE(takes(filter, test::keyFrame(0)));
  EXPECT_FALSE(takes(filter, test::audioFrame(0)));
  EXPECT_FALSE(takes(filter, test::cue(0)));
  EXPECT_TRUE(takes(filter, test::videoHeader(0)));
  EXPECT_TRUE(takes(filter, test::audioHeader(0)));
  EXPECT_TRUE(takes(filter, test::metadata(0)));
  filter.setPaused(false);
  EXPECT_TRUE(takes(filter, test::audioFrame(40)));
  EXPECT_FALSE(takes(filter, test::interFrame(40)));
  EXPECT_TRUE(takes(filter, test::keyFrame(80)));
}

}  // namespace
}  // namespace multiconnection::node
