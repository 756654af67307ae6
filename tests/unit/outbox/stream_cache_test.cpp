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

MediaMessage videoOf(std::string_view digits) { return message(MediaKind::Video, 0, hex(digits)); }
MediaMessage audioOf(std::string_view digits) { return message(MediaKind::Audio, 0, hex(digits)); }

std::vector<Bytes> bodies(const StreamCache& cache) {
  std::vector<Bytes> result;
  for (const MediaMessage& header : cache.headersAt(0ms)) result.push_back(*header.body);
  return result;
}

TEST(StreamCache, KeepsOneHeaderPerTrackAndWhatSupplementsIt) {
  StreamCache cache;
  const Bytes channels = hex("94 4f707573 01 02 00000003");
  const Bytes hdr = hex("d4 68766331 02 0009 636f6c6f72496e666f 06");
  observe(cache, message(MediaKind::Audio, 0, channels));
  observe(cache, audioOf("90 4f707573 01"));
  observe(cache, videoOf("96 00 68766331 01 bb"));
  observe(cache, message(MediaKind::Video, 0, hdr));
  observe(cache, videoOf("90 68766331 aa"));
  EXPECT_FALSE(observe(cache, message(MediaKind::Audio, 9, channels)));
  EXPECT_TRUE(observe(cache, videoOf("96 00 68766331 01 cc"))) << "another one of track 1";
  EXPECT_EQ(bodies(cache), (std::vector<Bytes>{hex("90 68766331 aa"), hex("96 00 68766331 01 cc"),
                                               hdr, hex("90 4f707573 01"), channels}));
}

TEST(StreamCache, AHeaderOfOneTrackReplacesNoneOfSeveral) {
  StreamCache cache;
  const std::string both = "96 10 61763031 00 000001 aa 01 000001 bb";
  observe(cache, videoOf(both));
  observe(cache, videoOf("90 61763031 cc"));
  EXPECT_EQ(bodies(cache), (std::vector<Bytes>{hex(both), hex("90 61763031 cc")}));
  observe(cache, videoOf("96 10 61763031 00 000001 dd 01 000001 bb"));
  EXPECT_EQ(bodies(cache).size(), 2u) << "but by another one of several";
}

TEST(StreamCache, ForgetsATrackThatEnds) {
  StreamCache cache;
  observe(cache, videoOf("90 61763031 aa"));
  observe(cache, videoOf("96 00 61763031 01 bb"));
  observe(cache, videoOf("92 61763031"));
  EXPECT_EQ(bodies(cache), std::vector<Bytes>{hex("96 00 61763031 01 bb")});
  EXPECT_TRUE(cache.hasVideo()) << "track 1 goes on";
  observe(cache, videoOf("96 02 61763031 01"));
  EXPECT_TRUE(bodies(cache).empty());
  EXPECT_FALSE(cache.hasVideo()) << "who joins now must not wait for a key frame";
  observe(cache, videoHeader(0));
  observe(cache, videoOf("17 02 000000"));
  EXPECT_FALSE(cache.hasVideo()) << "the classic end";
  EXPECT_TRUE(observe(cache, videoHeader(0))) << "after an end it is new to all";
}

TEST(StreamCache, ForgetsMetadataThatIsCleared) {
  StreamCache cache;
  observe(cache, metadata(0));
  observe(cache, audioHeader(0));
  const Bytes clear = hex("02 000f 40636c656172446174614672616d65 02 000a 6f6e4d65746144617461");
  EXPECT_TRUE(observe(cache, message(MediaKind::Data, 0, clear)));
  ASSERT_EQ(cache.headersAt(0ms).size(), 1u);
  EXPECT_EQ(cache.headersAt(0ms)[0].kind, MediaKind::Audio);
}

TEST(StreamCache, StaysBoundedWhateverAPublisherSends) {
  StreamCache cache;
  for (int track = 0; track < 256; ++track) {
    Bytes body = hex("96 00 61763031");
    body.push_back(static_cast<std::uint8_t>(track));
    EXPECT_TRUE(observe(cache, message(MediaKind::Video, 0, body)));
  }
  EXPECT_EQ(cache.headersAt(0ms).size(), StreamCache::kMaxHeaders);
  StreamCache large;
  for (std::uint8_t track = 0; track < 5; ++track) {
    Bytes body = hex("96 00 61763031");
    body.push_back(track);
    body.resize(StreamCache::kMaxBytes / 4);
    observe(large, message(MediaKind::Video, 0, body));
  }
  EXPECT_EQ(large.headersAt(0ms).size(), 4u);
}

}  // namespace
}  // namespace multiconnection::outbox
