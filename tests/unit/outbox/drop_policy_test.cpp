#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "outbox/outbox.hpp"
#include "support/media_messages.hpp"
#include "unit/outbox/outbox_support.hpp"

namespace multiconnection::outbox {
namespace {

using namespace multiconnection::test;
using namespace test;

/// Of the track and message stream of these frames.
bool awaitsKeyFrame(const Outbox& outbox) { return outbox.awaitsKeyFrame(1, 1); }

TEST(DropPolicy, AwaitsNoKeyFrameOfWhatIsNotThereAnyMore) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  push(outbox, interFrame(901));
  ASSERT_TRUE(outbox.awaitsKeyFrame(1, 1));
  EXPECT_FALSE(outbox.awaitsKeyFrame(2, 1)) << "another message stream";
  EXPECT_FALSE(outbox.awaitsKeyFrame(1, 2)) << "another track";
  EXPECT_FALSE(outbox.awaitsKeyFrame(1, 0)) << "sound alone";
}

TEST(DropPolicy, KeepsDisposableFramesUpTo700Milliseconds) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  push(outbox, disposableFrame(40));
  push(outbox, interFrame(700));
  EXPECT_EQ(drainedText(outbox), "V0 V40 V700");
}

TEST(DropPolicy, DropsOnlyDisposableFramesAbove700Milliseconds) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  push(outbox, disposableFrame(40));
  push(outbox, interFrame(80));
  push(outbox, disposableFrame(700));
  push(outbox, interFrame(701));
  EXPECT_EQ(drainedText(outbox), "V0 V80 V701");
  EXPECT_EQ(outbox.dropped().video, 2u);
}

TEST(DropPolicy, KeepsReferenceFramesUpTo900Milliseconds) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  push(outbox, interFrame(40));
  push(outbox, interFrame(900));
  EXPECT_EQ(drainedText(outbox), "V0 V40 V900");
}

TEST(DropPolicy, ResumesAtTheWaitingKeyFrameAbove900Milliseconds) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  push(outbox, interFrame(40));
  push(outbox, keyFrame(500));
  push(outbox, interFrame(901));
  EXPECT_EQ(drainedText(outbox), "V500 V901");
}

TEST(DropPolicy, WaitsForTheNextKeyFrameWhenNoneWaits) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  push(outbox, interFrame(901));
  EXPECT_TRUE(awaitsKeyFrame(outbox));
  push(outbox, interFrame(940));
  push(outbox, keyFrame(980));
  EXPECT_FALSE(awaitsKeyFrame(outbox));
  push(outbox, interFrame(1020));
  EXPECT_EQ(drainedText(outbox), "V980 V1020");
  EXPECT_EQ(outbox.dropped().video, 3u);
}

TEST(DropPolicy, WithoutVideoKeepsTheRestAndBeginsAgainAtAKeyFrame) {
  Outbox outbox;
  push(outbox, videoHeader(0));
  push(outbox, keyFrame(0));
  push(outbox, audioFrame(10));
  push(outbox, interFrame(40));
  outbox.setPolicy({.withoutVideo = true});
  EXPECT_EQ(outbox.dropped().video, 2u) << "what waited";
  push(outbox, videoHeader(60, 1));
  push(outbox, keyFrame(80));
  push(outbox, audioFrame(90));
  push(outbox, cue(95));
  EXPECT_FALSE(awaitsKeyFrame(outbox)) << "none would help";
  EXPECT_EQ(drainedText(outbox), "A10 HV60 A90 D95");
  outbox.setPolicy({});
  EXPECT_TRUE(awaitsKeyFrame(outbox));
  push(outbox, interFrame(120));
  push(outbox, keyFrame(160));
  push(outbox, interFrame(200));
  EXPECT_EQ(drainedText(outbox), "V160 V200");
  EXPECT_EQ(outbox.dropped().video, 5u) << "the first header, too, which the next one superseded";
}

TEST(DropPolicy, WithoutVideoFinishesABegunFrame) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  outbox.consume(1);
  outbox.setPolicy({.withoutVideo = true});
  push(outbox, interFrame(40));
  EXPECT_FALSE(outbox.empty());
  EXPECT_EQ(outbox.dropped().video, 1u);
}

TEST(DropPolicy, KeepsAudioWhereVideoIsDropped) {
  Outbox outbox;
  push(outbox, audioFrame(0));
  push(outbox, keyFrame(0));
  push(outbox, audioFrame(1999));
  push(outbox, audioFrame(2000));
  EXPECT_EQ(drainedText(outbox), "A0 A1999 A2000");
  EXPECT_EQ(outbox.dropped().audio, 0u);
}

TEST(DropPolicy, DropsTheOldestAudioAboveTwoSeconds) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  push(outbox, audioFrame(0));
  push(outbox, audioFrame(1));
  push(outbox, audioFrame(2001));
  EXPECT_EQ(drainedText(outbox), "A1 A2001");
  EXPECT_EQ(outbox.dropped().audio, 1u);
}

TEST(DropPolicy, DropsAudioAbove900MillisecondsWhereThereIsNoVideo) {
  Outbox outbox;
  push(outbox, audioFrame(0));
  push(outbox, audioFrame(1));
  push(outbox, audioFrame(900));
  EXPECT_EQ(outbox.dropped().audio, 0u);
  push(outbox, audioFrame(901));
  EXPECT_EQ(drainedText(outbox), "A1 A900 A901");
}

TEST(DropPolicy, DropsOldDataAsOldAudio) {
  Outbox outbox;
  push(outbox, cue(0));
  push(outbox, audioFrame(901));
  EXPECT_EQ(drainedText(outbox), "A901");
  EXPECT_EQ(outbox.dropped().data, 1u);
}

TEST(DropPolicy, KeepsHeadersHoweverOldTheyAre) {
  Outbox outbox;
  push(outbox, metadata(0));
  push(outbox, videoHeader(0));
  push(outbox, audioHeader(0));
  push(outbox, keyFrame(0));
  push(outbox, audioFrame(0));
  push(outbox, keyFrame(60000));
  EXPECT_EQ(drainedText(outbox), "D0 HV0 HA0 V60000");
}

TEST(DropPolicy, FinishesABegunFrameHoweverOldItIs) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  Bytes out = take(outbox, 1);
  push(outbox, interFrame(40));
  push(outbox, interFrame(60000));
  const Bytes rest = drain(outbox);
  out.insert(out.end(), rest.begin(), rest.end());
  const auto messages = messagesIn(out);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].timestamp, 0u);
}

TEST(DropPolicy, LetsANewHeaderSupersedeAWaitingOne) {
  Outbox outbox;
  push(outbox, videoHeader(0, 1));
  push(outbox, audioHeader(0, 1));
  push(outbox, videoHeader(10, 2));
  EXPECT_EQ(drainedText(outbox), "HA0 HV10");
  EXPECT_EQ(outbox.dropped().video, 1u);
}

TEST(DropPolicy, KeepsTheHeaderOfFramesThatWait) {
  Outbox outbox;
  push(outbox, videoHeader(0, 1));
  push(outbox, keyFrame(0));
  push(outbox, videoHeader(40, 2));
  EXPECT_EQ(drainedText(outbox), "HV0 V0 HV40");
}

TEST(DropPolicy, KeepsABegunHeader) {
  Outbox outbox;
  push(outbox, videoHeader(0, 1));
  take(outbox, 1);
  push(outbox, videoHeader(10, 2));
  drain(outbox);
  EXPECT_EQ(outbox.sent().video, 2u);
}

TEST(DropPolicy, DropsAHeaderWhoseFramesWereDropped) {
  Outbox outbox;
  push(outbox, videoHeader(0, 1));
  push(outbox, keyFrame(0));
  push(outbox, videoHeader(950, 2));
  push(outbox, keyFrame(950));
  EXPECT_EQ(drainedText(outbox), "HV950 V950");
}

TEST(DropPolicy, LosslessKeepsEverything) {
  Outbox outbox({.limits = {.maxBytes = 1000}, .lossless = true});
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    push(outbox, videoHeader(i * 1000, static_cast<std::uint8_t>(i)));
    push(outbox, metadata(i * 1000, static_cast<std::uint8_t>(i)));
    push(outbox, disposableFrame(i * 1000));
    push(outbox, audioFrame(i * 1000));
  }
  push(outbox, videoHeader(100000, 1));
  push(outbox, videoHeader(100000, 2));
  EXPECT_EQ(outbox.dropped().video + outbox.dropped().audio + outbox.dropped().data, 0u);
  drain(outbox);
  EXPECT_EQ(outbox.sent().video, 202u);
  EXPECT_EQ(outbox.sent().data, 100u);
  EXPECT_EQ(outbox.sent().audio, 100u);
}

TEST(DropPolicy, DropsVideoBeforeAudioAtTheByteLimit) {
  Outbox outbox({.limits = {.maxBytes = 4000}});
  push(outbox, audioFrame(0));
  push(outbox, keyFrame(0, 0, 2000));
  push(outbox, interFrame(40, 0, 2000));
  EXPECT_EQ(drainedText(outbox), "A0");
  EXPECT_EQ(outbox.dropped().video, 2u);
}

TEST(DropPolicy, KeepsTheNewestKeyFrameAtTheByteLimitWhereItFits) {
  Outbox outbox({.limits = {.maxBytes = 4000}});
  push(outbox, keyFrame(0, 0, 2000));
  push(outbox, interFrame(40, 0, 1000));
  push(outbox, keyFrame(80, 0, 2000));
  push(outbox, interFrame(120, 0, 100));
  EXPECT_EQ(drainedText(outbox), "V80 V120");
}

TEST(DropPolicy, DropsTheOldestAudioAtTheByteLimit) {
  Outbox outbox({.limits = {.maxBytes = 4000}});
  push(outbox, audioFrame(0, 0, 1500));
  push(outbox, audioFrame(20, 0, 1500));
  push(outbox, audioFrame(40, 0, 1500));
  EXPECT_EQ(drainedText(outbox), "A20 A40");
}

TEST(DropPolicy, SendsASingleMessageOverTheByteLimit) {
  Outbox outbox({.limits = {.maxBytes = 4000}});
  push(outbox, videoHeader(0));
  push(outbox, keyFrame(0, 0, 10000));
  EXPECT_EQ(drainedText(outbox), "HV0 V0");
}

TEST(DropPolicy, SendsNoFrameWhoseKeyFrameOfTheSameMomentWentOverTheByteLimit) {
  Outbox outbox({.limits = {.maxBytes = 4000}});
  push(outbox, keyFrame(0, 0, 3000));
  push(outbox, interFrame(0, 0, 800));
  push(outbox, audioFrame(0, 0, 2000));
  EXPECT_EQ(drainedText(outbox), "A0");
}

TEST(DropPolicy, LeavesAnotherStreamsVideoDecodable) {
  Outbox outbox;
  push(outbox, keyFrame(0), {128, 1});
  push(outbox, keyFrame(0), {128, 2});
  push(outbox, interFrame(500), {128, 2});
  push(outbox, keyFrame(600), {128, 1});
  push(outbox, interFrame(901), {128, 2});
  push(outbox, interFrame(902), {128, 1});
  push(outbox, interFrame(940), {128, 2});
  EXPECT_EQ(drainedText(outbox), "V600 V902") << "stream 2 has no key frame left";
}

/// How many of the pushed messages the outbox still holds.
class Holding {
 public:
  void push(Outbox& outbox, MediaMessage message) {
    SharedFrame frame(std::move(message));
    outbox.pushMedia(frame, {});
    wires_.push_back(frame.wire({}));
    most_ = std::max(most_, count());
    mostBytes_ = std::max(mostBytes_, outbox.queueBytes());
  }
  std::size_t most() const { return most_; }
  std::size_t mostBytes() const { return mostBytes_; }

 private:
  std::size_t count() {
    std::erase_if(wires_, [](const auto& wire) { return wire.expired(); });
    return wires_.size();
  }
  std::vector<std::weak_ptr<const Bytes>> wires_;
  std::size_t most_ = 0;
  std::size_t mostBytes_ = 0;
};

TEST(DropPolicy, BoundsBytesWhenTimeStandsStill) {
  Outbox outbox({.limits = {.maxBytes = 100000}});
  Holding holding;
  for (int i = 0; i < 2000; ++i) {
    holding.push(outbox, i % 50 == 0 ? keyFrame(0, 0, 3000) : interFrame(0, 0, 1000));
    holding.push(outbox, audioFrame(0, 0, 200));
    holding.push(outbox, cue(0));
  }
  EXPECT_LE(holding.mostBytes(), 100000u);
}

TEST(DropPolicy, BoundsTinyMessagesWhenTimeStandsStill) {
  Outbox outbox({.limits = {.maxBytes = 100000}});
  Holding holding;
  for (int i = 0; i < 4000; ++i) holding.push(outbox, audioFrame(0));
  EXPECT_LT(holding.most(), 2000u) << "a waiting message costs more than its 16 bytes";
}

TEST(DropPolicy, BoundsHeadersThatChangeForEver) {
  Outbox outbox;
  Holding holding;
  for (int i = 0; i < 2000; ++i) {
    const auto id = static_cast<std::uint8_t>(i);
    holding.push(outbox, metadata(i * 100, id));
    holding.push(outbox, cue(i * 100));
    holding.push(outbox, videoHeader(i * 100, id));
    holding.push(outbox, keyFrame(i * 100));
    holding.push(outbox, audioHeader(i * 100, id));
    holding.push(outbox, audioFrame(i * 100));
  }
  EXPECT_LT(holding.most(), 150u) << "two seconds of audio and data, one of video";
}

/// A sequence header of one of 256 video tracks, `bytes` long.
MediaMessage trackHeader(std::uint8_t track, std::size_t bytes) {
  Bytes body = hex("96 00 61763031");
  body.push_back(track);
  body.resize(bytes, 0xEE);
  return message(MediaKind::Video, 0, std::move(body));
}

TEST(DropPolicy, BoundsTheHeadersOfManyTracks) {
  Outbox outbox({.limits = {.maxBytes = 100000}});
  Holding holding;
  for (int i = 0; i < 2000; ++i) {
    holding.push(outbox, trackHeader(static_cast<std::uint8_t>(i % 256), 1000));
  }
  EXPECT_LE(holding.mostBytes(), 102000u) << "a header more than the limit";
  const auto left = messagesIn(drain(outbox));
  ASSERT_GT(left.size(), 50u);
  EXPECT_EQ(left.back().body[6], 1999 % 256) << "the newest ones stay";
}

TEST(DropPolicy, KeepsTheHeadersOfManyTracksBelowTheLimit) {
  Outbox outbox({.limits = {.maxBytes = 500000}});
  for (int i = 0; i < 512; ++i) {
    push(outbox, trackHeader(static_cast<std::uint8_t>(i % 256), 1000));
  }
  const auto left = messagesIn(drain(outbox));
  ASSERT_EQ(left.size(), 256u) << "the newest of each track";
  EXPECT_EQ(left.front().body[6], 0);
}

TEST(DropPolicy, SendsASingleHeaderOverTheByteLimit) {
  Outbox outbox({.limits = {.maxBytes = 4000}});
  push(outbox, keyFrame(0));
  push(outbox, trackHeader(0, 10000));
  EXPECT_EQ(messagesIn(drain(outbox)).back().body.size(), 10000u);
}

/// AV1 in Enhanced RTMP: track 0 plain, the others wrapped.
MediaMessage av1(int milliseconds, std::uint8_t track, bool keyFrame) {
  Bytes body = hex(track == 0 ? "21 61763031 ee" : "26 01 61763031");
  if (track != 0) body.push_back(track);
  body[0] = static_cast<std::uint8_t>(body[0] | 0x80);
  if (keyFrame) body[0] = static_cast<std::uint8_t>((body[0] & 0x8F) | 0x10);
  return message(MediaKind::Video, milliseconds, std::move(body));
}

TEST(DropPolicyOfEnhancedVideo, ResumesEachTrackAtAKeyFrameOfItsOwn) {
  Outbox outbox;
  push(outbox, av1(0, 0, true));
  push(outbox, av1(0, 1, true));
  outbox.dropMedia();
  push(outbox, av1(40, 0, false));
  push(outbox, av1(40, 1, true));
  push(outbox, av1(80, 0, false));
  push(outbox, av1(80, 1, false));
  push(outbox, av1(120, 0, true));
  push(outbox, av1(160, 0, false));
  std::string order;
  for (const rtmp::Message& message : messagesIn(drain(outbox))) {
    order += (message.body[0] & 0x0F) == 6 ? '1' : '0';
  }
  EXPECT_EQ(order, "1100");
  EXPECT_EQ(outbox.dropped().video, 4u);
}

TEST(DropPolicyOfEnhancedVideo, KeepsAHeaderOfSeveralTracksBeforeANewerOneOfTheFirst) {
  Outbox outbox;
  push(outbox, message(MediaKind::Video, 0, hex("96 10 61763031 00 000001 aa 01 000001 bb")));
  push(outbox, message(MediaKind::Video, 40, hex("90 61763031 cc")));
  push(outbox, message(MediaKind::Video, 80, hex("90 61763031 dd")));
  EXPECT_EQ(messagesIn(drain(outbox)).size(), 2u) << "those of both tracks";
}

TEST(DropPolicyOfEnhancedVideo, LetsTheEndOfATrackThroughWhoseFramesWereDropped) {
  Outbox outbox;
  push(outbox, av1(0, 0, true));
  outbox.dropMedia();
  push(outbox, message(MediaKind::Video, 40, hex("92 61763031")));
  EXPECT_EQ(messagesIn(drain(outbox)).size(), 1u);
}

}  // namespace
}  // namespace multiconnection::outbox
