#include "outbox/stream_cache.hpp"

#include <gtest/gtest.h>

#include "support/media_messages.hpp"

namespace multiconnection::outbox {
namespace {

using namespace std::chrono_literals;
using namespace multiconnection::test;

bool observe(StreamCache& cache, MediaMessage message) {
  return cache.observe(SharedFrame(std::move(message)));
}

TEST(StreamCache, GivesHeadersInAPlayersOrderWithTheTimeAsked) {
  StreamCache cache;
  observe(cache, audioHeader(1));
  observe(cache, videoHeader(2));
  observe(cache, metadata(3));
  const auto headers = cache.headersAt(500ms);
  ASSERT_EQ(headers.size(), 3u);
  EXPECT_EQ(headers[0].kind, MediaKind::Data);
  EXPECT_EQ(headers[1].kind, MediaKind::Video);
  EXPECT_EQ(headers[2].kind, MediaKind::Audio);
  for (const MediaMessage& header : headers) EXPECT_EQ(header.timestamp, 500ms);
}

TEST(StreamCache, KeepsTheNewestHeader) {
  StreamCache cache;
  observe(cache, videoHeader(0, 1));
  observe(cache, videoHeader(0, 2));
  const auto headers = cache.headersAt(0ms);
  ASSERT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers[0].body->back(), 2);
}

TEST(StreamCache, CallsAHeaderKnownThatCameLastTime) {
  StreamCache cache;
  EXPECT_TRUE(observe(cache, videoHeader(0, 1)));
  EXPECT_FALSE(observe(cache, videoHeader(900, 1)));
  EXPECT_TRUE(observe(cache, videoHeader(900, 2)));
  EXPECT_TRUE(observe(cache, videoHeader(900, 1))) << "back to the first one is a change, too";
}

TEST(StreamCache, NeverCallsAFrameKnown) {
  StreamCache cache;
  EXPECT_TRUE(observe(cache, audioFrame(0)));
  EXPECT_TRUE(observe(cache, audioFrame(0)));
  EXPECT_TRUE(observe(cache, cue(0)));
  EXPECT_TRUE(observe(cache, cue(0)));
}

TEST(StreamCache, StartsWithTheFirstFrameNotWithHeaders) {
  StreamCache cache;
  observe(cache, metadata(0));
  observe(cache, audioHeader(0));
  observe(cache, cue(0));
  EXPECT_FALSE(cache.hasStarted());
  observe(cache, audioFrame(0));
  EXPECT_TRUE(cache.hasStarted());
}

TEST(StreamCache, KnowsOfVideoFromItsHeaderOn) {
  StreamCache cache;
  observe(cache, audioFrame(0));
  EXPECT_FALSE(cache.hasVideo());
  observe(cache, videoHeader(0));
  EXPECT_TRUE(cache.hasVideo());
}

}  // namespace
}  // namespace multiconnection::outbox
