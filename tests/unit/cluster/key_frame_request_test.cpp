#include "cluster/key_frame_request.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace multiconnection::cluster {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// Seconds since the epoch of the clock.
KeyFrameRequest::Clock::time_point at(milliseconds time) {
  return KeyFrameRequest::Clock::time_point(1h) + time;
}

/// When it asks within a minute, looked at every 100 ms, with the same servers waiting throughout.
std::vector<int> asksOfAMinute(KeyFrameRequest& request, std::size_t joining,
                               std::size_t resuming) {
  std::vector<int> seconds;
  for (milliseconds time = 0ms; time < 60s; time += 100ms) {
    if (request.isDue(at(time), joining, resuming)) {
      seconds.push_back(static_cast<int>(time.count() / 1000));
    }
  }
  return seconds;
}

TEST(KeyFrameRequest, IsNotMadeWhenNobodyWaits) {
  KeyFrameRequest request;
  EXPECT_TRUE(asksOfAMinute(request, 0, 0).empty());
}

TEST(KeyFrameRequest, IsMadeAtOnceForTheFirstThatWaits) {
  KeyFrameRequest request;
  EXPECT_FALSE(request.isDue(at(0ms), 0, 0));
  EXPECT_TRUE(request.isDue(at(1ms), 1, 0));
}

TEST(KeyFrameRequest, StandsForAllThatWaitAtOnce) {
  KeyFrameRequest request;
  EXPECT_TRUE(request.isDue(at(0ms), 1, 0));
  EXPECT_FALSE(request.isDue(at(1ms), 2, 0));
  EXPECT_FALSE(request.isDue(at(2ms), 2, 1));
  EXPECT_FALSE(request.isDue(at(40ms), 0, 0)) << "a key frame came";
  EXPECT_FALSE(request.isDue(at(10s), 0, 0));
}

TEST(KeyFrameRequest, IsNotMadeAgainWithinASecond) {
  KeyFrameRequest request;
  EXPECT_TRUE(request.isDue(at(0ms), 1, 0));
  EXPECT_FALSE(request.isDue(at(100ms), 0, 0));
  EXPECT_FALSE(request.isDue(at(200ms), 1, 0)) << "another one that came back";
  EXPECT_FALSE(request.isDue(at(999ms), 1, 0));
  EXPECT_TRUE(request.isDue(at(1s), 1, 0));
}

TEST(KeyFrameRequest, IsRepeatedEverLaterWhereItChangesNothing) {
  KeyFrameRequest request;
  EXPECT_EQ(asksOfAMinute(request, 1, 0), (std::vector{0, 1, 3, 7, 15, 31}));
  KeyFrameRequest other;
  EXPECT_EQ(asksOfAMinute(other, 0, 1), (std::vector{0, 1, 3, 7, 15, 31}));
}

TEST(KeyFrameRequest, DoesNotKeepOneThatComesBackWaitingForTheOthers) {
  KeyFrameRequest request;
  asksOfAMinute(request, 0, 1);
  EXPECT_FALSE(request.isDue(at(60s), 0, 1)) << "the next one is due after 30 s";
  EXPECT_TRUE(request.isDue(at(60s), 1, 1));
}

TEST(KeyFrameRequest, IsMadeEverLessOftenForAServerThatFallsBehindAgainAndAgain) {
  KeyFrameRequest request;
  int count = 0;
  for (int second = 0; second < 600; ++second) {
    count += request.isDue(at(second * 1000ms), 0, 1) ? 1 : 0;
    EXPECT_FALSE(request.isDue(at(second * 1000ms + 500ms), 0, 0)) << "each is followed at once";
  }
  EXPECT_LE(count, 25);
  EXPECT_FALSE(request.isDue(at(700s), 0, 0));
  EXPECT_FALSE(request.isDue(at(731s), 0, 0));
  EXPECT_TRUE(request.isDue(at(732s), 0, 1)) << "after a calm time it is another trouble";
  EXPECT_FALSE(request.isDue(at(732500ms), 0, 1));
  EXPECT_TRUE(request.isDue(at(734s), 0, 1));
}

TEST(KeyFrameRequest, IsNeverMadeTwiceInASecondNorForNobody) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    KeyFrameRequest request;
    std::optional<milliseconds> last;
    milliseconds time = 0ms;
    for (int step = 0; step < 2000; ++step) {
      time += milliseconds(random() % 400);
      const std::size_t joining = random() % 3 == 0 ? random() % 4 : 0;
      const std::size_t resuming = random() % 3 == 0 ? random() % 4 : 0;
      if (!request.isDue(at(time), joining, resuming)) continue;
      ASSERT_GT(joining + resuming, 0U);
      if (last) {
        ASSERT_GE(time - *last, 1s);
      }
      last = time;
    }
  }
}

}  // namespace
}  // namespace multiconnection::cluster
