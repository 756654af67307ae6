#include "multiconnection/packet_packager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flv/avc.hpp"
#include "flv/tag_traits.hpp"

namespace multiconnection {
namespace {

using std::chrono_literals::operator""ms;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Bytes kSps{0x67, 0x42, 0xc0, 0x0d, 0xda};
const Bytes kPps{0x68, 0xce};
const Bytes kAvcC{1,    0x42, 0xc0, 0x0d, 0xff, 0xe1, 0, 5,    0x67,
                  0x42, 0xc0, 0x0d, 0xda, 1,    0,    2, 0x68, 0xce};
const Bytes kAnnexBSets{0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xda, 0, 0, 0, 1, 0x68, 0xce};
const Bytes kAnnexBKey{0, 0, 0, 1,    0x67, 0x42, 0xc0, 0x0d, 0xda, 0,
                       0, 0, 1, 0x68, 0xce, 0,    0,    1,    0x65, 0x88};

VideoFormat videoFormat(Bytes configuration) {
  VideoFormat format;
  format.configuration = std::move(configuration);
  return format;
}

AudioFormat aac() {
  AudioFormat format;
  format.configuration = {0x12, 0x10};
  format.sampleRate = 44100;
  format.channels = 2;
  return format;
}

EncodedPacket packet(Codec codec, Bytes data, bool keyFrame = false) {
  EncodedPacket result;
  result.codec = codec;
  result.decodeTime = result.presentationTime = 40ms;
  result.keyFrame = keyFrame;
  result.data = std::move(data);
  return result;
}

/// "metadata", "video header", "audio frame", ... of each message.
std::vector<std::string> kinds(const std::vector<MediaMessage>& messages) {
  std::vector<std::string> result;
  for (const MediaMessage& message : messages) {
    const auto traits = flv::classify(message.kind, *message.body);
    result.push_back(traits.metadata ? "metadata"
                                     : std::string(kindName(message.kind)) +
                                           (traits.sequenceHeader ? " header" : " frame"));
  }
  return result;
}

std::string fault(const Result<std::vector<MediaMessage>>& result) {
  return result ? std::string() : result.error().message;
}

TEST(PacketPackager, AnnouncesBothTracksBeforeTheFirstFrame) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(kAvcC)));
  ASSERT_TRUE(packager.setAudioFormat(aac()));
  const auto first = packager.package(packet(Codec::Aac, {0x21}));
  ASSERT_TRUE(first) << first.error();
  EXPECT_THAT(kinds(*first),
              ElementsAre("metadata", "video header", "audio header", "audio frame"));
  for (const auto& message : *first) EXPECT_EQ(message.timestamp, 40ms);
  EXPECT_EQ(*(*first)[1].body, flv::avcSequenceHeader(kAvcC));
  EXPECT_EQ(*(*first)[2].body, (Bytes{0xaf, 0, 0x12, 0x10}));
  EXPECT_EQ(*(*first)[3].body, (Bytes{0xaf, 1, 0x21}));
  const auto second = packager.package(packet(Codec::H264, {0, 0, 0, 1, 0x65}, true));
  ASSERT_TRUE(second) << second.error();
  EXPECT_THAT(kinds(*second), ElementsAre("video frame"));
  EXPECT_EQ(*(*second)[0].body, (Bytes{0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65}));
}

TEST(PacketPackager, AnnouncesAChangedTrackAgainButNotTheOther) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(kAvcC)));
  ASSERT_TRUE(packager.setAudioFormat(aac()));
  EXPECT_THAT(kinds(packager.announce(0ms)),
              ElementsAre("metadata", "video header", "audio header"));
  EXPECT_TRUE(packager.announce(0ms).empty());
  ASSERT_TRUE(packager.setAudioFormat(aac()));
  EXPECT_THAT(kinds(packager.announce(0ms)), ElementsAre("metadata", "audio header"));
  packager.announceAgain();
  EXPECT_THAT(kinds(packager.announce(0ms)),
              ElementsAre("metadata", "video header", "audio header"));
}

TEST(PacketPackager, MakesTheRecordOfAnnexBFromTheFirstKeyFrame) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat({})));
  EXPECT_THAT(fault(packager.package(packet(Codec::H264, {0, 0, 1, 0x41, 0x9a}))),
              HasSubstr("before the first key frame"));
  const auto key = packager.package(packet(Codec::H264, kAnnexBKey, true));
  ASSERT_TRUE(key) << key.error();
  EXPECT_THAT(kinds(*key), ElementsAre("metadata", "video header", "video frame"));
  EXPECT_EQ(*(*key)[1].body, flv::avcSequenceHeader(kAvcC));
  EXPECT_EQ(*(*key)[2].body, (Bytes{0x17, 1, 0, 0, 0, 0,    0,    0, 5, 0x67, 0x42, 0xc0, 0x0d,
                                    0xda, 0, 0, 0, 2, 0x68, 0xce, 0, 0, 0,    2,    0x65, 0x88}));
}

TEST(PacketPackager, TakesParameterSetsInAnnexBForm) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(kAnnexBSets)));
  const auto frame = packager.package(packet(Codec::H264, {0, 0, 0, 1, 0x41, 0x9a}));
  ASSERT_TRUE(frame) << frame.error();
  EXPECT_THAT(kinds(*frame), ElementsAre("metadata", "video header", "video frame"));
  EXPECT_EQ(*(*frame)[1].body, flv::avcSequenceHeader(kAvcC));
  EXPECT_EQ(*(*frame)[2].body, (Bytes{0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 0x9a}));
}

TEST(PacketPackager, FollowsParameterSetsThatChangeInTheStream) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat({})));
  ASSERT_TRUE(packager.package(packet(Codec::H264, kAnnexBKey, true)));
  EXPECT_THAT(kinds(packager.package(packet(Codec::H264, kAnnexBKey, true)).value()),
              ElementsAre("video frame"));
  Bytes changed = kAnnexBKey;
  changed[7] = 0x1f;  // level
  EXPECT_THAT(kinds(packager.package(packet(Codec::H264, changed, true)).value()),
              ElementsAre("video header", "video frame"));
}

TEST(PacketPackager, KeepsShortNalUnitLengthsAsTheRecordSays) {
  Bytes record = kAvcC;
  record[4] = 0xfd;  // 2-byte lengths
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(record)));
  const auto frame = packager.package(packet(Codec::H264, {0, 2, 0x41, 0x9a}));
  ASSERT_TRUE(frame) << frame.error();
  EXPECT_EQ(*frame->back().body, (Bytes{0x27, 1, 0, 0, 0, 0, 2, 0x41, 0x9a}));
  EXPECT_THAT(fault(packager.package(packet(Codec::H264, {0, 0, 1, 0x41, 0x9a}))),
              HasSubstr("cannot be told apart"));
}

TEST(PacketPackager, AnnouncesMp3WithoutASequenceHeader) {
  PacketPackager packager;
  AudioFormat mp3;
  mp3.codec = Codec::Mp3;
  mp3.sampleRate = 44100;
  mp3.channels = 2;
  ASSERT_TRUE(packager.setAudioFormat(mp3));
  const auto frame = packager.package(packet(Codec::Mp3, {0xff, 0xfb, 0x90, 0x64}));
  ASSERT_TRUE(frame) << frame.error();
  EXPECT_THAT(kinds(*frame), ElementsAre("metadata", "audio frame"));
}

TEST(PacketPackager, RefusesFormatsThatCannotBe) {
  PacketPackager packager;
  AudioFormat audio = aac();
  audio.configuration.clear();
  EXPECT_EQ(packager.setAudioFormat(audio).error().code, Errc::InvalidArgument);
  audio.codec = Codec::H264;
  EXPECT_EQ(packager.setAudioFormat(audio).error().code, Errc::InvalidArgument);
  audio.codec = Codec::Mp3;
  audio.sampleRate = 32000;
  EXPECT_EQ(packager.setAudioFormat(audio).error().code, Errc::Unsupported);
  VideoFormat video = videoFormat({1, 2, 3});
  EXPECT_EQ(packager.setVideoFormat(video).error().code, Errc::InvalidArgument);
  video = videoFormat(kAvcC);
  video.width = -1;
  EXPECT_EQ(packager.setVideoFormat(video).error().code, Errc::InvalidArgument);
  EXPECT_TRUE(packager.announce(0ms).empty()) << "a refused format changes nothing";
}

TEST(PacketPackager, RefusesFramesThatCannotBe) {
  PacketPackager packager;
  EXPECT_THAT(fault(packager.package(packet(Codec::Aac, {0x21}))),
              HasSubstr("AAC frame before the format"));
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(kAvcC)));
  ASSERT_TRUE(packager.setAudioFormat(aac()));
  EXPECT_EQ(packager.package(packet(Codec::Mp3, {0xff, 0xfb, 0, 0})).error().code,
            Errc::InvalidState);
  EXPECT_EQ(packager.package(packet(Codec::Aac, {})).error().code, Errc::CorruptData);
  EXPECT_EQ(packager.package(packet(Codec::H264, {1, 2, 3})).error().code, Errc::CorruptData);
  EncodedPacket wrong = packet(Codec::H264, {0, 0, 0, 1, 0x65}, true);
  wrong.presentationTime = wrong.decodeTime + 8388608ms;
  EXPECT_EQ(packager.package(wrong).error().code, Errc::InvalidArgument);
  wrong.presentationTime = wrong.decodeTime = -1ms;
  EXPECT_EQ(packager.package(wrong).error().code, Errc::InvalidArgument);
  EXPECT_EQ(packager.package(packet(Codec::Aac, Bytes(16777214, 1))).error().code,
            Errc::LimitExceeded);
  EXPECT_EQ(packager.announce(0ms).size(), 3U) << "what was due stays due";
}

TEST(PacketPackager, PutsTheCompositionTimeIntoTheTag) {
  PacketPackager packager;
  ASSERT_TRUE(packager.setVideoFormat(videoFormat(kAvcC)));
  EncodedPacket late = packet(Codec::H264, {0, 0, 0, 1, 0x41});
  late.presentationTime = late.decodeTime + 80ms;
  const auto messages = packager.package(late);
  ASSERT_TRUE(messages);
  EXPECT_EQ(*messages->back().body, (Bytes{0x27, 1, 0, 0, 80, 0, 0, 0, 1, 0x41}));
  EXPECT_EQ(messages->back().timestamp, 40ms);
}

}  // namespace
}  // namespace multiconnection
