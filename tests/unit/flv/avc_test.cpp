#include "flv/avc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace multiconnection::flv {
namespace {

using ::testing::HasSubstr;

// libx264, High profile, 320x180, as ffmpeg writes it into an FLV.
const Bytes kSps{0x67, 0x64, 0x00, 0x0d, 0xac, 0xd9, 0x41, 0x41, 0x9f, 0x9e, 0x10, 0x00, 0x00,
                 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x42, 0x99, 0x60};
const Bytes kPps{0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0};
const Bytes kRecord{0x01, 0x64, 0x00, 0x0d, 0xff, 0xe1, 0x00, 0x19, 0x67, 0x64, 0x00, 0x0d,
                    0xac, 0xd9, 0x41, 0x41, 0x9f, 0x9e, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
                    0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x42, 0x99, 0x60, 0x01, 0x00, 0x06,
                    0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0, 0xfd, 0xf8, 0xf8, 0x00};

Bytes annexB(std::initializer_list<Bytes> units) {
  Bytes stream;
  for (const Bytes& unit : units) {
    stream.insert(stream.end(), {0, 0, 0, 1});
    stream.insert(stream.end(), unit.begin(), unit.end());
  }
  return stream;
}

TEST(AvcConfiguration, IsMadeFromParameterSets) {
  const auto record = makeAvcConfiguration({{kSps}, {kPps}});
  ASSERT_TRUE(record) << record.error();
  EXPECT_EQ(*record, kRecord);
}

TEST(AvcConfiguration, HasNoSampleFormatInBaselineAndMain) {
  const auto record = makeAvcConfiguration({{{0x67, 0x42, 0xc0, 0x0d, 0xda}}, {{0x68, 0xce}}});
  ASSERT_TRUE(record) << record.error();
  EXPECT_EQ(*record, (Bytes{1, 0x42, 0xc0, 0x0d, 0xff, 0xe1, 0, 5, 0x67, 0x42, 0xc0, 0x0d, 0xda, 1,
                            0, 2, 0x68, 0xce}));
}

TEST(AvcConfiguration, SaysChromaFormatAndBitDepth) {
  // High 4:2:2; sps id 0 (1), chroma 2 (011), luma depth 10 (011), chroma depth 10 (011).
  const auto record = makeAvcConfiguration({{{0x67, 122, 0, 40, 0xb6, 0xc0}}, {{0x68, 0xce}}});
  ASSERT_TRUE(record) << record.error();
  EXPECT_EQ(Bytes(record->end() - 4, record->end()), (Bytes{0xfe, 0xfa, 0xfa, 0}));
}

TEST(AvcConfiguration, CannotBeMadeWithoutParameterSets) {
  EXPECT_FALSE(makeAvcConfiguration({{}, {kPps}}));
  EXPECT_FALSE(makeAvcConfiguration({{kSps}, {}}));
  EXPECT_FALSE(makeAvcConfiguration({{{0x67, 0x64}}, {kPps}}));
  EXPECT_FALSE(makeAvcConfiguration({{{0x67, 0x64, 0, 40}}, {kPps}})) << "no chroma format";
  EXPECT_FALSE(makeAvcConfiguration({std::vector<Bytes>(32, kSps), {kPps}}));
  EXPECT_FALSE(makeAvcConfiguration({{kSps}, {Bytes(65536, 0x68)}}));
}

TEST(AvcConfiguration, IsReadBack) {
  const auto parsed = parseAvcConfiguration(kRecord);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->profile, 100);
  EXPECT_EQ(parsed->level, 13);
  EXPECT_EQ(parsed->lengthBytes, 4U);
  EXPECT_EQ(parsed->sets, (ParameterSets{{kSps}, {kPps}}));
}

TEST(AvcConfiguration, IsRefusedWhenItIsCutAnywhere) {
  const std::size_t end = kRecord.size() - 4;  // the sample format may be missing
  for (std::size_t size = 0; size < end; ++size) {
    EXPECT_FALSE(parseAvcConfiguration(std::span(kRecord).first(size))) << size;
  }
  EXPECT_TRUE(parseAvcConfiguration(std::span(kRecord).first(end)));
}

TEST(AvcConfiguration, NamesWhatIsWrong) {
  const auto fault = [](std::size_t place, std::uint8_t value) {
    Bytes record = kRecord;
    record[place] = value;
    const auto parsed = parseAvcConfiguration(record);
    return parsed ? std::string() : parsed.error().message;
  };
  EXPECT_THAT(fault(0, 0), HasSubstr("version 0 instead of 1"));
  EXPECT_THAT(fault(4, 0xfe), HasSubstr("lengths of 3 bytes"));
  EXPECT_THAT(fault(5, 0xe0), HasSubstr("0 SPS"));
  EXPECT_THAT(fault(8, 0x68), HasSubstr("SPS 1 is no such NAL unit"));
}

TEST(AnnexB, IsSplitAtShortAndLongStartCodes) {
  const Bytes stream{0, 0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 0, 1, 0x65, 0x88, 0, 0};
  const auto units = splitAnnexB(stream);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(Bytes(units[0].begin(), units[0].end()), (Bytes{0x67, 0x42}));
  EXPECT_EQ(Bytes(units[1].begin(), units[1].end()), (Bytes{0x68, 0xce}));
  EXPECT_EQ(Bytes(units[2].begin(), units[2].end()), (Bytes{0x65, 0x88}));
}

TEST(AnnexB, HasNoUnitsWithoutAStartCode) {
  EXPECT_TRUE(splitAnnexB({}).empty());
  EXPECT_TRUE(splitAnnexB(Bytes{0, 0, 1}).empty());
  EXPECT_TRUE(splitAnnexB(Bytes{0, 0, 0, 0}).empty());
  EXPECT_TRUE(splitAnnexB(Bytes{0, 0, 2, 0x65}).empty());
}

TEST(AnnexB, IsToldFromLengthPrefixes) {
  EXPECT_TRUE(isAnnexB(Bytes{0, 0, 1, 0x65}));
  EXPECT_TRUE(isAnnexB(Bytes{0, 0, 0, 1, 0x65}));
  EXPECT_FALSE(isAnnexB(Bytes{0, 0, 0, 2, 0x65, 0x88}));
  EXPECT_FALSE(isAnnexB(Bytes{0, 0}));
  EXPECT_FALSE(isAnnexB({}));
}

TEST(AnnexB, BecomesLengthPrefixed) {
  Bytes out{0xee};
  appendLengthPrefixed(out, splitAnnexB(annexB({{0x06, 0x05}, {0x65, 0x88, 0x84}})));
  EXPECT_EQ(out, (Bytes{0xee, 0, 0, 0, 2, 0x06, 0x05, 0, 0, 0, 3, 0x65, 0x88, 0x84}));
  EXPECT_TRUE(isLengthPrefixed(std::span(out).subspan(1), 4));
}

TEST(AnnexB, GivesEachParameterSetOnce) {
  const Bytes stream = annexB({kSps, kPps, {0x06, 0x05}, kSps, {0x65, 0x88}, kPps});
  EXPECT_EQ(parameterSetsOf(splitAnnexB(stream)), (ParameterSets{{kSps}, {kPps}}));
}

TEST(LengthPrefixedFrame, MustAddUp) {
  EXPECT_TRUE(isLengthPrefixed(Bytes{0, 0, 0, 1, 0x65}, 4));
  EXPECT_TRUE(isLengthPrefixed(Bytes{0, 1, 0x65, 0, 2, 0x06, 0x05}, 2));
  EXPECT_TRUE(isLengthPrefixed(Bytes{1, 0x65}, 1));
  EXPECT_FALSE(isLengthPrefixed(Bytes{0, 0, 0, 2, 0x65}, 4));
  EXPECT_FALSE(isLengthPrefixed(Bytes{0, 0, 0, 1, 0x65, 0}, 4));
  EXPECT_FALSE(isLengthPrefixed({}, 4));
  EXPECT_FALSE(isLengthPrefixed(Bytes{0, 0, 0, 0}, 4)) << "nothing in it";
}

TEST(AvcTag, CarriesTheCompositionTimeInThreeBytesTwosComplement) {
  using std::chrono_literals::operator""ms;
  Bytes out;
  appendAvcFrameHeader(out, true, 33ms);
  EXPECT_EQ(out, (Bytes{0x17, 1, 0, 0, 0x21}));
  out.clear();
  appendAvcFrameHeader(out, false, -2ms);
  EXPECT_EQ(out, (Bytes{0x27, 1, 0xff, 0xff, 0xfe}));
}

TEST(AvcTag, HasHeaderAndEndOfSequence) {
  EXPECT_EQ(avcSequenceHeader(Bytes{1, 0x64}), (Bytes{0x17, 0, 0, 0, 0, 1, 0x64}));
  EXPECT_EQ(avcEndOfSequence(), (Bytes{0x17, 2, 0, 0, 0}));
}

}  // namespace
}  // namespace multiconnection::flv
