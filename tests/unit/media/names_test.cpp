#include <gtest/gtest.h>

#include "multiconnection/media.hpp"

namespace multiconnection {
namespace {

TEST(MediaNames, SayEachKindAndCodecAsPeopleDo) {
  EXPECT_EQ(kindName(MediaKind::Audio), "audio");
  EXPECT_EQ(kindName(MediaKind::Video), "video");
  EXPECT_EQ(kindName(MediaKind::Data), "data");
  EXPECT_EQ(codecName(Codec::H264), "H.264");
  EXPECT_EQ(codecName(Codec::Aac), "AAC");
  EXPECT_EQ(codecName(Codec::Mp3), "MP3");
  EXPECT_EQ(codecName(Codec::Eac3), "E-AC-3");
}

TEST(MediaNames, SpellFourCcsAsEnhancedRtmpDoes) {
  using enum Codec;
  constexpr std::pair<Codec, std::string_view> kVideo[] = {
      {H264, "avc1"}, {Hevc, "hvc1"}, {Av1, "av01"}, {Vp8, "vp08"}, {Vp9, "vp09"}};
  constexpr std::pair<Codec, std::string_view> kAudio[] = {
      {Aac, "mp4a"}, {Mp3, ".mp3"}, {Opus, "Opus"}, {Flac, "fLaC"}, {Ac3, "ac-3"}, {Eac3, "ec-3"}};
  for (const auto& [codec, text] : kVideo) {
    EXPECT_EQ(fourCc(codec), text);
    EXPECT_EQ(codecOfFourCc(text), codec);
    EXPECT_TRUE(isVideo(codec)) << text;
  }
  for (const auto& [codec, text] : kAudio) {
    EXPECT_EQ(fourCc(codec), text);
    EXPECT_EQ(codecOfFourCc(text), codec);
    EXPECT_FALSE(isVideo(codec)) << text;
  }
}

TEST(MediaNames, KnowNoFourCcThatDiffersInALetter) {
  for (const std::string_view text : {"opus", "vvc1", "", "Opu", "hvc1 "}) {
    EXPECT_EQ(codecOfFourCc(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace multiconnection
