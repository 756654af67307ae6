#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using rtmp::MessageType;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(NetConnection, AnnouncesChunkSizeAndWindowThenSendsConnect) {
  Peer peer;
  const Actions out = peer.opens();
  ASSERT_EQ(out.send.size(), 3u);
  EXPECT_EQ(out.send[0].message.type, MessageType::SetChunkSize);
  EXPECT_EQ(out.send[0].message.body, hex("00010000"));
  EXPECT_EQ(out.send[0].chunkStream, 2u);
  EXPECT_EQ(out.send[1].message.type, MessageType::WindowAckSize);
  EXPECT_EQ(out.send[1].message.body, hex("0003d090"));
  EXPECT_EQ(out.send[1].chunkStream, 2u);
  EXPECT_EQ(out.send[2].message.type, MessageType::CommandAmf0);
  EXPECT_EQ(out.send[2].message.streamId, 0u);
  EXPECT_EQ(out.send[2].chunkStream, 3u);
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Opening);
}

TEST(NetConnection, SendsTheFieldsOfConnectByteByByte) {
  Peer peer;
  EXPECT_EQ(peer.opens().send.at(2).message.body,
            hex("02 0007 636f6e6e656374 00 3ff0000000000000 03"
                "0003 617070 02 0004 6c697665"
                "0008 666c617368566572 02 0008 464d4c452f332e30"
                "0005 746355726c 02 000d 72746d703a2f2f622f6c697665"
                "0004 74797065 02 000a 6e6f6e70726976617465"
                "0004 66706164 01 00"
                "000c 6361706162696c6974696573 00 402e000000000000"
                "000b 617564696f436f64656373 00 40affe0000000000"
                "000b 766964656f436f64656373 00 406fe00000000000"
                "000d 766964656f46756e6374696f6e 00 3ff0000000000000"
                "000e 6f626a656374456e636f64696e67 00 0000000000000000"
                "0000 09"));
}

TEST(NetConnection, TakesAnAnswerWithPropertiesAndInfo) {
  Peer peer;
  peer.opens();
  // ["_result", 1, {capabilities: 31}, {code: "NetConnection.Connect.Success"}]
  const Actions out = peer.says(
      MessageType::CommandAmf0,
      "02 0007 5f726573756c74 00 3ff0000000000000"
      "03 000c 6361706162696c6974696573 00 403f000000000000 000009"
      "03 0004 636f6465 02 001d 4e6574436f6e6e656374696f6e2e436f6e6e6563742e53756363657373"
      "000009");
  EXPECT_THAT(texts(out), ElementsAre("Connected NetConnection.Connect.Success"));
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Connected);
}

TEST(NetConnection, TakesAnAnswerWithEverythingInTheFirstObject) {
  Peer peer;
  peer.opens();
  EXPECT_THAT(texts(peer.says(
                  {"_result", 1, AmfObject{{"code", "NetConnection.Connect.Success"}}, {nullptr}})),
              ElementsAre("Connected NetConnection.Connect.Success"));
}

TEST(NetConnection, TakesAnEcmaArrayForTheInfoObject) {
  Peer peer;
  peer.opens();
  EXPECT_THAT(texts(peer.says({"_result",
                               1,
                               nullptr,
                               {AmfValue::ecmaArray({{"code", "NetConnection.Connect.Rejected"},
                                                     {"level", "error"}})}})),
              ElementsAre("ConnectRefused NetConnection.Connect.Rejected"));
}

TEST(NetConnection, TakesABareResultForSuccess) {
  Peer peer;
  peer.opens();
  EXPECT_THAT(
      texts(peer.says(MessageType::CommandAmf0, "02 0007 5f726573756c74 00 3ff0000000000000")),
      ElementsAre("Connected NetConnection.Connect.Success"));
}

TEST(NetConnection, IsRefusedByAnErrorWithTheServersCode) {
  Peer peer;
  peer.opens();
  const Actions out = peer.says({"_error",
                                 1,
                                 nullptr,
                                 {AmfObject{{"level", "error"},
                                            {"code", "NetConnection.Connect.InvalidApp"},
                                            {"description", "no app"}}}});
  EXPECT_THAT(texts(out), ElementsAre("ConnectRefused NetConnection.Connect.InvalidApp"));
  EXPECT_EQ(out.events[0].status.description, "no app");
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Refused);
}

TEST(NetConnection, IsRefusedByAnErrorWithoutAnyObject) {
  Peer peer;
  peer.opens();
  const Actions out =
      peer.says(MessageType::CommandAmf0, "02 0006 5f6572726f72 00 3ff0000000000000");
  EXPECT_THAT(texts(out), ElementsAre("ConnectRefused NetConnection.Connect.Rejected"));
  EXPECT_EQ(out.events[0].status.level, "error");
}

TEST(NetConnection, IgnoresAnAnswerToNoCallOfOurs) {
  Peer peer;
  peer.opens();
  EXPECT_THAT(texts(peer.says({"_error", 7, nullptr, {}})), IsEmpty());
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Opening);
}

TEST(NetConnection, IsAnsweredOnce) {
  Peer peer;
  peer.connects();
  EXPECT_THAT(texts(peer.says({"_error", 1, nullptr, {}})), IsEmpty());
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Connected);
}

TEST(NetConnection, EndsWithTheServersCloseCommand) {
  Peer peer;
  peer.connects();
  EXPECT_THAT(texts(peer.says({"close", 0, nullptr, {}})),
              ElementsAre("ConnectRefused NetConnection.Connect.Closed"));
  EXPECT_THAT(texts(peer.says({"close", 0, nullptr, {}})), IsEmpty()) << "told once";
}

TEST(NetConnection, IsRefusedByAStatusInsteadOfAnAnswer) {
  Peer peer;
  peer.opens();
  EXPECT_THAT(texts(peer.status("NetConnection.Connect.Rejected", "error")),
              ElementsAre("ConnectRefused NetConnection.Connect.Rejected"));
}

TEST(NetConnection, ComparesTheCodeNotTheLevel) {
  for (const char* code : {"NetConnection.Connect.Rejected", "NetConnection.Connect.InvalidApp",
                           "NetConnection.Connect.Failed"}) {
    Peer peer;
    peer.opens();
    EXPECT_THAT(texts(peer.status(code, "status")),
                ElementsAre(std::string("ConnectRefused ") + code));
  }
}

TEST(NetConnection, EndsWhenTheApplicationShutsDown) {
  Peer peer;
  peer.connects();
  EXPECT_THAT(texts(peer.status("NetConnection.Connect.AppShutdown", "error")),
              ElementsAre("ConnectRefused NetConnection.Connect.AppShutdown"));
}

TEST(NetConnection, PassesOtherStatusOn) {
  Peer peer;
  peer.connects();
  EXPECT_THAT(texts(peer.status("NetConnection.Connect.NetworkChange", "status")),
              ElementsAre("Informed NetConnection.Connect.NetworkChange"));
}

TEST(NetConnection, AnswersAPingWithItsOwnNumber) {
  Peer peer;
  const Actions out = peer.says(MessageType::UserControl, "0006 deadbeef");
  ASSERT_EQ(out.send.size(), 1u);
  EXPECT_EQ(out.send[0].message.type, MessageType::UserControl);
  EXPECT_EQ(out.send[0].message.body, hex("0007 deadbeef"));
  EXPECT_EQ(out.send[0].chunkStream, 2u);
}

TEST(NetConnection, IgnoresOtherUserControl) {
  Peer peer;
  for (const char* body : {"0000 00000000", "0002 00000001", "001a", "0063", "", "0006 0000"}) {
    EXPECT_THAT(peer.says(MessageType::UserControl, body).send, IsEmpty()) << body;
    EXPECT_TRUE(peer.accepted);
  }
}

TEST(NetConnection, AcknowledgesOncePerWindow) {
  Peer peer;
  peer.says(MessageType::WindowAckSize, "000003e8");
  NetConnection& connection = peer.session.connection();
  Actions out;
  connection.onBytesReceived(999, out);
  EXPECT_THAT(out.send, IsEmpty());
  connection.onBytesReceived(1000, out);
  ASSERT_EQ(out.send.size(), 1u);
  EXPECT_EQ(out.send[0].message.type, MessageType::Acknowledgement);
  EXPECT_EQ(out.send[0].message.body, hex("000003e8"));
  connection.onBytesReceived(1999, out);
  EXPECT_EQ(out.send.size(), 1u);
  connection.onBytesReceived(5000, out);
  EXPECT_EQ(out.send.size(), 2u) << "one for all, not one per window";
}

TEST(NetConnection, AcknowledgesBeyondTwoToThe32) {
  Peer peer;
  peer.says(MessageType::WindowAckSize, "00100000");
  Actions out;
  peer.session.connection().onBytesReceived(0xFFFFFFF0, out);
  peer.session.connection().onBytesReceived(0x100200000, out);
  ASSERT_EQ(out.send.size(), 2u);
  EXPECT_EQ(out.send[1].message.body, hex("00200000"));
}

TEST(NetConnection, AcknowledgesNothingUnlessAsked) {
  Peer peer;
  Actions out;
  peer.session.connection().onBytesReceived(1u << 30, out);
  peer.says(MessageType::WindowAckSize, "00000000");
  peer.session.connection().onBytesReceived(1u << 31, out);
  EXPECT_THAT(out.send, IsEmpty());
}

TEST(NetConnection, CountsThePeersAcknowledgementsBeyondTwoToThe32) {
  Peer peer;
  EXPECT_EQ(peer.session.connection().bytesAcknowledged(), 0u);
  for (const char* body : {"70000000", "e0000000", "00000010"}) {
    peer.says(MessageType::Acknowledgement, body);
  }
  EXPECT_EQ(peer.session.connection().bytesAcknowledged(), 0x100000010u);
}

TEST(NetConnection, IgnoresAnAcknowledgementThatGoesBack) {
  Peer peer;
  peer.says(MessageType::Acknowledgement, "00001000");
  peer.says(MessageType::Acknowledgement, "00000800");
  EXPECT_EQ(peer.session.connection().bytesAcknowledged(), 0x1000u);
}

TEST(NetConnection, AnswersABandwidthLimitOnce) {
  Peer peer;
  peer.opens();
  EXPECT_EQ(peer.says(MessageType::SetPeerBandwidth, "004c4b40 02").send.size(), 1u);
  EXPECT_THAT(peer.says(MessageType::SetPeerBandwidth, "004c4b40 02").send, IsEmpty());
}

TEST(NetConnection, KeepsItsSmallWindowUnderALargerSoftLimit) {
  for (const char* limit : {"004c4b40 01", "004c4b40 02"}) {
    Peer peer;
    peer.opens();
    const Actions out = peer.says(MessageType::SetPeerBandwidth, limit);
    ASSERT_EQ(out.send.size(), 1u);
    EXPECT_EQ(out.send[0].message.type, MessageType::WindowAckSize);
    EXPECT_EQ(out.send[0].message.body, hex("0003d090")) << "250000, not 5000000";
  }
}

TEST(NetConnection, ObeysASmallerOrAHardLimit) {
  Peer peer;
  peer.opens();
  EXPECT_EQ(peer.says(MessageType::SetPeerBandwidth, "00010000 02").send.at(0).message.body,
            hex("00010000"));
  EXPECT_EQ(peer.says(MessageType::SetPeerBandwidth, "004c4b40 00").send.at(0).message.body,
            hex("004c4b40"));
}

TEST(NetConnection, RefusesAnUnknownCallThatWantsAnAnswer) {
  Peer peer;
  const Actions out = peer.says({"whoAreYou", 9, nullptr, {}});
  ASSERT_THAT(commands(out), ElementsAre("_error"));
  const auto answer = rtmp::parseCommand(out.send[0].message);
  EXPECT_EQ(answer->transactionId, 9);
  EXPECT_EQ(answer->arguments.at(0)["code"], AmfValue("NetConnection.Call.Failed"));
}

TEST(NetConnection, IgnoresAnUnknownCallThatWantsNone) {
  Peer peer;
  EXPECT_THAT(peer.says({"whoAreYou", 0, nullptr, {}}).send, IsEmpty());
}

TEST(NetConnection, AnswersBandwidthChecks) {
  Peer peer;
  EXPECT_THAT(peer.says({"onBWDone", 0, nullptr, {8192}}).send, IsEmpty());
  EXPECT_THAT(peer.says({"onBWDone", 3, nullptr, {}}).send, IsEmpty());
  EXPECT_THAT(peer.says({"_onbwdone", 3, nullptr, {}}).send, IsEmpty());
  // ["_result", 3, null, 0]
  EXPECT_EQ(peer.says({"onBWCheck", 3, nullptr, {"x"}}).send.at(0).message.body,
            hex("02 0007 5f726573756c74 00 4008000000000000 05 00 0000000000000000"));
  EXPECT_THAT(commands(peer.says({"_onbwcheck", 3, nullptr, {"x", 7}})), ElementsAre("_result"));
  EXPECT_THAT(commands(peer.says({"ping", 0, nullptr, {}})), ElementsAre("pong"));
}

TEST(NetConnection, TakesAnAmf0CommandInAnAmf3Message) {
  Peer peer;
  peer.opens();
  EXPECT_THAT(
      texts(peer.says(MessageType::CommandAmf3, "00 02 0007 5f726573756c74 00 3ff0000000000000")),
      ElementsAre("Connected NetConnection.Connect.Success"));
}

TEST(NetConnection, IgnoresACommandWithAmf3Values) {
  Peer peer;
  EXPECT_THAT(
      peer.says(MessageType::CommandAmf3, "00 02 0001 78 00 0000000000000000 05 11 06 03 78")
          .events,
      IsEmpty());
  EXPECT_TRUE(peer.accepted);
}

TEST(NetConnection, EndsAtACommandThatIsNone) {
  Peer peer;
  peer.says(MessageType::CommandAmf0, "00 3ff0000000000000");
  EXPECT_FALSE(peer.accepted);
}

TEST(NetConnection, IgnoresTypesThatNobodyAskedFor) {
  Peer peer;
  for (const int type : {0, 7, 10, 15, 22, 99}) {
    EXPECT_THAT(peer.says(static_cast<MessageType>(type), "00").send, IsEmpty());
    EXPECT_TRUE(peer.accepted) << type;
  }
}

}  // namespace
}  // namespace multiconnection::session
