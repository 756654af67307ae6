#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using testing::ElementsAre;

ConnectParameters plain() { return {"live", "rtmp://b/live", "FMLE/3.0"}; }

std::vector<std::string> namesOf(const AmfObject& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object) names.push_back(name);
  return names;
}

TEST(ConnectCommand, AnnouncesEnhancedRtmpByteByByte) {
  ConnectParameters parameters{"live", "rtmp://127.0.0.1/live", "FMLE/3.0 (compatible; MC/1.0)"};
  parameters.codecs = {Codec::Hevc, Codec::Av1, Codec::Opus};
  // An encoder that takes reconnect requests, and says nothing of what it plays.
  parameters.fields = {{"videoFourCcInfoMap", AmfObject{{"hvc1", 2}, {"av01", 2}}},
                       {"audioFourCcInfoMap", AmfObject{{"Opus", 2}}},
                       {"capsEx", 3}};
  for (const char* name : {"fpad", "capabilities", "audioCodecs", "videoCodecs", "videoFunction"}) {
    parameters.fields.set(name, AmfValue());
  }
  Peer peer(parameters);
  const rtmp::Message message = peer.opens().send.at(2).message;
  EXPECT_EQ(
      message.body,
      hex("020007636f6e6e656374003ff00000000000000300036170700200046c6976650008666c61736856657202"
          "001d464d4c452f332e302028636f6d7061"
          "7469626c653b204d432f312e30290005746355726c02001572746d703a2f2f3132372e302e302e312f6c69"
          "766500047479706502000a6e6f6e707269"
          "76617465000e6f626a656374456e636f64696e67000000000000000000000a666f757243634c6973740a00"
          "0000030200046876633102000461763031"
          "0200044f7075730012766964656f466f75724363496e666f4d617003000468766331004000000000000000"
          "000461763031004000000000000000000009"
          "0012617564696f466f75724363496e666f4d61700300044f70757300400000000000000000000900066361"
          "70734578004008000000000000000009"));
  const auto parsed = rtmp::parseCommand(message);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->transactionId, 1);
  EXPECT_EQ(parsed->object, AmfValue(connectObject(parameters)));
}

TEST(ConnectCommand, ListsEachCodecAndWhatIsDoneWithIt) {
  ConnectParameters parameters = plain();
  parameters.codecs = {Codec::Hevc, Codec::Opus};
  const AmfObject object = connectObject(parameters);
  EXPECT_EQ(object["fourCcList"], AmfValue(AmfArray{"hvc1", "Opus"}));
  EXPECT_EQ(object["videoFourCcInfoMap"], AmfValue(AmfObject{{"hvc1", 3}}));
  EXPECT_EQ(object["audioFourCcInfoMap"], AmfValue(AmfObject{{"Opus", 3}}));
  EXPECT_EQ(object["capsEx"], AmfValue(15)) << "all of them are understood";
}

TEST(ConnectCommand, SaysNothingOfEnhancedRtmpWithoutCodecs) {
  const AmfObject object = connectObject(plain());
  EXPECT_EQ(object.find("fourCcList"), nullptr);
  EXPECT_EQ(object.find("capsEx"), nullptr);
}

TEST(ConnectCommand, NamesThePageAndThePlayerWhereTheyBelong) {
  ConnectParameters parameters = plain();
  parameters.swfUrl = "http://w/p.swf";
  parameters.pageUrl = "http://w/";
  EXPECT_THAT(
      namesOf(connectObject(parameters)),
      ElementsAre("app", "flashVer", "tcUrl", "type", "swfUrl", "pageUrl", "fpad", "capabilities",
                  "audioCodecs", "videoCodecs", "videoFunction", "objectEncoding"));
}

TEST(ConnectCommand, ReplacesAddsAndLeavesOutMembersAsItsOwnerWants) {
  ConnectParameters parameters = plain();
  parameters.fields = {{"type", "public"}, {"fpad", AmfValue()}, {"room", 7}};
  EXPECT_THAT(namesOf(connectObject(parameters)),
              ElementsAre("app", "flashVer", "tcUrl", "type", "capabilities", "audioCodecs",
                          "videoCodecs", "videoFunction", "objectEncoding", "room"));
  EXPECT_EQ(connectObject(parameters)["type"], AmfValue("public"));
}

TEST(ConnectCommand, SendsTheApplicationsArgumentsBehindTheObject) {
  ConnectParameters parameters = plain();
  parameters.arguments = {"user", 7};
  Peer peer(std::move(parameters));
  const Bytes body = peer.opens().send.at(2).message.body;
  const Bytes end = hex("000009 02 0004 75736572 00 401c000000000000");
  ASSERT_GT(body.size(), end.size());
  EXPECT_EQ(Bytes(body.end() - static_cast<std::ptrdiff_t>(end.size()), body.end()), end);
}

TEST(ConnectCommand, WritesAmf3OnlyOnceTheServerHasConfirmedIt) {
  ConnectParameters parameters = plain();
  parameters.objectEncoding = rtmp::Encoding::Amf3;
  Peer peer(parameters);
  const Actions opened = peer.opens();
  EXPECT_EQ(opened.send.at(2).message.type, rtmp::MessageType::CommandAmf0);
  EXPECT_EQ(rtmp::parseCommand(opened.send.at(2).message)->object["objectEncoding"], AmfValue(3));
  peer.says({"_result", 1, nullptr, {AmfObject{{"objectEncoding", 3}}}});
  EXPECT_EQ(peer.session.connection().encoding(), rtmp::Encoding::Amf3);
  EXPECT_EQ(peer.publishes().send.at(0).message.type, rtmp::MessageType::CommandAmf3);
}

TEST(ConnectCommand, StaysWithAmf0WhereTheServerDoesNotConfirm) {
  for (const AmfValue& answer : {AmfValue(AmfObject{{"objectEncoding", 0}}), AmfValue(nullptr)}) {
    ConnectParameters parameters = plain();
    parameters.objectEncoding = rtmp::Encoding::Amf3;
    Peer peer(parameters);
    peer.opens();
    peer.says({"_result", 1, nullptr, {answer}});
    EXPECT_EQ(peer.publishes().send.at(0).message.type, rtmp::MessageType::CommandAmf0);
  }
}

TEST(ConnectCommand, StaysWithAmf0WhereNobodyAskedForAnythingElse) {
  Peer peer(plain());
  peer.opens();
  peer.says({"_result", 1, nullptr, {AmfObject{{"objectEncoding", 3}}}});
  EXPECT_EQ(peer.session.connection().encoding(), rtmp::Encoding::Amf0);
}

}  // namespace
}  // namespace multiconnection::session
