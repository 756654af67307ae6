#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using rtmp::MessageType;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::int64_t> timesOf(Peer& peer, const std::vector<std::uint32_t>& timestamps) {
  std::vector<std::int64_t> times;
  for (const std::uint32_t timestamp : timestamps) {
    const Actions out = peer.says(rtmp::Message{MessageType::Audio, timestamp, 1, hex("af01")});
    for (const Event& event : out.events) times.push_back(event.media.timestamp.count());
  }
  return times;
}

TEST(Play, CreatesAStreamAndAsksForIt) {
  Peer peer;
  peer.connects();
  EXPECT_THAT(commands(peer.plays()), ElementsAre("createStream"));
  const Actions out = peer.creates(2, 1);
  ASSERT_EQ(out.send.size(), 2u);
  // SetBufferLength of 1000 ms.
  EXPECT_EQ(out.send[0].message.body, hex("0003 00000001 000003e8"));
  EXPECT_EQ(out.send[0].chunkStream, 2u);
  // ["play", 3, null, "webCastName", -2000]
  EXPECT_EQ(out.send[1].message.body,
            hex("02 0004 706c6179 00 4008000000000000 05 02 000b 776562436173744e616d65"
                "00 c09f400000000000"));
  EXPECT_EQ(out.send[1].message.streamId, 1u);
  EXPECT_EQ(out.send[1].chunkStream, 8u);
}

TEST(Play, StartsWithPlayStart) {
  Peer peer;
  peer.connects();
  peer.plays();
  peer.creates(2, 1);
  EXPECT_THAT(texts(peer.status("NetStream.Play.Reset", "status", 1)),
              ElementsAre("Informed NetStream.Play.Reset"));
  EXPECT_THAT(texts(peer.status("NetStream.Play.Start", "status", 1)),
              ElementsAre("PlayStarted NetStream.Play.Start"));
}

TEST(Play, IsRefusedByCodeWhateverTheLevel) {
  for (const char* code : {"NetStream.Play.StreamNotFound", "NetStream.Play.Failed"}) {
    Peer peer;
    peer.connects();
    peer.plays();
    peer.creates(2, 1);
    EXPECT_THAT(texts(peer.status(code, "status", 1)),
                ElementsAre(std::string("PlayRefused ") + code));
    EXPECT_EQ(peer.session.stream().state(), NetStream::State::Idle);
  }
}

TEST(Play, HandsOutMediaAsItCame) {
  Peer peer;
  peer.startsPlaying();
  const Actions out = peer.says(rtmp::Message{MessageType::Video, 40, 1, hex("1701000000")});
  ASSERT_THAT(texts(out), ElementsAre("MediaReceived"));
  EXPECT_EQ(out.events[0].media.kind, MediaKind::Video);
  EXPECT_EQ(out.events[0].media.timestamp.count(), 40);
  EXPECT_EQ(*out.events[0].media.body, hex("1701000000"));
}

TEST(Play, HandsOutMetadata) {
  Peer peer;
  peer.startsPlaying();
  const Actions out = peer.says(MessageType::DataAmf0, "02 000a 6f6e4d65746144617461 05", 1);
  ASSERT_THAT(texts(out), ElementsAre("MediaReceived"));
  EXPECT_EQ(out.events[0].media.kind, MediaKind::Data);
}

TEST(Play, IgnoresSampleAccess) {
  Peer peer;
  peer.startsPlaying();
  EXPECT_THAT(
      peer.says(MessageType::DataAmf0, "02 0011 7c52746d7053616d706c65416363657373 01 00 01 00", 1)
          .events,
      IsEmpty());
}

TEST(Play, ReadsAStatusInADataMessage) {
  Peer peer;
  peer.startsPlaying();
  // "onStatus", {code: "NetStream.Data.Start"}
  EXPECT_THAT(texts(peer.says(MessageType::DataAmf0,
                              "02 0008 6f6e537461747573 03 0004 636f6465"
                              "02 0014 4e657453747265616d2e446174612e5374617274 000009",
                              1)),
              ElementsAre("Informed NetStream.Data.Start"));
}

TEST(Play, EndsWithStreamEof) {
  Peer peer;
  peer.startsPlaying();
  EXPECT_THAT(texts(peer.says(MessageType::UserControl, "0001 00000001")),
              ElementsAre("PlayEnded NetStream.Play.Stop"));
}

TEST(Play, EndsWithUnpublishNotify) {
  Peer peer;
  peer.startsPlaying();
  EXPECT_THAT(texts(peer.status("NetStream.Play.UnpublishNotify", "status", 1)),
              ElementsAre("PlayEnded NetStream.Play.UnpublishNotify"));
}

TEST(Play, GoesOnWhenThePublisherComesBack) {
  Peer peer;
  peer.startsPlaying();
  peer.says(MessageType::UserControl, "0001 00000001");
  EXPECT_THAT(timesOf(peer, {0}), ElementsAre(0));
}

TEST(Play, IgnoresStreamEofBeforeTheStart) {
  Peer peer;
  peer.connects();
  EXPECT_THAT(peer.says(MessageType::UserControl, "0001 00000001").events, IsEmpty());
}

TEST(Play, TakesMediaThatOvertakesTheStatus) {
  Peer peer;
  peer.connects();
  peer.plays();
  peer.creates(2, 1);
  EXPECT_THAT(timesOf(peer, {7}), ElementsAre(7));
}

TEST(Play, IgnoresMediaWhileNotPlaying) {
  Peer peer;
  EXPECT_THAT(timesOf(peer, {0}), IsEmpty());
  peer.connects();
  peer.plays();
  EXPECT_THAT(timesOf(peer, {0}), IsEmpty());
  peer.creates(2, 1);
  peer.stops();
  EXPECT_THAT(timesOf(peer, {0}), IsEmpty());
}

TEST(Play, ContinuesTimeBeyondTwoToThe32) {
  Peer peer;
  peer.startsPlaying();
  EXPECT_THAT(timesOf(peer, {0xFFFFFFF0, 4, 0xFFFFFFFA, 24}),
              ElementsAre(0xFFFFFFF0, 0x100000004, 0xFFFFFFFA, 0x100000018));
}

TEST(Play, JoinsAStreamThatRunsForAMonthAfterHeadersAtZero) {
  Peer peer;
  peer.startsPlaying();
  EXPECT_THAT(timesOf(peer, {0, 3000000000, 3000000040}), ElementsAre(0, 3000000000, 3000000040));
}

TEST(Play, StartsTimeAnewWithAnotherPlay) {
  Peer peer;
  peer.startsPlaying();
  timesOf(peer, {0xFFFFFFF0});
  peer.stops();
  peer.plays();
  peer.creates(4, 1);
  EXPECT_THAT(timesOf(peer, {4}), ElementsAre(4));
}

TEST(Play, StopsWithDeleteStreamOnly) {
  Peer peer;
  peer.startsPlaying();
  EXPECT_THAT(commands(peer.stops()), ElementsAre("deleteStream"));
}

}  // namespace
}  // namespace multiconnection::session
