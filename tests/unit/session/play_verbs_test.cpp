#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using namespace std::chrono_literals;
using rtmp::MessageType;
using testing::ElementsAre;
using testing::IsEmpty;

/// The body of the play command for that request; its transaction id is 3.
Bytes playBody(PlayRequest request) {
  Peer peer;
  peer.connects();
  peer.plays(std::move(request));
  return peer.creates(2, 1).send.at(1).message.body;
}

const std::string kPlayA = "02 0004 706c6179 00 4008000000000000 05 02 0001 61";

Actions pauses(Peer& peer, bool paused, std::chrono::milliseconds at) {
  return peer.does([&](Actions& out) { return peer.session.stream().pause(paused, at, out); });
}
Actions seeks(Peer& peer, std::chrono::milliseconds to) {
  return peer.does([&](Actions& out) { return peer.session.stream().seek(to, out); });
}
Actions eof(Peer& peer) { return peer.says(MessageType::UserControl, "0001 00000001"); }
Actions plays(Peer& peer, std::uint32_t timestamp) {
  return peer.says(rtmp::Message{MessageType::Audio, timestamp, 1, hex("af01")});
}

TEST(PlayVerbs, PlayAsksInMilliseconds) {
  // ["play", 3, null, "a", -2000], then -1000 for live only, 90500 for a place in a recording.
  EXPECT_EQ(playBody({"a"}), hex(kPlayA + "00 c09f400000000000"));
  EXPECT_EQ(playBody({"a", -1}), hex(kPlayA + "00 c08f400000000000"));
  EXPECT_EQ(playBody({"a", 90.5}), hex(kPlayA + "00 40f6184000000000"));
}

TEST(PlayVerbs, PlaySendsDurationAndResetOnlyWhenAsked) {
  EXPECT_EQ(playBody({"a", 0, 2}), hex(kPlayA + "00 0000000000000000 00 409f400000000000"));
  // The duration has to stand before reset: -1000 for all.
  EXPECT_EQ(playBody({"a", 0, -1, false}),
            hex(kPlayA + "00 0000000000000000 00 c08f400000000000 01 00"));
  EXPECT_EQ(playBody({"a", 0, 0, true}),
            hex(kPlayA + "00 0000000000000000 00 0000000000000000 01 01"));
}

TEST(PlayVerbs, PlayAnnouncesTheBufferItWants) {
  Peer peer;
  peer.connects();
  PlayRequest request{"a"};
  request.bufferTime = 3s;
  peer.plays(request);
  EXPECT_EQ(peer.creates(2, 1).send.at(0).message.body, hex("0003 00000001 00000bb8"));
}

TEST(PlayVerbs, AreSentOnTheStreamAndWantNoAnswer) {
  Peer peer;
  peer.startsPlaying();
  NetStream& stream = peer.session.stream();
  Actions out;
  EXPECT_TRUE(stream.pause(true, 1500ms, out));
  EXPECT_TRUE(stream.pause(false, 1500ms, out));
  EXPECT_TRUE(stream.seek(2s, out));
  EXPECT_TRUE(stream.receiveAudio(false, out));
  EXPECT_TRUE(stream.receiveVideo(true, out));
  ASSERT_EQ(out.send.size(), 5u);
  EXPECT_EQ(out.send[0].message.body, hex("02 0005 7061757365 00 0000000000000000 05 01 01"
                                          "00 4097700000000000"));
  EXPECT_EQ(out.send[1].message.body, hex("02 0005 7061757365 00 0000000000000000 05 01 00"
                                          "00 4097700000000000"));
  EXPECT_EQ(out.send[2].message.body,
            hex("02 0004 7365656b 00 0000000000000000 05 00 409f400000000000"));
  EXPECT_EQ(out.send[3].message.body,
            hex("02 000c 72656365697665417564696f 00 0000000000000000 05 01 00"));
  EXPECT_EQ(out.send[4].message.body,
            hex("02 000c 72656365697665566964656f 00 0000000000000000 05 01 01"));
  for (const Outgoing& outgoing : out.send) {
    EXPECT_EQ(outgoing.message.streamId, 1u);
    EXPECT_EQ(outgoing.chunkStream, 8u);
  }
}

TEST(PlayVerbs, Play2NamesBothStreamsAndHowToGoOver) {
  Peer peer;
  peer.startsPlaying();
  PlaySwitch request{"hd"};
  request.oldName = "sd";
  request.transition = Transition::Swap;
  const Actions out =
      peer.does([&](Actions& actions) { return peer.session.stream().play2(request, actions); });
  const auto command = rtmp::parseCommand(out.send.at(0).message);
  EXPECT_EQ(command->name, "play2");
  EXPECT_EQ(command->transactionId, 4);
  EXPECT_EQ(command->arguments.at(0), AmfValue(AmfObject{{"streamName", "hd"},
                                                         {"oldStreamName", "sd"},
                                                         {"start", -2},
                                                         {"len", -1},
                                                         {"transition", "swap"},
                                                         {"offset", -1}}));
}

TEST(PlayVerbs, SetBufferLengthIsAUserControlMessage) {
  Peer peer;
  peer.startsPlaying();
  const Actions out = peer.does(
      [&](Actions& actions) { return peer.session.stream().setBufferLength(500ms, actions); });
  ASSERT_EQ(out.send.size(), 1u);
  EXPECT_EQ(out.send[0].message.body, hex("0003 00000001 000001f4"));
  EXPECT_EQ(out.send[0].chunkStream, 2u);
}

void expectRefusal(NetStream& stream) {
  Actions out;
  for (const auto& result : {stream.pause(true, 0ms, out), stream.seek(0ms, out),
                             stream.receiveAudio(true, out), stream.receiveVideo(true, out),
                             stream.play2({"b"}, out), stream.setBufferLength(1s, out)}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::InvalidState);
  }
  EXPECT_THAT(out.send, IsEmpty());
}

TEST(PlayVerbs, NeedAStreamThatPlays) {
  Peer idle;
  expectRefusal(idle.session.stream());
  idle.connects();
  expectRefusal(idle.session.stream());
  Peer publishing;
  publishing.startsPublishing();
  expectRefusal(publishing.session.stream());
  Peer stopped;
  stopped.startsPlaying();
  stopped.stops();
  expectRefusal(stopped.session.stream());
}

TEST(PlayVerbs, RefuseNegativeTimes) {
  Peer peer;
  peer.startsPlaying();
  seeks(peer, -1ms);
  ASSERT_TRUE(peer.done);
  EXPECT_EQ(peer.done->code, Errc::InvalidArgument);
  EXPECT_EQ(peer.done->message, "cannot seek to -1 ms");
}

TEST(PlayVerbs, PassTheServersAnswersOn) {
  Peer peer;
  peer.startsPlaying();
  for (const char* code : {"NetStream.Pause.Notify", "NetStream.Unpause.Notify",
                           "NetStream.Seek.Notify", "NetStream.Play.Transition"}) {
    EXPECT_THAT(texts(peer.status(code, "status", 1)),
                ElementsAre(std::string("Informed ") + code));
  }
}

TEST(PlayVerbs, AFailedSeekDoesNotEndThePlaying) {
  Peer peer;
  peer.startsPlaying();
  seeks(peer, 1h);
  EXPECT_THAT(texts(peer.status("NetStream.Seek.InvalidTime", "error", 1)),
              ElementsAre("Informed NetStream.Seek.InvalidTime"));
  EXPECT_EQ(peer.session.stream().state(), NetStream::State::Active);
}

TEST(PlayEnd, IsToldOnceHoweverOftenTheServerSaysIt) {
  Peer peer;
  peer.startsPlaying();
  EXPECT_THAT(texts(peer.status("NetStream.Play.UnpublishNotify", "status", 1)),
              ElementsAre("PlayEnded NetStream.Play.UnpublishNotify"));
  EXPECT_THAT(texts(peer.status("NetStream.Play.Stop", "status", 1)),
              ElementsAre("Informed NetStream.Play.Stop"));
  EXPECT_THAT(texts(eof(peer)), IsEmpty());
  Peer other;
  other.startsPlaying();
  EXPECT_THAT(texts(eof(other)), ElementsAre("PlayEnded NetStream.Play.Stop"));
  EXPECT_THAT(texts(other.status("NetStream.Play.Complete", "status", 1)),
              ElementsAre("Informed NetStream.Play.Complete"));
}

TEST(PlayEnd, IsToldAgainAfterTheStreamCameBack) {
  Peer peer;
  peer.startsPlaying();
  eof(peer);
  plays(peer, 0);
  EXPECT_THAT(texts(eof(peer)), ElementsAre("PlayEnded NetStream.Play.Stop"));
  peer.status("NetStream.Play.PublishNotify", "status", 1);
  EXPECT_THAT(texts(eof(peer)), ElementsAre("PlayEnded NetStream.Play.Stop"));
}

TEST(PlayEnd, IsNotMeantByTheEmptyMediaMessageThatClosesARecording) {
  Peer peer;
  peer.startsPlaying();
  peer.status("NetStream.Play.Complete", "status", 1);
  peer.says(rtmp::Message{MessageType::Audio, 9, 1, {}});
  EXPECT_THAT(texts(eof(peer)), IsEmpty());
}

TEST(PlayEnd, IsNotMeantByTheStreamEofBeforeASeekOrPauseIsAnswered) {
  Peer peer;
  peer.startsPlaying();
  seeks(peer, 0ms);
  EXPECT_THAT(texts(eof(peer)), IsEmpty());
  peer.status("NetStream.Seek.Notify", "status", 1);
  pauses(peer, true, 0ms);
  EXPECT_THAT(texts(eof(peer)), IsEmpty());
  peer.status("NetStream.Pause.Notify", "status", 1);
  EXPECT_THAT(texts(eof(peer)), ElementsAre("PlayEnded NetStream.Play.Stop"));
}

TEST(PlayEnd, OfAStreamStoppedBeforeIsLate) {
  Peer peer;
  peer.startsPlaying();
  peer.stops();
  peer.plays();
  peer.creates(4, 2);
  peer.status("NetStream.Play.Start", "status", 2);
  EXPECT_THAT(texts(eof(peer)), IsEmpty());
  EXPECT_THAT(texts(peer.says(MessageType::UserControl, "0001 00000002")),
              ElementsAre("PlayEnded NetStream.Play.Stop"));
}

TEST(PlayEvents, ComeUnderTheirNamesInTheProtocol) {
  Peer peer;
  peer.startsPlaying();
  EXPECT_THAT(texts(peer.says(MessageType::UserControl, "0002 00000001")),
              ElementsAre("Informed StreamDry"));
  EXPECT_THAT(texts(peer.says(MessageType::UserControl, "0004 00000001")),
              ElementsAre("Informed StreamIsRecorded"));
  EXPECT_THAT(texts(peer.says(MessageType::UserControl, "001f 00000001")),
              ElementsAre("Informed BufferEmpty"));
  EXPECT_THAT(texts(peer.says(MessageType::UserControl, "0020 00000001")),
              ElementsAre("Informed BufferReady"));
}

TEST(PlayTime, FollowsASeekBackwards) {
  Peer peer;
  peer.startsPlaying();
  plays(peer, 7200000);
  seeks(peer, 1s);
  peer.status("NetStream.Seek.Notify", "status", 1);
  EXPECT_EQ(plays(peer, 960).events.at(0).media.timestamp, 960ms);
}

TEST(PlayTime, FollowsASeekAcrossTwoToThe32BothWays) {
  Peer peer;
  peer.startsPlaying();
  plays(peer, 0);
  seeks(peer, std::chrono::milliseconds(0x100000064));
  peer.status("NetStream.Seek.Notify", "status", 1);
  EXPECT_EQ(plays(peer, 90).events.at(0).media.timestamp.count(), 0x10000005A);
  seeks(peer, 100ms);
  peer.status("NetStream.Seek.Notify", "status", 1);
  EXPECT_EQ(plays(peer, 90).events.at(0).media.timestamp, 90ms);
}

TEST(PlayTime, StaysWhenTheSeekFails) {
  Peer peer;
  peer.startsPlaying();
  plays(peer, 0xFFFFFFF0);
  plays(peer, 4);
  seeks(peer, 100ms);
  peer.status("NetStream.Seek.Failed", "error", 1);
  peer.status("NetStream.Seek.Notify", "status", 1);  // of nothing that was asked
  EXPECT_EQ(plays(peer, 8).events.at(0).media.timestamp.count(), 0x100000008);
}

TEST(PlayTime, StartsAnewWhenThePlaylistIsReset) {
  Peer peer;
  peer.startsPlaying();
  plays(peer, 0xFFFFFFF0);
  plays(peer, 4);
  peer.status("NetStream.Play.Reset", "status", 1);
  EXPECT_EQ(plays(peer, 8).events.at(0).media.timestamp, 8ms);
}

TEST(PlayTime, PassesEveryBorderOfItsBits) {
  for (const std::int64_t border : {0xFFFFFFLL, 0x7FFFFFFFLL, 0x80000000LL, 0xFFFFFFFFLL}) {
    Peer peer;
    peer.startsPlaying();
    for (std::int64_t time = border - 60; time < border + 60; time += 20) {
      const Actions out = plays(peer, static_cast<std::uint32_t>(time));
      EXPECT_EQ(out.events.at(0).media.timestamp.count(), time);
    }
  }
}

TEST(PlayData, OfAmf3MessagesIsHandedOnAsAmf0) {
  Peer peer;
  peer.startsPlaying();
  // A type 15 message with AMF0 values: 0, "onCuePoint", 7
  const Actions out =
      peer.says(MessageType::DataAmf3, "00 02 000a 6f6e437565506f696e74 00 401c000000000000", 1);
  ASSERT_THAT(texts(out), ElementsAre("MediaReceived"));
  EXPECT_EQ(out.events[0].media.kind, MediaKind::Data);
  EXPECT_EQ(*out.events[0].media.body, hex("02 000a 6f6e437565506f696e74 00 401c000000000000"));
}

TEST(PlayAggregate, IsTakenApart) {
  Peer peer;
  peer.startsPlaying();
  const Actions out = peer.says(rtmp::Message{MessageType::Aggregate, 1000, 1,
                                              hex("08 000002 000064 00 000000 af01 0000000d"
                                                  "09 000001 00008c 00 000000 27 0000000c")});
  ASSERT_THAT(texts(out), ElementsAre("MediaReceived", "MediaReceived"));
  EXPECT_EQ(out.events[0].media.kind, MediaKind::Audio);
  EXPECT_EQ(out.events[0].media.timestamp, 1000ms);
  EXPECT_EQ(*out.events[0].media.body, hex("af01"));
  EXPECT_EQ(out.events[1].media.kind, MediaKind::Video);
  EXPECT_EQ(out.events[1].media.timestamp, 1040ms) << "as far apart as inside: 100 and 140";
}

TEST(PlayAggregate, EndsTheConnectionWhenItIsBroken) {
  Peer peer;
  peer.startsPlaying();
  peer.says(MessageType::Aggregate, "08 ffffff 000064 00 000000 af01", 1);
  EXPECT_FALSE(peer.accepted);
}

TEST(PlayAggregate, IsNotLookedAtWhileNothingPlays) {
  Peer peer;
  peer.startsPublishing();
  EXPECT_THAT(peer.says(MessageType::Aggregate, "08 ffffff", 1).events, IsEmpty());
  EXPECT_TRUE(peer.accepted);
}

TEST(PlayData, TellsOfAnEndInADataMessage) {
  Peer peer;
  peer.startsPlaying();
  // "onPlayStatus", {code: "NetStream.Play.Complete"}
  EXPECT_THAT(texts(peer.says(MessageType::DataAmf0,
                              "02 000c 6f6e506c6179537461747573 03 0004 636f6465"
                              "02 0017 4e657453747265616d2e506c61792e436f6d706c657465 000009",
                              1)),
              ElementsAre("PlayEnded NetStream.Play.Complete"));
}

}  // namespace
}  // namespace multiconnection::session
