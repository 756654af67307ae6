#include "tools/share_result.hpp"

#include <gtest/gtest.h>

#include "tools/json_events.hpp"

namespace multiconnection::tools {
namespace {

using State = SharedObjectReport::State;
using Outcome = ShareResult::Outcome;
using Code = SyncChange::Code;
using Lines = std::vector<std::string>;

constexpr WallTime kTime(1700000000123);

SharedObjectReport report(State state, std::size_t unacknowledged = 0) {
  SharedObjectReport report;
  report.index = 1;
  report.state = state;
  report.unacknowledged = unacknowledged;
  return report;
}

ServerReport server() {
  ServerReport server;
  server.index = 1;
  server.url = "rtmp://b/chat";
  return server;
}

SyncEvent sync(std::vector<SyncChange> changes) {
  SyncEvent event;
  event.name = "info_so";
  event.server = server();
  event.changes = std::move(changes);
  return event;
}

TEST(ShareResult, IsAcknowledgedWhenNothingIsLeft) {
  ShareWitness witness;
  witness.connected = true;
  EXPECT_FALSE(isSettled(report(State::Ready, 2), witness));
  EXPECT_TRUE(isSettled(report(State::Ready), witness));
  EXPECT_TRUE(resultOf(report(State::Ready), witness).good());
  const ShareResult late = resultOf(report(State::Ready, 2), witness);
  EXPECT_EQ(late.outcome, Outcome::TimedOut);
  EXPECT_EQ(late.reason, "2 writes without an answer");
}

TEST(ShareResult, IsNotDecidedByAReportThatIsAheadOfTheRefusal) {
  ShareWitness witness;
  witness.connected = true;
  witness.unanswered = {{"seat", 7}, {"user", "Foo"}};
  EXPECT_FALSE(isSettled(report(State::Ready), witness));
  EXPECT_EQ(resultOf(report(State::Ready), witness).reason, "2 writes without an answer");
  witness.note({Code::Change, "seat", 7, {}});
  witness.note({Code::Delete, "seat", {}, 7});
  EXPECT_FALSE(isSettled(report(State::Ready), witness)) << "what others do is no answer";
  witness.note({Code::Success, "seat", 7, {}});
  witness.note({Code::Reject, "user", {}, "Foo"});
  EXPECT_TRUE(isSettled(report(State::Ready), witness));
  const ShareResult result = resultOf(report(State::Ready), witness);
  EXPECT_EQ(result.outcome, Outcome::Refused);
  EXPECT_EQ(result.reason, "refused user");
}

TEST(ShareResult, ADeletionIsAnsweredByAnEventOrBecauseThereIsNothing) {
  ShareWitness witness;
  witness.unanswered = {{"old", nullptr}};
  EXPECT_TRUE(isSettled(report(State::Ready), witness)) << "a server need not tell of that";
  SharedObjectReport held = report(State::Ready);
  held.slots = {{"old", true}};
  EXPECT_FALSE(isSettled(held, witness));
  ShareWitness refused = witness;
  refused.note({Code::Reject, "old", true, {}});
  EXPECT_EQ(resultOf(held, refused).outcome, Outcome::Refused);
  witness.note({Code::Delete, "old", {}, true});
  EXPECT_TRUE(isSettled(held, witness)) << "and set again by somebody else";
}

TEST(ShareResult, AMessageHasToComeBack) {
  ShareWitness witness;
  witness.connected = witness.expectsMessage = true;
  EXPECT_FALSE(isSettled(report(State::Ready), witness));
  EXPECT_EQ(resultOf(report(State::Ready), witness).outcome, Outcome::TimedOut);
  witness.heardMessage = true;
  EXPECT_TRUE(isSettled(report(State::Ready), witness));
  EXPECT_EQ(resultOf(report(State::Ready), witness).outcome, Outcome::Acknowledged);
}

TEST(ShareResult, ARefusedWriteIsNamed) {
  ShareWitness witness;
  witness.refusedSlots = {"seat", "userName"};
  witness.trouble = "SharedObject.NoWriteAccess";
  const ShareResult result = resultOf(report(State::Ready), witness);
  EXPECT_EQ(result.outcome, Outcome::Refused);
  EXPECT_EQ(result.reason, "refused seat, userName, SharedObject.NoWriteAccess");
}

TEST(ShareResult, AServerThatWasThereIsWaitedForAndOneThatWasNotIsNot) {
  ShareWitness witness;
  EXPECT_TRUE(isSettled(report(State::Waiting), witness));
  EXPECT_EQ(resultOf(report(State::Waiting), witness).outcome, Outcome::NotConnected);
  witness.connected = true;
  EXPECT_FALSE(isSettled(report(State::Waiting), witness));
  EXPECT_EQ(resultOf(report(State::Waiting), witness).outcome, Outcome::Closed);
}

TEST(ShareResult, AnObjectThatIsNotUsableSaysWhy) {
  ShareWitness witness;
  witness.connected = true;
  EXPECT_FALSE(isSettled(report(State::Failed), witness)) << "the event is on its way";
  witness.objectTold = true;
  EXPECT_TRUE(isSettled(report(State::Failed), witness));
  EXPECT_EQ(resultOf(report(State::Failed), witness).outcome, Outcome::Refused);
  witness.useTimedOut = true;
  EXPECT_EQ(resultOf(report(State::Failed), witness).outcome, Outcome::TimedOut);
  EXPECT_FALSE(isSettled(report(State::Using), witness));
  EXPECT_EQ(resultOf(report(State::Using), witness).outcome, Outcome::TimedOut);
  EXPECT_TRUE(isSettled(report(State::Off), witness));
  EXPECT_EQ(resultOf(report(State::Off), witness).reason, "the object is off");
}

TEST(ShareResult, IsALineAndAnObject) {
  SharedObjectReport there = report(State::Failed);
  there.version = 7;
  there.ownConnection = true;
  ShareWitness witness;
  witness.trouble = "SharedObject.NoReadAccess \x1b";
  ShareResult result = resultOf(there, witness);
  result.url = "rtmp://b/chat";
  result.elapsed = std::chrono::milliseconds(12);
  EXPECT_EQ(textOfShare(result),
            "server 1 rtmp://b/chat refused after 12 ms, over a connection of its own: "
            "SharedObject.NoReadAccess ?");
  EXPECT_EQ(jsonOfShare(result, kTime),
            R"({"event":"object","time_ms":1700000000123,"server":1,"url":"rtmp://b/chat",)"
            R"("outcome":"refused","elapsed_ms":12,"version":7,"own_connection":true,)"
            R"("reason":"SharedObject.NoReadAccess \u001b"})");
  EXPECT_EQ(textOfShareVerdict(1, 2), "1 of 2 servers acknowledged");
  EXPECT_EQ(jsonOfShareVerdict("info_so", 1, 2, kTime),
            R"({"event":"summary","time_ms":1700000000123,"name":"info_so","acknowledged":1,)"
            R"("servers":2})");
}

TEST(ShareResult, AValueIsToldPerServerWhereTheyDiffer) {
  SharedValue value{"seat", {{0, "rtmp://a/chat", 7}, {1, "rtmp://b/chat", 7}}};
  EXPECT_EQ(textsOfValue(value), (Lines{"seat = 7"}));
  value.copies[1].value = AmfValue();
  EXPECT_EQ(textsOfValue(value),
            (Lines{"server 0 rtmp://a/chat seat = 7", "server 1 rtmp://b/chat seat = undefined"}));
  EXPECT_EQ(jsonOfValue(value, kTime),
            R"({"event":"value","time_ms":1700000000123,"slot":"seat","divergent":true,)"
            R"("servers":[{"server":0,"url":"rtmp://a/chat","value":7},)"
            R"({"server":1,"url":"rtmp://b/chat","value":null}]})");
  EXPECT_TRUE(textsOfValue({"seat", {}}).empty()) << "no server has the object";
}

TEST(ShareResult, EachChangeHasALine) {
  SyncEvent event = sync({{Code::Clear, "", {}, {}},
                          {Code::Change, "user", "Foo", "Bar"},
                          {Code::Reject, "seat", 1, 2},
                          {Code::Delete, "old", {}, true}});
  event.snapshot = true;
  const std::string server = "server 1 rtmp://b/chat ";
  EXPECT_EQ(textsOfSync(event),
            (Lines{server + "is in sync", server + "clear",
                   server + "change user = \"Foo\" (was \"Bar\")",
                   server + "reject seat = 1 (refused 2)", server + "delete old (was true)"}));
}

TEST(ShareResult, ChangesAndMessagesAreObjects) {
  EXPECT_EQ(jsonOfSync(sync({{Code::Success, "user", "Foo", {}}}), kTime),
            R"({"event":"sync","time_ms":1700000000123,"name":"info_so","server":1,)"
            R"("url":"rtmp://b/chat","snapshot":false,"changes":[{"code":"success",)"
            R"("slot":"user","value":"Foo","old_value":null}]})");
  const SharedMessage message{"info_so", server(), "say", {"hi", 7}};
  EXPECT_EQ(jsonOfMessage(message, kTime),
            R"({"event":"message","time_ms":1700000000123,"name":"info_so","server":1,)"
            R"("url":"rtmp://b/chat","handler":"say","arguments":["hi",7]})");
  EXPECT_EQ(textOfMessage(message), "server 1 rtmp://b/chat message say: \"hi\" 7");
}

}  // namespace
}  // namespace multiconnection::tools
