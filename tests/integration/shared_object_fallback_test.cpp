// Servers that have no shared objects, or end the connection at one.
#include <gtest/gtest.h>

#include "integration/shared_object_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;
using State = SharedObjectReport::State;
using Code = SyncChange::Code;

/// One server that goes wrong at shared objects.
class FaultySharedObject : public ::testing::Test {
 protected:
  void begin(const std::string& fault) {
    NodeOptions options = RunningNode::options();
    options.faults.push_back(parseNodeFault(fault).value());
    node.emplace(options);
    ASSERT_TRUE(node->start());
    url = "rtmp://127.0.0.1:" + std::to_string(node->port()) + "/live";
  }
  /// Publishes some frames, and waits until a viewer has them all.
  void publishAndView() {
    Viewer viewer(url, "cam");
    ASSERT_TRUE(viewer.connected);
    pushFrames(*source, 0, 20);
    ASSERT_TRUE(viewer.waitForVideo(20));
  }

  std::optional<Node> node;
  std::string url;
  MultiConnection array;
  Listener listener{array};
  std::shared_ptr<PacketSource> source = PacketSource::create();
};

TEST_F(FaultySharedObject, AUseThatIsNeverAnsweredIsToldByNameAndThePublishGoesOn) {
  begin("use:ignore,times=1000");
  ASSERT_TRUE(connectAll(array, listener, {url}, quick()));
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  SharedObjectOptions options;
  options.useTimeout = 50ms;
  Shared object(array, "board", Persistence::Temporary, options);
  ASSERT_TRUE(object.waitStatus(StatusCode::SharedObjectTimedOut));
  const StatusEvent event = object.statuses.all().front();
  EXPECT_EQ(event.sharedObject, "board");
  EXPECT_EQ(event.server->index, 0U);
  EXPECT_NE(event.reason.find("board within 50 ms"), std::string::npos) << event.reason;
  EXPECT_TRUE(listener.waitFor(StatusCode::SharedObjectTimedOut));
  EXPECT_EQ(object.object.servers().at(0).state, State::Failed);
  ASSERT_TRUE(source->push(videoHeader()));
  publishAndView();
  EXPECT_EQ(listener.count(StatusCode::ConnectClosed), 0U);
}

TEST_F(FaultySharedObject, AServerThatEndsTheConnectionAtAUseIsRemembered) {
  begin("use:close,times=1");
  ASSERT_TRUE(connectAll(array, listener, {url}, quick()));
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  Shared object(array);
  ASSERT_TRUE(object.waitStatus(StatusCode::SharedObjectOwnConnection));
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2)) << "the stream is back";
  ASSERT_TRUE(object.waitReady(1)) << "over a connection of its own";
  EXPECT_TRUE(object.object.servers().at(0).ownConnection);
  ASSERT_TRUE(object.object.set("x", 1));
  EXPECT_TRUE(object.waitFor(Code::Success, "x", 1, 1));
  ASSERT_TRUE(source->push(videoHeader()));
  publishAndView();
}

TEST_F(FaultySharedObject, AServerThatEndsThatOneTooIsLeftAlone) {
  begin("use:close,times=1000");
  ASSERT_TRUE(connectAll(array, listener, {url}, quick()));
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  Shared object(array);
  ASSERT_TRUE(object.waitStatus(StatusCode::SharedObjectOff));
  EXPECT_EQ(object.object.servers().at(0).state, State::Off);
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
  ASSERT_TRUE(source->push(videoHeader()));
  publishAndView();
  EXPECT_EQ(listener.count(StatusCode::SharedObjectOwnConnection), 1U);
}

TEST_F(FaultySharedObject, OneEndThatMayBeChanceIsNoReasonToGiveUp) {
  begin("use:close,times=2");
  ASSERT_TRUE(connectAll(array, listener, {url}, quick()));
  Shared object(array);
  EXPECT_TRUE(object.waitReady(1)) << "its own connection has come back";
  EXPECT_TRUE(object.object.servers().at(0).ownConnection);
}

TEST_F(FaultySharedObject, WhatWasGivenUpIsTriedAgainWhenTheServerIsStarted) {
  begin("use:close,times=3");
  ASSERT_TRUE(connectAll(array, listener, {url}, quick()));
  Shared object(array);
  ASSERT_TRUE(object.waitStatus(StatusCode::SharedObjectOff));
  ASSERT_TRUE(array.startServer(Server::index(0)));
  EXPECT_TRUE(object.waitReady(1));
}

TEST_F(FaultySharedObject, ABackupThatEndsTheConnectionAtAUseIsRememberedToo) {
  begin("use:close,times=1000");
  FlappingNode primary;
  ServerEntry entry(primary.url());
  entry.backups = {url};
  ASSERT_TRUE(connectAll(array, listener, {entry}, quick()));
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  Shared object(array);
  ASSERT_TRUE(object.waitReady(1));
  primary.stop();
  ASSERT_TRUE(object.waitStatus(StatusCode::SharedObjectOwnConnection));
  ASSERT_TRUE(object.waitStatus(StatusCode::SharedObjectOff));
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  while (array.servers().at(0).state != ServerState::Publishing) {
    ASSERT_LT(std::chrono::steady_clock::now(), limit);
    std::this_thread::yield();
  }
  ASSERT_TRUE(source->push(videoHeader()));
  publishAndView();
}

TEST_F(FaultySharedObject, ARefusalIsToldWithTheServersCode) {
  begin("use:refuse,times=1000");
  ASSERT_TRUE(connectAll(array, listener, {url}, quick()));
  Shared object(array);
  ASSERT_TRUE(object.statuses.waitUntil([](const auto& all) { return !all.empty(); }));
  const StatusEvent event = object.statuses.all().front();
  EXPECT_EQ(event.codeText.rfind("SharedObject.", 0), 0U) << event.codeText;
  EXPECT_EQ(object.object.servers().at(0).state, State::Failed);
}

}  // namespace
}  // namespace multiconnection::test
