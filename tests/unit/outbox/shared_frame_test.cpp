#include "outbox/shared_frame.hpp"

#include <gtest/gtest.h>

#include "support/hex.hpp"
#include "support/media_messages.hpp"

namespace multiconnection::outbox {
namespace {

using namespace std::chrono_literals;
using namespace multiconnection::test;

TEST(SharedFrame, IsChunkedOnceForOneShape) {
  SharedFrame frame(keyFrame(0));
  EXPECT_EQ(frame.chunkings(), 0u);
  const SharedBytes first = frame.wire({});
  EXPECT_EQ(frame.wire({}).get(), first.get());
  EXPECT_EQ(frame.chunkings(), 1u);
}

TEST(SharedFrame, IsChunkedAnewForEachOtherShape) {
  SharedFrame frame(keyFrame(0));
  const SharedBytes usual = frame.wire({65536, 1, 0ms});
  EXPECT_NE(frame.wire({4096, 1, 0ms}).get(), usual.get());
  EXPECT_NE(frame.wire({65536, 2, 0ms}).get(), usual.get());
  EXPECT_NE(frame.wire({65536, 1, 5ms}).get(), usual.get());
  EXPECT_EQ(frame.chunkings(), 4u);
  EXPECT_EQ(frame.wire({65536, 1, 0ms}).get(), usual.get());
}

TEST(SharedFrame, WritesTheShapeIntoTheHeaders) {
  SharedFrame frame(audioFrame(16, 7, 5));
  EXPECT_EQ(*frame.wire({3, 2, 4ms}), hex("04 000014 000005 08 02000000 af01ee c4 ee07"));
}

TEST(SharedFrame, GivesEachKindItsChunkStream) {
  EXPECT_EQ(SharedFrame(audioFrame(0)).wire({})->front(), 0x04);
  EXPECT_EQ(SharedFrame(metadata(0)).wire({})->front(), 0x05);
  EXPECT_EQ(SharedFrame(keyFrame(0)).wire({})->front(), 0x06);
}

TEST(SharedFrame, SendsTimeModuloTwoToThe32) {
  MediaMessage message = audioFrame(0, 7);
  message.timestamp = std::chrono::milliseconds(0x100000005);
  EXPECT_EQ(*SharedFrame(message).wire({}), hex("04 000005 000004 08 01000000 af01ee07"));
}

TEST(SharedFrame, KnowsHeadersFromFrames) {
  EXPECT_TRUE(SharedFrame(videoHeader(0)).isHeader());
  EXPECT_TRUE(SharedFrame(audioHeader(0)).isHeader());
  EXPECT_TRUE(SharedFrame(metadata(0)).isHeader());
  EXPECT_FALSE(SharedFrame(keyFrame(0)).isHeader());
  EXPECT_FALSE(SharedFrame(cue(0)).isHeader());
}

}  // namespace
}  // namespace multiconnection::outbox
