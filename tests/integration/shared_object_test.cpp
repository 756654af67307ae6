#include <gtest/gtest.h>

#include "integration/shared_object_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;
using State = SharedObjectReport::State;
using Code = SyncChange::Code;

/// Two people over two servers.
class SharedObjects : public ::testing::Test {
 protected:
  std::vector<ServerEntry> servers() const { return {first.url(), second.url()}; }

  RunningNode first;
  RunningNode second;
  MultiConnection ada;
  MultiConnection bob;
  Listener adaSees{ada};
  Listener bobSees{bob};
};

TEST_F(SharedObjects, AWriteReachesEveryServerAndEveryOtherUser) {
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  ASSERT_TRUE(connectAll(bob, bobSees, servers()));
  Shared writes(ada);
  Shared reads(bob);
  ASSERT_TRUE(writes.waitReady(2));
  ASSERT_TRUE(reads.waitReady(2));
  ASSERT_TRUE(writes.object.set("userName", "Foo"));
  EXPECT_EQ(writes.object.get("userName"), AmfValue("Foo")) << "at once";
  EXPECT_TRUE(writes.waitFor(Code::Success, "userName", "Foo", 2));
  EXPECT_TRUE(reads.waitFor(Code::Change, "userName", "Foo", 2));
  EXPECT_EQ(reads.on(0, "userName"), AmfValue("Foo"));
  EXPECT_EQ(reads.on(1, "userName"), AmfValue("Foo"));
  ASSERT_TRUE(writes.object.remove("userName"));
  EXPECT_TRUE(writes.waitFor(Code::Delete, "userName", {}, 2));
  EXPECT_TRUE(reads.waitFor(Code::Delete, "userName", {}, 2));
  EXPECT_TRUE(reads.object.data().empty());
  EXPECT_TRUE(writes.object.divergent().empty());
}

TEST_F(SharedObjects, SlotsSetTogetherChangeTogether) {
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  ASSERT_TRUE(connectAll(bob, bobSees, servers()));
  Shared writes(ada);
  Shared reads(bob);
  ASSERT_TRUE(reads.waitReady(2));
  ASSERT_TRUE(writes.waitReady(2));
  ASSERT_TRUE(writes.object.set({{"p", 1}, {"q", true}}));
  ASSERT_TRUE(reads.waitFor(Code::Change, "q", true, 2));
  for (const SyncEvent& event : reads.syncs.all()) {
    EXPECT_EQ(event.changes.size(), event.snapshot ? 1U : 2U);
  }
}

TEST_F(SharedObjects, WhatIsWrittenBeforeConnectingWaitsForTheServers) {
  Shared writes(ada);
  ASSERT_TRUE(writes.object.set("title", "Gala"));
  EXPECT_EQ(writes.object.get("title"), AmfValue("Gala"));
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  EXPECT_TRUE(writes.waitFor(Code::Success, "title", "Gala", 2));
  EXPECT_EQ(writes.on(1, "title"), AmfValue("Gala"));
  EXPECT_EQ(writes.object.servers().at(1).unacknowledged, 0U);
}

TEST_F(SharedObjects, AMessageReachesEveryUserByEveryServer) {
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  ASSERT_TRUE(connectAll(bob, bobSees, servers()));
  Shared sends(ada);
  Shared hears(bob);
  ASSERT_TRUE(sends.waitReady(2));
  ASSERT_TRUE(hears.waitReady(2));
  Collector<SharedMessage> heard;
  for (Shared* each : {&sends, &hears}) {
    each->object.onMessage("say", [heard](const SharedMessage& message) { heard.add(message); });
  }
  ASSERT_TRUE(sends.object.send("say", {"hi", 1}));
  ASSERT_TRUE(heard.waitUntil([](const auto& all) { return all.size() >= 4; }));
  std::map<std::size_t, int> byServer;
  for (const SharedMessage& message : heard.all()) {
    EXPECT_EQ(message.arguments, (std::vector<AmfValue>{"hi", 1}));
    ++byServer[message.server.index];
  }
  EXPECT_EQ(byServer, (std::map<std::size_t, int>{{0, 2}, {1, 2}}));
}

TEST_F(SharedObjects, AChangeOnOneServerIsMirroredWhereThatIsAsked) {
  SharedObjectOptions options;
  options.mode = MirrorMode::Mirror;
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  ASSERT_TRUE(connectAll(bob, bobSees, {second.url()}));
  Shared mirrors(ada, "board", Persistence::Temporary, options);
  Shared local(bob);
  ASSERT_TRUE(mirrors.waitReady(2));
  ASSERT_TRUE(local.waitReady(1));
  ASSERT_TRUE(local.object.set("seat", 7));
  EXPECT_TRUE(mirrors.waitFor(Code::Success, "seat", 7, 1));
  EXPECT_EQ(mirrors.on(0, "seat"), AmfValue(7));
}

TEST_F(SharedObjects, CopiesDivergeWhereNobodyMirrors) {
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  ASSERT_TRUE(connectAll(bob, bobSees, {second.url()}));
  Shared reads(ada);
  Shared local(bob);
  ASSERT_TRUE(reads.waitReady(2));
  ASSERT_TRUE(local.waitReady(1));
  ASSERT_TRUE(local.object.set("seat", 7));
  ASSERT_TRUE(reads.waitFor(Code::Change, "seat", 7, 1));
  EXPECT_EQ(reads.object.divergent(), std::vector<std::string>{"seat"});
  EXPECT_TRUE(reads.object.get("seat").isUndefined()) << "the first server has none";
}

TEST_F(SharedObjects, APacedWriteIsSentWhenItsTimeHasCome) {
  SharedObjectOptions options;
  options.updatesPerSecond = 20;
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  Shared slider(ada, "board", Persistence::Temporary, options);
  ASSERT_TRUE(slider.waitReady(2));
  for (int position = 1; position <= 3; ++position) {
    ASSERT_TRUE(slider.object.set("x", position));
    ASSERT_TRUE(slider.waitFor(Code::Success, "x", position, 2)) << position;
  }
}

TEST_F(SharedObjects, OneThatIsMadeWhileTheArrayClosesDoesNotHoldItUp) {
  ServerEntry own(second.url());
  own.sharedObjects = SharedObjectPlacement::OwnConnection;
  ASSERT_TRUE(connectAll(ada, adaSees, {own}));
  ada.close(0ms);
  Shared late(ada);
  EXPECT_TRUE(ada.waitClosed(kLimit));
}

TEST_F(SharedObjects, AServerThatJoinsLaterGetsWhatWasSet) {
  ASSERT_TRUE(connectAll(ada, adaSees, {first.url()}));
  Shared writes(ada);
  ASSERT_TRUE(writes.waitReady(1));
  ASSERT_TRUE(writes.object.set("title", "Gala"));
  ASSERT_TRUE(writes.waitFor(Code::Success, "title", "Gala", 1));
  ASSERT_TRUE(ada.addServer(second.url()));
  EXPECT_TRUE(writes.waitFor(Code::Success, "title", "Gala", 2));
  EXPECT_EQ(writes.on(1, "title"), AmfValue("Gala"));
}

TEST_F(SharedObjects, AListenerThatComesLateIsToldWhatThereIs) {
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  Shared writes(ada);
  ASSERT_TRUE(writes.object.set("title", "Gala"));
  ASSERT_TRUE(writes.waitFor(Code::Success, "title", "Gala", 2));
  writes.sync.disconnect();
  Shared late(ada);
  EXPECT_TRUE(late.waitFor(Code::Change, "title", "Gala", 2));
  EXPECT_TRUE(late.waitReady(2));
}

TEST_F(SharedObjects, TheSameNameIsTheSameObject) {
  Shared one(ada);
  auto other = ada.sharedObject("board");
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->set("x", 4));
  EXPECT_EQ(one.object.get("x"), AmfValue(4));
  const auto persistent = ada.sharedObject("board", Persistence::Persistent);
  ASSERT_FALSE(persistent);
  EXPECT_EQ(persistent.error().code, Errc::InvalidArgument);
}

TEST_F(SharedObjects, BadArgumentsAreNamed) {
  const auto spaced = ada.sharedObject("my board");
  ASSERT_FALSE(spaced);
  EXPECT_NE(spaced.error().message.find("my board"), std::string::npos);
  SharedObjectOptions options;
  options.updatesPerSecond = -1;
  EXPECT_FALSE(ada.sharedObject("b", Persistence::Temporary, options));
  Shared object(ada);
  EXPECT_EQ(object.object.set("", 1).error().code, Errc::InvalidArgument);
  EXPECT_EQ(object.object.set("big", std::string(300000, 'x')).error().code, Errc::LimitExceeded);
  EXPECT_EQ(object.object.send("say").error().code, Errc::InvalidState) << "no server is ready";
}

TEST_F(SharedObjects, AfterCloseNothingCanBeWritten) {
  ASSERT_TRUE(connectAll(ada, adaSees, servers()));
  Shared object(ada);
  ASSERT_TRUE(object.waitReady(2));
  ASSERT_TRUE(object.object.set("x", 1));
  ASSERT_TRUE(object.waitFor(Code::Success, "x", 1, 2));
  object.object.close();
  EXPECT_EQ(object.object.set("x", 2).error().code, Errc::InvalidState);
  Shared again(ada);
  EXPECT_TRUE(again.waitReady(2)) << "it is used anew";
}

TEST_F(SharedObjects, AHandleMayOutliveTheArray) {
  std::optional<MultiConnection> array(std::in_place);
  Listener listener(*array);
  ASSERT_TRUE(connectAll(*array, listener, servers()));
  Shared object(*array);
  ASSERT_TRUE(object.waitReady(2));
  array.reset();
  EXPECT_EQ(object.object.set("x", 2).error().code, Errc::InvalidState);
}

TEST_F(SharedObjects, AConnectionOfItsOwnCarriesItWhereThatIsAsked) {
  ServerEntry own(second.url());
  own.sharedObjects = SharedObjectPlacement::OwnConnection;
  ServerEntry off(first.url());
  off.sharedObjects = SharedObjectPlacement::Off;
  ASSERT_TRUE(connectAll(ada, adaSees, {off, own}));
  Shared object(ada);
  ASSERT_TRUE(object.waitReady(1));
  const auto reports = object.object.servers();
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].state, State::Off);
  EXPECT_EQ(reports[1].state, State::Ready);
  EXPECT_TRUE(reports[1].ownConnection);
  std::size_t owned = 0;
  for (const ServerStatistics& figures : ada.statistics()) owned += figures.sharedObjectConnection;
  EXPECT_EQ(owned, 1U);
  ada.close(0ms);
  EXPECT_TRUE(adaSees.waitFor(StatusCode::Closed));
}

TEST(SharedObjectRelease, TheLastOneTakesThoseAlongThatWereLeftBefore) {
  Collector<std::string> released;
  NodeOptions options = RunningNode::options();
  options.onEvent = [released](const NodeEvent& event) {
    if (event.kind == NodeEvent::Kind::SharedObjectReleased) released.add(event.streamName);
  };
  Node node(options);
  ASSERT_TRUE(node.start());
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(
      connectAll(array, listener, {"rtmp://127.0.0.1:" + std::to_string(node.port()) + "/live"}));
  Shared one(array, "one");
  Shared two(array, "two");
  ASSERT_TRUE(one.waitReady(1));
  ASSERT_TRUE(two.waitReady(1));
  one.object.close();
  two.object.close();
  EXPECT_TRUE(released.waitUntil([](const auto& names) { return names.size() == 2; }));
  EXPECT_EQ(listener.count(StatusCode::ConnectClosed), 0U);
}

TEST(SharedObjectReconnect, WhatALostServerHadNotAnsweredIsSentWhenItIsBack) {
  FlappingNode flapping;
  RunningNode steady;
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {steady.url(), flapping.url()}, quick()));
  Shared object(array);
  ASSERT_TRUE(object.waitReady(2));
  ASSERT_TRUE(object.object.set("kept", "before"));
  ASSERT_TRUE(object.waitFor(Code::Success, "kept", "before", 2));
  flapping.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  while (object.object.servers().at(1).state != State::Waiting) {
    ASSERT_LT(std::chrono::steady_clock::now(), limit);
    std::this_thread::yield();
  }
  ASSERT_TRUE(object.object.set("missed", 1));
  ASSERT_TRUE(object.waitFor(Code::Success, "missed", 1, 1));
  EXPECT_EQ(object.object.servers().at(1).unacknowledged, 1U);
  flapping.start();
  EXPECT_TRUE(object.waitFor(Code::Success, "missed", 1, 2));
  ASSERT_TRUE(object.waitFor([](const auto& all) {
    int kept = 0;
    for (const SyncEvent& event : all) {
      for (const SyncChange& change : event.changes) {
        kept += change.slot == "kept" && change.code == Code::Success && event.server.index == 1;
      }
    }
    return kept == 2;  // it had lost what it had accepted
  }));
  EXPECT_EQ(object.on(1, "kept"), AmfValue("before"));
  EXPECT_TRUE(object.object.divergent().empty());
}

}  // namespace
}  // namespace multiconnection::test
