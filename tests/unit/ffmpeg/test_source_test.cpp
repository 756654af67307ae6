#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "multiconnection/ffmpeg.hpp"
#include "unit/ffmpeg/clips.hpp"

namespace multiconnection::ffmpeg {
namespace {

using ::testing::HasSubstr;

TestSourceOptions small() {
  TestSourceOptions options;
  options.width = 320;
  options.height = 180;
  options.keyFrameInterval = 15;
  return options;
}

/// Reads the binary frame number along the lower edge of a grey picture.
std::uint32_t numberIn(const Bytes& picture, std::size_t width, std::size_t height) {
  std::uint32_t number = 0;
  const std::size_t row = height - height / 32;
  for (std::size_t bit = 0; bit < 32; ++bit) {
    const std::size_t column = width * (2 * bit + 1) / 64;
    number = number << 1 | (picture[row * width + column] > 128 ? 1U : 0U);
  }
  return number;
}

TEST(TestSource, BeginsWithMetadataAndHeadersAndKeepsTheTracksTogether) {
  auto source = openTestSource(small());
  ASSERT_TRUE(source) << source.error();
  const auto tracks = test::readTracks(**source, 300);
  EXPECT_EQ(tracks.order[0], "metadata");
  EXPECT_EQ(tracks.order[1], "video header");
  EXPECT_EQ(tracks.order[2], "audio header");
  ASSERT_GT(tracks.video.size(), 60U);
  ASSERT_GT(tracks.audio.size(), 60U);
  EXPECT_EQ(tracks.audio.front().timestamp.count(), 0);
  EXPECT_LT(tracks.video.front().timestamp.count(), 40);
  const auto apart = tracks.video.back().timestamp - tracks.audio.back().timestamp;
  EXPECT_LT(std::abs(apart.count()), 100) << "interleaved by time";
  for (std::size_t i = 0; i < tracks.video.size(); ++i) {
    const bool key = (*tracks.video[i].body)[0] == 0x17;
    EXPECT_EQ(key, i % 15 == 0) << i;
    const auto since = tracks.video[i].timestamp - tracks.video[0].timestamp;
    EXPECT_NEAR(static_cast<double>(since.count()), static_cast<double>(i) * 1000 / 30, 1.01);
  }
}

TEST(TestSource, GivesTheSameBytesInEveryRunAndAfterRewind) {
  auto first = openTestSource(small());
  auto second = openTestSource(small());
  ASSERT_TRUE(first && second);
  const auto expected = test::readTracks(**first, 100);
  EXPECT_EQ(test::difference(test::readTracks(**second, 100), expected), "");
  ASSERT_TRUE((*first)->rewind());
  EXPECT_EQ(test::difference(test::readTracks(**first, 100), expected), "");
}

TEST(TestSource, ShowsTheFrameNumberInEveryPictureAndPlaysTheTone) {
  const test::TempDir dir;
  const std::string flv = dir.file("test.flv");
  auto source = openTestSource(small());
  ASSERT_TRUE(source) << source.error();
  test::save(**source, flv, 200);
  EXPECT_EQ(test::run("ffprobe -v warning " + flv), "");
  const std::string raw = dir.file("grey.raw");
  test::run("ffmpeg -v warning -nostdin -xerror -i " + flv +
            " -map 0:v -vsync passthrough -pix_fmt gray -f rawvideo " + raw);
  std::ifstream in(raw, std::ios::binary);
  Bytes picture(320 * 180);
  std::uint32_t frame = 0;
  while (in.read(reinterpret_cast<char*>(picture.data()),
                 static_cast<std::streamsize>(picture.size()))) {
    EXPECT_EQ(numberIn(picture, 320, 180), frame++);
  }
  EXPECT_GT(frame, 60U);
  const std::string volume =
      test::run("ffmpeg -v info -nostdin -i " + flv + " -map 0:a -af volumedetect -f null -");
  EXPECT_THAT(volume, HasSubstr("mean_volume: -21"));  // a sine of -18 dB peak
}

TEST(TestSource, ReadsNoMoreWhenInterrupted) {
  auto source = openTestSource(small());
  ASSERT_TRUE(source);
  (*source)->interrupt();
  Error error;
  for (int i = 0; i < 10 && !error.code; ++i) {
    auto next = (*source)->read();
    if (!next) error = next.error();
  }
  EXPECT_EQ(error.code, Errc::Closed);
  EXPECT_TRUE((*source)->rewind());
  EXPECT_TRUE((*source)->read());
}

TEST(TestSource, NamesAnOptionThatCannotBe) {
  const auto fault = [](auto change) {
    TestSourceOptions options = small();
    change(options);
    const auto source = openTestSource(options);
    EXPECT_FALSE(source);
    EXPECT_EQ(source.error().code, Errc::InvalidArgument);
    return source.error().message;
  };
  using Options = TestSourceOptions;
  EXPECT_THAT(fault([](Options& o) { o.width = 14; }), HasSubstr("width 14"));
  EXPECT_THAT(fault([](Options& o) { o.width = 321; }), HasSubstr("321x180 is not even"));
  EXPECT_THAT(fault([](Options& o) { o.height = 5000; }), HasSubstr("height 5000"));
  EXPECT_THAT(fault([](Options& o) { o.frameRate = 0; }), HasSubstr("frameRate 0"));
  EXPECT_THAT(fault([](Options& o) { o.toneHz = 19; }), HasSubstr("toneHz 19"));
  EXPECT_THAT(fault([](Options& o) { o.videoBitrateBps = 0; }), HasSubstr("videoBitrateBps 0"));
  EXPECT_THAT(fault([](Options& o) { o.keyFrameInterval = 0; }), HasSubstr("keyFrameInterval 0"));
}

TEST(TestSource, TakesTheSmallestAndOddlyShapedPictures) {
  for (const auto& [width, height] : {std::pair(16, 16), std::pair(4096, 16), std::pair(18, 200)}) {
    TestSourceOptions options = small();
    options.width = width;
    options.height = height;
    auto source = openTestSource(options);
    ASSERT_TRUE(source) << width << 'x' << height << ": " << source.error();
    EXPECT_EQ(test::readTracks(**source, 20).order.size(), 20U);
  }
}

}  // namespace
}  // namespace multiconnection::ffmpeg
