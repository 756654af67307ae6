#include "outbox/outbox.hpp"

#include <gtest/gtest.h>

#include "support/hex.hpp"
#include "support/media_messages.hpp"
#include "unit/outbox/outbox_support.hpp"

namespace multiconnection::outbox {
namespace {

using namespace std::chrono_literals;
using namespace multiconnection::test;
using namespace test;

// audioFrame(20, 7): a type-0 chunk on chunk stream 4.
const Bytes kAudioAt20 = hex("04 000014 000004 08 01000000 af01ee07");

TEST(Outbox, WritesAMediaMessageAsATypeZeroChunk) {
  Outbox outbox;
  push(outbox, audioFrame(20, 7));
  EXPECT_EQ(drain(outbox), kAudioAt20);
}

TEST(Outbox, LetsControlOvertakeMediaThatHasNotBegun) {
  Outbox outbox;
  push(outbox, audioFrame(20, 7));
  outbox.pushControl(hex("aabb"));
  Bytes expected = hex("aabb");
  expected.insert(expected.end(), kAudioAt20.begin(), kAudioAt20.end());
  EXPECT_EQ(drain(outbox), expected);
}

TEST(Outbox, FinishesABegunMessageBeforeControl) {
  Outbox outbox;
  push(outbox, audioFrame(20, 7));
  push(outbox, audioFrame(20, 7));
  Bytes out = take(outbox, 1);
  outbox.pushControl(hex("aabb"));
  const Bytes rest = drain(outbox);
  out.insert(out.end(), rest.begin(), rest.end());
  Bytes expected = kAudioAt20;
  for (const std::uint8_t byte : hex("aabb")) expected.push_back(byte);
  expected.insert(expected.end(), kAudioAt20.begin(), kAudioAt20.end());
  EXPECT_EQ(out, expected);
}

TEST(Outbox, KeepsControlInOrder) {
  Outbox outbox;
  outbox.pushControl(hex("0102"));
  EXPECT_EQ(take(outbox, 1), hex("01"));
  outbox.pushControl(hex("03"));
  EXPECT_EQ(drain(outbox), hex("02 03"));
}

TEST(Outbox, FillsNoMoreBuffersThanItIsGiven) {
  Outbox outbox;
  for (int i = 0; i < 5; ++i) push(outbox, audioFrame(i));
  std::array<util::ConstBuffer, 3> buffers;
  EXPECT_EQ(outbox.gather(buffers), 3u);
}

TEST(Outbox, RefersToTheSharedBytes) {
  Outbox outbox;
  SharedFrame frame(audioFrame(20, 7));
  outbox.pushMedia(frame, {});
  std::array<util::ConstBuffer, 1> buffers;
  ASSERT_EQ(outbox.gather(buffers), 1u);
  EXPECT_EQ(buffers[0].data, frame.wire({})->data());
}

TEST(Outbox, IsEmptyOnceAllIsSent) {
  Outbox outbox;
  EXPECT_TRUE(outbox.empty());
  outbox.pushControl(hex("01"));
  EXPECT_FALSE(outbox.empty());
  EXPECT_TRUE(outbox.mediaEmpty());
  push(outbox, audioFrame(0));
  EXPECT_FALSE(outbox.mediaEmpty());
  drain(outbox);
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, CountsWaitingBytesToTheByte) {
  Outbox outbox;
  push(outbox, audioFrame(20, 7));
  outbox.pushControl(hex("aabbcc"));
  EXPECT_EQ(outbox.queueBytes(), 16u + 3u);
  EXPECT_EQ(outbox.controlBytes(), 3u);
  take(outbox, 4);
  EXPECT_EQ(outbox.queueBytes(), 15u);
  EXPECT_EQ(outbox.controlBytes(), 0u);
}

TEST(Outbox, CountsAMessageAsSentWithItsLastByte) {
  Outbox outbox;
  push(outbox, audioFrame(20, 7));
  take(outbox, 15);
  EXPECT_EQ(outbox.sent().audio, 0u);
  take(outbox, 1);
  EXPECT_EQ(outbox.sent().audio, 1u);
}

TEST(Outbox, CountsByKind) {
  Outbox outbox;
  push(outbox, metadata(0));
  push(outbox, videoHeader(0));
  push(outbox, keyFrame(0));
  push(outbox, audioFrame(0));
  drain(outbox);
  EXPECT_EQ(outbox.sent().data, 1u);
  EXPECT_EQ(outbox.sent().video, 2u);
  EXPECT_EQ(outbox.sent().audio, 1u);
}

TEST(Outbox, MeasuresWhatWaitsInMediaTime) {
  Outbox outbox;
  EXPECT_EQ(outbox.queueTime(), 0ms);
  push(outbox, audioFrame(1000));
  push(outbox, audioFrame(1200));
  EXPECT_EQ(outbox.queueTime(), 200ms);
  EXPECT_EQ(outbox.lag(), 200ms) << "nothing was sent: since the first one";
  take(outbox, 16);
  push(outbox, audioFrame(1300));
  EXPECT_EQ(outbox.queueTime(), 100ms);
  EXPECT_EQ(outbox.lag(), 300ms) << "sent up to 1000";
  drain(outbox);
  EXPECT_EQ(outbox.queueTime(), 0ms);
  EXPECT_EQ(outbox.lag(), 0ms);
}

TEST(Outbox, TakesAStreamWhoseTimeBeginsAnew) {
  Outbox outbox;
  push(outbox, keyFrame(50000));
  drain(outbox);
  push(outbox, keyFrame(0));
  push(outbox, interFrame(40));
  EXPECT_EQ(outbox.queueTime(), 40ms);
  EXPECT_EQ(outbox.lag(), 40ms);
  EXPECT_EQ(outbox.dropped().video, 0u);
  EXPECT_EQ(drainedText(outbox), "V0 V40");
}

TEST(Outbox, TakesAStreamWhoseTimeBeginsAnewAfterDroppedMedia) {
  Outbox outbox;
  push(outbox, keyFrame(50000));
  push(outbox, interFrame(50040));
  take(outbox, 1);
  outbox.dropMedia();
  push(outbox, keyFrame(0));
  push(outbox, interFrame(40));
  EXPECT_EQ(outbox.dropped().video, 1u);
  drain(outbox);
  EXPECT_EQ(outbox.sent().video, 3u);
}

TEST(Outbox, DropsAllMediaButTheBegunMessage) {
  Outbox outbox;
  push(outbox, audioFrame(20, 7));
  push(outbox, videoHeader(20));
  push(outbox, keyFrame(20));
  Bytes out = take(outbox, 3);
  outbox.pushControl(hex("aa"));
  outbox.dropMedia();
  const Bytes rest = drain(outbox);
  out.insert(out.end(), rest.begin(), rest.end());
  Bytes expected = kAudioAt20;
  expected.push_back(0xAA);
  EXPECT_EQ(out, expected);
  EXPECT_EQ(outbox.dropped().video, 2u);
}

TEST(Outbox, NeedsAKeyFrameAfterDroppedMedia) {
  Outbox outbox;
  push(outbox, keyFrame(0));
  outbox.dropMedia();
  push(outbox, interFrame(40));
  push(outbox, audioFrame(40));
  push(outbox, keyFrame(80));
  EXPECT_EQ(drainedText(outbox), "A40 V80");
}

TEST(Outbox, AKeyFrameOfOneStreamDoesNotHelpAnotherOnTheSameConnection) {
  const WireShape first{128, 1};
  const WireShape second{128, 2};
  Outbox outbox;
  push(outbox, keyFrame(0), first);
  push(outbox, keyFrame(0), second);
  outbox.dropMedia();
  push(outbox, keyFrame(40), second);
  push(outbox, interFrame(40), first);
  push(outbox, interFrame(80), second);
  EXPECT_EQ(drainedText(outbox), "V40 V80");
}

}  // namespace
}  // namespace multiconnection::outbox
