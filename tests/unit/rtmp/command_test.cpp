#include "rtmp/message/command.hpp"

#include <gtest/gtest.h>

#include "rtmp/message/data.hpp"
#include "support/hex.hpp"

namespace multiconnection::rtmp {
namespace {

using test::hex;

Result<Command> parse(const std::string& body) {
  return parseCommand({MessageType::CommandAmf0, 0, 0, hex(body)});
}

void expectBothWays(const std::string& body, const Command& command) {
  const auto parsed = parse(body);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->name, command.name);
  EXPECT_EQ(parsed->transactionId, command.transactionId);
  EXPECT_EQ(parsed->object, command.object);
  EXPECT_EQ(parsed->arguments, command.arguments);
  const Message made = makeCommand(command, 7);
  EXPECT_EQ(made.type, MessageType::CommandAmf0);
  EXPECT_EQ(made.streamId, 7U);
  EXPECT_EQ(made.body, hex(body));
}

TEST(Command, CarriesCreateStreamAndItsAnswer) {
  expectBothWays("02 00 0c 63 72 65 61 74 65 53 74 72 65 61 6d 00 40 10 00 00 00 00 00 00 05",
                 {"createStream", 4, nullptr, {}});
  expectBothWays(
      "02 00 07 5f 72 65 73 75 6c 74 00 40 10 00 00 00 00 00 00 05"
      "00 3f f0 00 00 00 00 00 00",
      {"_result", 4, nullptr, {1}});
}

TEST(Command, CarriesPublishAndItsStatus) {
  expectBothWays(
      "02 00 07 70 75 62 6c 69 73 68 00 40 14 00 00 00 00 00 00 05"
      "02 00 0b 77 65 62 43 61 73 74 4e 61 6d 65 02 00 04 6c 69 76 65",
      {"publish", 5, nullptr, {"webCastName", "live"}});
  expectBothWays(
      "02 00 08 6f 6e 53 74 61 74 75 73 00 00 00 00 00 00 00 00 00 05"
      "03 00 05 6c 65 76 65 6c 02 00 06 73 74 61 74 75 73 00 04 63 6f 64 65"
      "02 00 17 4e 65 74 53 74 72 65 61 6d 2e 50 75 62 6c 69 73 68 2e 53 74 61 72 74 00 00 09",
      {"onStatus",
       0,
       nullptr,
       {AmfObject{{"level", "status"}, {"code", "NetStream.Publish.Start"}}}});
}

TEST(Command, CarriesAReconnectRequestWithARelativeUrl) {
  expectBothWays(
      "0200086f6e537461747573000000000000000000050300056c6576656c0200067374617475730004636f6465"
      "0200264e6574436f6e6e656374696f6e2e436f6e6e6563742e5265636f6e6e65637452657175657374"
      "0005746355726c0200102f2f3132372e302e302e322f6c697665000009",
      {"onStatus",
       0,
       nullptr,
       {AmfObject{{"level", "status"},
                  {"code", "NetConnection.Connect.ReconnectRequest"},
                  {"tcUrl", "//127.0.0.2/live"}}}});
}

TEST(Command, MayEndAfterItsTransactionId) {
  const auto parsed = parse("02 00 06 5f 65 72 72 6f 72 00 40 10 00 00 00 00 00 00");
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->name, "_error");
  EXPECT_TRUE(parsed->object.isNull());
  EXPECT_TRUE(parsed->arguments.empty());
}

TEST(Command, ReadsANameThatStandsAloneAsFfmpegListenSendsIt) {
  const auto parsed = parse("02 00 0b 6f 6e 46 43 50 75 62 6c 69 73 68");
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->name, "onFCPublish");
  EXPECT_EQ(parsed->transactionId, 0);
}

TEST(Command, ReadsTheAmf3FormWithAmf0Values) {
  const auto parsed = parseCommand(
      {MessageType::CommandAmf3, 0, 0, hex("00 02 00 01 61 00 40 10 00 00 00 00 00 00 05")});
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->name, "a");
}

TEST(Command, CarriesAmf3ValuesBothWays) {
  // Scalars stay AMF0; the second object's traits and name are references to the first's.
  const Bytes body =
      hex("00 02 00 01 61 00 40 00 00 00 00 00 00 00 05"
          "11 0a 0b 01 03 78 04 05 01  02 00 01 78  11 0a 01 00 06 00 01  11 0c 05 01 02");
  const Message made =
      makeCommand({"a", 2, nullptr, {AmfObject{{"x", 5}}, "x", AmfObject{{"x", "x"}}, Bytes{1, 2}}},
                  7, Encoding::Amf3);
  EXPECT_EQ(made.type, MessageType::CommandAmf3);
  EXPECT_EQ(made.streamId, 7U);
  EXPECT_EQ(made.body, body);
  const auto parsed = parseCommand(made);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->transactionId, 2);
  EXPECT_TRUE(parsed->object.isNull());
  EXPECT_EQ(parsed->arguments,
            (std::vector<AmfValue>{AmfObject{{"x", 5}}, "x", AmfObject{{"x", "x"}}, Bytes{1, 2}}));
}

TEST(Command, CarriesACommandObjectInAmf3) {
  const Message made = makeCommand({"_result", 1, AmfObject{{"mode", 1}}, {}}, 0, Encoding::Amf3);
  EXPECT_EQ(made.body, hex("00 02 00 07 5f 72 65 73 75 6c 74 00 3f f0 00 00 00 00 00 00"
                           "11 0a 0b 01 09 6d 6f 64 65 04 01 01"));
  EXPECT_EQ(parseCommand(made)->object["mode"].as<int>(), 1);
}

TEST(Command, ReadsAmf0AndAmf3ValuesByTurns) {
  const auto parsed = parse(
      "02 00 01 61 00 00 00 00 00 00 00 00 00 05"
      "11 06 03 62  00 40 10 00 00 00 00 00 00  11 06 00");
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->arguments, (std::vector<AmfValue>{"b", 4, "b"}));
}

TEST(Command, RefusesOtherShapes) {
  for (const char* body :
       {"", "05", "02 00 01 61 05", "02 00 01 61 00 40 10 00 00 00 00 00 00 05 02 00 09 61"}) {
    const auto parsed = parse(body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().code, Errc::CorruptData);
  }
  EXPECT_FALSE(parseCommand({MessageType::CommandAmf3, 0, 0, hex("01 02 00 01 61")}));
  EXPECT_FALSE(parseCommand({MessageType::CommandAmf3, 0, 0, {}}));
  EXPECT_FALSE(parseCommand(
      {MessageType::DataAmf0, 0, 0, hex("02 00 01 61 00 40 10 00 00 00 00 00 00 05")}));
}

TEST(Command, BoundsItsValuesTogether) {
  const Message message = makeCommand({"a", 1, nullptr, {1, 2, 3}});
  EXPECT_TRUE(parseCommand(message, {.maxValues = 6}));
  const auto parsed = parseCommand(message, {.maxValues = 5});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::LimitExceeded);
}

TEST(Data, CarriesHandlerAndArgumentsBothWays) {
  const Bytes body =
      hex("02 00 0d 40 73 65 74 44 61 74 61 46 72 61 6d 65"
          "02 00 0a 6f 6e 4d 65 74 61 44 61 74 61"
          "08 00 00 00 01 00 05 77 69 64 74 68 00 40 9e 00 00 00 00 00 00 00 00 09");
  const Message made = makeData(
      {"@setDataFrame", {"onMetaData", AmfValue::ecmaArray(AmfObject{{"width", 1920}})}}, 1, 40);
  EXPECT_EQ(made.type, MessageType::DataAmf0);
  EXPECT_EQ(made.streamId, 1U);
  EXPECT_EQ(made.timestamp, 40U);
  EXPECT_EQ(made.body, body);
  const auto parsed = parseData(made);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->handler, "@setDataFrame");
  ASSERT_EQ(parsed->arguments.size(), 2U);
  EXPECT_EQ(parsed->arguments[1]["width"].as<int>(), 1920);
  EXPECT_EQ(parseData(body)->handler, "@setDataFrame");
}

TEST(Data, CarriesAmf3ValuesBothWays) {
  const Message made = makeData({"say", {"hi", AmfArray{true}}}, 1, 40, Encoding::Amf3);
  EXPECT_EQ(made.type, MessageType::DataAmf3);
  EXPECT_EQ(made.timestamp, 40U);
  EXPECT_EQ(made.body, hex("00 02 00 03 73 61 79 02 00 02 68 69 11 09 03 01 03"));
  const auto parsed = parseData(made);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->handler, "say");
  EXPECT_EQ(parsed->arguments, (std::vector<AmfValue>{"hi", AmfArray{true}}));
}

TEST(Data, RefusesABodyWithoutHandler) {
  EXPECT_FALSE(parseData(Bytes{}));
  EXPECT_FALSE(parseData(hex("00 40 10 00 00 00 00 00 00")));
  EXPECT_FALSE(parseData({MessageType::CommandAmf0, 0, 0, hex("02 00 01 61")}));
}

}  // namespace
}  // namespace multiconnection::rtmp
