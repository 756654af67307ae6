#include "rtmp/protocol_control.hpp"

#include <gtest/gtest.h>

#include "rtmp/media_time.hpp"
#include "rtmp/message/control.hpp"
#include "support/hex.hpp"

namespace multiconnection::rtmp {
namespace {

using test::hex;

TEST(ProtocolControl, AnswersAPeerBandwidthOnceWithTheSameWindow) {
  ProtocolControl control;
  std::vector<Outgoing> out;
  EXPECT_TRUE(control.onMessage(makeSetPeerBandwidth(5000), out));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].message.type, MessageType::WindowAckSize);
  EXPECT_EQ(out[0].message.body, hex("00001388"));
  EXPECT_EQ(out[0].chunkStream, 2U);
  EXPECT_TRUE(control.onMessage(makeSetPeerBandwidth(5000), out));
  EXPECT_EQ(out.size(), 1U);
}

TEST(ProtocolControl, AcknowledgesOncePerWindow) {
  ProtocolControl control;
  std::vector<Outgoing> out;
  control.onBytesReceived(1U << 30, out);
  EXPECT_TRUE(out.empty()) << "nobody asked";
  control.onMessage(makeWindowAckSize(100), out);
  control.onBytesReceived(0x1'0000'0002, out);
  control.onBytesReceived(0x1'0000'0065, out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].message.body, hex("00000002")) << "the low 32 bits";
  control.onBytesReceived(0x1'0000'0066, out);
  EXPECT_EQ(out.size(), 2U);
}

TEST(ProtocolControl, AnswersTheQuestionForTheSwfFileOnceItKnowsTheAnswer) {
  const Message question{MessageType::UserControl, 0, 0, hex("001a")};
  ProtocolControl control;
  std::vector<Outgoing> out;
  EXPECT_TRUE(control.onMessage(question, out));
  EXPECT_TRUE(out.empty());
  SwfVerification response{1, 1, 0, 1, 2, 3};
  response[41] = 0xEE;
  control.setSwfVerification(response);
  EXPECT_TRUE(control.onMessage(question, out));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].message.type, MessageType::UserControl);
  EXPECT_EQ(out[0].message.streamId, 0U);
  EXPECT_EQ(out[0].chunkStream, 2U);
  EXPECT_EQ(out[0].message.body, hex("001b 010100010203" + std::string(70, '0') + "ee"));
}

TEST(ProtocolControl, CountsAcknowledgementsBeyond32Bits) {
  ProtocolControl control;
  std::vector<Outgoing> out;
  for (const std::uint64_t bytes : {0x7000'0000U, 0xE000'0000U, 0x1000U}) {
    EXPECT_TRUE(control.onMessage(makeAcknowledgement(bytes), out));
  }
  EXPECT_EQ(control.bytesAcknowledged(), 0x1'0000'1000U);
}

TEST(ProtocolControl, TellsAnEventOfAStreamOnce) {
  for (const char* event : {"0001", "0002", "0004", "001f", "0020"}) {
    ProtocolControl control;
    std::vector<Outgoing> out;
    control.onMessage({MessageType::UserControl, 0, 0, hex(std::string(event) + "00000005")}, out);
    const auto told = control.takeStreamEvent();
    ASSERT_TRUE(told) << event;
    EXPECT_EQ(static_cast<int>(told->event), std::stoi(event, nullptr, 16));
    EXPECT_EQ(told->value, 5u);
    EXPECT_FALSE(control.takeStreamEvent());
  }
}

TEST(ProtocolControl, KeepsPingsAndTheBeginningOfStreamsToItself) {
  ProtocolControl control;
  std::vector<Outgoing> out;
  for (const char* body : {"0000 00000001", "0006 00000001", "0063 00000001"}) {
    control.onMessage({MessageType::UserControl, 0, 0, hex(body)}, out);
    EXPECT_FALSE(control.takeStreamEvent()) << body;
  }
}

TEST(ProtocolControl, LeavesOtherMessagesAlone) {
  ProtocolControl control;
  std::vector<Outgoing> out;
  for (const MessageType type : {MessageType::Audio, MessageType::CommandAmf0}) {
    EXPECT_FALSE(control.onMessage({type, 0, 0, {}}, out));
  }
  EXPECT_TRUE(out.empty());
}

TEST(MediaTime, GoesOnBeyond32Bits) {
  MediaTime time;
  EXPECT_EQ(time.at(0xFFFFFFF0).count(), 0xFFFFFFF0);
  EXPECT_EQ(time.at(4).count(), 0x100000004);
  EXPECT_EQ(time.at(0xFFFFFFFF).count(), 0xFFFFFFFF) << "a late message of the other track";
}

TEST(MediaTime, MayStepBackBehindItsStart) {
  MediaTime time;
  EXPECT_EQ(time.at(5).count(), 5);
  EXPECT_EQ(time.at(0xFFFFFFFF).count(), -1);
  EXPECT_EQ(time.at(40).count(), 40);
}

TEST(MediaTime, IsJoinedTwoSecondsBeforeTheWrapBehindMetadataAtZero) {
  MediaTime time;
  EXPECT_EQ(time.at(0).count(), 0);
  EXPECT_EQ(time.at(0xFFFFF830).count(), 0xFFFFF830);
  EXPECT_EQ(time.at(4).count(), 0x100000004);
}

}  // namespace
}  // namespace multiconnection::rtmp
