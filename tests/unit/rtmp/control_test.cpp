#include "rtmp/message/control.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "rtmp/message/user_control.hpp"
#include "support/hex.hpp"

namespace multiconnection::rtmp {
namespace {

using test::hex;

void expectU32(const Message& message, MessageType type, const std::string& body,
               std::uint32_t value) {
  EXPECT_EQ(message.type, type);
  EXPECT_EQ(message.streamId, 0U);
  EXPECT_EQ(message.body, hex(body));
  EXPECT_EQ(*parseU32(message), value);
}

TEST(Control, CarriesItsNumberInFourBytes) {
  expectU32(makeSetChunkSize(65536), MessageType::SetChunkSize, "00 01 00 00", 65536);
  expectU32(makeWindowAckSize(2500000), MessageType::WindowAckSize, "00 26 25 a0", 2500000);
  expectU32(makeAcknowledgement(0x1FFFFFFFE), MessageType::Acknowledgement, "ff ff ff fe",
            0xFFFFFFFE);
}

TEST(Control, CarriesPeerBandwidthWithItsLimitType) {
  const Message message = makeSetPeerBandwidth(5000000, BandwidthLimit::Soft);
  EXPECT_EQ(message.type, MessageType::SetPeerBandwidth);
  EXPECT_EQ(message.body, hex("00 4c 4b 40 01"));
  const auto parsed = parsePeerBandwidth(message);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->windowBytes, 5000000U);
  EXPECT_EQ(parsed->limit, BandwidthLimit::Soft);
  EXPECT_EQ(makeSetPeerBandwidth(1).body, hex("00 00 00 01 02"));
}

TEST(Control, RefusesShortBodiesAndUnknownLimitTypes) {
  EXPECT_EQ(parseU32({MessageType::WindowAckSize, 0, 0, hex("00 00 01")}).error().code,
            Errc::CorruptData);
  EXPECT_FALSE(parsePeerBandwidth({MessageType::SetPeerBandwidth, 0, 0, hex("00 00 00 01")}));
  EXPECT_FALSE(parsePeerBandwidth({MessageType::SetPeerBandwidth, 0, 0, hex("00 00 00 01 03")}));
}

void expectEvent(const UserControl& control, const std::string& body) {
  const Message message = makeUserControl(control);
  EXPECT_EQ(message.type, MessageType::UserControl);
  EXPECT_EQ(message.body, hex(body));
  const auto parsed = parseUserControl(message);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->event, control.event);
  EXPECT_EQ(parsed->value, control.value);
  EXPECT_EQ(parsed->bufferMilliseconds, control.bufferMilliseconds);
  EXPECT_EQ(parsed->swfVerification, control.swfVerification);
  EXPECT_EQ(parsed->data, control.data);
}

TEST(UserControl, CarriesEventsBothWays) {
  expectEvent({UserControlEvent::StreamBegin, 1, 0}, "00 00 00 00 00 01");
  expectEvent({UserControlEvent::StreamEof, 1, 0}, "00 01 00 00 00 01");
  expectEvent({UserControlEvent::StreamDry, 1, 0}, "00 02 00 00 00 01");
  expectEvent({UserControlEvent::StreamIsRecorded, 1, 0}, "00 04 00 00 00 01");
  expectEvent({UserControlEvent::SetBufferLength, 1, 3000}, "00 03 00 00 00 01 00 00 0b b8");
  expectEvent({UserControlEvent::PingRequest, 0x01020304, 0}, "00 06 01 02 03 04");
  expectEvent({UserControlEvent::PingResponse, 0x01020304, 0}, "00 07 01 02 03 04");
  expectEvent({UserControlEvent::BufferEmpty, 1, 0}, "00 1f 00 00 00 01");
  expectEvent({UserControlEvent::BufferReady, 1, 0}, "00 20 00 00 00 01");
}

TEST(UserControl, CarriesSwfVerificationBothWays) {
  expectEvent({UserControlEvent::SwfVerifyRequest}, "00 1a");
  UserControl response{UserControlEvent::SwfVerifyResponse};
  const Bytes proof =
      hex("01 01 00 00 12 34 00 00 12 34 000102030405060708090a0b0c0d0e0f"
          "101112131415161718191a1b1c1d1e1f");
  std::copy(proof.begin(), proof.end(), response.swfVerification.begin());
  expectEvent(response,
              "00 1b 01 01 00 00 12 34 00 00 12 34 000102030405060708090a0b0c0d0e0f"
              "101112131415161718191a1b1c1d1e1f");
}

TEST(UserControl, TakesASwfVerificationRequestWithData) {
  EXPECT_TRUE(parseUserControl({MessageType::UserControl, 0, 0, hex("00 1a 00 00 00 01")}));
}

TEST(UserControl, TakesUnknownEvents) {
  const auto longer =
      parseUserControl({MessageType::UserControl, 0, 0, hex("00 63 00 00 00 05 09")});
  ASSERT_TRUE(longer);
  EXPECT_EQ(static_cast<int>(longer->event), 0x63);
  EXPECT_EQ(longer->value, 5U);
  EXPECT_EQ(makeUserControl(*longer).body, hex("00 63 00 00 00 05 09"));
  const auto bare = parseUserControl({MessageType::UserControl, 0, 0, hex("00 05")});
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->value, 0U);
}

TEST(UserControl, RefusesWhatIsTooShortOrOfAnotherType) {
  for (const char* body :
       {"", "00", "00 06", "00 06 01 02 03", "00 03 00 00 00 01 00", "00 1b 01 01"}) {
    const auto parsed = parseUserControl({MessageType::UserControl, 0, 0, hex(body)});
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().code, Errc::CorruptData);
  }
  EXPECT_FALSE(parseUserControl({MessageType::Abort, 0, 0, hex("00 00 00 00 00 01")}));
}

}  // namespace
}  // namespace multiconnection::rtmp
