#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using rtmp::MessageType;
using testing::ElementsAre;
using testing::IsEmpty;

/// ["onStatus", 0, null, {level: "status", code: "NetConnection.Connect.ReconnectRequest",
///  tcUrl: "//127.0.0.2/live"}]
constexpr const char* kReconnectRequestBody =
    "0200086f6e537461747573000000000000000000050300056c6576656c02000673746174757300"
    "04636f64650200264e6574436f6e6e656374696f6e2e436f6e6e6563742e5265636f6e6e656374"
    "526571756573740005746355726c0200102f2f3132372e302e302e322f6c697665000009";

AmfObject rejected(AmfObject detail) {
  return {{"level", "error"},
          {"code", "NetConnection.Connect.Rejected"},
          {"description", "RTMP 302 Redirect"},
          {"ex", std::move(detail)}};
}

TEST(Redirect, OfConnectSaysWhereToGo) {
  Peer peer;
  peer.opens();
  const Actions out = peer.says(
      {"_error", 1, nullptr, {rejected({{"code", 302}, {"redirect", "rtmp://edge/live"}})}});
  ASSERT_THAT(texts(out), ElementsAre("Redirected NetConnection.Connect.Rejected"));
  EXPECT_EQ(out.events[0].status.redirect, "rtmp://edge/live");
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Refused);
}

TEST(Redirect, WithAnotherCodeOrWithoutAPlaceIsARefusal) {
  for (const AmfObject& detail : {AmfObject{{"code", 403}, {"redirect", "rtmp://edge/live"}},
                                  AmfObject{{"code", 302}}, AmfObject{}}) {
    Peer peer;
    peer.opens();
    EXPECT_THAT(texts(peer.says({"_error", 1, nullptr, {rejected(detail)}})),
                ElementsAre("ConnectRefused NetConnection.Connect.Rejected"));
  }
}

TEST(Redirect, AfterPublishIsTakenNoteOfAndNamesTheStreamToo) {
  Peer peer;
  peer.connects();
  peer.publishes();
  peer.creates(4, 1);
  const Actions out = peer.says({"onStatus",
                                 0,
                                 nullptr,
                                 {rejected({{"code", 302},
                                            {"redirect", "rtmp://edge/live"},
                                            {"redirect2", "rtmp://edge/live/cam?t=1"}})}},
                                1);
  ASSERT_THAT(texts(out), ElementsAre("Redirected NetConnection.Connect.Rejected"));
  EXPECT_EQ(out.events[0].status.redirect, "rtmp://edge/live");
  EXPECT_EQ(out.events[0].status.redirectStream, "cam?t=1");
  ASSERT_EQ(out.send.size(), 1u);
  const auto told = rtmp::parseCommand(out.send[0].message);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->name, "Redirected");
  EXPECT_EQ(told->arguments, (std::vector<AmfValue>{"rtmp://edge/live"}));
}

TEST(ReconnectRequest, LeavesTheConnectionAsItIs) {
  Peer peer;
  peer.startsPublishing();
  const Actions out = peer.says(MessageType::CommandAmf0, kReconnectRequestBody);
  ASSERT_THAT(texts(out), ElementsAre("MoveRequested NetConnection.Connect.ReconnectRequest"));
  EXPECT_EQ(out.events[0].status.redirect, "//127.0.0.2/live");
  EXPECT_THAT(commands(out), IsEmpty());
  EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Connected);
}

TEST(ReconnectRequest, WithoutAPlaceMeansTheSame) {
  Peer peer;
  peer.connects();
  const Actions out = peer.status("NetConnection.Connect.ReconnectRequest", "status");
  ASSERT_THAT(texts(out), ElementsAre("MoveRequested NetConnection.Connect.ReconnectRequest"));
  EXPECT_EQ(out.events[0].status.redirect, "");
}

TEST(ReconnectRequest, IsNotLostWhenItComesBeforeTheAnswerToConnect) {
  Peer peer;
  peer.opens();
  EXPECT_THAT(texts(peer.says(MessageType::CommandAmf0, kReconnectRequestBody)), IsEmpty());
  EXPECT_THAT(texts(peer.says(
                  {"_result", 1, nullptr, {AmfObject{{"code", "NetConnection.Connect.Success"}}}})),
              ElementsAre("Connected NetConnection.Connect.Success",
                          "MoveRequested NetConnection.Connect.ReconnectRequest"));
}

}  // namespace
}  // namespace multiconnection::session
