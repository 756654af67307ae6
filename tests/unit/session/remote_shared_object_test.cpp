#include "session/remote_shared_object.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "unit/session/shared_object_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using State = SharedObjectReport::State;

constexpr const char* kSnapshots[] = {
    // crtmpserver
    "00 07 69 6e 66 6f 5f 73 6f 00 00 00 02 00 00 00 00 00 00 00 00 08 00 00 00 00 0b 00 00 00 00"
    "04 00 00 00 10 00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f",
    // Red5, temporary
    "00 07 69 6e 66 6f 5f 73 6f 00 00 00 04 00 00 00 00 00 00 00 00 0b 00 00 00 00 08 00 00 00 00"
    "04 00 00 00 10 00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f",
    // Red5, persistent
    "00 07 69 6e 66 6f 5f 73 6f 00 00 00 04 00 00 00 02 00 00 00 00 0b 00 00 00 00"
    "04 00 00 00 10 00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f"};
constexpr const char* kSuccess =
    "00 07 69 6e 66 6f 5f 73 6f 00 00 00 02 00 00 00 00 00 00 00 00"
    "05 00 00 00 0a 00 08 75 73 65 72 4e 61 6d 65";
constexpr const char* kRemove =
    "00 07 69 6e 66 6f 5f 73 6f 00 00 00 05 00 00 00 00 00 00 00 00 09 00 00 00 03 00 01 78";

TEST(RemoteSharedObject, UsesATemporaryObjectWithVersionZeroAndNothingElse) {
  CopyPeer peer;
  EXPECT_EQ(peer.copy.state(), State::Waiting);
  EXPECT_THAT(bodies(peer.connects()),
              ElementsAre(hex("00 07 69 6e 66 6f 5f 73 6f 00 00 00 00 00 00 00 00 00 00 00 00"
                              "01 00 00 00 00")));
  EXPECT_EQ(peer.copy.state(), State::Using);
}

TEST(RemoteSharedObject, UsesAPersistentObjectWithItsFlag) {
  CopyPeer peer(Persistence::Persistent);
  EXPECT_THAT(bodies(peer.connects()),
              ElementsAre(hex("00 07 69 6e 66 6f 5f 73 6f 00 00 00 00 00 00 00 02 00 00 00 00"
                              "01 00 00 00 00")));
}

TEST(RemoteSharedObject, TakesTheSnapshotInEachOrderThatServersHave) {
  for (const char* snapshot : kSnapshots) {
    CopyPeer peer;
    peer.connects();
    const auto out = peer.says(snapshot);
    EXPECT_EQ(peer.copy.state(), State::Ready);
    EXPECT_TRUE(out.snapshot);
    EXPECT_TRUE(out.first);
    EXPECT_THAT(texts(out.changes), ElementsAre("clear", "change userName \"Foo\" was undefined"));
    EXPECT_EQ(peer.copy.committed("userName"), "Foo");
    EXPECT_FALSE(peer.copy.deadline());
  }
}

TEST(RemoteSharedObject, TheSnapshotIsTheWholeContent) {
  for (const char* snapshot : kSnapshots) {
    CopyPeer peer;
    peer.usesWith({{"userName", "Bar"}, {"gone", 1}});
    const auto out = peer.says(snapshot);
    EXPECT_FALSE(out.first);
    EXPECT_THAT(texts(out.changes), ElementsAre("clear", "change userName \"Foo\" was \"Bar\""));
    EXPECT_TRUE(peer.copy.committed("gone").isUndefined());
  }
}

TEST(RemoteSharedObject, AnEmptySnapshotIsAnAnswerToo) {
  CopyPeer peer;
  peer.connects();
  const auto out = peer.says(1, {useSuccess()});
  EXPECT_TRUE(out.snapshot);
  EXPECT_EQ(peer.copy.state(), State::Ready);
}

TEST(RemoteSharedObject, WhatComesBeforeTheAnswerToUseWaitsForIt) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  peer.copy.onLost();
  peer.writes({{"x", 2}});
  peer.connects();
  EXPECT_THAT(peer.says(5, {clearEvent()}).changes, IsEmpty());
  const auto out = peer.says(5, {useSuccess(), changeEvent("x", 1)});
  EXPECT_THAT(texts(out.changes), ElementsAre("clear", "change x 1 was 1"));
  EXPECT_THAT(requests(out.send), ElementsAre("set x 2"));
}

TEST(RemoteSharedObject, SetsAStringWithTheVersionReceivedLast) {
  CopyPeer peer;
  peer.usesWith({}, 1);
  EXPECT_THAT(bodies(peer.writes({{"userName", "Foo"}})),
              ElementsAre(hex("00 07 69 6e 66 6f 5f 73 6f 00 00 00 01 00 00 00 00 00 00 00 00"
                              "03 00 00 00 10 00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f")));
  EXPECT_TRUE(peer.copy.committed("userName").isUndefined());
  EXPECT_EQ(peer.copy.effective("userName"), "Foo");
  const auto out = peer.says(kSuccess);
  EXPECT_THAT(texts(out.changes), ElementsAre("success userName \"Foo\" was undefined"));
  EXPECT_EQ(peer.copy.committed("userName"), "Foo") << "the server does not repeat the value";
  EXPECT_EQ(peer.copy.version(), 2U);
  EXPECT_EQ(peer.copy.unacknowledged(), 0U);
}

TEST(RemoteSharedObject, SetsSeveralSlotsInOneMessageAndTakesOneAnswer) {
  CopyPeer peer;
  peer.usesWith({}, 5);
  EXPECT_THAT(bodies(peer.writes({{"p", 1}, {"q", true}})),
              ElementsAre(hex("00 07 69 6e 66 6f 5f 73 6f 00 00 00 05 00 00 00 00 00 00 00 00"
                              "03 00 00 00 0c 00 01 70 00 3f f0 00 00 00 00 00 00"
                              "03 00 00 00 05 00 01 71 01 01")));
  const auto out = peer.says(
      "00 07 69 6e 66 6f 5f 73 6f 00 00 00 07 00 00 00 00 00 00 00 00"
      "05 00 00 00 03 00 01 70 05 00 00 00 03 00 01 71");
  EXPECT_THAT(texts(out.changes),
              ElementsAre("success p 1 was undefined", "success q true was undefined"));
}

TEST(RemoteSharedObject, TakesTheChangeOfAnother) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}}, 2);
  const auto out = peer.says(
      "00 07 69 6e 66 6f 5f 73 6f 00 00 00 03 00 00 00 00 00 00 00 00"
      "04 00 00 00 0c 00 01 78 00 40 10 00 00 00 00 00 00");
  EXPECT_THAT(texts(out.changes), ElementsAre("change x 4 was 1"));
  EXPECT_EQ(peer.copy.committed("x"), 4);
}

TEST(RemoteSharedObject, IgnoresALateChange) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}}, 5);
  EXPECT_THAT(peer.says(4, {changeEvent("x", 2)}).changes, IsEmpty());
  EXPECT_EQ(peer.copy.committed("x"), 1);
  EXPECT_EQ(peer.copy.version(), 5U) << "a late message does not set it back";
  EXPECT_THAT(peer.says(4, {changeEvent("y", 2)}).changes, testing::SizeIs(1)) << "per slot";
}

TEST(RemoteSharedObject, DeletesASlotAndIsToldSo) {
  CopyPeer peer;
  peer.usesWith({{"x", 4}}, 3);
  EXPECT_THAT(bodies(peer.writes({{"x", {}}})),
              ElementsAre(hex("00 07 69 6e 66 6f 5f 73 6f 00 00 00 03 00 00 00 00 00 00 00 00"
                              "0a 00 00 00 03 00 01 78")));
  EXPECT_THAT(texts(peer.says(kRemove).changes), ElementsAre("delete x undefined was 4"));
  EXPECT_EQ(peer.copy.unacknowledged(), 0U);
}

TEST(RemoteSharedObject, AnOthersDeletionLeavesAnOwnWriteUnderWay) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  peer.writes({{"x", 2}});
  EXPECT_THAT(texts(peer.says(kRemove).changes), ElementsAre("delete x undefined was 1"));
  EXPECT_EQ(peer.copy.effective("x"), 2);
  EXPECT_THAT(texts(peer.says(6, {successEvent("x")}).changes),
              ElementsAre("success x 2 was undefined"));
}

TEST(RemoteSharedObject, TheOwnWriteWinsOverAChangeThatCameBeforeItsSuccess) {
  CopyPeer peer;
  peer.usesWith();
  peer.writes({{"x", "mine"}});
  peer.says(2, {changeEvent("x", "theirs")});
  EXPECT_EQ(peer.copy.committed("x"), "theirs");
  EXPECT_EQ(peer.copy.effective("x"), "mine") << "one reads one's own writes";
  EXPECT_THAT(texts(peer.says(3, {successEvent("x")}).changes),
              ElementsAre("success x \"mine\" was \"theirs\""));
  EXPECT_EQ(peer.copy.committed("x"), "mine");
}

TEST(RemoteSharedObject, AnswersMeetTheWritesOfASlotInTheirOrder) {
  CopyPeer peer;
  peer.usesWith();
  peer.writes({{"x", 1}});
  peer.writes({{"x", 2}});
  peer.says(2, {successEvent("x")});
  EXPECT_EQ(peer.copy.committed("x"), 1);
  peer.says(3, {successEvent("x")});
  EXPECT_EQ(peer.copy.committed("x"), 2);
}

TEST(RemoteSharedObject, ASuccessThatNobodyAskedForChangesNothing) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  EXPECT_THAT(peer.says(2, {successEvent("x"), successEvent("y")}).changes, IsEmpty());
  EXPECT_EQ(peer.copy.committed("x"), 1);
}

TEST(RemoteSharedObject, DoesNotDeleteTwice) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  EXPECT_THAT(requests(peer.writes({{"x", {}}}).send), ElementsAre("delete x"));
  EXPECT_THAT(peer.writes({{"x", {}}}).send, IsEmpty()) << "some servers would not answer";
  EXPECT_THAT(peer.writes({{"unknown", {}}}).send, IsEmpty());
  peer.says(2, {removeEvent("x")});
  EXPECT_EQ(peer.copy.unacknowledged(), 0U);
}

TEST(RemoteSharedObject, ADeletionThatCameTooLateIsOverWithTheOthersOne) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  peer.writes({{"x", {}}});
  peer.says(2, {removeEvent("x")});  // the other's: ours finds nothing, and stays unanswered
  EXPECT_EQ(peer.copy.unacknowledged(), 0U);
  peer.writes({{"x", 2}});
  peer.says(3, {successEvent("x")});
  EXPECT_EQ(peer.copy.committed("x"), 2);
}

TEST(RemoteSharedObject, ADeletionMayBeAnsweredByASuccess) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  peer.writes({{"x", {}}});
  peer.writes({{"x", 2}});
  EXPECT_THAT(texts(peer.says(3, {successEvent("x")}).changes),
              ElementsAre("delete x undefined was 1"));
  EXPECT_THAT(texts(peer.says(4, {successEvent("x")}).changes),
              ElementsAre("success x 2 was undefined"));
}

TEST(RemoteSharedObject, ADeletionWaitsForTheWriteBeforeIt) {
  for (const bool refused : {false, true}) {
    CopyPeer peer;
    peer.usesWith();
    peer.writes({{"x", 1}});
    EXPECT_THAT(peer.writes({{"x", {}}}).send, IsEmpty()) << "it may find nothing";
    EXPECT_TRUE(peer.copy.effective("x").isUndefined());
    const auto out = peer.says(2, {refused ? noWriteAccess() : successEvent("x")});
    EXPECT_EQ(peer.copy.unacknowledged(), refused ? 0U : 1U);
    EXPECT_EQ(out.send.size(), refused ? 0U : 1U);
  }
}

TEST(RemoteSharedObject, AClearEmptiesTheObjectButNotWhatIsUnderWay) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}, {"y", 2}, {"z", 3}});
  peer.writes({{"x", 5}, {"z", {}}});
  EXPECT_THAT(texts(peer.says(4, {clearEvent()}).changes), ElementsAre("clear"));
  EXPECT_TRUE(peer.copy.committed("y").isUndefined());
  EXPECT_EQ(peer.copy.effective("x"), 5);
  EXPECT_EQ(peer.copy.unacknowledged(), 1U) << "a deletion has nothing left to delete";
  peer.says(5, {successEvent("x")});
  EXPECT_EQ(peer.copy.slots().committed(), (AmfObject{{"x", 5}}));
}

TEST(RemoteSharedObject, TellsOneListForEachMessage) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  peer.writes({{"y", 2}});
  const auto out =
      peer.says(3, {clearEvent(), changeEvent("x", 3), successEvent("y"), removeEvent("x")});
  EXPECT_FALSE(out.snapshot);
  EXPECT_THAT(texts(out.changes),
              ElementsAre("clear", "change x 3 was undefined", "success y 2 was undefined",
                          "delete x undefined was 3"));
}

TEST(RemoteSharedObject, DispatchesMessagesApartFromChangesAndVersions) {
  CopyPeer peer;
  peer.usesWith({}, 3);
  SharedObjectActions sent;
  peer.copy.sendMessage("say", {"hi", 1}, sent);
  EXPECT_THAT(bodies(sent),
              ElementsAre(hex("00 07 69 6e 66 6f 5f 73 6f 00 00 00 03 00 00 00 00 00 00 00 00"
                              "06 00 00 00 14 02 00 03 73 61 79 02 00 02 68 69"
                              "00 3f f0 00 00 00 00 00 00")));
  const auto out = peer.says(  // with its sender's version, an old one or a new one
      "00 07 69 6e 66 6f 5f 73 6f 00 00 00 06 00 00 00 00 00 00 00 00"
      "06 00 00 00 09 02 00 06 6e 6f 61 72 67 73");
  ASSERT_EQ(out.messages.size(), 1U);
  EXPECT_EQ(out.messages[0].handler, "noargs");
  EXPECT_THAT(out.messages[0].arguments, IsEmpty());
  EXPECT_THAT(out.changes, IsEmpty());
  EXPECT_EQ(peer.copy.version(), 3U);
}

TEST(RemoteSharedObject, ReleasesAndForgetsTheConnection) {
  CopyPeer peer;
  peer.usesWith({}, 6);
  SharedObjectActions out;
  peer.copy.release(out);
  EXPECT_THAT(bodies(out), ElementsAre(hex("00 07 69 6e 66 6f 5f 73 6f 00 00 00 06 00 00 00 00"
                                           "00 00 00 00 02 00 00 00 00")));
  EXPECT_EQ(peer.copy.state(), State::Waiting);
  SharedObjectActions again;
  peer.copy.release(again);
  EXPECT_THAT(again.send, IsEmpty());
}

TEST(RemoteSharedObject, NanIsAValueLikeAnother) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CopyPeer peer;
  peer.usesWith({{"x", nan}});
  peer.copy.onLost();
  peer.writes({{"x", 5}});
  peer.connects();
  const auto out = peer.answersUse({{"x", nan}});
  EXPECT_THAT(requests(out.send), ElementsAre("set x 5")) << "it did not change meanwhile";
}

TEST(RemoteSharedObject, NullIsAValueOfAServer) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  EXPECT_THAT(texts(peer.says(2, {changeEvent("x", nullptr)}).changes),
              ElementsAre("change x null was 1"));
  EXPECT_TRUE(peer.copy.committed("x").isNull());
}

TEST(RemoteSharedObject, UndefinedIsNone) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  EXPECT_THAT(texts(peer.says(2, {changeEvent("x", {})}).changes),
              ElementsAre("delete x undefined was 1"));
  EXPECT_EQ(peer.copy.slots().committedCount(), 0U);
}

}  // namespace
}  // namespace multiconnection::session
