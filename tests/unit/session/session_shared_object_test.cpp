#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using rtmp::MessageType;
using testing::ElementsAre;
using testing::IsEmpty;
using EventType = rtmp::SharedObjectEventType;

constexpr const char* kChange =
    "00 02 73 6f 00 00 00 03 00 00 00 00 00 00 00 00 04 00 00 00 0c 00 01 78 00"
    "40 10 00 00 00 00 00 00";

TEST(SessionSharedObject, TakesBothMessageTypes) {
  Peer peer;
  peer.connects();
  for (const auto& [type, body] :
       {std::pair(MessageType::SharedObjectAmf0, std::string(kChange)),
        std::pair(MessageType::SharedObjectAmf3, "00" + std::string(kChange))}) {
    const Actions out = peer.says(type, body);
    EXPECT_TRUE(peer.accepted);
    ASSERT_THAT(texts(out), ElementsAre("SharedObjectReceived"));
    const auto& object = out.events[0].sharedObject;
    EXPECT_EQ(object.name, "so");
    EXPECT_EQ(object.version, 3U);
    ASSERT_EQ(object.events.size(), 1U);
    EXPECT_EQ(object.events[0].type, EventType::Change);
    EXPECT_EQ(object.events[0].value, 4);
  }
}

TEST(SessionSharedObject, TakesThemOnAnyMessageStream) {
  Peer peer;
  peer.connects();
  EXPECT_THAT(texts(peer.says(MessageType::SharedObjectAmf0, kChange, 1)),
              ElementsAre("SharedObjectReceived"));
}

TEST(SessionSharedObject, PassesAValueOverThatItCannotHold) {
  Peer peer;
  peer.connects();
  // An array that holds itself.
  const Actions out = peer.says(MessageType::SharedObjectAmf0,
                                "00 02 73 6f 00 00 00 03 00 00 00 00 00 00 00 00"
                                "04 00 00 00 0b 00 01 78 0a 00 00 00 01 07 00 00");
  EXPECT_TRUE(peer.accepted);
  EXPECT_THAT(out.events, IsEmpty());
}

TEST(SessionSharedObject, EndsTheConnectionAtABrokenOne) {
  Peer peer;
  peer.connects();
  peer.says(MessageType::SharedObjectAmf0, "00 02 73 6f 00 00 00 03 00 00 00 00 00 00 00 00 04 00");
  EXPECT_FALSE(peer.accepted);
}

Bytes sentBody(Peer& peer, MessageType type) {
  Actions out;
  const rtmp::SharedObjectEvent set{EventType::RequestChange, "userName", "Foo", {}, {}};
  peer.session.sendSharedObject({"so", 1, false, {set}}, out);
  EXPECT_EQ(out.send.size(), 1U);
  const auto& sent = out.send[0];
  EXPECT_EQ(sent.chunkStream, 3U);
  EXPECT_EQ(sent.message.streamId, 0U);
  EXPECT_EQ(sent.message.type, type);
  return sent.message.body;
}

TEST(SessionSharedObject, SpeaksAmf0ByDefault) {
  Peer peer;
  peer.connects();
  EXPECT_EQ(sentBody(peer, MessageType::SharedObjectAmf0),
            hex("00 02 73 6f 00 00 00 01 00 00 00 00 00 00 00 00 03 00 00 00 10"
                "00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f"));
}

TEST(SessionSharedObject, SpeaksAmf3OnlyWhereTheServerConfirmedIt) {
  ConnectParameters parameters{"live", "rtmp://b/live", "FMLE/3.0"};
  parameters.objectEncoding = rtmp::Encoding::Amf3;
  const AmfObject success{{"code", "NetConnection.Connect.Success"}};
  AmfObject confirmed = success;
  confirmed.set("objectEncoding", 3);

  Peer without(parameters);
  without.opens();
  without.says({"_result", 1, nullptr, {success}});
  sentBody(without, MessageType::SharedObjectAmf0);

  Peer with(parameters);
  with.opens();
  with.says({"_result", 1, nullptr, {confirmed}});
  EXPECT_EQ(sentBody(with, MessageType::SharedObjectAmf3),
            hex("00 00 02 73 6f 00 00 00 01 00 00 00 00 00 00 00 00 03 00 00 00 10"
                "00 08 75 73 65 72 4e 61 6d 65 11 06 07 46 6f 6f"));
}

}  // namespace
}  // namespace multiconnection::session
