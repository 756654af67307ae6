// The codecs of Enhanced RTMP, from a file through messages back into frames. FFmpeg 5.1 cannot
// read them in FLV, so that the frames are put into files that it knows, and decoded there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "multiconnection/ffmpeg.hpp"
#include "unit/ffmpeg/clips.hpp"
#include "unit/ffmpeg/elementary.hpp"

namespace multiconnection::ffmpeg {
namespace {

using test::run;

class EnhancedFile : public ::testing::Test {
 protected:
  /// Encodes a second of picture and tone. @return the path.
  std::string make(const std::string& name, const std::string& options) {
    const std::string path = dir_.file(name);
    run("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=160x96:r=25 -f lavfi "
        "-i sine=440:r=48000 -t 1 -pix_fmt yuv420p " +
        options + " -ac 2 " + path);
    return path;
  }

  test::Received received(const std::string& path) {
    auto source = openFile(path);
    if (!source) throw std::runtime_error(source.error().message);
    return test::receive(**source);
  }

  /// The decoded pictures' hashes, one per line.
  std::string pictures(const std::string& path) {
    return run("ffmpeg -v error -nostdin -i " + path +
               " -map 0:v -fps_mode passthrough -f framehash -hash md5 - | grep -v '#' | "
               "sed 's/.*,//'");
  }
  /// A hash of the first 0.8 s: at the end, files differ in what they say of padding.
  std::string sound(const std::string& path) {
    return run("ffmpeg -v error -nostdin -i " + path +
               " -map 0:a -af atrim=end_sample=38400 -f hash -hash md5 -");
  }

  void expectSamePictures(const std::string& path, Codec codec, const std::string& asFile) {
    const test::Received got = received(path);
    ASSERT_EQ(got.videoFormats.size(), 1U);
    EXPECT_EQ(got.videoFormats[0].codec, codec);
    EXPECT_EQ(got.videoFormats[0].width, 160);
    ASSERT_EQ(got.video.size(), 25U) << path;
    EXPECT_TRUE(got.video[0].keyFrame);
    EXPECT_EQ(got.video[0].decodeTime.count(), 0);
    const std::string expected = pictures(path);
    EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 25) << expected;
    EXPECT_EQ(pictures(test::writeVideo(got, dir_.file(asFile))), expected) << path;
  }

  void expectSameSound(const std::string& path, Codec codec, const std::string& asFile) {
    const test::Received got = received(path);
    ASSERT_EQ(got.audioFormats.size(), 1U);
    EXPECT_EQ(got.audioFormats[0].codec, codec);
    EXPECT_GT(got.audio.size(), 10U) << path;
    EXPECT_EQ(sound(test::writeAudio(got, dir_.file(asFile))), sound(path)) << path;
  }

  test::TempDir dir_;
  const std::string hevc_ = "-c:v libx265 -preset ultrafast -bf 2 -x265-params log-level=none";
};

TEST_F(EnhancedFile, GivesHevcPicturesOfMp4AndMatroska) {
  const std::string mp4 = make("hevc.mp4", hevc_ + " -an");
  expectSamePictures(mp4, Codec::Hevc, "mp4.hevc");
  const std::string matroska = dir_.file("hevc.mkv");
  run("ffmpeg -v error -nostdin -y -i " + mp4 + " -c copy " + matroska);
  expectSamePictures(matroska, Codec::Hevc, "matroska.hevc");
}

TEST_F(EnhancedFile, GivesHevcPicturesOfATransportStreamWithComposition) {
  const std::string path = make("hevc.ts", hevc_ + " -an");
  expectSamePictures(path, Codec::Hevc, "ts.hevc");
  bool reordered = false;
  for (const EncodedPacket& packet : received(path).video) {
    reordered = reordered || packet.presentationTime != packet.decodeTime;
  }
  EXPECT_TRUE(reordered) << "the clip has B-frames";
}

TEST_F(EnhancedFile, GivesAv1Pictures) {
  const std::string options = "-c:v libaom-av1 -cpu-used 8 -row-mt 1 -an";
  expectSamePictures(make("av1.mp4", options), Codec::Av1, "mp4.ivf");
  expectSamePictures(make("av1.webm", options), Codec::Av1, "webm.ivf");
}

TEST_F(EnhancedFile, GivesVp9AndVp8Pictures) {
  const std::string fast = " -deadline realtime -cpu-used 8 -an";
  expectSamePictures(make("vp9.webm", "-c:v libvpx-vp9" + fast), Codec::Vp9, "vp9.ivf");
  expectSamePictures(make("vp9.mp4", "-c:v libvpx-vp9" + fast), Codec::Vp9, "mp4.ivf");
  expectSamePictures(make("vp8.webm", "-c:v libvpx" + fast), Codec::Vp8, "vp8.ivf");
}

TEST_F(EnhancedFile, GivesOpusSound) {
  expectSameSound(make("sound.opus", "-vn -c:a libopus"), Codec::Opus, "ogg.opus");
  expectSameSound(make("opus.mp4", "-vn -c:a libopus"), Codec::Opus, "mp4.opus");
  expectSameSound(make("opus.webm", "-vn -c:a libopus"), Codec::Opus, "webm.opus");
}

TEST_F(EnhancedFile, GivesFlacAndAc3Sound) {
  expectSameSound(make("sound.flac", "-vn -c:a flac"), Codec::Flac, "bare.flac");
  expectSameSound(make("flac.mkv", "-vn -c:a flac"), Codec::Flac, "mkv.flac");
  expectSameSound(make("ac3.mkv", "-vn -c:a ac3"), Codec::Ac3, "mkv.ac3");
  expectSameSound(make("eac3.ts", "-vn -c:a eac3"), Codec::Eac3, "ts.eac3");
}

TEST_F(EnhancedFile, KeepsBothTracksAndTheirOrder) {
  const std::string path = make("both.mkv", hevc_ + " -c:a libopus");
  auto source = openFile(path);
  ASSERT_TRUE(source) << source.error();
  const auto tracks = test::readTracks(**source, 3);
  EXPECT_EQ(tracks.order[0], "metadata");
  const test::Received got = received(path);
  EXPECT_EQ(got.video.size(), 25U);
  EXPECT_EQ(got.audio.size(), 51U);
}

/// The first `count` messages of a source.
class Beginning final : public PullSource {
 public:
  Beginning(PullSource& source, int count) : source_(source), left_(count) {}
  Result<std::optional<MediaMessage>> read() override {
    if (left_-- == 0) return std::optional<MediaMessage>();
    return source_.read();
  }
  Result<void> rewind() override { return source_.rewind(); }
  void interrupt() noexcept override { source_.interrupt(); }

 private:
  PullSource& source_;
  int left_;
};

TEST(TestSourceCodecs, GivePicturesAndToneThatFfmpegDecodes) {
  struct Case {
    Codec video;
    Codec audio;
    const char* files[2];
  };
  for (const Case& one : {Case{Codec::Hevc, Codec::Opus, {"test.hevc", "test.opus"}},
                          Case{Codec::Av1, Codec::Ac3, {"av1.ivf", "test.ac3"}},
                          Case{Codec::Vp9, Codec::Eac3, {"vp9.ivf", "test.eac3"}}}) {
    TestSourceOptions options;
    options.width = 160;
    options.height = 96;
    options.videoBitrateBps = 200000;
    options.videoCodec = one.video;
    options.audioCodec = one.audio;
    auto source = openTestSource(options);
    ASSERT_TRUE(source) << source.error();
    Beginning beginning(**source, 60);
    const test::Received got = test::receive(beginning);
    const std::string name(codecName(one.video));
    ASSERT_GT(got.video.size(), 15U) << name;
    ASSERT_GT(got.audio.size(), 15U) << name;
    EXPECT_EQ(got.videoFormats.at(0).codec, one.video);
    EXPECT_EQ(got.audioFormats.at(0).codec, one.audio);
    const test::TempDir dir;
    for (const std::string& path : {test::writeVideo(got, dir.file(one.files[0])),
                                    test::writeAudio(got, dir.file(one.files[1]))}) {
      EXPECT_EQ(run("ffmpeg -v error -nostdin -xerror -i " + path + " -f null -"), "") << path;
    }
  }
}

TEST(TestSourceCodecs, AreNamedWhereTheyCannotBe) {
  TestSourceOptions options;
  options.videoCodec = Codec::Opus;
  EXPECT_THAT(openTestSource(options).error().message,
              ::testing::HasSubstr("no picture encoded with Opus"));
  options = {};
  options.audioCodec = Codec::Mp3;
  EXPECT_EQ(openTestSource(options).error().code, Errc::Unsupported);
}

}  // namespace
}  // namespace multiconnection::ffmpeg
