#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using State = NetStream::State;

TEST(Publish, SendsReleaseStreamFcPublishAndCreateStream) {
  Peer peer;
  peer.connects();
  const Actions out = peer.publishes();
  ASSERT_THAT(commands(out), ElementsAre("releaseStream", "FCPublish", "createStream"));
  EXPECT_EQ(out.send[0].message.body,
            hex("02 000d 72656c6561736553747265616d 00 4000000000000000 05"
                "02 000b 776562436173744e616d65"));
  EXPECT_EQ(
      out.send[1].message.body,
      hex("02 0009 46435075626c697368 00 4008000000000000 05 02 000b 776562436173744e616d65"));
  EXPECT_EQ(out.send[2].message.body, hex("02 00 0c 63 72 65 61 74 65 53 74 72 65 61 6d 00 40 10 00"
                                          "00 00 00 00 00 05"));
  for (const Outgoing& outgoing : out.send) EXPECT_EQ(outgoing.message.streamId, 0u);
}

TEST(Publish, SendsPublishOnTheStreamThatWasCreated) {
  Peer peer;
  peer.connects();
  peer.publishes();
  const Actions out = peer.says(rtmp::MessageType::CommandAmf0,
                                "02 00 07 5f 72 65 73 75 6c 74 00 40 10 00 00 00 00 00 00 05 00 40 "
                                "08 00 00 00 00 00 00");
  ASSERT_EQ(out.send.size(), 1u);
  EXPECT_EQ(out.send[0].message.streamId, 3u);
  EXPECT_EQ(out.send[0].chunkStream, 8u);
  EXPECT_EQ(out.send[0].message.body,
            hex("02 00 07 70 75 62 6c 69 73 68 00 40 14 00 00 00 00 00 00 05 02 00 0b 77 65 62 43 "
                "61 73 74 4e 61 6d 65 02 00 04 6c 69 76 65"));
  EXPECT_EQ(peer.session.stream().id(), 3u);
  EXPECT_EQ(peer.session.stream().state(), State::Requested);
}

TEST(Publish, StartsWithPublishStart) {
  Peer peer;
  peer.connects();
  peer.publishes();
  peer.creates(4, 1);
  const Actions out = peer.says(
      rtmp::MessageType::CommandAmf0,
      "02 00 08 6f 6e 53 74 61 74 75 73 00 00 00 00 00 00 00 00 00 05 03 00 05 6c 65 76 65 6c 02 "
      "00 06 73 74 61 74 75 73 00 04 63 6f 64 65 02 00 17 4e 65 74 53 74 72 65 61 6d 2e 50 75 62 "
      "6c 69 73 68 2e 53 74 61 72 74 00 00 09",
      1);
  EXPECT_THAT(texts(out), ElementsAre("PublishStarted NetStream.Publish.Start"));
  EXPECT_EQ(peer.session.stream().state(), State::Active);
}

TEST(Publish, TakesAStatusOnAnyStreamAndTransaction) {
  for (const std::uint32_t streamId : {0u, 1u, 5u}) {
    Peer peer;
    peer.connects();
    peer.publishes();
    peer.creates(4, 1);
    EXPECT_THAT(
        texts(peer.says({"onStatus", 5, nullptr, {AmfObject{{"code", "NetStream.Publish.Start"}}}},
                        streamId)),
        ElementsAre("PublishStarted NetStream.Publish.Start"))
        << streamId;
  }
}

TEST(Publish, IsRefusedByCodeWhateverTheLevel) {
  for (const char* code : {"NetStream.Publish.BadName", "NetStream.Publish.Denied"}) {
    for (const char* level : {"error", "status", ""}) {
      Peer peer;
      peer.connects();
      peer.publishes();
      peer.creates(4, 1);
      EXPECT_THAT(texts(peer.status(code, level, 1)),
                  ElementsAre(std::string("PublishRefused ") + code));
      EXPECT_EQ(peer.session.stream().state(), State::Idle);
      EXPECT_EQ(peer.session.connection().state(), NetConnection::State::Connected);
    }
  }
}

TEST(Publish, LeavesNoStreamBehindWhereItIsRefused) {
  Peer peer;
  peer.connects();
  for (int round = 1; round <= 3; ++round) {
    peer.publishes();
    peer.creates(4 * round, 1);
    EXPECT_THAT(commands(peer.status("NetStream.Publish.BadName", "error", 1)),
                ElementsAre("deleteStream"));
  }
  peer.publishes();
  peer.creates(16, 1);
  EXPECT_THAT(texts(peer.status("NetStream.Publish.Start", "status", 1)),
              ElementsAre("PublishStarted NetStream.Publish.Start"));
}

TEST(Publish, IsRefusedByAnyOtherError) {
  Peer peer;
  peer.connects();
  peer.publishes();
  peer.creates(4, 1);
  EXPECT_THAT(texts(peer.status("NetStream.Failed", "error", 1)),
              ElementsAre("PublishRefused NetStream.Failed"));
}

TEST(Publish, IsRefusedBeforeItsStreamIsCreated) {
  Peer peer;
  peer.connects();
  peer.publishes();
  EXPECT_THAT(texts(peer.status("NetStream.Publish.BadName", "error")),
              ElementsAre("PublishRefused NetStream.Publish.BadName"));
}

TEST(Publish, GoesOnWhenOnlyTheServersRecordingFails) {
  Peer peer;
  peer.startsPublishing();
  EXPECT_THAT(texts(peer.status("NetStream.Record.Failed", "error", 1)),
              ElementsAre("Informed NetStream.Record.Failed"));
  EXPECT_EQ(peer.session.stream().state(), State::Active);
}

TEST(Publish, IsEndedByARefusalWhileItRuns) {
  Peer peer;
  peer.startsPublishing();
  EXPECT_THAT(texts(peer.status("NetStream.Publish.BadName", "error", 1)),
              ElementsAre("PublishRefused NetStream.Publish.BadName"));
}

TEST(Publish, NeedsNoAnswerToReleaseStreamAndFcPublish) {
  Peer silent;
  silent.startsPublishing();
  EXPECT_EQ(silent.session.stream().state(), State::Active);
}

TEST(Publish, DoesNotMindErrorsForReleaseStreamAndFcPublish) {
  Peer peer;
  peer.connects();
  peer.publishes();
  EXPECT_THAT(texts(peer.says({"_error", 2, nullptr, {}})), IsEmpty());
  EXPECT_THAT(texts(peer.says({"_error", 3, nullptr, {}})), IsEmpty());
  EXPECT_THAT(texts(peer.says({"onFCPublish", 0, nullptr, {AmfObject{}}})), IsEmpty());
  EXPECT_EQ(peer.session.stream().state(), State::Creating);
}

TEST(Publish, IsRefusedWhenNoStreamIsCreated) {
  Peer error;
  error.connects();
  error.publishes();
  EXPECT_THAT(texts(error.says({"_error", 4, nullptr, {}})),
              ElementsAre("PublishRefused NetStream.Failed"));
  for (const AmfValue& id : {AmfValue(0), AmfValue(-1), AmfValue("1"), AmfValue(4294967296.0),
                             AmfValue(std::nan("")), AmfValue(nullptr)}) {
    Peer peer;
    peer.connects();
    peer.publishes();
    EXPECT_THAT(texts(peer.says({"_result", 4, nullptr, {id}})),
                ElementsAre("PublishRefused NetStream.Failed"))
        << id;
  }
}

TEST(Publish, TakesTheLargestStreamId) {
  Peer peer;
  peer.connects();
  peer.publishes();
  peer.creates(4, 4294967295.0);
  EXPECT_EQ(peer.session.stream().id(), 4294967295u);
}

TEST(Publish, UnpublishesWithFcUnpublishThenDeleteStream) {
  Peer peer;
  peer.startsPublishing();
  const Actions out = peer.stops();
  ASSERT_THAT(commands(out), ElementsAre("FCUnpublish", "deleteStream"));
  // ["deleteStream", 0, null, 1]
  EXPECT_EQ(out.send[1].message.body, hex("02 000c 64656c65746553747265616d 00 0000000000000000 05"
                                          "00 3ff0000000000000"));
  EXPECT_EQ(out.send[1].message.streamId, 0u);
  EXPECT_EQ(peer.session.stream().state(), State::Idle);
  EXPECT_THAT(texts(peer.status("NetStream.Unpublish.Success", "status", 1)),
              ElementsAre("Unpublished NetStream.Unpublish.Success"));
}

TEST(Publish, StopsOnce) {
  Peer peer;
  peer.startsPublishing();
  peer.stops();
  EXPECT_THAT(peer.stops().send, IsEmpty());
}

TEST(Publish, DeletesNoStreamThatItDoesNotKnowYet) {
  Peer peer;
  peer.connects();
  peer.publishes();
  EXPECT_THAT(commands(peer.stops()), ElementsAre("FCUnpublish"));
}

TEST(Publish, DeletesTheStreamOfAnAbandonedCreateStream) {
  Peer peer;
  peer.connects();
  peer.publishes("first");   // calls 2, 3, 4
  peer.stops();              // 5
  peer.publishes("second");  // 6, 7, 8
  const Actions out = peer.creates(4, 1);
  ASSERT_THAT(commands(out), ElementsAre("deleteStream"));
  // ["deleteStream", 0, null, 1]
  EXPECT_EQ(out.send[0].message.body, hex("02 000c 64656c65746553747265616d 00 0000000000000000 05"
                                          "00 3ff0000000000000"));
  EXPECT_EQ(peer.session.stream().state(), State::Creating);
  EXPECT_THAT(commands(peer.creates(8, 2)), ElementsAre("publish"));
  EXPECT_EQ(peer.session.stream().id(), 2u);
}

TEST(Publish, IgnoresTheLateRefusalOfAnAbandonedPublish) {
  Peer peer;
  peer.connects();
  peer.publishes("first");
  peer.creates(4, 1);
  peer.stops();
  peer.publishes("second");
  EXPECT_THAT(texts(peer.status("NetStream.Publish.BadName", "error", 1)),
              ElementsAre("Informed NetStream.Publish.BadName"));
  EXPECT_EQ(peer.session.stream().state(), State::Creating);
}

TEST(Publish, IgnoresTheLateStatusOfAStreamThatWasDeleted) {
  Peer peer;
  peer.connects();
  peer.publishes("first");
  peer.creates(4, 1);
  peer.stops();
  peer.publishes("second");
  peer.creates(9, 2);
  ASSERT_EQ(peer.session.stream().state(), State::Requested);
  EXPECT_THAT(texts(peer.status("NetStream.Publish.Start", "status", 1)),
              ElementsAre("Informed NetStream.Publish.Start"));
  EXPECT_THAT(texts(peer.status("NetStream.Publish.Start", "status", 2)),
              ElementsAre("PublishStarted NetStream.Publish.Start"));
}

TEST(Publish, StartsAgainOnAServerThatReusesTheStreamId) {
  Peer peer;
  peer.startsPublishing();
  peer.stops();
  peer.publishes("second");
  peer.status("NetStream.Unpublish.Success", "status", 1);
  peer.creates(9, 1);
  EXPECT_THAT(texts(peer.status("NetStream.Publish.Start", "status", 1)),
              ElementsAre("PublishStarted NetStream.Publish.Start"));
}

TEST(Publish, SaysWhatTheServerShallKeep) {
  const auto sent = [](PublishMode mode) {
    Peer peer;
    peer.connects();
    peer.publishes("a", mode);
    return rtmp::parseCommand(peer.creates(4, 1).send.at(0).message)->arguments;
  };
  EXPECT_THAT(sent(PublishMode::Live), ElementsAre(AmfValue("a"), AmfValue("live")));
  EXPECT_THAT(sent(PublishMode::Record), ElementsAre(AmfValue("a"), AmfValue("record")));
  EXPECT_THAT(sent(PublishMode::Append), ElementsAre(AmfValue("a"), AmfValue("append")));
  EXPECT_THAT(sent(PublishMode::AppendWithGap),
              ElementsAre(AmfValue("a"), AmfValue("appendWithGap")));
}

TEST(Publish, NeedsAConnectionAndAnIdleStream) {
  Peer peer;
  EXPECT_THAT(peer.publishes().send, IsEmpty());
  EXPECT_EQ(peer.done->code, Errc::InvalidState);
  peer.startsPublishing();
  EXPECT_FALSE(peer.done);
  EXPECT_THAT(peer.publishes("other").send, IsEmpty());
  EXPECT_EQ(peer.done->code, Errc::InvalidState);
  EXPECT_THAT(peer.plays().send, IsEmpty());
  EXPECT_EQ(peer.done->code, Errc::InvalidState);
  EXPECT_EQ(peer.session.stream().state(), State::Active);
}

TEST(Publish, IsOverWhenTheServerUnpublishesUnasked) {
  Peer peer;
  peer.startsPublishing();
  EXPECT_THAT(texts(peer.status("NetStream.Unpublish.Success", "status", 1)),
              ElementsAre("PublishRefused NetStream.Unpublish.Success"));
  EXPECT_EQ(peer.session.stream().state(), State::Idle);
}

TEST(Publish, DeletesNoStreamInUseForTheLateAnswerOfAServerWithOneId) {
  Peer peer;
  peer.connects();
  peer.publishes("first");   // calls 2, 3, 4
  peer.stops();              // 5
  peer.publishes("second");  // 6, 7, 8
  EXPECT_THAT(commands(peer.creates(8, 1)), ElementsAre("publish"));
  EXPECT_THAT(peer.creates(4, 1).send, IsEmpty());
}

TEST(Publish, DeletesTheStreamThatComesAfterAStop) {
  Peer peer;
  peer.connects();
  peer.publishes();
  peer.stops();
  EXPECT_THAT(commands(peer.creates(4, 3)), ElementsAre("deleteStream"));
  EXPECT_THAT(commands(peer.creates(4, 3)), IsEmpty()) << "answered once";
}

TEST(Publish, KeepsTheStreamIdWhenItIsOnlyClosed) {
  Peer peer;
  peer.startsPublishing();
  Actions out;
  peer.session.stream().closeStream(out);
  ASSERT_THAT(commands(out), ElementsAre("FCUnpublish", "closeStream"));
  // ["closeStream", 0, null]
  EXPECT_EQ(out.send[1].message.body, hex("02 000b 636c6f736553747265616d 00 0000000000000000 05"));
  EXPECT_EQ(out.send[1].message.streamId, 1u);
  EXPECT_EQ(peer.session.stream().state(), State::Idle);
  const Actions again = peer.publishes("second");
  EXPECT_THAT(commands(again), ElementsAre("releaseStream", "FCPublish", "publish"));
  EXPECT_EQ(again.send[2].message.streamId, 1u);
  EXPECT_THAT(commands(peer.stops()), ElementsAre("FCUnpublish", "deleteStream"));
  EXPECT_THAT(commands(peer.publishes("third")),
              ElementsAre("releaseStream", "FCPublish", "createStream"));
}

TEST(Publish, DeletesAClosedStreamWhenStopped) {
  Peer peer;
  peer.startsPublishing();
  Actions out;
  peer.session.stream().closeStream(out);
  EXPECT_THAT(commands(peer.stops()), ElementsAre("deleteStream"));
  EXPECT_THAT(peer.stops().send, IsEmpty());
}

TEST(Publish, IgnoresMedia) {
  Peer peer;
  peer.startsPublishing();
  EXPECT_THAT(peer.says(rtmp::MessageType::Audio, "af01", 1).events, IsEmpty());
}

}  // namespace
}  // namespace multiconnection::session
