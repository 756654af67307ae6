#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "multiconnection/ffmpeg.hpp"
#include "unit/ffmpeg/clips.hpp"

namespace multiconnection::ffmpeg {
namespace {

using test::run;
using ::testing::HasSubstr;

/// Opens a file of ours and the FLV that the ffmpeg program makes of it by copying.
class FfmpegFile : public ::testing::Test {
 protected:
  /// Makes `name` from the clip. @return its path.
  std::string derive(const std::string& name, const std::string& options) {
    const std::string path = dir_.file(name);
    run("ffmpeg -v error -nostdin -y -i " + clip_ + ' ' + options + ' ' + path);
    return path;
  }

  std::string remuxed(const std::string& path) {
    const std::string flv = dir_.file("reference.flv");
    run("ffmpeg -v error -nostdin -y -i " + path + " -c copy -f flv " + flv);
    return flv;
  }

  test::Tracks ours(const std::string& path) {
    auto source = openFile(path);
    if (!source) throw std::runtime_error(source.error().message);
    return test::readTracks(**source);
  }

  std::string differenceToFfmpeg(const std::string& path) {
    auto reference = FileSource::open(remuxed(path));
    if (!reference) throw std::runtime_error(reference.error().message);
    const test::Tracks mine = ours(path);
    EXPECT_GT(mine.video.size() + mine.audio.size(), 50U);
    return test::difference(mine, test::readTracks(**reference));
  }

  test::TempDir dir_;
  std::string clip_ = test::makeClip(dir_);
};

TEST_F(FfmpegFile, GivesTheFramesOfAnMp4AsFfmpegCopiesThem) {
  EXPECT_EQ(differenceToFfmpeg(clip_), "");
}

TEST_F(FfmpegFile, GivesTheFramesOfATransportStreamAsFfmpegCopiesThem) {
  EXPECT_EQ(differenceToFfmpeg(derive("clip.ts", "-c copy")), "");
}

TEST_F(FfmpegFile, GivesTheFramesOfAMatroskaFileAsFfmpegCopiesThem) {
  EXPECT_EQ(differenceToFfmpeg(derive("clip.mkv", "-c copy")), "");
}

TEST_F(FfmpegFile, GivesTheFramesOfAQuickTimeFileAsFfmpegCopiesThem) {
  EXPECT_EQ(differenceToFfmpeg(derive("clip.mov", "-c copy")), "");
}

TEST_F(FfmpegFile, CarriesMp3) {
  EXPECT_EQ(differenceToFfmpeg(derive("clip.mkv", "-c:v copy -c:a libmp3lame")), "");
  EXPECT_EQ(differenceToFfmpeg(derive("clip.mp3", "-vn -c:a libmp3lame")), "");
}

TEST_F(FfmpegFile, CarriesSingleTracks) {
  EXPECT_EQ(differenceToFfmpeg(derive("sound.m4a", "-vn -c:a copy")), "");
  EXPECT_EQ(differenceToFfmpeg(derive("sound.aac", "-vn -c:a copy")), "");
  EXPECT_EQ(differenceToFfmpeg(derive("picture.mp4", "-an -c:v copy")), "");
}

TEST_F(FfmpegFile, ReadsARawStreamWithoutTimestamps) {
  const auto tracks = ours(derive("picture.h264", "-an -c:v libx264 -bf 0 -preset ultrafast"));
  ASSERT_EQ(tracks.video.size(), 60U);
  EXPECT_EQ(tracks.videoHeaders.size(), 1U);
  EXPECT_EQ(tracks.video.front().timestamp.count(), 0);
  EXPECT_NEAR(static_cast<double>(tracks.video.back().timestamp.count()), 59 * 1000.0 / 30, 60);
}

TEST_F(FfmpegFile, BeginsWithMetadataAndHeadersAtZero) {
  for (const char* name : {"clip.mp4", "clip.ts"}) {
    const std::string path = dir_.file(name);
    if (path != clip_) derive(name, "-c copy");
    auto source = openFile(path);
    ASSERT_TRUE(source) << source.error();
    const auto tracks = test::readTracks(**source, 4);
    EXPECT_EQ(tracks.order[0], "metadata") << name;
    EXPECT_EQ(tracks.order[1], "video header") << name;
    EXPECT_EQ(tracks.order[2], "audio header") << name;
    const auto& first = tracks.video.empty() ? tracks.audio : tracks.video;
    ASSERT_EQ(first.size(), 1U) << name;
    EXPECT_EQ(first[0].timestamp.count(), 0) << name;
  }
}

TEST_F(FfmpegFile, StartsAgainAfterRewind) {
  auto source = openFile(clip_);
  ASSERT_TRUE(source) << source.error();
  const auto first = test::readTracks(**source);
  ASSERT_TRUE((*source)->rewind());
  const auto second = test::readTracks(**source);
  EXPECT_EQ(first.order, second.order);
  EXPECT_EQ(test::difference(first, second), "");
}

TEST_F(FfmpegFile, PassesFlvByteForByte) {
  const std::string flv = remuxed(clip_);
  auto plain = FileSource::open(flv);
  ASSERT_TRUE(plain);
  const auto expected = test::readTracks(**plain);
  const auto tracks = ours(flv);
  EXPECT_EQ(tracks.order, expected.order);
  EXPECT_EQ(test::difference(tracks, expected), "");
}

TEST_F(FfmpegFile, NamesTheCodecThatCannotBeCarried) {
  const auto fault = [](const std::string& path) {
    const auto source = openFile(path);
    EXPECT_FALSE(source);
    EXPECT_EQ(source.error().code, Errc::Unsupported);
    return source.error().message;
  };
  EXPECT_THAT(fault(derive("mpeg2.ts", "-c:a copy -c:v mpeg2video")),
              HasSubstr("video codec mpeg2video of '"));
  EXPECT_THAT(fault(derive("vorbis.mkv", "-c:v copy -c:a libvorbis")),
              HasSubstr("audio codec vorbis"));
  EXPECT_THAT(fault(derive("low.mp3", "-vn -ar 32000 -c:a libmp3lame")), HasSubstr("32000 Hz"));
}

TEST_F(FfmpegFile, TakesACoverPictureForNoVideo) {
  run("ffmpeg -v error -nostdin -y -i " + clip_ + " -frames:v 1 " + dir_.file("cover.png"));
  const std::string song = dir_.file("song.mp3");
  run("ffmpeg -v error -nostdin -y -i " + clip_ + " -i " + dir_.file("cover.png") +
      " -map 0:a -map 1:v -c:a libmp3lame -c:v copy -disposition:v attached_pic " + song);
  const auto tracks = ours(song);
  EXPECT_TRUE(tracks.video.empty());
  EXPECT_GT(tracks.audio.size(), 50U);
}

TEST_F(FfmpegFile, RefusesWhatIsNoMedia) {
  const auto none = openFile(dir_.file("none.mp4"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, std::errc::no_such_file_or_directory);
  EXPECT_THAT(none.error().message, HasSubstr("none.mp4"));
  std::ofstream(dir_.file("text.mp4")) << std::string(5000, 'x');
  const auto text = openFile(dir_.file("text.mp4"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::CorruptData);
  EXPECT_EQ(text.error().message.find('\n'), std::string::npos);
}

TEST_F(FfmpegFile, FetchesNothingThatAPlaylistNames) {
  const std::string list = dir_.file("list.m3u8");
  std::ofstream(list) << "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n";
  const auto source = openFile(list);
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().message, HasSubstr("is no media file but names others (hls)"));
  const std::string script = dir_.file("list.ffconcat");
  std::ofstream(script) << "ffconcat version 1.0\nfile clip.mp4\n";
  EXPECT_FALSE(openFile(script));
}

TEST_F(FfmpegFile, WritesFlvThatFfprobeReadsWithoutComplaint) {
  auto source = openFile(clip_);
  ASSERT_TRUE(source);
  const std::string flv = dir_.file("ours.flv");
  test::save(**source, flv);
  EXPECT_EQ(run("ffprobe -v warning " + flv), "");
  EXPECT_EQ(run("ffmpeg -v warning -nostdin -xerror -i " + flv + " -f null -"), "");
  const std::string about =
      run("ffprobe -v error -show_entries stream=codec_name,width,height -of csv " + flv);
  EXPECT_THAT(about, HasSubstr("h264,320,180"));
  EXPECT_THAT(about, HasSubstr("aac"));
  const std::string hash = " -map 0:v -f md5 - | tail -1";
  EXPECT_EQ(run("ffmpeg -v error -nostdin -i " + flv + hash),
            run("ffmpeg -v error -nostdin -i " + clip_ + hash));
}

}  // namespace
}  // namespace multiconnection::ffmpeg
