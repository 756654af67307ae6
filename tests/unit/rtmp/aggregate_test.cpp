#include "rtmp/message/aggregate.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/hex.hpp"

namespace multiconnection::rtmp {
namespace {

using test::hex;

Result<std::vector<Message>> split(const std::string& body, std::uint32_t timestamp = 1000) {
  return splitAggregate({MessageType::Aggregate, timestamp, 5, hex(body)});
}

void expectMessage(const Message& message, MessageType type, std::uint32_t timestamp,
                   const std::string& body) {
  EXPECT_EQ(message.type, type);
  EXPECT_EQ(message.timestamp, timestamp);
  EXPECT_EQ(message.streamId, 5U);
  EXPECT_EQ(message.body, hex(body));
}

// type, size, time, time's high byte, stream id, payload, back pointer
const std::string kAudio = "08 000002 000064 00 000000 af01 0000000d";
const std::string kVideo = "09 000001 000078 00 000001 17 0000000c";
const std::string kData = "12 000004 00006e 00 000001 02000161 0000000f";

TEST(Aggregate, IsTakenApartInOrderAtItsOwnTimeAndStream) {
  const auto messages = split(kAudio + kVideo + kData);
  ASSERT_TRUE(messages) << messages.error();
  ASSERT_EQ(messages->size(), 3U);
  expectMessage((*messages)[0], MessageType::Audio, 1000, "af01");
  expectMessage((*messages)[1], MessageType::Video, 1020, "17");
  expectMessage((*messages)[2], MessageType::DataAmf0, 1010, "02000161");
}

TEST(Aggregate, MayLackItsLastBackPointer) {
  const auto messages = split(kAudio + kVideo.substr(0, kVideo.size() - 9));
  ASSERT_TRUE(messages) << messages.error();
  ASSERT_EQ(messages->size(), 2U);
  expectMessage((*messages)[1], MessageType::Video, 1020, "17");
}

TEST(Aggregate, DoesNotBelieveBackPointers) {
  EXPECT_EQ(split("08 000000 000064 00 000000 ffffffff" + kVideo)->size(), 2U);
}

TEST(Aggregate, MayBeEmptyAndHoldEmptyMessages) {
  EXPECT_TRUE(split("")->empty());
  EXPECT_EQ(split("08 000000 000064 00 000000 0000000b")->size(), 1U);
}

TEST(Aggregate, LeavesOutOtherTypesButTakesItsTimeFromTheFirst) {
  const auto messages = split("16 000001 000050 00 000000 ff 0000000c" + kAudio);
  ASSERT_TRUE(messages) << messages.error();
  ASSERT_EQ(messages->size(), 1U);
  expectMessage((*messages)[0], MessageType::Audio, 1020, "af01");
}

TEST(Aggregate, CountsTimeBeyond24And32Bits) {
  const std::string before = "08 000000 ffffff fe 000000 0000000b";
  const std::string after = "08 000000 000013 ff 000000 0000000b";
  const auto messages = split(before + after, 0xFFFFFFFA);
  ASSERT_TRUE(messages) << messages.error();
  EXPECT_EQ((*messages)[0].timestamp, 0xFFFFFFFA);
  EXPECT_EQ((*messages)[1].timestamp, 0xEU);
  EXPECT_EQ((*split(after + before, 5))[1].timestamp, 5U - 20U) << "backwards too";
}

TEST(Aggregate, NamesTheMessageInsideWhichItEnds) {
  for (const char* rest : {"08", "08 000002 000064 00 0000", "08 000002 000064 00 000000 af",
                           "08 000002 000064 00 000000 af01 000000"}) {
    const auto messages = split(kAudio + rest);
    ASSERT_FALSE(messages) << rest;
    EXPECT_EQ(messages.error().code, Errc::CorruptData);
    EXPECT_NE(messages.error().message.find("byte 17"), std::string::npos) << messages.error();
  }
}

TEST(Aggregate, RefusesAnotherType) {
  EXPECT_EQ(splitAggregate({MessageType::Video, 0, 1, {}}).error().code, Errc::CorruptData);
}

TEST(Aggregate, BoundsTheNumberOfItsMessages) {
  const Bytes one = hex("08 000000 000000 00 000000 0000000b");
  Message message{MessageType::Aggregate, 0, 1, {}};
  for (int i = 0; i < 65536; ++i) message.body.insert(message.body.end(), one.begin(), one.end());
  EXPECT_EQ(splitAggregate(message)->size(), 65536U);
  message.body.insert(message.body.end(), one.begin(), one.end());
  EXPECT_EQ(splitAggregate(message).error().code, Errc::LimitExceeded);
}

}  // namespace
}  // namespace multiconnection::rtmp
