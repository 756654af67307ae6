#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "multiconnection/multi_connection.hpp"
#include "unit/client/events.hpp"
#include "unit/reactor/scripted_server.hpp"

namespace multiconnection {
namespace {

using namespace std::chrono_literals;
using reactor::ScriptedServer;
using reactor::ServerPeer;

AmfObject redirectTo(const std::string& place) {
  return {{"level", "error"},
          {"code", "NetConnection.Connect.Rejected"},
          {"description", "RTMP 302 Redirect"},
          {"ex", AmfObject{{"code", 302}, {"redirect", place}, {"redirect2", place + "/cam"}}}};
}

/// Answers connect with a redirect.
ScriptedServer::Script sendingTo(std::function<std::string()> place) {
  return [place = std::move(place)](ServerPeer& peer, int) {
    if (!peer.shakeHands()) return;
    const auto connect = peer.await("connect");
    if (connect) peer.send({"_error", connect->transactionId, nullptr, {redirectTo(place())}});
  };
}

/// Waits until a thread of a server has come to some point.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

/// "K0" for the key frame with that number, "D1" for another frame.
std::string nameOf(const rtmp::Message& message) {
  const Bytes& body = message.body;
  if (message.type != rtmp::MessageType::Video || body.size() < 6 || body[1] != 1) return {};
  return (body[0] == 0x17 ? "K" : "D") + std::to_string(body[5]);
}

MediaMessage frame(std::uint8_t number, bool key) {
  const std::uint8_t kind = key ? 0x17 : 0x27;
  return {MediaKind::Video, number * 40ms,
          std::make_shared<const Bytes>(Bytes{kind, 1, 0, 0, 0, number})};
}

/// Takes connect and publish, opens the gate, and keeps the frames it gets up to `last`.
ScriptedServer::Script taking(std::vector<std::string>& frames, const std::string& last,
                              std::function<void(ServerPeer&)> whenPublishing, Gate& done) {
  return [&frames, last, whenPublishing = std::move(whenPublishing), &done](ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect() || !peer.acceptPublish()) return;
    if (whenPublishing) whenPublishing(peer);
    while (auto message = peer.next()) {
      const std::string name = nameOf(*message);
      if (!name.empty()) frames.push_back(name);
      if (name == last) break;
    }
    done.open();
    peer.awaitEnd();
  };
}

PublishOptions settled() {
  PublishOptions options;
  options.settleTime = 10ms;
  return options;
}

TEST(Redirect, OfConnectIsFollowedAndShownInTheReport) {
  ScriptedServer edge([](ServerPeer& peer, int) {
    if (peer.shakeHands() && peer.acceptConnect()) peer.awaitEnd();
  });
  ScriptedServer origin(sendingTo([&] { return url(edge.port()) + "?token=hidden"; }));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(origin.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  const StatusEvent event = events.first(StatusCode::Redirected);
  EXPECT_EQ(event.level, StatusLevel::Status);
  EXPECT_EQ(event.reason, "to " + url(edge.port()) + "?token=***");
  ASSERT_TRUE(event.server);
  EXPECT_EQ(event.server->url, url(origin.port()));
  EXPECT_EQ(array.servers().at(0).movedTo, url(edge.port()) + "?token=***");
  EXPECT_EQ(array.statistics().at(0).reconnects, 0U);
  EXPECT_EQ(events.count(StatusCode::SetupSuccess), 1U);
}

TEST(Redirect, ThatComesBackIsALoopThatEndsTheAttempt) {
  std::atomic<std::uint16_t> back{0};
  ScriptedServer second(sendingTo([&] { return url(back); }));
  ScriptedServer first(sendingTo([&] { return url(second.port()); }));
  back = first.port();
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(first.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupFailed));
  const ServerReport report = events.first(StatusCode::SetupFailed).servers.at(0);
  EXPECT_EQ(report.code, StatusCode::ConnectRejected);
  EXPECT_NE(report.reason.find("a loop"), std::string::npos) << report.reason;
  EXPECT_EQ(first.clients(), 1);
}

TEST(Redirect, AfterPublishTakesTheStreamThere) {
  std::vector<std::string> frames;
  Gate done;
  ScriptedServer edge(taking(frames, "K0", {}, done));
  ScriptedServer origin([&](ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    const auto create = peer.await("createStream");
    if (!create) return;
    peer.send({"_result", create->transactionId, nullptr, {1}});
    if (!peer.await("publish")) return;
    peer.send({"onStatus", 0, nullptr, {redirectTo(url(edge.port()))}}, 1);
    EXPECT_TRUE(peer.await("Redirected"));
    peer.awaitEnd();
  });
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(origin.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  ASSERT_TRUE(array.stream().publish("cam", settled()));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPublishSuccess));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(source->push(frame(0, true)));
  EXPECT_TRUE(done.wait());
  EXPECT_EQ(events.count(StatusCode::ConnectFailed), 0U);
}

AmfObject reconnectRequest(const std::string& place) {
  return {
      {"level", "status"}, {"code", "NetConnection.Connect.ReconnectRequest"}, {"tcUrl", place}};
}

TEST(ReconnectRequest, MayLeadBackToWhereTheConnectionWasBefore) {
  std::atomic<std::uint16_t> back{0};
  const auto moving = [](ServerPeer& peer, const std::string& place) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    if (!place.empty()) peer.send({"onStatus", 0, nullptr, {reconnectRequest(place)}});
    peer.awaitEnd();
  };
  ScriptedServer second([&](ServerPeer& peer, int) { moving(peer, url(back)); });
  ScriptedServer first(
      [&](ServerPeer& peer, int number) { moving(peer, number == 1 ? url(second.port()) : ""); });
  back = first.port();
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(first.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::ConnectSuccess, 3));
  EXPECT_EQ(first.clients(), 2);
  EXPECT_EQ(events.count(StatusCode::SetupSuccess), 1U);
  EXPECT_EQ(array.statistics().at(0).reconnects, 0U);
}

/// One server that publishes and, at the word, asks to move to another.
class Move : public ::testing::Test {
 protected:
  void publish(std::uint16_t port) {
    ASSERT_TRUE(array.connect({url(port)}));
    ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
    ASSERT_TRUE(array.stream().publish("cam", settled()));
    ASSERT_TRUE(events.waitFor(StatusCode::StreamPublishSuccess));
    ASSERT_TRUE(array.stream().attach(source));
    ASSERT_TRUE(source->push(frame(0, true)));
    ASSERT_TRUE(source->push(frame(1, false)));
  }
  /// For a server that publishes: reads the first frames, then asks to move.
  std::function<void(ServerPeer&)> askingToMove(std::function<std::uint16_t()> port) {
    return [this, port = std::move(port)](ServerPeer& peer) {
      while (auto message = peer.next()) {
        const std::string name = nameOf(*message);
        if (!name.empty()) before.push_back(name);
        if (name == "D1") break;
      }
      peer.send({"onStatus", 0, nullptr, {reconnectRequest(url(port()))}});
    };
  }

  std::vector<std::string> before;
  std::vector<std::string> after;
  Gate beforeDone;
  Gate afterDone;
  MultiConnection array;
  Events events{array};
  std::shared_ptr<PacketSource> source = PacketSource::create();
};

TEST_F(Move, GoesOnAtAKeyFrameAndLosesNothing) {
  ScriptedServer there(taking(after, "D200", {}, afterDone));
  ScriptedServer here(taking(before, "-", askingToMove([&] { return there.port(); }), beforeDone));
  publish(here.port());
  ASSERT_TRUE(events.waitFor(StatusCode::ConnectReconnectRequest));
  std::uint8_t number = 2;
  do {
    ASSERT_TRUE(source->push(frame(number, number % 2 == 0)));
    ASSERT_LT(++number, 200);
  } while (!events.waitFor(StatusCode::Moved, 1, 200ms));
  ASSERT_TRUE(source->push(frame(200, false)));
  ASSERT_TRUE(afterDone.wait());
  ASSERT_TRUE(beforeDone.wait()) << "it hears the end";
  std::vector<std::string> all = {"K0", "D1"};
  for (int sent = 2; sent < number; ++sent) {
    all.push_back((sent % 2 == 0 ? "K" : "D") + std::to_string(sent));
  }
  all.push_back("D200");
  ASSERT_FALSE(after.empty());
  EXPECT_EQ(after.front()[0], 'K');
  const auto common = std::find(before.begin(), before.end(), after.front());
  std::vector<std::string> united(before.begin(), common);
  united.insert(united.end(), after.begin(), after.end());
  EXPECT_EQ(united, all) << "each went to one of them at least";
  EXPECT_EQ(array.servers().at(0).movedTo, url(there.port()));
  EXPECT_EQ(array.servers().at(0).state, ServerState::Publishing);
  for (const StatusCode none : {StatusCode::Degraded, StatusCode::Lost, StatusCode::ConnectClosed,
                                StatusCode::Redirected}) {
    EXPECT_EQ(events.count(none), 0U) << codeName(none);
  }
  EXPECT_EQ(array.statistics().at(0).videoMessages, before.size() + after.size());
}

TEST_F(Move, ThatFailsLeavesTheStreamWhereItIs) {
  ScriptedServer refuses([](ServerPeer& peer, int) {
    if (!peer.shakeHands()) return;
    const auto connect = peer.await("connect");
    if (!connect) return;
    peer.send({"_error",
               connect->transactionId,
               nullptr,
               {AmfObject{{"level", "error"}, {"code", "NetConnection.Connect.Rejected"}}}});
    peer.awaitEnd();
  });
  ScriptedServer here(
      taking(before, "D2", askingToMove([&] { return refuses.port(); }), beforeDone));
  publish(here.port());
  ASSERT_TRUE(events.waitFor(StatusCode::Redirected));
  const StatusEvent warning = events.first(StatusCode::Redirected);
  EXPECT_EQ(warning.level, StatusLevel::Warning);
  EXPECT_NE(warning.reason.find("failed: NetConnection.Connect.Rejected"), std::string::npos)
      << warning.reason;
  ASSERT_TRUE(source->push(frame(2, false)));
  EXPECT_TRUE(beforeDone.wait());
  EXPECT_EQ(array.servers().at(0).movedTo, "");
}

TEST_F(Move, ToWhereTheNameIsTakenEndsTheOldConnectionFirst) {
  std::atomic<int> attempts{0};
  ScriptedServer shared([&](ServerPeer& peer, int number) {
    attempts = number;
    if (number > 1) return taking(after, "K3", {}, afterDone)(peer, number);
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    const auto create = peer.await("createStream");
    if (!create) return;
    peer.send({"_result", create->transactionId, nullptr, {1}});
    if (peer.await("publish")) peer.sendStatus("NetStream.Publish.BadName", "error");
    peer.awaitEnd();
  });
  ScriptedServer here(taking(before, "-", askingToMove([&] { return shared.port(); }), beforeDone));
  publish(here.port());
  ASSERT_TRUE(beforeDone.wait()) << "it hears the end";
  ASSERT_TRUE(events.waitFor(StatusCode::PublishStart, 2));
  ASSERT_TRUE(source->push(frame(3, true)));
  EXPECT_TRUE(afterDone.wait());
  EXPECT_EQ(after, std::vector<std::string>{"K3"});
  EXPECT_EQ(attempts, 2);
}

}  // namespace
}  // namespace multiconnection
