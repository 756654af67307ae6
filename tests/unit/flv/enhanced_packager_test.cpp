#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "multiconnection/packet_packager.hpp"
#include "multiconnection/packet_reader.hpp"
#include "support/hex.hpp"

namespace multiconnection {
namespace {

using std::chrono_literals::operator""ms;
using test::hex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

VideoFormat videoFormat(Codec codec, Bytes configuration) {
  VideoFormat format;
  format.codec = codec;
  format.configuration = std::move(configuration);
  return format;
}

AudioFormat audioFormat(Codec codec, Bytes configuration) {
  AudioFormat format;
  format.codec = codec;
  format.configuration = std::move(configuration);
  format.sampleRate = 48000;
  format.channels = 2;
  return format;
}

EncodedPacket packet(Codec codec, Bytes data, bool keyFrame = false, int later = 0) {
  EncodedPacket result;
  result.codec = codec;
  result.decodeTime = 40ms;
  result.presentationTime = result.decodeTime + std::chrono::milliseconds(later);
  result.keyFrame = keyFrame;
  result.data = std::move(data);
  return result;
}

std::string fault(const Result<std::vector<MediaMessage>>& result) {
  return result ? std::string() : result.error().message;
}

/// The bodies of a packet's messages but for the metadata.
std::vector<Bytes> bodies(PacketPackager& packager, const EncodedPacket& packet) {
  const auto messages = packager.package(packet);
  EXPECT_TRUE(messages) << messages.error();
  std::vector<Bytes> result;
  if (!messages) return result;
  for (const MediaMessage& message : *messages) {
    if (message.kind != MediaKind::Data) result.push_back(*message.body);
  }
  return result;
}

// A record with 1-byte lengths and no sets: short frames are whole units then.
const Bytes kHvcC = hex("0101600000009000000000001ef000fcfdf8f800000c00");

Bytes joined(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

TEST(EnhancedPackager, WritesHevcWithACompositionTimeOnlyWhereThereIsOne) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(Codec::Hevc, kHvcC)));
  EXPECT_THAT(bodies(packager, packet(Codec::Hevc, hex("024e41"), true, 33)),
              ElementsAre(joined(hex("90 68766331"), kHvcC), hex("91 68766331 000021 024e41")));
  EXPECT_THAT(bodies(packager, packet(Codec::Hevc, hex("024e41"))),
              ElementsAre(hex("a3 68766331 024e41")));
  EXPECT_THAT(bodies(packager, packet(Codec::Hevc, hex("024e41"), false, -2)),
              ElementsAre(hex("a1 68766331 fffffe 024e41")));
  const auto end = packager.finish(80ms);
  ASSERT_EQ(end.size(), 1u);
  EXPECT_EQ(*end[0].body, hex("92 68766331"));
  EXPECT_TRUE(packager.finish(80ms).empty());
}

TEST(EnhancedPackager, MakesTheHevcRecordOfAnnexBFromTheFirstKeyFrame) {
  const Bytes sets =
      hex("00000001 40010c01ffff01600000030090000003000003001e959409"
          "00000001 42010101600000030090000003000003001ea0208316595952930bc05a02000003000200000300"
          "3210 00000001 4401c073c089");
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(Codec::Hevc, {})));
  EXPECT_THAT(fault(packager.package(packet(Codec::Hevc, hex("00000001 0201aa")))),
              HasSubstr("before the first key frame with VPS, SPS and PPS"));
  const auto first =
      bodies(packager, packet(Codec::Hevc, joined(sets, hex("000001 2801ac")), true));
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(Bytes(first[0].begin(), first[0].begin() + 28),
            hex("90 68766331 0101600000009000000000001ef000fcfdf8f800000f03"));
  EXPECT_EQ(Bytes(first[1].end() - 7, first[1].end()), hex("00000003 2801ac"));
}

TEST(EnhancedPackager, WritesAv1WithoutTemporalDelimiters) {
  const Bytes header = hex("0a0a00000002aff79b5f2008");
  for (const Bytes& configuration : {Bytes(), header, joined(hex("81000c00"), header)}) {
    PacketPackager packager;
    ASSERT_TRUE(packager.setVideoFormat(videoFormat(Codec::Av1, configuration)));
    const Bytes unit = joined(hex("1200"), joined(header, hex("3202aabb")));
    EXPECT_THAT(bodies(packager, packet(Codec::Av1, unit, true)),
                ElementsAre(joined(hex("90 61763031 81000c00"), header),
                            joined(hex("91 61763031"), joined(header, hex("3202aabb")))));
    EXPECT_THAT(bodies(packager, packet(Codec::Av1, hex("12003201cc"))),
                ElementsAre(hex("a1 61763031 3201cc")));
  }
}

TEST(EnhancedPackager, FollowsAnAv1SequenceHeaderThatChanges) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(Codec::Av1, hex("0a0a00000002aff79b5f2008"))));
  bodies(packager, packet(Codec::Av1, hex("3201cc"), true));
  const auto changed =
      bodies(packager, packet(Codec::Av1, hex("0a0a20000002aff79b5f2840 3201cc"), true));
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[0], hex("90 61763031 81204000 0a0a20000002aff79b5f2840"));
}

TEST(EnhancedPackager, WritesVp9AndVp8) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(Codec::Vp9, {})));
  EXPECT_THAT(fault(packager.package(packet(Codec::Vp9, hex("8600400092")))),
              HasSubstr("VP9 frame at 40 ms before the first key frame"));
  EXPECT_THAT(bodies(packager, packet(Codec::Vp9, hex("824983420003f002f606"), true)),
              ElementsAre(hex("90 76703039 01000000 000082020202 0000"),
                          hex("91 76703039 824983420003f002f606")));
  PacketPackager given;
  const Bytes record = hex("01000000 000a82060606 0000");
  ASSERT_TRUE(given.setVideoFormat(videoFormat(Codec::Vp8, record)));
  EXPECT_THAT(bodies(given, packet(Codec::Vp8, hex("1025009d012a"), true)),
              ElementsAre(joined(hex("90 76703038"), record), hex("91 76703038 1025009d012a")));
}

TEST(EnhancedPackager, WritesOpus) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setAudioFormat(audioFormat(Codec::Opus, {})));
  EXPECT_THAT(bodies(packager, packet(Codec::Opus, hex("706b74"))),
              ElementsAre(hex("90 4f707573 4f70757348656164 01 02 3801 80bb0000 0000 00"),
                          hex("91 4f707573 706b74")));
  const auto end = packager.finish(80ms);
  ASSERT_EQ(end.size(), 1u);
  EXPECT_EQ(*end[0].body, hex("92 4f707573"));
}

TEST(EnhancedPackager, WritesFlacAndAc3) {
  const Bytes info = hex("120012000004b20004b20ac440f00000113a970a8602eaca9fdde598307ea787674b");
  PacketPackager flac;
  ASSERT_TRUE(flac.setAudioFormat(audioFormat(Codec::Flac, info)));
  EXPECT_THAT(
      bodies(flac, packet(Codec::Flac, hex("fff8c908"))),
      ElementsAre(joined(hex("90 664c6143 664c6143 80000022"), info), hex("91 664c6143 fff8c908")));
  PacketPackager ac3;
  ASSERT_TRUE(ac3.setAudioFormat(audioFormat(Codec::Ac3, {})));
  EXPECT_THAT(bodies(ac3, packet(Codec::Ac3, hex("0b771ef84c40"))),
              ElementsAre(hex("90 61632d33"), hex("91 61632d33 0b771ef84c40")));
  PacketPackager eac3;
  ASSERT_TRUE(eac3.setAudioFormat(audioFormat(Codec::Eac3, {})));
  EXPECT_THAT(bodies(eac3, packet(Codec::Eac3, hex("0b7700cf7287"))),
              ElementsAre(hex("90 65632d33"), hex("91 65632d33 0b7700cf7287")));
}

TEST(EnhancedPackager, SaysTheFourCcInTheMetadata) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(Codec::Hevc, kHvcC)));
  ASSERT_TRUE(packager.setAudioFormat(audioFormat(Codec::Opus, {})));
  PacketReader reader;
  const auto items = reader.read(packager.announce(0ms).at(0));
  ASSERT_TRUE(items) << items.error();
  EXPECT_EQ(items->at(0).value["videocodecid"], AmfValue(1752589105));
  EXPECT_EQ(items->at(0).value["audiocodecid"], AmfValue(1332770163));
}

TEST(EnhancedPackager, RefusesConfigurationsThatCannotBe) {
  PacketPackager packager;
  const auto refused = [&](const Result<void>& result) {
    EXPECT_FALSE(result);
    if (result) return std::string();
    EXPECT_EQ(result.error().code, Errc::InvalidArgument);
    return result.error().message;
  };
  EXPECT_THAT(refused(packager.setVideoFormat(videoFormat(Codec::Hevc, hex("0102")))),
              HasSubstr("HEVC configuration record of 2 bytes"));
  EXPECT_THAT(refused(packager.setVideoFormat(videoFormat(Codec::Av1, hex("81e00c00")))),
              HasSubstr("profile 7"));
  EXPECT_THAT(refused(packager.setVideoFormat(videoFormat(Codec::Av1, hex("3201cc")))),
              HasSubstr("without a sequence header"));
  EXPECT_THAT(refused(packager.setVideoFormat(videoFormat(Codec::Vp9, hex("01")))),
              HasSubstr("of 1 bytes"));
  EXPECT_THAT(refused(packager.setVideoFormat(videoFormat(Codec::Opus, {}))),
              HasSubstr("video format with codec Opus"));
  EXPECT_THAT(refused(packager.setAudioFormat(audioFormat(Codec::Vp9, {}))),
              HasSubstr("audio format with codec VP9"));
  EXPECT_THAT(refused(packager.setAudioFormat(audioFormat(Codec::Flac, {}))),
              HasSubstr("STREAMINFO of 0 bytes"));
  AudioFormat surround = audioFormat(Codec::Opus, {});
  surround.channels = 6;
  EXPECT_THAT(refused(packager.setAudioFormat(surround)), HasSubstr("Opus with 6 channels"));
  EXPECT_TRUE(packager.announce(0ms).empty());
}

TEST(EnhancedPackager, RefusesFramesThatCannotBe) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(Codec::Av1, hex("0a0a00000002aff79b5f2008"))));
  ASSERT_TRUE(packager.setAudioFormat(audioFormat(Codec::Ac3, {})));
  EXPECT_THAT(fault(packager.package(packet(Codec::Av1, hex("3201cc"), false, 40))),
              HasSubstr("AV1 frame presented 40 ms from"));
  EXPECT_THAT(fault(packager.package(packet(Codec::Av1, hex("3205cc")))),
              HasSubstr("cannot be told apart"));
  EXPECT_THAT(fault(packager.package(packet(Codec::Ac3, hex("fff1")))),
              HasSubstr("AC-3 data that does not begin"));
  EXPECT_EQ(packager.package(packet(Codec::Opus, hex("00"))).error().code, Errc::InvalidState);
  EXPECT_EQ(packager.announce(0ms).size(), 3u) << "what was due stays due";
}

}  // namespace
}  // namespace multiconnection
