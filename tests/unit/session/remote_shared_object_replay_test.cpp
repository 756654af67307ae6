// What becomes of a copy, and of writes to it, when connections end, servers refuse, or say
// nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/remote_shared_object.hpp"
#include "unit/session/shared_object_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using State = SharedObjectReport::State;

TEST(SharedObjectRefusal, TakesTheWritesOfTheOldestMessageBack) {
  CopyPeer peer;
  peer.usesWith({{"p", 1}});
  peer.writes({{"p", 2}, {"q", 3}});
  peer.writes({{"r", 4}});
  const auto out = peer.says(
      "00 07 69 6e 66 6f 5f 73 6f 00 00 00 00 00 00 00 00 00 00 00 00 07 00 00 00 23 00 1a 53 68"
      "61 72 65 64 4f 62 6a 65 63 74 2e 4e 6f 57 72 69 74 65 41 63 63 65 73 73 00 05 65 72 72 6f"
      "72");
  EXPECT_THAT(codes(out.statuses), ElementsAre("SharedObject.NoWriteAccess"));
  EXPECT_EQ(out.statuses[0].level, "error");
  EXPECT_THAT(texts(out.changes), ElementsAre("reject p 1 was 2", "reject q undefined was 3"));
  EXPECT_EQ(peer.copy.effective("p"), 1);
  EXPECT_EQ(peer.copy.effective("r"), 4);
  EXPECT_EQ(peer.copy.unacknowledged(), 1U);
  EXPECT_EQ(peer.copy.version(), 1U) << "a status has none";
}

TEST(SharedObjectRefusal, TellsThePresentValueThatCameWithIt) {
  for (const Events& events : {Events{changeEvent("p", 7), noWriteAccess()},
                               Events{noWriteAccess(), changeEvent("p", 7)}}) {
    CopyPeer peer;
    peer.usesWith({{"p", 1}}, 4);
    peer.writes({{"p", 2}});
    const auto out = peer.says(0, events);
    EXPECT_THAT(texts(out.changes),
                testing::UnorderedElementsAre("change p 7 was 1", "reject p 7 was 2"));
    EXPECT_EQ(peer.copy.effective("p"), 7);
    EXPECT_EQ(peer.copy.unacknowledged(), 0U);
  }
}

TEST(SharedObjectRefusal, MayConcernSomeSlotsOfAMessageOnly) {
  CopyPeer peer;  // as Red5 has it
  peer.usesWith({{"p", 1}, {"q", 1}});
  peer.writes({{"p", 2}, {"q", 3}, {"r", 4}});
  peer.writes({{"p", 5}});
  const auto out = peer.says(2, {changeEvent("p", 1), noWriteAccess(), changeEvent("q", 1),
                                 noWriteAccess(), successEvent("r")});
  EXPECT_THAT(texts(out.changes),
              ElementsAre("change p 1 was 1", "reject p 1 was 2", "change q 1 was 1",
                          "reject q 1 was 3", "success r 4 was undefined"));
  EXPECT_EQ(peer.copy.effective("p"), 5);
  EXPECT_EQ(peer.copy.unacknowledged(), 1U);
}

TEST(SharedObjectRefusal, WithoutValuesOfSomeSlotsLeavesTheOthersAndTheNextMessageAlone) {
  for (const Events& events :
       {Events{noWriteAccess(), successEvent("q"), noWriteAccess(), removeEvent("s")},
        Events{noWriteAccess(), noWriteAccess(), successEvent("q"), removeEvent("s")},
        Events{successEvent("q"), noWriteAccess(), removeEvent("s"), noWriteAccess()}}) {
    CopyPeer peer;  // as Red5 1.3.17 has it
    peer.usesWith({{"s", 1}});
    peer.writes({{"p", 2}, {"q", 3}, {"r", 4}, {"s", {}}});
    peer.writes({{"p", 5}, {"q", 6}});
    const auto out = peer.says(2, events);
    EXPECT_THAT(texts(out.changes), testing::UnorderedElementsAre(
                                        "reject p undefined was 2", "reject r undefined was 4",
                                        "success q 3 was undefined", "delete s undefined was 1"));
    EXPECT_EQ(peer.copy.committed("q"), 3);
    EXPECT_EQ(peer.copy.unacknowledged(), 2U);
    EXPECT_EQ(codes(out.statuses).size(), 2U);
    EXPECT_THAT(texts(peer.says(3, {noWriteAccess(), successEvent("q")}).changes),
                testing::UnorderedElementsAre("reject p undefined was 5", "success q 6 was 3"));
  }
}

TEST(SharedObjectRefusal, WithoutValuesOfEverySlotLeavesTheNextMessageAlone) {
  CopyPeer peer;  // as Red5 1.3.17 has it
  peer.usesWith();
  peer.writes({{"p", 2}, {"q", 3}});
  peer.writes({{"p", 5}});
  EXPECT_THAT(texts(peer.says(2, {noWriteAccess(), noWriteAccess()}).changes),
              ElementsAre("reject p undefined was 2", "reject q undefined was 3"));
  EXPECT_EQ(peer.copy.unacknowledged(), 1U);
}

TEST(SharedObjectRefusal, WithoutValuesOfRequestsOneByOneConcernsEach) {
  CopyPeer peer;  // as our node has it
  peer.usesWith();
  peer.writes({{"p", 2}});
  peer.writes({{"q", 3}});
  peer.writes({{"p", 5}});
  EXPECT_THAT(
      texts(peer.says(2, {noWriteAccess(), noWriteAccess(), successEvent("p")}).changes),
      ElementsAre("reject p 5 was 2", "reject q undefined was 3", "success p 5 was undefined"));
  EXPECT_EQ(peer.copy.unacknowledged(), 0U);
}

TEST(SharedObjectRefusal, NullBeforeItMeansThatThereIsNone) {
  CopyPeer peer;  // as Red5 has it
  peer.usesWith();
  peer.writes({{"p", 2}});
  EXPECT_THAT(texts(peer.says(2, {changeEvent("p", nullptr), noWriteAccess()}).changes),
              ElementsAre("reject p undefined was 2"));
  EXPECT_EQ(peer.copy.slots().committedCount(), 0U);
}

TEST(SharedObjectRefusal, SeveralInOneMessageConcernOneRequestEach) {
  CopyPeer peer;  // as our node has it: what many asked at once is answered at once
  peer.usesWith({{"p", 1}, {"z", 1}});
  peer.writes({{"p", 2}});
  peer.writes({{"z", 3}});
  peer.writes({{"p", 5}});
  const auto out = peer.says(2, {noWriteAccess(), changeEvent("p", 1), noWriteAccess(),
                                 changeEvent("z", 1), successEvent("p")});
  EXPECT_THAT(texts(out.changes),
              ElementsAre("reject p 5 was 2", "change p 1 was 1", "reject z 1 was 3",
                          "change z 1 was 1", "success p 5 was 1"));
  EXPECT_EQ(peer.copy.unacknowledged(), 0U);
}

TEST(SharedObjectRefusal, OfUseEndsItUntilTheNextConnection) {
  for (const char* code : {"SharedObject.NoReadAccess", "SharedObject.ObjectCreationFailed",
                           "SharedObject.BadPersistence", "SharedObject.NoObjectFound"}) {
    CopyPeer peer;
    peer.connects();
    const auto out = peer.says(0, {statusEvent(code)});
    EXPECT_THAT(codes(out.statuses), ElementsAre(code));
    EXPECT_EQ(peer.copy.state(), State::Failed);
    EXPECT_FALSE(peer.copy.deadline()) << "that is the answer";
    peer.copy.onLost();
    EXPECT_THAT(requests(peer.connects().send), ElementsAre("use"));
  }
}

TEST(SharedObjectRefusal, OfUseMeansNothingOnceItWasAccepted) {
  CopyPeer peer;
  peer.usesWith();
  peer.says(0, {statusEvent("SharedObject.NoReadAccess"), statusEvent("Any.Other")});
  EXPECT_EQ(peer.copy.state(), State::Ready);
}

TEST(SharedObjectTimeOut, NamesTheObjectAndTakesALateAnswer) {
  CopyPeer peer(Persistence::Temporary, {.useTimeout = 500ms});
  peer.connects();
  peer.writes({{"x", 1}});
  EXPECT_EQ(peer.copy.deadline(), peer.now + 500ms);
  EXPECT_THAT(peer.passes(499ms).statuses, IsEmpty());
  const auto out = peer.passes(1ms);
  EXPECT_THAT(codes(out.statuses), ElementsAre("MultiSharedObject.Use.TimedOut"));
  EXPECT_THAT(out.statuses[0].description, testing::HasSubstr("info_so"));
  EXPECT_THAT(out.statuses[0].description, testing::HasSubstr("500 ms"));
  EXPECT_EQ(peer.copy.state(), State::Failed);
  EXPECT_FALSE(peer.copy.deadline()) << "told once";
  const auto late = peer.answersUse();
  EXPECT_TRUE(late.snapshot);
  EXPECT_THAT(requests(late.send), ElementsAre("set x 1"));
  EXPECT_EQ(peer.copy.state(), State::Ready);
}

TEST(SharedObjectQueue, KeepsTheLastValueOfEachSlotUntilReady) {
  CopyPeer peer;
  EXPECT_THAT(peer.writes({{"x", 1}}).send, IsEmpty());
  peer.writes({{"y", 2}});
  peer.connects();
  EXPECT_THAT(peer.writes({{"x", 3}, {"z", {}}}).send, IsEmpty());
  EXPECT_EQ(peer.copy.effective("x"), 3);
  EXPECT_EQ(peer.copy.unacknowledged(), 3U);
  const auto out = peer.answersUse({{"x", 9}});
  EXPECT_THAT(texts(out.changes), ElementsAre("clear", "change x 9 was undefined"));
  EXPECT_THAT(requests(out.send), ElementsAre("set y 2, set x 3"));
}

TEST(SharedObjectQueue, DeletesWhatTheServerTurnsOutToHave) {
  CopyPeer peer;
  peer.writes({{"x", {}}, {"y", {}}});
  peer.connects();
  const auto out = peer.answersUse({{"x", 9}});
  EXPECT_THAT(texts(out.changes), ElementsAre("clear", "change x 9 was undefined"));
  EXPECT_THAT(requests(out.send), ElementsAre("delete x"));
  EXPECT_EQ(peer.copy.unacknowledged(), 1U);
}

TEST(SharedObjectReplay, SendsAgainWhatWasNotAcknowledged) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}, {"y", 1}});
  peer.writes({{"x", 2}});
  peer.writes({{"y", {}}});
  peer.copy.onLost();
  EXPECT_EQ(peer.copy.state(), State::Waiting);
  EXPECT_EQ(peer.copy.effective("x"), 2);
  peer.connects();
  const auto out = peer.answersUse({{"x", 1}, {"y", 1}});
  EXPECT_FALSE(out.first);
  EXPECT_THAT(requests(out.send), ElementsAre("set x 2, delete y"));
}

TEST(SharedObjectReplay, IsNotNeededForWhatTheServerHasTaken) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}, {"y", 1}});
  peer.writes({{"x", 2}, {"y", {}}});
  peer.copy.onLost();
  peer.connects();
  const auto out = peer.answersUse({{"x", 2}}, 3);
  EXPECT_THAT(texts(out.changes),
              ElementsAre("clear", "success x 2 was 1", "delete y undefined was 1"));
  EXPECT_THAT(out.send, IsEmpty());
  EXPECT_EQ(peer.copy.unacknowledged(), 0U);
}

TEST(SharedObjectReplay, SendsTheLastOfSeveralEvenIfAnEarlierOneWasTaken) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  peer.writes({{"x", 2}});
  peer.writes({{"x", 3}});
  peer.copy.onLost();
  peer.connects();
  const auto out = peer.answersUse({{"x", 2}}, 3);
  EXPECT_THAT(texts(out.changes), ElementsAre("clear", "change x 2 was 1"));
  EXPECT_THAT(requests(out.send), ElementsAre("set x 3"));
}

TEST(SharedObjectReplay, LeavesWhatSomebodyElseChangedMeanwhile) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}, {"y", 1}});
  peer.writes({{"x", 2}});
  peer.copy.onLost();
  peer.writes({{"y", 2}});  // while it was away: the same
  peer.connects();
  const auto out = peer.answersUse({{"x", 8}, {"y", 9}}, 5);
  EXPECT_THAT(texts(out.changes), ElementsAre("clear", "change x 8 was 1", "reject x 8 was 2",
                                              "change y 9 was 1", "reject y 9 was 2"));
  EXPECT_THAT(out.send, IsEmpty());
  EXPECT_EQ(peer.copy.effective("x"), 8);
}

TEST(SharedObjectReplay, ForgetsWhatItHadTriedOnceItIsSettled) {
  CopyPeer peer;
  peer.usesWith({{"x", 1}});
  peer.writes({{"x", 2}});
  peer.copy.onLost();
  peer.connects();
  peer.answersUse({{"x", 2}});  // it was taken
  peer.says(6, {changeEvent("x", 3)});
  peer.copy.onLost();
  peer.writes({{"x", 4}});
  peer.connects();
  EXPECT_THAT(texts(peer.answersUse({{"x", 2}}, 7).changes),
              ElementsAre("clear", "change x 2 was 3", "reject x 2 was 4"))
      << "somebody else set it to 2 again";
}

TEST(SharedObjectReplay, WritesAgainWhatATemporaryObjectLost) {
  CopyPeer peer;
  peer.usesWith({{"theirs", 1}});
  peer.writes({{"ours", 2}});
  peer.says(2, {successEvent("ours")});
  peer.copy.onLost();
  peer.connects();
  const auto out = peer.answersUse();
  EXPECT_THAT(requests(out.send), ElementsAre("set ours 2"));
  EXPECT_THAT(texts(out.changes), ElementsAre("clear"));
  EXPECT_THAT(out.deletedAway, IsEmpty());
  EXPECT_EQ(peer.copy.effective("ours"), 2);
}

TEST(SharedObjectReplay, TakesWhatAPersistentObjectLacksForDeleted) {
  CopyPeer peer(Persistence::Persistent);
  peer.usesWith({{"theirs", 1}});
  peer.writes({{"ours", 2}});
  peer.says(2, {successEvent("ours")});
  peer.writes({{"theirs", 3}});
  peer.copy.onLost();
  peer.connects();
  const auto out = peer.answersUse({}, 4);
  EXPECT_THAT(out.send, IsEmpty());
  EXPECT_THAT(out.deletedAway, ElementsAre("ours", "theirs"));
  EXPECT_THAT(texts(out.changes), ElementsAre("clear", "reject theirs undefined was 3"));
}

TEST(SharedObjectReplay, WritesAgainWhatAPersistentObjectLostWhenItsVersionWentBack) {
  CopyPeer peer(Persistence::Persistent);
  peer.usesWith({}, 7);
  peer.writes({{"ours", 2}});
  peer.says(8, {successEvent("ours")});
  peer.copy.onLost();
  peer.connects();
  EXPECT_THAT(requests(peer.answersUse({}, 1).send), ElementsAre("set ours 2"));
}

TEST(SharedObjectReplay, DoesNotWriteAgainWhatOthersHadChanged) {
  CopyPeer peer;
  peer.usesWith();
  peer.writes({{"x", 2}});
  peer.says(2, {successEvent("x")});
  peer.says(3, {changeEvent("x", 9)});
  peer.copy.onLost();
  peer.connects();
  EXPECT_THAT(peer.answersUse().send, IsEmpty()) << "it was theirs";
}

TEST(SharedObjectReplay, DoesNotHappenWhileTheObjectIsUsed) {
  CopyPeer peer;
  peer.usesWith();
  peer.writes({{"ours", 2}});
  peer.says(2, {successEvent("ours")});
  const auto out = peer.answersUse({}, 3);  // the server's program began anew
  EXPECT_THAT(out.send, IsEmpty());
  EXPECT_THAT(out.deletedAway, ElementsAre("ours"));
}

TEST(SharedObjectReplay, NeverRepeatsAMessage) {
  CopyPeer peer;
  peer.usesWith();
  SharedObjectActions out;
  peer.copy.sendMessage("say", {}, out);
  peer.copy.onLost();
  EXPECT_THAT(requests(peer.connects().send), ElementsAre("use"));
  EXPECT_THAT(peer.answersUse().send, IsEmpty());
}

TEST(SharedObjectRate, CollapsesWhatIsWrittenFaster) {
  CopyPeer peer(Persistence::Temporary, {.updatesPerSecond = 10});
  peer.usesWith();
  EXPECT_THAT(requests(peer.writes({{"x", 1}}).send), ElementsAre("set x 1"));
  peer.says(2, {successEvent("x")});
  EXPECT_THAT(peer.writes({{"x", 2}, {"y", 1}}).send, IsEmpty());
  EXPECT_THAT(peer.writes({{"x", 3}}).send, IsEmpty());
  EXPECT_EQ(peer.copy.deadline(), peer.now + 100ms);
  EXPECT_THAT(peer.passes(99ms).send, IsEmpty());
  EXPECT_THAT(requests(peer.passes(1ms).send), ElementsAre("set y 1, set x 3"));
  EXPECT_FALSE(peer.copy.deadline());
}

TEST(SharedObjectRate, WaitsForTheAnswerButNotForEver) {
  CopyPeer peer(Persistence::Temporary, {.useTimeout = 3000ms, .updatesPerSecond = 10});
  peer.usesWith();
  peer.writes({{"x", 1}});
  peer.writes({{"x", 2}});
  EXPECT_THAT(peer.passes(100ms).send, IsEmpty());
  EXPECT_EQ(peer.copy.deadline(), peer.now + 2900ms);
  EXPECT_THAT(requests(peer.says(2, {successEvent("x")}).send), ElementsAre("set x 2"));
  peer.writes({{"x", 3}});
  EXPECT_THAT(requests(peer.passes(3000ms).send), ElementsAre("set x 3"));
}

TEST(SharedObjectRate, HasNoDeadlineThatIsOver) {
  // No room for a second value of that size before the first one is answered.
  CopyPeer peer(Persistence::Temporary, {.updatesPerSecond = 10, .maxObjectBytes = 100});
  peer.usesWith();
  peer.writes({{"x", std::string(80, 'x')}});
  peer.writes({{"x", std::string(80, 'y')}});
  EXPECT_THAT(peer.passes(4000ms).send, IsEmpty());
  ASSERT_TRUE(peer.copy.deadline());
  EXPECT_GT(*peer.copy.deadline(), peer.now);
  peer.passes(50ms);
  EXPECT_THAT(peer.says(2, {successEvent("x")}).send, IsEmpty());
  EXPECT_EQ(peer.passes(50ms).send.size(), 1U);
}

TEST(SharedObjectLimit, BoundsWhatIsUnderWayAndCollapsesTheRest) {
  CopyPeer peer;
  peer.usesWith();
  std::size_t sent = 0;
  for (int value = 0; value < 2000; ++value) sent += peer.writes({{"x", value}}).send.size();
  EXPECT_EQ(sent, RemoteSharedObject::kMaxOutstanding);
  EXPECT_EQ(peer.copy.unacknowledged(), sent + 1);
  EXPECT_FALSE(peer.copy.deadline());
  EXPECT_THAT(requests(peer.says(2, {successEvent("x")}).send), ElementsAre("set x 1999"));
}

TEST(SharedObjectLimit, SplitsWhatIsTooLargeForOneMessage) {
  CopyPeer peer;
  AmfObject content;
  for (int slot = 0; slot < 300; ++slot) {
    content.set(std::string(60000, 'n') + std::to_string(slot), 1);
  }
  peer.copy = RemoteSharedObject("info_so", Persistence::Temporary,
                                 {.maxSlots = 300, .maxObjectBytes = 20'000'000});
  peer.usesWith(content);
  AmfObject deletions;
  for (const auto& [slot, value] : content) deletions.set(slot, {});
  const auto out = peer.writes(deletions);
  ASSERT_EQ(out.send.size(), 2U);
  EXPECT_EQ(out.send[0].events.size() + out.send[1].events.size(), 300U);
  for (const Bytes& body : bodies(out)) EXPECT_LT(body.size(), 16'777'216U);
}

TEST(SharedObjectLimit, LeavesAnObjectThatIsTooLarge) {
  CopyPeer peer(Persistence::Temporary, {.maxSlots = 2, .maxObjectBytes = 100});
  peer.usesWith({{"a", 1}, {"b", 1}});
  const auto out = peer.says(2, {changeEvent("c", 1)});
  EXPECT_THAT(codes(out.statuses), ElementsAre("MultiSharedObject.Use.TooLarge"));
  EXPECT_THAT(out.statuses[0].description, testing::HasSubstr("3 slots"));
  EXPECT_EQ(peer.copy.state(), State::Failed);
  EXPECT_EQ(peer.copy.slots().committedBytes(), 0U);
  EXPECT_THAT(peer.says(3, {changeEvent("d", 1), useSuccess()}).changes, IsEmpty());
  peer.copy.onLost();
  peer.usesWith({{"a", 1}}, 9);
  EXPECT_EQ(peer.copy.state(), State::Ready);
  EXPECT_THAT(codes(peer.says(10, {changeEvent("a", std::string(99, 'x'))}).statuses),
              ElementsAre("MultiSharedObject.Use.TooLarge"));
}

TEST(SharedObjectLimit, ATooLargeObjectDoesNotCountAsChangedWhenItIsBack) {
  CopyPeer peer(Persistence::Temporary, {.maxSlots = 1});
  peer.usesWith({{"a", 1}});
  peer.says(2, {changeEvent("b", 1)});
  peer.copy.onLost();
  peer.writes({{"a", 5}});
  peer.connects();
  const auto out = peer.answersUse({{"a", 1}});
  EXPECT_TRUE(out.first);
  EXPECT_THAT(requests(out.send), ElementsAre("set a 5"));
}

TEST(SharedObjectCopy, IsSilentWithoutAConnection) {
  CopyPeer peer;
  const auto out = peer.answersUse({{"x", 1}});
  EXPECT_FALSE(out.snapshot);
  EXPECT_FALSE(peer.copy.isKnown());
}

TEST(SharedObjectCopy, MeasuresHowLongAnAnswerTakes) {
  CopyPeer peer;
  peer.usesWith();
  peer.writes({{"x", 1}});
  peer.now += 40ms;
  peer.says(2, {successEvent("x")});
  EXPECT_EQ(peer.copy.latency(), 40ms);
}

}  // namespace
}  // namespace multiconnection::session
