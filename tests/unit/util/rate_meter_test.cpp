#include "util/rate_meter.hpp"

#include <gtest/gtest.h>

namespace multiconnection::util {
namespace {

using namespace std::chrono_literals;

constexpr RateMeter::Clock::time_point kStart{1h};

TEST(RateMeter, KnowsNothingBeforeItsSecondSample) {
  RateMeter meter;
  EXPECT_EQ(meter.rate(1s), 0);
  meter.note(kStart, 1000);
  EXPECT_EQ(meter.rate(1s), 0);
}

TEST(RateMeter, MeasuresEachWindowByItself) {
  RateMeter meter;
  std::uint64_t total = 0;
  auto now = kStart;
  for (int i = 0; i < 240; ++i, now += 500ms) meter.note(now, total += 50);  // 100 a second
  for (int i = 0; i < 4; ++i, now += 500ms) meter.note(now, total += 500);   // 1000 a second
  EXPECT_DOUBLE_EQ(meter.rate(1s), 1000);
  EXPECT_DOUBLE_EQ(meter.rate(10s), (2 * 1000 + 8 * 100) / 10.0);
  EXPECT_DOUBLE_EQ(meter.rate(1min), (2 * 1000 + 58 * 100) / 60.0);
}

TEST(RateMeter, MeasuresSinceItsBeginningWhileThatIsShorter) {
  RateMeter meter;
  meter.note(kStart, 0);
  meter.note(kStart + 2s, 600);
  EXPECT_DOUBLE_EQ(meter.rate(1min), 300);
}

TEST(RateMeter, BridgesASampleThatIsLate) {
  RateMeter meter;
  meter.note(kStart, 0);
  meter.note(kStart + 5s, 500);
  EXPECT_DOUBLE_EQ(meter.rate(1s), 100);
}

TEST(RateMeter, SeesAPause) {
  RateMeter meter;
  std::uint64_t total = 0;
  auto now = kStart;
  for (int i = 0; i < 20; ++i, now += 500ms) meter.note(now, total += 50);
  for (int i = 0; i < 4; ++i, now += 500ms) meter.note(now, total);
  EXPECT_EQ(meter.rate(1s), 0);
  EXPECT_GT(meter.rate(10s), 0);
}

TEST(RateMeter, BeginsAnew) {
  RateMeter meter;
  meter.note(kStart, 0);
  meter.note(kStart + 1s, 100);
  meter.reset();
  EXPECT_EQ(meter.rate(1s), 0);
}

}  // namespace
}  // namespace multiconnection::util
