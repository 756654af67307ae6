// Configuration records of the newer codecs. The streams were encoded with x265, libaom and libvpx;
// the records beside them are those that FFmpeg 5.1 wrote into MP4.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flv/av1.hpp"
#include "flv/hevc.hpp"
#include "flv/opus_flac.hpp"
#include "flv/vpx.hpp"
#include "support/hex.hpp"

namespace multiconnection::flv {
namespace {

using test::hex;
using ::testing::HasSubstr;

template <class T>
std::string fault(const Result<T>& result) {
  return result ? std::string() : result.error().message;
}

// 64x48, Main profile, 8 bit 4:2:0; its SPS has emulation prevention bytes within the profile.
const Bytes kHevcSets = hex(
    "00000001 40010c01ffff01600000030090000003000003001e959409"
    "00000001 42010101600000030090000003000003001ea0208316595952930bc05a020000030002000003003210"
    "00000001 4401c073c089");
const Bytes kHvcC = hex(
    "0101600000009000000000001ef000fcfdf8f800000f03"
    "2000010018 40010c01ffff01600000030090000003000003001e959409"
    "2100010029 42010101600000030090000003000003001ea0208316595952930bc05a020000030002000003003210"
    "2200010006 4401c073c089");

TEST(HevcConfiguration, IsMadeOfParameterSetsAsFfmpegMakesIt) {
  const auto made = makeHevcConfiguration(hevcParameterSetsOf(splitAnnexB(kHevcSets)));
  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(*made, kHvcC);
}

TEST(HevcConfiguration, TellsDepthAndChromaOf10Bit422) {
  const auto made = makeHevcConfiguration(hevcParameterSetsOf(splitAnnexB(hex(
      "00000001 40010c01ffff0408000003009d0800000300001e959409"
      "00000001 4201010408000003009d0800000300001eb02083136595952930bc05a02000000300200000030321"
      "00000001 4401c073c089"))));
  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(Bytes(made->begin(), made->begin() + 23),
            hex("0104080000009d08000000001ef000fcfefafa00000f03"));
}

TEST(HevcConfiguration, GivesBackItsSets) {
  const auto parsed = parseHevcConfiguration(kHvcC);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->lengthBytes, 4u);
  EXPECT_EQ(parsed->sets, hevcParameterSetsOf(splitAnnexB(kHevcSets)));
}

TEST(HevcConfiguration, IsRefusedWithTheReason) {
  const auto parse = [](Bytes record) { return fault(parseHevcConfiguration(record)); };
  EXPECT_THAT(parse({1, 2}), HasSubstr("of 2 bytes"));
  Bytes record = kHvcC;
  record[0] = 3;
  EXPECT_THAT(parse(record), HasSubstr("version 3"));
  record = kHvcC;
  record[21] = 0x0e;
  EXPECT_THAT(parse(record), HasSubstr("lengths of 3 bytes"));
  record = kHvcC;
  record.pop_back();
  EXPECT_THAT(parse(record), HasSubstr("ends within NAL unit 1 of 1 of type 34"));
  record = kHvcC;
  record[28] = 0x44;  // a PPS among the VPS
  EXPECT_THAT(parse(record), HasSubstr("not of type 32"));
  EXPECT_THAT(fault(makeHevcConfiguration({})), HasSubstr("0 VPS, 0 SPS and 0 PPS"));
  HevcParameterSets sets = parseHevcConfiguration(kHvcC)->sets;
  sets.sps[0].resize(15);
  EXPECT_THAT(fault(makeHevcConfiguration(sets)), HasSubstr("SPS of 15 bytes"));
}

const Bytes kAv1Header = hex("0a0a00000002aff79b5f2008");
const Bytes kAv1C = hex("81000c00 0a0a00000002aff79b5f2008");

TEST(Av1Configuration, IsMadeOfASequenceHeaderAsFfmpegMakesIt) {
  EXPECT_EQ(makeAv1Configuration(kAv1Header).value(), kAv1C);
  EXPECT_EQ(makeAv1Configuration(hex("0a0a20000002aff79b5f2840")).value(),
            hex("81204000 0a0a20000002aff79b5f2840"))
      << "10 bit 4:4:4";
  Bytes unit = hex("1200");  // a temporal delimiter before it, a frame behind it
  unit.insert(unit.end(), kAv1Header.begin(), kAv1Header.end());
  unit.insert(unit.end(), {0x32, 0x01, 0x55});
  EXPECT_EQ(makeAv1Configuration(unit).value(), kAv1C);
  EXPECT_EQ(makeAv1Configuration(hex("320155")).value(), Bytes()) << "no header in it";
}

TEST(Av1Configuration, IsRefusedWithTheReason) {
  EXPECT_TRUE(checkAv1Configuration(kAv1C));
  EXPECT_TRUE(checkAv1Configuration(hex("81000c00")));
  EXPECT_THAT(fault(checkAv1Configuration({})), HasSubstr("begins with nothing"));
  EXPECT_THAT(fault(checkAv1Configuration(hex("01000c00"))), HasSubstr("1 instead of 129"));
  EXPECT_THAT(fault(checkAv1Configuration(hex("81600c00"))), HasSubstr("profile 3"));
  EXPECT_THAT(fault(checkAv1Configuration(hex("81000c00 0a0a0000"))), HasSubstr("at byte"));
  EXPECT_THAT(fault(makeAv1Configuration(hex("0a0200 00"))), HasSubstr("header of 2 bytes"));
  EXPECT_THAT(fault(makeAv1Configuration(hex("0aff"))), HasSubstr("no OBUs"));
}

TEST(Av1TemporalUnit, LosesItsDelimiterAndGetsSizes) {
  Bytes body;
  ASSERT_TRUE(appendAv1TemporalUnit(body, hex("1200 3202aabb 30cc")));
  EXPECT_EQ(body, hex("3202aabb 3201cc")) << "the last OBU had no size";
  Bytes extended;
  ASSERT_TRUE(appendAv1TemporalUnit(extended, hex("3608 01 aa")));
  EXPECT_EQ(extended, hex("360801aa"));
  Bytes large = hex("30");
  large.resize(201, 0x11);
  Bytes sized;
  ASSERT_TRUE(appendAv1TemporalUnit(sized, large));
  EXPECT_EQ(Bytes(sized.begin(), sized.begin() + 4), hex("32c80111"));
}

TEST(Av1TemporalUnit, IsRefusedWithTheReason) {
  const auto append = [](const Bytes& obus) {
    Bytes body;
    return fault(appendAv1TemporalUnit(body, obus));
  };
  EXPECT_THAT(append({}), HasSubstr("without a frame"));
  EXPECT_THAT(append(hex("1200")), HasSubstr("without a frame"));
  EXPECT_THAT(append(hex("3203aabb")), HasSubstr("cannot be told apart"));
  EXPECT_THAT(append(hex("b201aa")), HasSubstr("cannot be told apart")) << "the forbidden bit";
  EXPECT_THAT(append(hex("32ffffffffffffffffff")), HasSubstr("cannot be told apart"));
}

VideoFormat vp(Codec codec) {
  VideoFormat format;
  format.codec = codec;
  format.width = 64;
  format.height = 48;
  format.frameRate = 25;
  return format;
}

TEST(VpConfiguration, IsMadeOfAKeyFrameAsFfmpegMakesIt) {
  EXPECT_EQ(makeVpConfiguration(vp(Codec::Vp9), hex("824983420003f002f606")).value(),
            hex("01000000 000a82020202 0000"));
  EXPECT_EQ(makeVpConfiguration(vp(Codec::Vp9), hex("b124c1a102001f8017b0")).value(),
            hex("01000000 030aa4020202 0000"))
      << "profile 3, 10 bit 4:2:2";
  EXPECT_EQ(makeVpConfiguration(vp(Codec::Vp8), hex("1025009d012a40003000")).value(),
            hex("01000000 000082020202 0000"));
}

TEST(VpConfiguration, TellsTheLevelThatSizeAndRateNeed) {
  VideoFormat format = vp(Codec::Vp9);
  const auto level = [&] {
    return makeVpConfiguration(format, hex("824983420003f002f606")).value()[5];
  };
  format.width = 1920;
  format.height = 1080;
  format.frameRate = 30;
  EXPECT_EQ(level(), 40);
  format.frameRate = 60;
  EXPECT_EQ(level(), 41);
  format.width = 0;
  EXPECT_EQ(level(), 0) << "unknown";
}

TEST(VpConfiguration, IsRefusedWithTheReason) {
  EXPECT_TRUE(checkVpConfiguration(hex("01000000 000a82020202 0000")));
  EXPECT_THAT(fault(checkVpConfiguration(hex("000a820202020000"))), HasSubstr("of 8 bytes"));
  EXPECT_THAT(fault(checkVpConfiguration(hex("00000000 000a82020202 0000"))),
              HasSubstr("version 0"));
  EXPECT_THAT(fault(checkVpConfiguration(hex("01000000 040a92020202 0000"))),
              HasSubstr("profile 4 and bit depth 9"));
  EXPECT_THAT(fault(makeVpConfiguration(vp(Codec::Vp9), hex("8600400092"))),
              HasSubstr("VP9 frame of 5 bytes that is no key frame"));
  EXPECT_THAT(fault(makeVpConfiguration(vp(Codec::Vp8), hex("1125009d012a"))),
              HasSubstr("no key frame"));
}

TEST(OpusHead, IsMadeForMonoAndStereo) {
  EXPECT_EQ(makeOpusHead(2, 0), hex("4f70757348656164 01 02 3801 80bb0000 0000 00"));
  EXPECT_TRUE(checkOpusHead(makeOpusHead(1, 44100)));
}

TEST(OpusHead, IsRefusedWithTheReason) {
  EXPECT_TRUE(
      checkOpusHead(hex("4f70757348656164 01 06 3801 80bb0000 0000 01 04 02 000401020503")));
  const auto check = [](std::string_view digits) { return fault(checkOpusHead(hex(digits))); };
  EXPECT_THAT(check("4f707573"), HasSubstr("4 bytes that is no identification header"));
  EXPECT_THAT(check("4f70757348656164 11 02 3801 80bb0000 0000 00"), HasSubstr("version 17"));
  EXPECT_THAT(check("4f70757348656164 01 00 3801 80bb0000 0000 00"), HasSubstr("0 channels"));
  EXPECT_THAT(check("4f70757348656164 01 03 3801 80bb0000 0000 00"), HasSubstr("3 channels"));
  EXPECT_THAT(check("4f70757348656164 01 06 3801 80bb0000 0000 01 04 02 0004"),
              HasSubstr("mapping family 1"));
}

const Bytes kStreamInfo =
    hex("120012000004b20004b20ac440f00000113a970a8602eaca9fdde598307ea787674b");

TEST(FlacHeader, HoldsTheStreamInfoAndNoMore) {
  Bytes expected = hex("664c6143 80000022");
  expected.insert(expected.end(), kStreamInfo.begin(), kStreamInfo.end());
  EXPECT_EQ(flacHeader(kStreamInfo).value(), expected);
  Bytes file = expected;
  file[4] = 0;  // more blocks follow
  const Bytes comment = hex("84000002 6162");
  file.insert(file.end(), comment.begin(), comment.end());
  EXPECT_EQ(flacHeader(file).value(), expected);
}

TEST(FlacHeader, IsRefusedWithTheReason) {
  EXPECT_THAT(fault(flacHeader({})), HasSubstr("0 bytes instead of 34"));
  EXPECT_THAT(fault(flacHeader(hex("664c6143 84000002 6162"))), HasSubstr("of type 4"));
  EXPECT_THAT(fault(flacHeader(hex("664c6143 80000022 1200"))), HasSubstr("cut off"));
  Bytes silent = kStreamInfo;
  silent[10] = silent[11] = silent[12] = 0;
  EXPECT_THAT(fault(flacHeader(silent)), HasSubstr("0 Hz"));
}

TEST(AudioFrames, AreToldApartByTheirFirstBytes) {
  const Bytes ac3 = hex("0b771ef84c402f842be1");
  const Bytes eac3 = hex("0b7700cf7287c0002106");
  EXPECT_TRUE(checkAudioFrame(Codec::Ac3, ac3));
  EXPECT_TRUE(checkAudioFrame(Codec::Eac3, eac3));
  EXPECT_THAT(fault(checkAudioFrame(Codec::Ac3, eac3)), HasSubstr("AC-3 data that does not begin"));
  EXPECT_FALSE(checkAudioFrame(Codec::Eac3, ac3));
  EXPECT_TRUE(checkAudioFrame(Codec::Flac, hex("fff8c908")));
  EXPECT_FALSE(checkAudioFrame(Codec::Flac, hex("fff0c908")));
  EXPECT_FALSE(checkAudioFrame(Codec::Opus, {}));
}

}  // namespace
}  // namespace multiconnection::flv
