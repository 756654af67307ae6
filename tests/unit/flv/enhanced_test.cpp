#include "flv/enhanced.hpp"

#include <gtest/gtest.h>

#include <string>

#include "flv/format.hpp"
#include "support/hex.hpp"

namespace multiconnection::flv {
namespace {

using namespace packet_type;
using test::hex;

constexpr MediaKind kAudio = MediaKind::Audio;
constexpr MediaKind kVideo = MediaKind::Video;

std::string digitsOf(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    for (const int digit : {byte >> 4, byte & 0xF}) text += "0123456789abcdef"[digit];
  }
  return text;
}

/// All that a body says: "1/3 +500000ns 'hvc1'#0 4e414c" is frame type, packet type, offset, and
/// each track.
std::string words(MediaKind kind, const std::string& digits) {
  const Bytes body = hex(digits);
  EXPECT_TRUE(isEnhanced(kind, body)) << digits;
  EnhancedReader reader(kind, body);
  std::string text = std::to_string(reader.frameType()) + '/' + std::to_string(reader.packetType());
  const auto offset = reader.presentationOffset().count();
  if (offset != 0) text += " +" + std::to_string(offset) + "ns";
  while (const auto track = reader.next()) {
    text += ' ' + textOf(track->fourCc) + '#' + std::to_string(track->id);
    if (!track->body.empty()) text += ' ' + digitsOf(track->body);
  }
  EXPECT_TRUE(reader.ok()) << digits;
  return text;
}

/// A message of one track without ModEx, which is what we write.
struct Plain {
  MediaKind kind;
  std::string digits;
  std::string words;
  Codec codec;
  std::uint8_t packetType;
  std::uint8_t frameType;
  std::string content;  ///< A composition time counts as content here.
};

/// Known answers: packets made by an independent writer, and two of FFmpeg's.
std::vector<Plain> plainPackets() {
  const std::string head = "4f70757348656164 01 02 3801 80bb0000 0000 00";
  const std::string colours =
      "02 0009 636f6c6f72496e666f 03 000b 636f6c6f72436f6e666967 03 0012"
      "6d6174726978436f656666696369656e7473 00 0000000000000000 000009 000009";
  return {
      {kVideo, "91 68766331 000021 4e414c", "1/1 'hvc1'#0 0000214e414c", Codec::Hevc, kCodedFrames,
       kKeyFrame, "000021 4e414c"},
      {kVideo, "a3 68766331 4e414c", "2/3 'hvc1'#0 4e414c", Codec::Hevc, kCodedFramesX, kInterFrame,
       "4e414c"},
      {kAudio, "90 4f707573" + head, "0/0 'Opus'#0 " + digitsOf(hex(head)), Codec::Opus,
       kSequenceStart, 0, head},
      {kAudio, "91 4f707573 706b74", "0/1 'Opus'#0 706b74", Codec::Opus, kCodedFrames, 0, "706b74"},
      {kAudio, "94 4f707573 01 06 0000003f", "0/4 'Opus'#0 01060000003f", Codec::Opus,
       kMultichannelConfig, 0, "01 06 0000003f"},
      {kAudio, "94 4f707573 01 02 00000003", "0/4 'Opus'#0 010200000003", Codec::Opus,
       kMultichannelConfig, 0, "01 02 00000003"},
      // FFmpeg's frame type for metadata is that of a command.
      {kVideo, "d4 61763031" + colours, "5/4 'av01'#0 " + digitsOf(hex(colours)), Codec::Av1,
       kVideoMetadata, kCommandFrame, colours},
  };
}

TEST(Enhanced, ReadsPlainPackets) {
  for (const Plain& packet : plainPackets()) {
    EXPECT_EQ(words(packet.kind, packet.digits), packet.words);
  }
}

TEST(Enhanced, WritesPlainPacketsByteForByte) {
  for (const Plain& packet : plainPackets()) {
    Bytes written;
    appendEnhancedHeader(written, packet.codec, packet.packetType, packet.frameType);
    for (const std::uint8_t byte : hex(packet.content)) written.push_back(byte);
    EXPECT_EQ(written, hex(packet.digits)) << packet.words;
  }
}

TEST(Enhanced, ReadsOneAndManyTracks) {
  EXPECT_EQ(words(kVideo, "96 03 68766331 01 4e414c"), "1/3 'hvc1'#1 4e414c");
  EXPECT_EQ(words(kVideo, "96 13 68766331 01 000004 41414141 02 000002 4242"),
            "1/3 'hvc1'#1 41414141 'hvc1'#2 4242");
  EXPECT_EQ(words(kVideo, "96 21 61763031 01 000004 41414141 68766331 02 000005 0000004242"),
            "1/1 'av01'#1 41414141 'hvc1'#2 0000004242");
  EXPECT_EQ(words(kAudio, "95 00 6d703461 01 1190"), "0/0 'mp4a'#1 1190");
  EXPECT_EQ(words(kAudio, "95 00 61632d33 01"), "0/0 'ac-3'#1");
}

TEST(Enhanced, ReadsTheNanosecondsOfModExAndSkipsItsUnknownKinds) {
  EXPECT_EQ(words(kVideo, "a7 02 07a120 03 68766331 4e414c"), "2/3 +500000ns 'hvc1'#0 4e414c");
  EXPECT_EQ(words(kVideo, "97 02 000007 07 00 aa 16 01 61763031 03 5455"),
            "1/1 +7ns 'av01'#3 5455");
  EXPECT_EQ(words(kAudio, "97 02 0f423f 01 4f707573 706b74"), "0/1 +999999ns 'Opus'#0 706b74");
}

TEST(Enhanced, NumbersTheCodecsAsOnMetaDataDoes) {
  const std::pair<const char*, FourCc> numbers[] = {
      {"av01", 1635135537}, {"hvc1", 1752589105}, {"vp09", 1987063865}, {"avc1", 1635148593},
      {"Opus", 1332770163}, {"mp4a", 1836069985}, {"fLaC", 1716281667}, {"ac-3", 1633889587},
      {"ec-3", 1700998451}, {".mp3", 778924083},  {"vp08", 1987063864}, {"vvc1", 1987470129}};
  for (const auto& [text, number] : numbers) {
    EXPECT_EQ(fourCcOf(text), number);
    EXPECT_EQ(textOf(number), "'" + std::string(text) + "'");
    const auto codec = codecOf(number);
    EXPECT_EQ(codec ? fourCc(*codec) : "vvc1", text) << "VVC is the only one without a codec here";
  }
}

}  // namespace
}  // namespace multiconnection::flv
