#include "multiconnection/multi_connection.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "unit/client/events.hpp"
#include "unit/reactor/scripted_server.hpp"
#include "unit/transport/sockets.hpp"

namespace multiconnection {
namespace {

using namespace std::chrono_literals;

struct BadConnect {
  std::vector<ServerEntry> servers;
  ConnectOptions options;
  const char* names;
};

TEST(MultiConnection, RefusesBadArgumentsAndNamesThem) {
  ConnectOptions noTime;
  noTime.setupTimeout = 0ms;
  ConnectOptions noStall;
  noStall.stallTimeout = -1ms;
  ConnectOptions tooMany;
  tooMany.policy = Policy::quorum(2);
  ConnectOptions none;
  none.policy = Policy::quorum(0);
  ServerEntry smallChunks("rtmp://127.0.0.1/live");
  smallChunks.chunkSize = 127;
  ServerEntry backwards("rtmp://127.0.0.1/live");
  backwards.timeOffset = -1ms;
  ServerEntry longKey("rtmp://127.0.0.1/live", std::string(65000, 'x'));
  longKey.key = std::string(536, 'y');
  const BadConnect cases[] = {
      {{}, {}, "no server"},
      {{"http://127.0.0.1/live"}, {}, "http"},
      {{"rtmp://127.0.0.1/live"}, noTime, "setupTimeout of 0 ms"},
      {{"rtmp://127.0.0.1/live"}, noStall, "stallTimeout of -1 ms"},
      {{"rtmp://127.0.0.1/live"}, tooMany, "quorum of 2 of 1"},
      {{"rtmp://127.0.0.1/live"}, none, "quorum of 0"},
      {{smallChunks}, {}, "chunk size 127"},
      {{backwards}, {}, "timeOffset of -1 ms"},
      {{longKey}, {}, "65536 bytes"},
      {{ServerEntry("rtmp://127.0.0.1/live", std::string(65536, 'x'))}, {}, "65536 bytes"},
  };
  for (const BadConnect& bad : cases) {
    MultiConnection array;
    const auto result = array.connect(bad.servers, bad.options);
    ASSERT_FALSE(result) << bad.names;
    EXPECT_EQ(result.error().code, Errc::InvalidArgument);
    EXPECT_NE(result.error().message.find(bad.names), std::string::npos) << result.error().message;
    EXPECT_TRUE(array.statistics().empty()) << "nothing was started";
  }
}

TEST(MultiConnection, NamesTheIndexOfABadEntry) {
  MultiConnection array;
  const auto result = array.connect({"rtmp://127.0.0.1/live", "rtmp://127.0.0.1:0/live"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().server, 1U);
}

TEST(MultiConnection, CallsThatMakeNoSenseNowChangeNothing) {
  MultiConnection array;
  EXPECT_EQ(array.stream().publish("cam").error().code, Errc::InvalidState);
  EXPECT_EQ(array.stream().stop().error().code, Errc::InvalidState);
  EXPECT_EQ(array.stream().play("cam", [](const MediaMessage&) {}).error().code,
            Errc::InvalidState);
  EXPECT_EQ(array.stream().play("cam", nullptr).error().code, Errc::InvalidArgument);
  EXPECT_EQ(array.stream().attach(std::shared_ptr<PullSource>()).error().code,
            Errc::InvalidArgument);
  EXPECT_EQ(array.stream().attach(std::shared_ptr<PacketSource>()).error().code,
            Errc::InvalidArgument);
  EXPECT_EQ(array.addServer("rtmp://127.0.0.1/live").error().code, Errc::InvalidState);
  EXPECT_EQ(array.addServer("http://127.0.0.1/live").error().code, Errc::InvalidArgument);
  EXPECT_EQ(array.removeServer(Server::all()).error().code, Errc::InvalidState);
  EXPECT_EQ(array.startServer(Server::all()).error().code, Errc::InvalidState);
  EXPECT_EQ(array.stopServer(Server::all()).error().code, Errc::InvalidState);
  EXPECT_TRUE(array.servers().empty());
  array.close();
  EXPECT_TRUE(array.waitClosed(kLimit)) << "never open is closed";
}

TEST(MultiConnection, ARefusedPortFailsTheSetupAtOnceAndNamesTheServer) {
  const transport::RefusedPort refused(AF_INET);
  MultiConnection array;
  Events events(array);
  ConnectOptions options;
  options.setupTimeout = std::chrono::hours(1);
  ASSERT_TRUE(array.connect({url(refused.port())}, options));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupFailed));
  const StatusEvent event = events.first(StatusCode::SetupFailed);
  ASSERT_EQ(event.servers.size(), 1U);
  EXPECT_EQ(event.servers[0].state, ServerState::Failed);
  EXPECT_EQ(event.servers[0].code, StatusCode::ConnectFailed);
  EXPECT_NE(event.servers[0].reason.find(std::to_string(refused.port())), std::string::npos);
}

TEST(MultiConnection, AnUnansweredConnectFailsAtTheTimeOutAndSaysWhatWasAwaited) {
  transport::FullBacklog silent(AF_INET);
  MultiConnection array;
  Events events(array);
  ConnectOptions options;
  options.setupTimeout = 50ms;
  ASSERT_TRUE(array.connect({url(silent.port())}, options));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupFailed));
  const StatusEvent event = events.first(StatusCode::SetupFailed);
  EXPECT_GE(event.elapsed, 50ms);
  EXPECT_EQ(event.servers[0].state, ServerState::Connecting) << "its attempt goes on";
  EXPECT_NE(event.servers[0].reason.find("within 50 ms"), std::string::npos);
}

TEST(MultiConnection, CloseDuringTheSetupYieldsTheVerdictThenClosed) {
  transport::FullBacklog silent(AF_INET);
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(silent.port())}));
  EXPECT_EQ(array.connect({url(silent.port())}).error().code, Errc::InvalidState);
  ASSERT_TRUE(array.stream().publish("cam"));
  EXPECT_EQ(array.stream().publish("cam").error().code, Errc::InvalidState);
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  ASSERT_TRUE(events.waitFor(StatusCode::Closed));
  EXPECT_EQ(events.count(StatusCode::SetupFailed), 1U);
  EXPECT_EQ(events.count(StatusCode::StreamPublishFailed), 1U);
  EXPECT_EQ(events.count(StatusCode::Closed), 1U);
}

TEST(MultiConnection, TheSetupVerdictComesBeforeThePublishVerdict) {
  transport::FullBacklog silent(AF_INET);
  MultiConnection array;
  std::vector<StatusCode> codes;  // read after the event thread is done
  array.onStatus([&](const StatusEvent& event) { codes.push_back(event.code); });
  ASSERT_TRUE(array.connect({url(silent.port())}));
  ASSERT_TRUE(array.stream().publish("cam"));
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_EQ(codes, (std::vector{StatusCode::SetupFailed, StatusCode::StreamPublishFailed,
                                StatusCode::Closed}));
}

TEST(MultiConnection, RemovingWhatThePendingSetupNeedsFailsIt) {
  transport::FullBacklog silent(AF_INET);
  MultiConnection array;
  Events events(array);
  ConnectOptions options;
  options.setupTimeout = std::chrono::hours(1);
  ASSERT_TRUE(array.connect({url(silent.port()), url(silent.port())}, options));
  ASSERT_TRUE(array.removeServer(Server::index(0)));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupFailed));
  ASSERT_TRUE(array.removeServer(Server::all()));
  EXPECT_EQ(array.stream().publish("cam").error().code, Errc::InvalidState) << "to nobody";
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_EQ(events.count(StatusCode::SetupFailed), 1U);
}

TEST(MultiConnection, ClosedIsToldBeforeWaitClosedReturns) {
  const transport::RefusedPort refused(AF_INET);
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> told = 0;
    MultiConnection array;
    array.onStatus(
        [&](const StatusEvent& event) { told += event.code == StatusCode::Closed ? 1 : 0; });
    ASSERT_TRUE(array.connect({url(refused.port())}));
    array.close();
    ASSERT_TRUE(array.waitClosed(kLimit));
    ASSERT_EQ(told, 1) << "round " << round;
  }
}

TEST(MultiConnection, ConnectsAgainAfterClosedWithFreshIds) {
  const transport::RefusedPort refused(AF_INET);
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(refused.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupFailed));
  const ServerId first = array.statistics().at(0).id;
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  ASSERT_TRUE(array.connect({url(refused.port())}));
  EXPECT_NE(array.statistics().at(0).id, first);
}

TEST(MultiConnection, ConnectsAgainInsideTheSlotOfClosed) {
  const transport::RefusedPort refused(AF_INET);
  MultiConnectionOptions options;
  // The slot has run before the raising thread goes on: the earliest moment there is.
  options.executor = [](const std::function<void()>& task) { std::thread(task).join(); };
  MultiConnection array(options);
  std::promise<Result<void>> again;
  array.onStatus([&](const StatusEvent& event) {
    if (event.code == StatusCode::Closed) again.set_value(array.connect({url(refused.port())}));
  });
  ASSERT_TRUE(array.connect({url(refused.port())}));
  array.close();
  EXPECT_TRUE(array.waitClosed(kLimit)) << "that end came, whatever follows";
  EXPECT_TRUE(again.get_future().get());
}

TEST(MultiConnection, TakesEveryTimeToWait) {
  transport::FullBacklog silent(AF_INET);
  MultiConnection array;
  ASSERT_TRUE(array.connect({url(silent.port())}));
  EXPECT_EQ(array.waitClosed(std::chrono::milliseconds::min()).error().code, Errc::TimedOut);
  array.close(std::chrono::milliseconds::max());
  EXPECT_TRUE(array.waitClosed(std::chrono::milliseconds::max()));
}

TEST(MultiConnection, AServersGoodbyeInAnswerToOursIsNoFailure) {
  reactor::ScriptedServer server([](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    peer.awaitEnd();
    peer.sendStatus("NetConnection.Connect.Closed");
  });
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  array.close(kLimit);
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_EQ(array.statistics().at(0).state, ServerState::Closed);
}

TEST(MultiConnection, AFailedServerIsStartedAnewUnderItsId) {
  reactor::ScriptedServer server([](reactor::ServerPeer& peer, int number) {
    if (number == 1 || !peer.shakeHands() || !peer.acceptConnect()) return;
    peer.awaitEnd();
  });
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupFailed));
  ASSERT_TRUE(events.waitFor(StatusCode::ConnectFailed));
  const ServerId id = array.servers().at(0).id;
  ASSERT_TRUE(array.startServer(Server::all()));
  ASSERT_TRUE(events.waitFor(StatusCode::ConnectSuccess));
  ASSERT_TRUE(array.startServer(Server::all())) << "it runs: nothing happens";
  EXPECT_EQ(array.servers().at(0).id, id);
  EXPECT_EQ(array.servers().at(0).state, ServerState::Connected);
  EXPECT_EQ(events.count(StatusCode::SetupSuccess), 0U) << "one verdict per connect()";
}

TEST(MultiConnection, WhatAServerSaysIsCutToABearableLength) {
  reactor::ScriptedServer server([](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    const std::string text = "x" + std::string(1u << 20, '\xC3');
    peer.send({"onStatus", 0, nullptr, {AmfObject{{"code", "Odd"}, {"description", text}}}});
    peer.awaitEnd();
  });
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::Unknown));
  EXPECT_LE(events.first(StatusCode::Unknown).reason.size(), 1024U);
}

TEST(MultiConnection, AStalledServerIsGivenUpAndItsQueueIsGone) {
  std::promise<void> release;
  reactor::ScriptedServer server(
      [&, released = release.get_future().share()](reactor::ServerPeer& peer, int) {
        if (peer.shakeHands() && peer.acceptConnect() && peer.acceptPublish()) released.wait();
      });
  MultiConnection array;
  Events events(array);
  ConnectOptions options;
  options.stallTimeout = 100ms;
  ASSERT_TRUE(array.connect({url(server.port())}, options));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(array.stream().publish("cam"));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPublishSuccess));
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(source->push(MediaMessage{MediaKind::Audio, std::chrono::milliseconds(i),
                                          std::make_shared<const Bytes>(1u << 20, 0xAF)}));
  }
  ASSERT_TRUE(events.waitFor(StatusCode::StreamStalled));
  const ServerStatistics server0 = array.statistics().at(0);
  EXPECT_EQ(server0.state, ServerState::Failed);
  EXPECT_GT(server0.bytesSent, 0U);
  EXPECT_EQ(server0.queueBytes, 0U);
  EXPECT_EQ(server0.queueTime, 0ms);
  release.set_value();
}

TEST(MultiConnection, MayBeDestroyedInsideItsOwnSlot) {
  const transport::RefusedPort refused(AF_INET);
  auto array = std::make_unique<MultiConnection>();
  std::promise<void> destroyed;
  array->onStatus([&](const StatusEvent&) {
    array.reset();
    destroyed.set_value();
  });
  ASSERT_TRUE(array->connect({url(refused.port())}));
  EXPECT_EQ(destroyed.get_future().wait_for(kLimit), std::future_status::ready);
}

TEST(MultiConnection, ItsUrlsKeepTheStreamKeySecret) {
  const transport::RefusedPort refused(AF_INET);
  MultiConnection array;
  ASSERT_TRUE(array.connect({{url(refused.port()) + "?token=canary1", "canary2"}}));
  const std::string shown = array.statistics().at(0).url;
  EXPECT_EQ(shown.find("canary"), std::string::npos) << shown;
  EXPECT_NE(shown.find("***"), std::string::npos) << shown;
}

}  // namespace
}  // namespace multiconnection
