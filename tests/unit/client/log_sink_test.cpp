#include "client/log_sink.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace multiconnection::client {
namespace {

using namespace std::chrono_literals;

constexpr RateLimit::Clock::time_point kStart{};

struct LogSinkTest : ::testing::Test {
  std::vector<std::string> lines;
  LogSink::Function keep = [this](LogLevel level, std::string_view line) {
    lines.push_back(std::string(logLevelName(level)) + ' ' + std::string(line));
  };
};

TEST_F(LogSinkTest, PassesOnWhatIsImportantEnough) {
  const LogSink sink(keep, LogLevel::Warning);
  EXPECT_FALSE(sink.takes(LogLevel::Info));
  EXPECT_TRUE(sink.takes(LogLevel::Warning));
  for (const LogLevel level :
       {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error}) {
    sink.write(level, "line");
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"warning line", "error line"}));
}

TEST_F(LogSinkTest, WithoutAFunctionNothingIsWanted) {
  const LogSink sink({}, LogLevel::Debug);
  EXPECT_FALSE(sink.takes(LogLevel::Error));
  sink.write(LogLevel::Error, "line");
}

TEST_F(LogSinkTest, AForeignTextStaysOneLine) {
  const LogSink sink(keep, LogLevel::Info);
  sink.write(LogLevel::Info, "a\r\nerror forged\x1b[2J\x7F \xC3\xA4");
  EXPECT_EQ(lines, std::vector<std::string>{"info a??error forged?[2J? \xC3\xA4"});
}

TEST_F(LogSinkTest, WhatTheFunctionThrowsIsDropped) {
  int calls = 0;
  const LogSink sink(
      [&](LogLevel, std::string_view) {
        ++calls;
        throw std::runtime_error("full");
      },
      LogLevel::Info);
  sink.write(LogLevel::Info, "one");
  sink.write(LogLevel::Info, "two");
  EXPECT_EQ(calls, 2);
}

TEST_F(LogSinkTest, NothingComesAfterTheEnd) {
  LogSink sink(keep, LogLevel::Info);
  sink.close();
  EXPECT_FALSE(sink.takes(LogLevel::Error));
  sink.write(LogLevel::Error, "late");
  EXPECT_TRUE(lines.empty());
}

TEST(RateLimit, TellsTheFirstAtOnceThenOneSumEachPeriod) {
  RateLimit limit(1s);
  EXPECT_EQ(limit.due(0, kStart), std::nullopt);
  EXPECT_EQ(limit.due(3, kStart + 1ms), 3U);
  EXPECT_EQ(limit.due(50, kStart + 2ms), std::nullopt);
  EXPECT_EQ(limit.due(60, kStart + 1000ms), std::nullopt);
  EXPECT_EQ(limit.due(70, kStart + 1001ms), 67U);
  EXPECT_EQ(limit.due(70, kStart + 5s), std::nullopt) << "nothing new";
  EXPECT_EQ(limit.due(71, kStart + 6s), 1U);
}

TEST(RateLimit, TheRestDoesNotWait) {
  RateLimit limit(1s);
  EXPECT_EQ(limit.due(3, kStart), 3U);
  EXPECT_EQ(limit.rest(8), 5U);
  EXPECT_EQ(limit.rest(8), std::nullopt);
}

TEST(RateLimit, ACounterThatBeganAnewIsCountedFromZero) {
  RateLimit limit(1s);
  EXPECT_EQ(limit.due(100, kStart), 100U);
  EXPECT_EQ(limit.due(7, kStart + 2s), 7U);
}

}  // namespace
}  // namespace multiconnection::client
