#include <gmock/gmock.h>

#include "client_harness.hpp"
#include "node/client_fsm.hpp"

namespace multiconnection::node {
namespace {

using test::hex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Command bodies as a publisher sends them.
const Bytes kCreateStream = hex("02000c63726561746553747265616d00401000000000000005");
const Bytes kCreateStreamResult = hex("0200075f726573756c7400401000000000000005003ff0000000000000");
const Bytes kPublishWebCastName =
    hex("0200077075626c697368004014000000000000050200 0b 776562436173744e616d65 0200046c697665");

TEST(ClientStreams, TheFirstStreamHasIdOne) {
  ClientHarness client;
  client.connect();
  ASSERT_TRUE(client.feed({MessageType::CommandAmf0, 0, 0, kCreateStream}));
  ASSERT_EQ(client.out.send.size(), 1U);
  EXPECT_EQ(client.out.send[0].message.body, kCreateStreamResult);
  EXPECT_EQ(client.out.send[0].message.streamId, 0U);
}

TEST(ClientStreams, ADeletedIdIsGivenAgain) {
  ClientHarness client;
  client.connect();
  client.createStream();
  client.createStream();
  EXPECT_THAT(client.commands()[0].arguments, ElementsAre(AmfValue(2)));
  client.command({"deleteStream", 0, nullptr, {1}});
  client.createStream();
  EXPECT_THAT(client.commands()[0].arguments, ElementsAre(AmfValue(1)));
}

TEST(ClientStreams, OneConnectionHasALimitedNumberOfThem) {
  ClientHarness client({.maxStreams = 2});
  client.connect();
  client.createStream();
  client.createStream();
  client.createStream();
  EXPECT_EQ(client.commands()[0].name, "_error");
  EXPECT_EQ(client.lastDescription(), "at most 2 streams per connection");
}

TEST(ClientStreams, PublishAsksTheOwnerAndIsThenConfirmed) {
  ClientHarness client;
  client.connect();
  client.createStream();
  ASSERT_TRUE(client.feed({MessageType::CommandAmf0, 0, 1, kPublishWebCastName}));
  EXPECT_TRUE(client.out.send.empty());
  ASSERT_EQ(client.out.events.size(), 1U);
  EXPECT_EQ(client.out.events[0].kind, Kind::PublishRequested);
  EXPECT_EQ(client.out.events[0].name, "webCastName");
  EXPECT_EQ(client.out.events[0].streamId, 1U);
  client.fsm.publishStarted(1, false, client.out);
  EXPECT_EQ(client.out.send[0].message.body, hex("000000000001")) << "StreamBegin 1";
  EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Publish.Start"));
}

TEST(ClientStreams, ANameInUseIsBadAndLeavesTheStreamUsable) {
  ClientHarness client;
  client.connect();
  client.createStream();
  client.command({"publish", 5, nullptr, {"one", "live"}}, 1);
  client.fsm.publishRefused(1, "NetStream.Publish.BadName", "the name one is in use", client.out);
  EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Publish.BadName"));
  EXPECT_EQ(client.lastDescription(), "the name one is in use");
  ASSERT_TRUE(client.feed({MessageType::Audio, 0, 1, hex("af01")}));
  EXPECT_THAT(client.out.events, IsEmpty()) << "media under way meanwhile is ignored";
  client.command({"publish", 6, nullptr, {"two", "live"}}, 1);
  ASSERT_EQ(client.out.events.size(), 1U);
  EXPECT_EQ(client.out.events[0].name, "two");
}

TEST(ClientStreams, TheQueryIsNoPartOfAName) {
  ClientHarness client;
  client.startPublishing("one?token=secret");
  EXPECT_EQ(client.out.events[0].name, "one");
}

TEST(ClientStreams, ABadNameIsRefusedWithItsReason) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "the stream name is empty"},
      {"?x=y", "the stream name is empty"},
      {std::string(300, 'n'), "the stream name has 300 bytes, at most 256 are taken"},
      {"a\tb", "the stream name has control characters"}};
  for (const auto& [name, why] : cases) {
    ClientHarness client;
    client.connect();
    client.createStream();
    client.command({"publish", 5, nullptr, {name}}, 1);
    EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Publish.BadName"));
    EXPECT_EQ(client.lastDescription(), why);
    client.command({"play", 5, nullptr, {name}}, 1);
    EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Play.Failed"));
    EXPECT_EQ(client.lastDescription(), why);
    EXPECT_THAT(client.out.events, IsEmpty());
  }
}

TEST(ClientStreams, AStreamThatWasNotCreatedIsRefused) {
  ClientHarness client;
  client.connect();
  client.command({"publish", 5, nullptr, {"one"}}, 7);
  EXPECT_THAT(client.statuses(), ElementsAre("7 NetStream.Publish.BadName"));
  EXPECT_EQ(client.lastDescription(), "stream 7 was not created");
}

TEST(ClientStreams, AStreamDoesOneThingAtATime) {
  ClientHarness client;
  client.startPublishing("one");
  client.command({"play", 6, nullptr, {"two"}}, 1);
  EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Play.Failed"));
  EXPECT_EQ(client.lastDescription(), "stream 1 is in use already");
}

TEST(ClientStreams, RecordingIsRefusedClearly) {
  for (const char* type : {"record", "append", "appendWithGap"}) {
    ClientHarness client;
    client.connect();
    client.createStream();
    client.command({"publish", 5, nullptr, {"one", type}}, 1);
    EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Record.NoAccess"));
    EXPECT_THAT(client.out.events, IsEmpty());
  }
}

TEST(ClientStreams, MediaKeepsItsBytesAndItsTime) {
  ClientHarness client;
  client.startPublishing("one");
  ASSERT_TRUE(client.feed({MessageType::Video, 4294967290U, 1, hex("1701000000aabb")}));
  ASSERT_EQ(client.out.events.size(), 1U);
  const MediaMessage& video = client.out.events[0].media;
  EXPECT_EQ(video.kind, MediaKind::Video);
  EXPECT_EQ(*video.body, hex("1701000000aabb"));
  EXPECT_EQ(video.timestamp.count(), 4294967290);
  ASSERT_TRUE(client.feed({MessageType::Audio, 10, 1, hex("af01cc")}));
  EXPECT_EQ(client.out.events[0].media.timestamp.count(), 4294967306) << "beyond 2^32";
}

TEST(ClientStreams, DataInItsAmf3FormLosesTheByteInFront) {
  ClientHarness client;
  client.startPublishing("one");
  ASSERT_TRUE(client.feed({MessageType::DataAmf3, 0, 1, hex("00 02000141")}));
  ASSERT_EQ(client.out.events.size(), 1U);
  EXPECT_EQ(client.out.events[0].media.kind, MediaKind::Data);
  EXPECT_EQ(*client.out.events[0].media.body, hex("02000141"));
}

TEST(ClientStreams, MediaOutsideAPublishedStreamIsIgnored) {
  ClientHarness client;
  client.startPlaying("one");
  for (const std::uint32_t id : {0U, 1U, 5U}) {
    ASSERT_TRUE(client.feed({MessageType::Audio, 0, id, hex("af01")}));
    EXPECT_THAT(client.out.events, IsEmpty());
  }
}

TEST(ClientStreams, EveryWayToEndPublishingIsConfirmed) {
  const std::vector<std::pair<Command, std::uint32_t>> ends{
      {{"deleteStream", 0, nullptr, {1}}, 0},
      {{"closeStream", 0, nullptr, {}}, 1},
      {{"publish", 0, nullptr, {false}}, 1},
      {{"FCUnpublish", 0, nullptr, {"one?x=y"}}, 0}};
  for (const auto& [command, streamId] : ends) {
    ClientHarness client;
    client.startPublishing("one");
    client.command(command, streamId);
    EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Unpublish.Success")) << command.name;
    ASSERT_EQ(client.out.events.size(), 1U);
    EXPECT_EQ(client.out.events[0].kind, Kind::PublishEnded);
    EXPECT_EQ(client.out.events[0].streamId, 1U);
    client.command({"deleteStream", 0, nullptr, {1}});
    EXPECT_THAT(client.out.events, IsEmpty()) << "an end is told once";
  }
}

TEST(ClientStreams, PreparingToPublishIsAnswered) {
  ClientHarness client;
  client.connect();
  client.command({"releaseStream", 2, nullptr, {"one"}});
  ASSERT_EQ(client.commands().size(), 1U);
  EXPECT_EQ(client.commands()[0].name, "_result");
  client.command({"FCPublish", 3, nullptr, {"one"}});
  ASSERT_EQ(client.commands().size(), 2U);
  EXPECT_EQ(client.commands()[0].transactionId, 3);
  EXPECT_EQ(client.commands()[1].name, "onFCPublish");
  EXPECT_EQ(client.commands()[1].arguments[0]["code"], AmfValue("NetStream.Publish.Start"));
}

TEST(ClientStreams, PlayIsConfirmedBeforeAnyMedia) {
  ClientHarness client;
  client.startPlaying("one");
  ASSERT_EQ(client.out.send.size(), 4U);
  EXPECT_EQ(client.out.send[0].message.body, hex("000000000001")) << "StreamBegin 1";
  EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Play.Reset", "1 NetStream.Play.Start"));
  EXPECT_EQ(client.out.send[3].message.type, MessageType::DataAmf0);
  EXPECT_EQ(client.out.send[3].message.body,
            hex("0200117c52746d7053616d706c65416363657373 0101 0101"));
  for (const auto& outgoing : client.out.send) {
    EXPECT_TRUE(outgoing.chunkStream < 4 || outgoing.chunkStream > 6)
        << "the media chunk streams belong to media";
  }
}

TEST(ClientStreams, APlayerHearsOfThePublishersEndAndReturn) {
  ClientHarness client;
  client.startPlaying("one");
  client.out = {};
  client.fsm.publisherLeft(1, client.out);
  EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Play.UnpublishNotify"));
  EXPECT_EQ(client.out.send.back().message.body, hex("000100000001")) << "StreamEOF 1";
  client.out = {};
  client.fsm.publisherCame(1, client.out);
  EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Play.PublishNotify"));
}

TEST(ClientStreams, WhatPlayersAskBesidesIsTolerated) {
  ClientHarness client;
  client.startPlaying("one");
  client.command({"FCUnsubscribe", 0, nullptr, {true, 0}}, 1);
  EXPECT_TRUE(client.out.send.empty());
  ASSERT_TRUE(client.feed({MessageType::UserControl, 0, 0, hex("0003 00000001 000003e8")}));
  EXPECT_TRUE(client.out.send.empty());
  client.command({"FCSubscribe", 0, nullptr, {"one"}});
  EXPECT_EQ(client.commands()[0].name, "onFCSubscribe");
  client.command({"seek", 0, nullptr, {1000}}, 1);
  EXPECT_THAT(client.statuses(), ElementsAre("1 NetStream.Seek.Failed"));
}

TEST(ClientStreams, SeveralStreamsLiveSideBySide) {
  ClientHarness client;
  client.startPublishing("one");
  client.createStream();
  client.command({"publish", 6, nullptr, {"two"}}, 2);
  client.fsm.publishStarted(2, false, client.out);
  EXPECT_THAT(client.statuses(), ElementsAre("2 NetStream.Publish.Start"));
  ASSERT_TRUE(client.feed({MessageType::Audio, 0, 2, hex("af01")}));
  EXPECT_EQ(client.out.events[0].streamId, 2U);
  client.command({"deleteStream", 0, nullptr, {2}});
  ASSERT_TRUE(client.feed({MessageType::Audio, 0, 1, hex("af01")}));
  EXPECT_EQ(client.out.events.size(), 1U);
}

}  // namespace
}  // namespace multiconnection::node
