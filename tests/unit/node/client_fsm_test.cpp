#include "node/client_fsm.hpp"

#include <gmock/gmock.h>

#include "client_harness.hpp"
#include "rtmp/message/control.hpp"
#include "rtmp/message/user_control.hpp"

namespace multiconnection::node {
namespace {

using test::hex;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ClientFsm, AnswersConnectWithWindowChunkSizeAndSuccess) {
  ClientHarness client;
  client.connect("live");
  ASSERT_EQ(client.out.send.size(), 6U);
  const auto& sent = client.out.send;
  EXPECT_EQ(sent[0].message.type, MessageType::WindowAckSize);
  EXPECT_EQ(sent[0].message.body, hex("002625a0"));
  EXPECT_EQ(sent[1].message.type, MessageType::SetPeerBandwidth);
  EXPECT_EQ(sent[1].message.body, hex("002625a002"));
  EXPECT_EQ(sent[2].message.type, MessageType::SetChunkSize);
  EXPECT_EQ(sent[2].message.body, hex("00010000"));
  EXPECT_EQ(sent[3].message.type, MessageType::UserControl);
  EXPECT_EQ(sent[3].message.body, hex("000000000000")) << "StreamBegin 0";
  const auto commands = client.commands();
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].name, "_result");
  EXPECT_EQ(commands[0].transactionId, 1);
  ASSERT_EQ(commands[0].arguments.size(), 1U);
  EXPECT_EQ(commands[0].arguments[0]["code"], AmfValue("NetConnection.Connect.Success"));
  EXPECT_EQ(commands[0].arguments[0]["objectEncoding"], AmfValue(0));
  EXPECT_EQ(commands[1].name, "onBWDone");
  ASSERT_EQ(client.out.events.size(), 1U);
  EXPECT_EQ(client.out.events[0].kind, Kind::Connected);
  EXPECT_EQ(client.fsm.app(), "live");
}

TEST(ClientFsm, TakesTheAppWithoutQueryAndOuterSlashes) {
  ClientHarness client;
  client.connect("/live/one/?token=secret");
  EXPECT_EQ(client.fsm.app(), "live/one");
}

TEST(ClientFsm, RefusesAnAppThatIsEmptyTooLongOrUnprintable) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "app '' is empty"},
      {"///", "app '' is empty"},
      {std::string(257, 'a'), "has 257 bytes, at most 256 are taken"},
      {"li\nve", "app 'li?ve' has control characters"}};
  for (const auto& [app, why] : cases) {
    ClientHarness client;
    client.connect(app);
    const auto commands = client.commands();
    ASSERT_EQ(commands.size(), 1U);
    EXPECT_EQ(commands[0].name, "_error");
    EXPECT_EQ(commands[0].arguments[0]["code"], AmfValue("NetConnection.Connect.InvalidApp"));
    EXPECT_THAT(client.lastDescription(), HasSubstr(why));
    ASSERT_EQ(client.out.events.size(), 1U);
    EXPECT_EQ(client.out.events[0].kind, Kind::Refused);
    EXPECT_EQ(client.fsm.state(), ClientFsm::State::Refused);
  }
}

TEST(ClientFsm, HearsNothingMoreAfterARefusal) {
  ClientHarness client;
  client.connect("");
  client.createStream();
  EXPECT_TRUE(client.out.send.empty());
  EXPECT_TRUE(client.out.events.empty());
}

TEST(ClientFsm, EndsWhoeverBeginsWithAnotherCommand) {
  ClientHarness client;
  const auto done = client.feed(rtmp::makeCommand({"createStream", 2, nullptr, {}}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the command 'createStream' before connect");
}

TEST(ClientFsm, EndsWhoeverConnectsTwice) {
  ClientHarness client;
  client.connect();
  const auto done = client.feed(rtmp::makeCommand({"connect", 2, AmfObject{{"app", "other"}}, {}}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "a second connect");
}

TEST(ClientFsm, EndsWhoeverSendsACommandThatCannotBeRead) {
  ClientHarness client;
  client.connect();
  EXPECT_FALSE(client.feed({MessageType::CommandAmf0, 0, 0, hex("0200")}));
  EXPECT_FALSE(client.feed({MessageType::CommandAmf0, 0, 0, hex("05")}));
}

TEST(ClientFsm, TakesCommandsInTheirAmf3Form) {
  ClientHarness client;
  client.connect();
  rtmp::Message message = rtmp::makeCommand({"createStream", 2, nullptr, {}});
  message.type = MessageType::CommandAmf3;
  message.body.insert(message.body.begin(), 0);
  ASSERT_TRUE(client.feed(message));
  ASSERT_EQ(client.commands().size(), 1U);
  EXPECT_EQ(client.commands()[0].name, "_result");
}

TEST(ClientFsm, AnswersAnUnknownCallWithAnErrorThatNamesIt) {
  ClientHarness client;
  client.connect();
  client.command({"whatIsThis", 7, nullptr, {}});
  const auto commands = client.commands();
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].name, "_error");
  EXPECT_EQ(commands[0].transactionId, 7);
  EXPECT_EQ(commands[0].arguments[0]["code"], AmfValue("NetConnection.Call.Failed"));
  EXPECT_EQ(client.lastDescription(), "no method 'whatIsThis'");
}

TEST(ClientFsm, AnswersNothingWhereNoAnswerIsWanted) {
  ClientHarness client;
  client.connect();
  for (const char* name : {"whatIsThis", "_checkbw", "createStream", "_result", "_error"}) {
    client.command({name, 0, nullptr, {}});
    EXPECT_TRUE(client.out.send.empty()) << name;
  }
  client.command({"_result", 9, nullptr, {}});
  EXPECT_TRUE(client.out.send.empty()) << "an answer is not answered";
}

TEST(ClientFsm, AnswersTheBandwidthCheckOfPlayers) {
  ClientHarness client;
  client.connect();
  client.command({"_checkbw", 3, nullptr, {}});
  ASSERT_EQ(client.commands().size(), 1U);
  EXPECT_EQ(client.commands()[0].name, "_result");
  EXPECT_EQ(client.commands()[0].transactionId, 3);
}

TEST(ClientFsm, AsksForTheLengthOfAStream) {
  ClientHarness client;
  client.connect();
  client.command({"getStreamLength", 3, nullptr, {"one?x=y"}});
  ASSERT_EQ(client.out.events.size(), 1U);
  EXPECT_EQ(client.out.events[0].kind, Kind::LengthRequested);
  EXPECT_EQ(client.out.events[0].name, "one");
  client.fsm.answerCall(3, AmfValue(2.5), client.out);
  EXPECT_EQ(client.commands()[0].name, "_result");
  EXPECT_EQ(client.commands()[0].arguments.at(0), AmfValue(2.5));
}

TEST(ClientFsm, ReturnsThePingsNumber) {
  ClientHarness client;
  client.connect();
  ASSERT_TRUE(client.feed({MessageType::UserControl, 0, 0, hex("0006 01020304")}));
  ASSERT_EQ(client.out.send.size(), 1U);
  EXPECT_EQ(client.out.send[0].message.body, hex("0007 01020304"));
}

TEST(ClientFsm, AcknowledgesAsOftenAsItIsAsked) {
  ClientHarness client;
  client.connect();
  ASSERT_TRUE(client.feed(rtmp::makeWindowAckSize(1000)));
  ClientActions actions;
  client.fsm.onBytesReceived(999, actions);
  EXPECT_TRUE(actions.send.empty());
  client.fsm.onBytesReceived(1500, actions);
  ASSERT_EQ(actions.send.size(), 1U);
  EXPECT_EQ(actions.send[0].message.type, MessageType::Acknowledgement);
  EXPECT_EQ(actions.send[0].message.body, hex("000005dc"));
  client.fsm.onBytesReceived(2499, actions);
  EXPECT_EQ(actions.send.size(), 1U);
}

TEST(ClientFsm, IgnoresMessagesThatNobodyAskedFor) {
  ClientHarness client;
  client.connect();
  for (const int type : {3, 4, 6, 7, 22, 200}) {
    ASSERT_TRUE(client.feed({static_cast<MessageType>(type), 0, 0, hex("00")})) << type;
    EXPECT_TRUE(client.out.send.empty()) << type;
    EXPECT_TRUE(client.out.events.empty()) << type;
  }
}

}  // namespace
}  // namespace multiconnection::node
