#include "flv/audio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace multiconnection::flv {
namespace {

using ::testing::HasSubstr;

TEST(AacConfiguration, IsRead) {
  const auto lc = parseAacConfiguration(Bytes{0x12, 0x10});  // AAC LC, 44100 Hz, stereo
  ASSERT_TRUE(lc) << lc.error();
  EXPECT_EQ(lc->objectType, 2U);
  EXPECT_EQ(lc->sampleRate, 44100);
  EXPECT_EQ(lc->channels, 2);

  const auto mono =
      parseAacConfiguration(Bytes{0x11, 0x88, 0x56, 0xe5, 0x00});  // as ffmpeg: 48 kHz
  ASSERT_TRUE(mono) << mono.error();
  EXPECT_EQ(mono->sampleRate, 48000);
  EXPECT_EQ(mono->channels, 1);
}

TEST(AacConfiguration, ReadsEscapedObjectTypesAndRates) {
  // 11111 000001 (type 33), 1111 (explicit rate) 48001 in 24 bits, 0010 (stereo).
  const auto parsed = parseAacConfiguration(Bytes{0xf8, 0x3e, 0x01, 0x77, 0x02, 0x40});
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->objectType, 33U);
  EXPECT_EQ(parsed->sampleRate, 48001);
  EXPECT_EQ(parsed->channels, 2);
}

TEST(AacConfiguration, NamesWhatIsWrong) {
  const auto fault = [](const Bytes& bytes) {
    const auto parsed = parseAacConfiguration(bytes);
    return parsed ? std::string() : parsed.error().message;
  };
  EXPECT_THAT(fault({}), HasSubstr("of 0 bytes"));
  EXPECT_THAT(fault({0x12}), HasSubstr("of 1 bytes"));
  EXPECT_THAT(fault(Bytes(4097, 0x12)), HasSubstr("of 4097 bytes"));
  EXPECT_THAT(fault({0x02, 0x10}), HasSubstr("object type 0"));
  EXPECT_THAT(fault({0x16, 0x90}), HasSubstr("sample rate index 13"));
  EXPECT_THAT(fault({0x12, 0x78}), HasSubstr("channel configuration 15"));
  EXPECT_THAT(fault({0x17, 0x80, 0x00}), HasSubstr("object type")) << "the rate is cut off";
}

TEST(AacTag, HasTwoBytesBeforeItsContent) {
  EXPECT_EQ(aacSequenceHeader(Bytes{0x12, 0x10}), (Bytes{0xaf, 0, 0x12, 0x10}));
  const auto frame = aacFrame(Bytes{0x21, 0x4f});
  ASSERT_TRUE(frame);
  EXPECT_EQ(*frame, (Bytes{0xaf, 1, 0x21, 0x4f}));
}

TEST(AacTag, RefusesEmptyAndAdtsFrames) {
  EXPECT_FALSE(aacFrame({}));
  const auto adts = aacFrame(Bytes{0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc});
  ASSERT_FALSE(adts);
  EXPECT_THAT(adts.error().message, HasSubstr("ADTS"));
  EXPECT_FALSE(aacFrame(Bytes{0xff, 0xf9, 0x50}));
}

TEST(Mp3Tag, SaysRateAndChannelsInItsFirstByte) {
  EXPECT_EQ(mp3TagByte(44100, 2).value(), 0x2f);
  EXPECT_EQ(mp3TagByte(44100, 1).value(), 0x2e);
  EXPECT_EQ(mp3TagByte(48000, 2).value(), 0x2f);
  EXPECT_EQ(mp3TagByte(22050, 2).value(), 0x2b);
  EXPECT_EQ(mp3TagByte(11025, 1).value(), 0x26);
  const auto refused = mp3TagByte(32000, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::Unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("32000 Hz"));
}

TEST(Mp3Tag, CarriesWholeFrames) {
  const auto body = mp3Frame(0x2f, Bytes{0xff, 0xfb, 0x90, 0x64, 0x00});
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, (Bytes{0x2f, 0xff, 0xfb, 0x90, 0x64, 0x00}));
  EXPECT_FALSE(mp3Frame(0x2f, Bytes{'I', 'D', '3', 4, 0}));
  EXPECT_FALSE(mp3Frame(0x2f, Bytes{0xff, 0xfb}));
}

}  // namespace
}  // namespace multiconnection::flv
