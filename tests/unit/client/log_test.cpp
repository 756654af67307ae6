#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "multiconnection/multi_connection.hpp"
#include "unit/client/events.hpp"
#include "unit/reactor/scripted_server.hpp"

namespace multiconnection {
namespace {

using namespace std::chrono_literals;
using reactor::ScriptedServer;
using reactor::ServerPeer;

/// What an array logs.
class Log {
 public:
  MultiConnectionOptions options(LogLevel least = LogLevel::Debug) {
    MultiConnectionOptions options;
    options.logLevel = least;
    options.log = [this](LogLevel level, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::string(logLevelName(level)) + ": " + std::string(line));
      changed_.notify_all();
    };
    return options;
  }
  bool waitFor(const std::string& part) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, [&] { return countOf(part) != 0; });
  }
  std::size_t count(const std::string& part) {
    const std::lock_guard lock(mutex_);
    return countOf(part);
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const std::string& line : lines_) text += line + '\n';
    return text;
  }

 private:
  std::size_t countOf(const std::string& part) const {
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(),
        [&](const std::string& line) { return line.find(part) != std::string::npos; }));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

bool acceptConnect(ServerPeer& peer, const std::string& description = "") {
  const auto connect = peer.await("connect");
  return connect && peer.send({"_result",
                               connect->transactionId,
                               AmfObject{{"fmsVer", "FMS/3,0,1,123"}},
                               {AmfObject{{"level", "status"},
                                          {"code", "NetConnection.Connect.Success"},
                                          {"description", description},
                                          {"fourCcList", AmfArray{"hvc1", "av01"}}}}});
}

TEST(Log, TellsEachStepOfAnAttemptAndNamesTheServer) {
  ScriptedServer server([](ServerPeer& peer, int) {
    if (peer.shakeHands() && acceptConnect(peer) && peer.acceptPublish()) peer.awaitEnd();
  });
  Log log;
  MultiConnection array(log.options());
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  ASSERT_TRUE(array.stream().publish("cam"));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPublishSuccess));
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  const std::string name = "server 0 " + url(server.port()) + ": ";
  for (const std::string& line :
       {"debug: " + name + "looks up 127.0.0.1", "debug: " + name + "tries " + address,
        "debug: " + name + "127.0.0.1: TCP is open",
        "debug: " + name + "begins the plain handshake", "debug: " + name + "the handshake is done",
        "info: " + name + "accepted connect: FMS/3,0,1,123, AMF0, takes av01 hvc1",
        std::string("info: server 0: NetConnection.Connect.Success"),
        std::string("info: NetConnection.Setup.Success"),
        std::string("info: server 0: NetStream.Publish.Start"),
        std::string("info: MultiStream.Publish.Success")}) {
    EXPECT_EQ(log.count(line), 1U) << line << " in\n" << log.all();
  }
}

TEST(Log, WithoutAWishForStepsTheyAreNotTold) {
  ScriptedServer server([](ServerPeer& peer, int) {
    if (peer.shakeHands() && acceptConnect(peer)) peer.awaitEnd();
  });
  Log log;
  MultiConnection array(log.options(LogLevel::Info));
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  EXPECT_EQ(log.count("debug: "), 0U) << log.all();
  EXPECT_EQ(log.count("accepted connect"), 1U) << log.all();
}

TEST(Log, TellsARefusedAddressAndTheFailure) {
  const transport::RefusedPort refused(AF_INET);
  Log log;
  MultiConnection array(log.options());
  Events events(array);
  ASSERT_TRUE(array.connect({url(refused.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupFailed));
  EXPECT_EQ(log.count("debug: server 0 " + url(refused.port()) + ": 127.0.0.1: "), 1U) << log.all();
  EXPECT_EQ(log.count("error: server 0: NetConnection.Connect.Failed"), 1U) << log.all();
  EXPECT_EQ(log.count("error: NetConnection.Setup.Failed"), 1U) << log.all();
}

TEST(Log, TellsTheSecondAttemptWithSmallChunks) {
  ScriptedServer server([](ServerPeer& peer, int number) {
    if (!peer.shakeHands()) return;
    if (number == 1) {
      peer.await("connect");
    } else if (acceptConnect(peer)) {
      peer.awaitEnd();
    }
  });
  Log log;
  MultiConnection array(log.options(LogLevel::Warning));
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  EXPECT_EQ(log.count("instead of an answer to connect: once more with chunks of 4096 bytes"), 1U)
      << log.all();
}

TEST(Log, TellsOfCallsWithoutAnAnswerInFewLines) {
  ScriptedServer server([](ServerPeer& peer, int) {
    if (peer.shakeHands() && acceptConnect(peer)) peer.awaitEnd();
  });
  Log log;
  MultiConnection array(log.options(LogLevel::Warning));
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  CallOptions options;
  options.deadline = 20ms;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(array.callRemote(
        "silent", Server::all(), {}, [](const Reply&) {}, options));
  }
  ASSERT_TRUE(
      log.waitFor("server 0 " + url(server.port()) + ": call of silent: no answer within 20 ms; "));
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_LT(log.count("call of silent"), 50U) << log.all();
}

TEST(Log, TellsOfDroppedMessagesInFewLines) {
  std::promise<void> release;
  ScriptedServer server([&, released = release.get_future().share()](ServerPeer& peer, int) {
    if (peer.shakeHands() && acceptConnect(peer) && peer.acceptPublish()) released.wait();
  });
  Log log;
  MultiConnection array(log.options(LogLevel::Warning));
  Events events(array);
  ConnectOptions options;
  options.stallTimeout = 100ms;
  ASSERT_TRUE(array.connect({url(server.port())}, options));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(array.stream().publish("cam"));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPublishSuccess));
  const auto body = std::make_shared<const Bytes>(1u << 20, 0xAF);
  for (int number = 0; number < 13; ++number) {
    EXPECT_TRUE(source->push({MediaKind::Audio, number * 150ms, body}));
  }
  EXPECT_TRUE(events.waitFor(StatusCode::StreamStalled));
  release.set_value();
  const std::size_t lines = log.count("server 0 " + url(server.port()) + ": ");
  EXPECT_GE(lines, 1U) << log.all();
  EXPECT_LE(lines, 5U) << log.all();
  EXPECT_GE(log.count(" messages dropped, "), 1U) << log.all();
  EXPECT_EQ(log.count("error: server 0: MultiStream.Server.Stalled"), 1U) << log.all();
}

TEST(Log, TellsHowALostServerComesBack) {
  std::promise<void> leave;
  ScriptedServer server([&, left = leave.get_future().share()](ServerPeer& peer, int number) {
    if (number == 2 || !peer.shakeHands() || !acceptConnect(peer)) return;
    if (number == 1) return left.wait();
    peer.awaitEnd();
  });
  Log log;
  MultiConnection array(log.options(LogLevel::Info));
  Events events(array);
  ConnectOptions options;
  options.reconnect.initial = 20ms;
  ASSERT_TRUE(array.connect({url(server.port())}, options));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  leave.set_value();
  const std::string name = "info: server 0 " + url(server.port()) + ": ";
  ASSERT_TRUE(log.waitFor(name + "back after 2 attempts, ")) << log.all();
  EXPECT_GE(log.count(name + "failed: "), 1U) << log.all();
  EXPECT_GE(log.count("; tried again in "), 1U) << log.all();
  EXPECT_EQ(log.count(name + "attempt 1 begins"), 1U) << log.all();
}

TEST(Log, TellsOfAServerThatIsGivenUpInFewLines) {
  const transport::RefusedPort refused(AF_INET);
  Log log;
  MultiConnection array(log.options(LogLevel::Info));
  ConnectOptions options;
  options.reconnect.initial = options.reconnect.cap = 1ms;
  options.reconnect.attempts = 30;
  ASSERT_TRUE(array.connect({url(refused.port())}, options));
  const std::string name = "info: server 0 " + url(refused.port()) + ": ";
  ASSERT_TRUE(log.waitFor(name + "given up after 30 attempts: ")) << log.all();
  EXPECT_GE(log.count(name + "failed: "), 1U) << log.all();
  EXPECT_EQ(log.count(name + "attempt 1 begins"), 1U) << log.all();
  EXPECT_LT(log.count(" begins"), 15U) << log.all();
  EXPECT_EQ(log.count(name + "back"), 0U);
}

/// Says all that it was told, in every text of a status that a server can send.
void betray(ServerPeer& peer, const std::string& secrets) {
  if (!peer.shakeHands() || !acceptConnect(peer, "welcome " + secrets)) return;
  const auto call = peer.await("canaryless");
  if (!call) return;
  peer.send({"_error", call->transactionId, nullptr, {AmfObject{{"description", secrets}}}});
  peer.acceptPublish();
  for (const char* level : {"status", "warning", "error"}) {
    peer.send({"onStatus",
               0,
               nullptr,
               {AmfObject{{"level", level}, {"code", "X." + secrets}, {"description", secrets}}}},
              1);
  }
  peer.send({"onStatus",
             0,
             nullptr,
             {AmfObject{{"level", "error"},
                        {"code", "NetConnection.Connect.Rejected"},
                        {"description", secrets}}}});
  peer.awaitEnd();
}

TEST(Log, NoSecretIsInAnyLineEvenIfTheServerRepeatsIt) {
  const std::string secrets =
      "canary-query canary-name canary-key canary-pair canary-argument canary-deep canary-common "
      "canary-field canary-swf canary-page canary-conn canary-secure";
  ScriptedServer own([&](ServerPeer& peer, int) { betray(peer, secrets); });
  const transport::RefusedPort refused(AF_INET);
  Log log;
  MultiConnection array(log.options());
  Events events(array);
  ServerEntry entry(url(own.port()) + "?token=canary-query conn=S:canary-conn token=canary-secure",
                    "canary-name");
  entry.key = "canary-key?pass=canary-pair";
  entry.arguments = {"canary-argument", AmfObject{{"password", AmfArray{"canary-deep"}}}};
  ServerEntry gone(url(refused.port()) + "?token=canary-query", "canary-name");
  ConnectOptions options;
  options.policy = Policy::any();
  options.arguments = {"canary-common"};
  options.fields = {{"token", "canary-field"}};
  options.swfUrl = "http://127.0.0.1/a.swf?sign=canary-swf";
  options.pageUrl = "http://127.0.0.1/?sign=canary-page";
  ASSERT_TRUE(array.connect({entry, gone}, options));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  std::promise<std::string> refusal;
  ASSERT_TRUE(
      array.callRemote("canaryless", Server::index(0), {"canary-argument"},
                       [&](const Reply& reply) { refusal.set_value(reply.error().message); }));
  ASSERT_TRUE(array.stream().publish("canary-stream"));
  ASSERT_TRUE(events.waitFor(StatusCode::ConnectRejected));
  EXPECT_EQ(refusal.get_future().get().find("canary"), std::string::npos);
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_EQ(log.count("canary"), 0U) << log.all();
  EXPECT_GE(log.count("***"), 5U) << log.all();
}

TEST(Log, AFunctionThatThrowsHarmsNothing) {
  ScriptedServer server([](ServerPeer& peer, int) {
    if (peer.shakeHands() && acceptConnect(peer)) peer.awaitEnd();
  });
  MultiConnectionOptions options;
  options.logLevel = LogLevel::Debug;
  options.log = [](LogLevel, std::string_view) { throw std::runtime_error("the disk is full"); };
  MultiConnection array(std::move(options));
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  EXPECT_TRUE(events.waitFor(StatusCode::SetupSuccess));
}

}  // namespace
}  // namespace multiconnection
