#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Calls, AreSentWithTheirNumberAndArguments) {
  Peer peer;
  peer.connects();
  Actions out;
  const auto transaction = peer.session.connection().startCall("sum", {1, "x"}, out);
  ASSERT_TRUE(transaction);
  EXPECT_EQ(*transaction, 2);
  ASSERT_EQ(out.send.size(), 1u);
  // ["sum", 2, null, 1, "x"]
  EXPECT_EQ(out.send[0].message.body,
            hex("02 0003 73756d 00 4000000000000000 05 00 3ff0000000000000 02 0001 78"));
  EXPECT_EQ(out.send[0].message.streamId, 0u);
  EXPECT_EQ(out.send[0].chunkStream, 3u);
}

TEST(Calls, AreAnsweredByNumberNotByOrder) {
  Peer peer;
  peer.connects();
  const double first = peer.calls("a");
  const double second = peer.calls("b");
  const Actions late = peer.says({"_result", second, nullptr, {"B", 2}});
  ASSERT_THAT(texts(late), ElementsAre("CallAnswered"));
  EXPECT_EQ(late.events[0].call.transaction, second);
  EXPECT_TRUE(late.events[0].call.accepted);
  EXPECT_THAT(late.events[0].call.values, ElementsAre(AmfValue("B"), AmfValue(2)));
  EXPECT_EQ(peer.says({"_error", first, nullptr, {"no"}}).events.at(0).call.transaction, first);
}

TEST(Calls, KeepWhatAnErrorSays) {
  Peer peer;
  peer.connects();
  const double call = peer.calls("a");
  const Actions out =
      peer.says({"_error", call, nullptr, {AmfObject{{"code", "NetConnection.Call.Failed"}}}});
  ASSERT_THAT(texts(out), ElementsAre("CallAnswered"));
  EXPECT_FALSE(out.events[0].call.accepted);
  EXPECT_EQ(out.events[0].call.values.at(0)["code"], AmfValue("NetConnection.Call.Failed"));
}

TEST(Calls, TakeAnErrorThatEndsAfterItsNumber) {
  Peer peer;
  peer.connects();
  ASSERT_EQ(peer.calls("a"), 2);
  // ["_error", 2]
  const Actions out =
      peer.says(rtmp::MessageType::CommandAmf0, "02 0006 5f6572726f72 00 4000000000000000");
  ASSERT_THAT(texts(out), ElementsAre("CallAnswered"));
  EXPECT_FALSE(out.events[0].call.accepted);
  EXPECT_THAT(out.events[0].call.values, IsEmpty());
}

TEST(Calls, TakeTheCommandObjectForTheValueWhereNothingFollows) {
  Peer peer;
  peer.connects();
  const Actions out = peer.says({"_result", peer.calls("a"), AmfObject{{"x", 1}}, {}});
  EXPECT_THAT(out.events.at(0).call.values, ElementsAre(AmfValue(AmfObject{{"x", 1}})));
}

TEST(Calls, AreAnsweredOnce) {
  Peer peer;
  peer.connects();
  const double call = peer.calls("a");
  EXPECT_THAT(texts(peer.says({"_result", call, nullptr, {}})), ElementsAre("CallAnswered"));
  EXPECT_THAT(texts(peer.says({"_result", call, nullptr, {}})), IsEmpty());
  EXPECT_THAT(texts(peer.says({"_error", call, nullptr, {}})), IsEmpty());
}

TEST(Calls, IgnoreTheAnswerThatComesAfterTheyWereForgotten) {
  Peer peer;
  peer.connects();
  const double call = peer.calls("a");
  peer.session.connection().forgetCall(call);
  EXPECT_THAT(texts(peer.says({"_result", call, nullptr, {}})), IsEmpty());
  EXPECT_EQ(peer.session.connection().callsOutstanding(), 0u);
}

TEST(Calls, MatchNoInventedNumber) {
  Peer peer;
  peer.connects();
  const double call = peer.calls("a");
  for (const double number :
       {call + 0.5, call + 1, -call, 0.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(texts(peer.says({"_result", number, nullptr, {}})), IsEmpty()) << number;
  }
  EXPECT_EQ(peer.session.connection().callsOutstanding(), 1u);
}

TEST(Calls, LetNoAnswerWithoutANumberEndTheProtocolsOwn) {
  Peer peer;
  peer.opens();
  EXPECT_THAT(texts(peer.says({"_result", std::nan(""), nullptr, {}})), IsEmpty());
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Opening);
}

TEST(Calls, NeedAConnection) {
  Peer peer;
  EXPECT_EQ(peer.calls("a"), 0);
  peer.opens();
  EXPECT_EQ(peer.calls("a"), 0);
  Actions out;
  const auto refused = peer.session.connection().startCall("a", {}, out);
  EXPECT_EQ(refused.error().code, Errc::InvalidState);
  EXPECT_THAT(out.send, IsEmpty());
}

TEST(Calls, AreLimitedInNumberNotInTime) {
  Peer peer;
  peer.connects();
  for (std::size_t i = 0; i < NetConnection::kMaxCalls; ++i) ASSERT_NE(peer.calls("a"), 0);
  Actions out;
  const auto refused = peer.session.connection().startCall("a", {}, out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::LimitExceeded);
  EXPECT_THAT(out.send, IsEmpty());
  peer.says({"_result", 2, nullptr, {}});
  EXPECT_NE(peer.calls("a"), 0) << "one was answered";
}

TEST(Calls, FromTheServerComeUpWhenTheirMethodIsHandled) {
  Peer peer;
  peer.connects();
  peer.session.connection().setHandledMethods({"sum"});
  const Actions out = peer.says({"sum", 9, nullptr, {1, 2}});
  EXPECT_THAT(out.send, IsEmpty());
  ASSERT_THAT(texts(out), ElementsAre("CallReceived"));
  EXPECT_EQ(out.events[0].call.transaction, 9);
  EXPECT_EQ(out.events[0].call.method, "sum");
  EXPECT_THAT(out.events[0].call.values, ElementsAre(AmfValue(1), AmfValue(2)));
  EXPECT_THAT(commands(peer.says({"product", 9, nullptr, {1, 2}})), ElementsAre("_error"));
}

TEST(Calls, FromTheServerAreAnsweredWithTheirNumber) {
  Peer peer;
  peer.connects();
  Actions out;
  peer.session.connection().answerCall(9, true, 3, out);
  peer.session.connection().answerCall(10, false, "no", out);
  peer.session.connection().answerCall(0, true, 3, out);
  ASSERT_EQ(out.send.size(), 2u) << "nobody waits for number 0";
  // ["_result", 9, null, 3], ["_error", 10, null, "no"]
  EXPECT_EQ(out.send[0].message.body,
            hex("02 0007 5f726573756c74 00 4022000000000000 05 00 4008000000000000"));
  EXPECT_EQ(out.send[1].message.body,
            hex("02 0006 5f6572726f72 00 4024000000000000 05 02 0002 6e6f"));
}

TEST(Calls, HandledMethodsGoBeforeOurOwnAnswers) {
  Peer peer;
  peer.connects();
  peer.session.connection().setHandledMethods({"onBWDone", "_result", "close"});
  EXPECT_THAT(texts(peer.says({"onBWDone", 0, nullptr, {8192}})), ElementsAre("CallReceived"));
  EXPECT_THAT(texts(peer.says({"_result", 0, nullptr, {}})), IsEmpty()) << "never a call";
  EXPECT_THAT(texts(peer.says({"close", 0, nullptr, {}})),
              ElementsAre("ConnectRefused NetConnection.Connect.Closed"));
}

}  // namespace
}  // namespace multiconnection::session
