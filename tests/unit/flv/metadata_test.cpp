#include "flv/metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "amf/amf0.hpp"
#include "multiconnection/amf_value.hpp"

namespace multiconnection::flv {
namespace {

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

using std::string_view_literals::operator""sv;
const Bytes kPlain = bytes("\x02\x00\x0aonMetaData\x05"sv);
const Bytes kSet = bytes("\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x05"sv);

TEST(Metadata, TellsWhatIsKnownOfTheTracks) {
  VideoFormat video;
  video.width = 1280;
  video.frameRate = 29.97;
  video.bitrateBps = 2500000;
  AudioFormat audio;
  audio.sampleRate = 48000;
  audio.channels = 2;
  audio.bitrateBps = 128000;
  const Bytes body = metadataOf(video, audio);
  EXPECT_TRUE(isMetadata(body));
  util::ByteReader in(body);
  EXPECT_EQ(amf::Amf0Decoder(in).next().value(), AmfValue("onMetaData"));
  const AmfValue members = amf::Amf0Decoder(in).next().value();
  EXPECT_EQ(in.remaining(), 0U);
  EXPECT_EQ(members, AmfValue::ecmaArray({{"width", 1280},
                                          {"framerate", 29.97},
                                          {"videocodecid", 7},
                                          {"videodatarate", 2500},
                                          {"audiocodecid", 10},
                                          {"audiodatarate", 128},
                                          {"audiosamplerate", 48000},
                                          {"audiosamplesize", 16},
                                          {"stereo", true},
                                          {"encoder", members["encoder"]}}));
  EXPECT_THAT(members["encoder"].as<std::string>(), ::testing::StartsWith("MultiConnection "));
}

TEST(Metadata, BeginsWithItsNameAndAnEcmaArray) {
  AudioFormat mp3;
  mp3.codec = Codec::Mp3;
  const Bytes body = metadataOf(std::nullopt, mp3);
  const Bytes start = bytes(
      "\x02\x00\x0aonMetaData\x08\x00\x00\x00\x04\x00\x0c"
      "audiocodecid\x00\x40\x00\x00\x00\x00\x00\x00\x00"sv);
  ASSERT_GT(body.size(), start.size());
  EXPECT_EQ(Bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(start.size())), start);
}

TEST(SetDataFrame, IsPutBeforeMetadataOnce) {
  EXPECT_EQ(withSetDataFrame(kPlain), kSet);
  EXPECT_EQ(withSetDataFrame(kSet), kSet);
}

TEST(SetDataFrame, IsTakenAway) {
  const auto rest = withoutSetDataFrame(kSet);
  EXPECT_EQ(Bytes(rest.begin(), rest.end()), kPlain);
  EXPECT_EQ(withoutSetDataFrame(kPlain).size(), kPlain.size());
  EXPECT_TRUE(withoutSetDataFrame({}).empty());
}

}  // namespace
}  // namespace multiconnection::flv
