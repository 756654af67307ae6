// What a client may send besides the usual AMF0 messages: AMF3, aggregates, Enhanced RTMP.
#include <gmock/gmock.h>

#include "client_harness.hpp"
#include "node/client_fsm.hpp"
#include "rtmp/message/data.hpp"

namespace multiconnection::node {
namespace {

using test::hex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Amf3Client : public testing::Test {
 protected:
  Amf3Client() {
    client.command({"connect", 1, AmfObject{{"app", "live"}, {"objectEncoding", 3}}, {}});
  }
  ClientHarness client;
};

TEST_F(Amf3Client, IsAnsweredInAmf0AndThenHearsAmf3) {
  std::vector<MessageType> types;
  for (const auto& outgoing : client.out.send) {
    if (rtmp::parseCommand(outgoing.message)) types.push_back(outgoing.message.type);
  }
  EXPECT_THAT(types, ElementsAre(MessageType::CommandAmf0, MessageType::CommandAmf3))
      << "_result, onBWDone";
  EXPECT_EQ(client.commands().at(0).arguments.at(0)["objectEncoding"], AmfValue(3));
  client.createStream();
  ASSERT_EQ(client.out.send.size(), 1U);
  EXPECT_EQ(client.out.send[0].message.type, MessageType::CommandAmf3);
  EXPECT_EQ(client.out.send[0].message.body,
            hex("00 0200075f726573756c74 004010000000000000 05 003ff0000000000000"));
}

TEST_F(Amf3Client, PublishesWithAmf3StringsAndReadsAnAmf3Status) {
  client.createStream();
  ASSERT_TRUE(
      client.feed({MessageType::CommandAmf3, 0, 1,
                   hex("00 0200077075626c697368 000000000000000000 05 11 06 07 6f6e65 11 06 09 "
                       "6c697665")}));
  ASSERT_EQ(client.out.events.size(), 1U);
  EXPECT_EQ(client.out.events[0].kind, Kind::PublishRequested);
  EXPECT_EQ(client.out.events[0].name, "one");
  client.fsm.publishStarted(1, false, client.out);
  ASSERT_EQ(client.out.send.size(), 2U);
  EXPECT_EQ(client.out.send[1].message.type, MessageType::CommandAmf3);
  EXPECT_EQ(client.out.send[1].message.body,
            hex("00 0200086f6e537461747573 000000000000000000 05 11 0a 0b 01"
                "0b6c6576656c 060d737461747573"
                "09636f6465 062f4e657453747265616d2e5075626c6973682e5374617274"
                "176465736372697074696f6e 06296f6e65206973206e6f77207075626c6973686564 01"));
}

TEST_F(Amf3Client, CallsAndIsCalledWithObjects) {
  client.fsm.setHandled([](const std::string& name) { return name == "greet"; });
  ASSERT_TRUE(
      client.feed({MessageType::CommandAmf3, 0, 0,
                   hex("00 0200056772656574 004014000000000000 05 11 0a0b01 0378 0405 01")}));
  ASSERT_EQ(client.out.events.size(), 1U);
  EXPECT_EQ(client.out.events[0].arguments.at(0)["x"], AmfValue(5));
  client.out = {};
  client.fsm.answerCall(5, AmfValue(AmfArray{true}), client.out);
  EXPECT_EQ(client.out.send.at(0).message.body,
            hex("00 0200075f726573756c74 004014000000000000 05 11 09 03 01 03"));
  client.out = {};
  ASSERT_TRUE(client.fsm.call("time", {AmfObject{{"x", "y"}}}, true, client.out));
  EXPECT_EQ(client.out.send.at(0).message.body,
            hex("00 02000474696d65 003ff0000000000000 05 11 0a0b01 0378 060379 01"));
}

TEST(ClientEncoding, WhoAsksForNoneOrAnUnknownOneGetsAmf0) {
  for (const double asked : {0.0, 1.0, 4.0}) {
    ClientHarness client;
    client.command({"connect", 1, AmfObject{{"app", "live"}, {"objectEncoding", asked}}, {}});
    EXPECT_EQ(client.commands().at(0).arguments.at(0)["objectEncoding"], AmfValue(0)) << asked;
    client.createStream();
    EXPECT_EQ(client.out.send.at(0).message.type, MessageType::CommandAmf0) << asked;
  }
}

TEST(ClientEncoding, Amf3DataGoesOnAsAmf0) {
  ClientHarness client;
  client.startPublishing("one");
  ASSERT_TRUE(
      client.feed({MessageType::DataAmf3, 70, 1, hex("00 020003637565 11 0a0b01 0378 0405")}));
  EXPECT_THAT(client.out.events, IsEmpty()) << "a message that cannot be read goes nowhere";
  ASSERT_TRUE(
      client.feed({MessageType::DataAmf3, 70, 1, hex("00 020003637565 11 0a0b01 0378 0405 01")}));
  ASSERT_EQ(client.out.events.size(), 1U);
  const MediaMessage& media = client.out.events[0].media;
  EXPECT_EQ(media.kind, MediaKind::Data);
  EXPECT_EQ(media.timestamp.count(), 70);
  EXPECT_EQ(*media.body, hex("020003637565 03 000178 004014000000000000 000009"));
}

// What fits into one message need not fit when it is said in other words.
const std::string kTenMegabytes(10 << 20, 'x');

TEST(ClientEncoding, DataThatIsTooLargeAsAmf0GoesNowhere) {
  ClientHarness client;
  client.startPublishing("one");
  // An array of one text, twice: the second time by reference.
  Bytes body = hex("00 020003637565 11 09 05 01 06");
  const std::uint32_t length = static_cast<std::uint32_t>(kTenMegabytes.size()) << 1 | 1;
  for (const int shift : {22, 15, 8}) {
    body.push_back(static_cast<std::uint8_t>(0x80 | (length >> shift & 0x7F)));
  }
  body.push_back(static_cast<std::uint8_t>(length & 0xFF));
  body.insert(body.end(), kTenMegabytes.begin(), kTenMegabytes.end());
  body.insert(body.end(), {0x06, 0x00});
  ASSERT_TRUE(rtmp::parseData({MessageType::DataAmf3, 0, 1, body})) << "it can be read";
  ASSERT_TRUE(client.feed({MessageType::DataAmf3, 0, 1, body}));
  EXPECT_THAT(client.out.events, IsEmpty());
}

TEST(ClientEncoding, CallsAndAnswersThatNoMessageHoldsAreErrors) {
  ClientHarness client;
  client.connect();
  client.out = {};
  const AmfValue large = AmfArray{kTenMegabytes, kTenMegabytes};
  const auto called = client.fsm.call("time", {large}, true, client.out);
  ASSERT_FALSE(called);
  EXPECT_EQ(called.error().code, Errc::LimitExceeded);
  EXPECT_THAT(client.out.send, IsEmpty());
  client.fsm.answerCall(7, large, client.out);
  ASSERT_EQ(client.commands().size(), 1U);
  EXPECT_EQ(client.commands()[0].name, "_error");
  EXPECT_THAT(client.lastDescription(), HasSubstr("a message can hold 16777215"));
  client.out = {};
  client.fsm.answerCall(8, Error{Errc::Refused, kTenMegabytes}, client.out);
  EXPECT_LT(client.out.send.at(0).message.body.size(), 2000U);
}

TEST(ClientEncoding, AnnouncementsRepeatNoNameWithoutEnd) {
  ClientHarness client;
  client.connect();
  for (const char* method : {"FCPublish", "FCUnpublish", "FCSubscribe"}) {
    client.command({method, 3, nullptr, {kTenMegabytes}});
    ASSERT_FALSE(client.out.send.empty());
    for (const auto& outgoing : client.out.send) {
      EXPECT_LT(outgoing.message.body.size(), 1000U) << method;
    }
  }
}

// Sound of 100 ms, a picture of 140 ms, a cue of 140 ms; each with its back pointer.
const Bytes kAggregate =
    hex("08 000003 000064 00 000000 af0121 0000000e"
        "09 000006 00008c 00 000000 270100000041 00000011"
        "12 000007 00008c 00 000000 02000363756505 00000012");

TEST(ClientEncoding, AnAggregateIsTheMessagesInIt) {
  ClientHarness client;
  client.startPublishing("one");
  ASSERT_TRUE(client.feed({MessageType::Aggregate, 5000, 1, kAggregate}));
  std::vector<std::string> got;
  for (const ClientEvent& event : client.out.events) {
    EXPECT_EQ(event.kind, Kind::Media);
    got.push_back(std::to_string(static_cast<int>(event.media.kind)) + " at " +
                  std::to_string(event.media.timestamp.count()));
  }
  EXPECT_THAT(got, ElementsAre("8 at 5000", "9 at 5040", "18 at 5040"));
  EXPECT_EQ(*client.out.events.at(1).media.body, hex("270100000041"));
}

TEST(ClientEncoding, ATornAggregateEndsWhoPublishesAndConcernsNobodyElse) {
  const Bytes torn(kAggregate.begin(), kAggregate.begin() + 30);
  ClientHarness player;
  player.startPlaying("one");
  EXPECT_TRUE(player.feed({MessageType::Aggregate, 0, 1, torn}));
  ClientHarness publisher;
  publisher.startPublishing("one");
  EXPECT_TRUE(publisher.feed({MessageType::Aggregate, 0, 2, torn})) << "no such stream";
  const auto fed = publisher.feed({MessageType::Aggregate, 0, 1, torn});
  ASSERT_FALSE(fed);
  EXPECT_THAT(fed.error().message, HasSubstr("ends inside the message at byte 18"));
}

TEST(ClientEncoding, ConnectStatesThatEveryCodecIsForwarded) {
  ClientHarness client;
  client.command({"connect",
                  1,
                  AmfObject{{"app", "live"},
                            {"fourCcList", AmfArray{"hvc1", "Opus"}},
                            {"videoFourCcInfoMap", AmfObject{{"hvc1", 2}}},
                            {"capsEx", 15}},
                  {}});
  const AmfValue stated = client.commands().at(0).object;
  EXPECT_EQ(stated["fourCcList"], AmfValue(AmfArray{"*"}));
  EXPECT_EQ(stated["videoFourCcInfoMap"]["*"], AmfValue(4));
  EXPECT_EQ(stated["audioFourCcInfoMap"]["*"], AmfValue(4));
  EXPECT_EQ(stated["capsEx"], AmfValue(14)) << "multitrack, ModEx, nanoseconds; it never asks "
                                               "anyone to reconnect";
}

}  // namespace
}  // namespace multiconnection::node
