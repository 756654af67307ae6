#include "reactor/session_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <vector>

#include "unit/reactor/scripted_server.hpp"

namespace multiconnection::reactor {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using session::Event;

constexpr auto kLimit = 30s;

std::size_t countOf(const char* what) {
  const std::filesystem::directory_iterator entries(std::string("/proc/self/") + what);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

/// A driver, what it told, and waiting for that.
class DriverTest : public ::testing::Test, public SessionDriver::Observer {
 protected:
  void TearDown() override {
    loop.run([this] { driver.reset(); });
  }
  void open(std::uint16_t port, std::chrono::milliseconds limit = kLimit,
            std::uint32_t chunkSize = 65536) {
    loop.run([&] {
      DriverConfig config;
      config.host = "127.0.0.1";
      config.port = port;
      config.connect.app = "live";
      config.connect.chunkSize = chunkSize;
      driver = std::make_shared<SessionDriver>(loop, std::move(config),
                                               static_cast<SessionDriver::Observer&>(*this));
      driver->open(Clock::now() + limit);
    });
  }
  void close(std::chrono::milliseconds limit = kLimit) {
    loop.run([&] { driver->close(Clock::now() + limit); });
  }
  bool waitUntil(const std::function<bool()>& reached) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kLimit, reached);
  }
  bool waitEvent(Event::Kind kind, std::size_t times = 1) {
    return waitUntil([&] {
      return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), kind)) >= times;
    });
  }
  bool waitStage(ServerState stage) {
    return waitUntil([&] { return !stages.empty() && stages.back() == stage; });
  }
  bool waitEnd() {
    return waitUntil([&] { return !ends.empty(); });
  }
  /// Queues an audio message of so many bytes.
  void queueAudio(std::size_t bytes) {
    outbox::SharedFrame frame({MediaKind::Audio, 0ms, std::make_shared<const Bytes>(bytes, 0xAF)});
    driver->link()->outbox().pushMedia(frame, driver->shape());
  }

  void onProgress(ServerState state) override {
    note([&] { stages.push_back(state); });
  }
  void onEvent(Event&& event) override {
    note([&] { kinds.push_back(event.kind); });
  }
  void onDrained() override {}
  void onEnded(const Error& why) override {
    note([&] { ends.push_back(why); });
  }
  void note(const std::function<void()>& what) {
    const std::lock_guard lock(mutex);
    what();
    changed.notify_all();
  }

  Loop loop;
  std::shared_ptr<SessionDriver> driver;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ServerState> stages;
  std::vector<Event::Kind> kinds;
  std::vector<Error> ends;
};

TEST_F(DriverTest, TellsEachStageOnTheWayToConnected) {
  ScriptedServer server([](ServerPeer& peer, int) {
    if (peer.shakeHands() && peer.acceptConnect()) peer.awaitEnd();
  });
  open(server.port());
  ASSERT_TRUE(waitEvent(Event::Kind::Connected));
  EXPECT_EQ(stages, (std::vector{ServerState::Handshaking, ServerState::Opening}));
}

TEST_F(DriverTest, ACloseInsteadOfTheAnswerToConnectIsRetriedOnceWithSmallChunks) {
  std::vector<rtmp::Message> first;
  {
    ScriptedServer server([&](ServerPeer& peer, int) {
      if (!peer.shakeHands()) return;
      if (auto message = peer.next()) first.push_back(std::move(*message));
      peer.await("connect");
    });
    open(server.port());
    ASSERT_TRUE(waitEnd());
    EXPECT_EQ(server.clients(), 2);
  }
  EXPECT_EQ(ends[0].code, Errc::Closed);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].body, (Bytes{0, 1, 0, 0})) << "65536";
  EXPECT_EQ(first[1].body, (Bytes{0, 0, 0x10, 0})) << "4096";
}

TEST_F(DriverTest, TheRetryLeadsToAConnectionThatUsesTheSmallChunks) {
  ScriptedServer server([](ServerPeer& peer, int number) {
    if (!peer.shakeHands() || number == 1) return;
    if (peer.acceptConnect()) peer.awaitEnd();
  });
  open(server.port());
  ASSERT_TRUE(waitEvent(Event::Kind::Connected));
  loop.run([&] { EXPECT_EQ(driver->shape().chunkSize, 4096U); });
}

TEST_F(DriverTest, WithSmallChunksFromTheStartThereIsNoRetry) {
  ScriptedServer server([](ServerPeer& peer, int) { peer.shakeHands(); });
  open(server.port(), kLimit, 4096);
  ASSERT_TRUE(waitEnd());
  EXPECT_EQ(server.clients(), 1);
}

TEST_F(DriverTest, ACloseAfterTheAnswerIsALossAndNotRetried) {
  ScriptedServer server(
      [](ServerPeer& peer, int) { static_cast<void>(peer.shakeHands() && peer.acceptConnect()); });
  open(server.port());
  ASSERT_TRUE(waitEnd());
  EXPECT_EQ(server.clients(), 1);
  EXPECT_EQ(kinds, std::vector{Event::Kind::Connected});
}

TEST_F(DriverTest, NamesTheStageAtTheDeadline) {
  {
    transport::FullBacklog full(AF_INET);
    open(full.port(), 50ms);
    loop.run([&] {
      EXPECT_EQ(driver->waitingFor(),
                "no TCP connection to 127.0.0.1 port " + std::to_string(full.port()));
    });
    ASSERT_TRUE(waitEnd());
    EXPECT_EQ(ends[0].code, Errc::TimedOut);
  }
  ends.clear();
  {
    ScriptedServer silent([](ServerPeer& peer, int) { peer.swallow(); });
    open(silent.port(), 50ms);
    ASSERT_TRUE(waitEnd());
    EXPECT_EQ(ends[0].code, Errc::TimedOut);
    loop.run([&] { EXPECT_EQ(driver->waitingFor(), "no end of the RTMP handshake"); });
  }
  ends.clear();
  ScriptedServer mute([](ServerPeer& peer, int) {
    if (peer.shakeHands()) peer.awaitEnd();
  });
  open(mute.port(), 300ms);
  ASSERT_TRUE(waitEnd());
  EXPECT_EQ(ends[0].code, Errc::TimedOut);
  EXPECT_EQ(ends[0].message, "no answer to connect");
}

TEST_F(DriverTest, CloseDrainsThenUnpublishesThenEndsItsSideThenWaitsForTheServers) {
  std::promise<std::vector<std::string>> seen;
  ScriptedServer server([&](ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect() || !peer.acceptPublish()) return;
    peer.seen.clear();
    peer.awaitEnd();
    seen.set_value(peer.seen);
  });
  open(server.port());
  ASSERT_TRUE(waitEvent(Event::Kind::Connected));
  loop.run([&] { EXPECT_TRUE(driver->publish("cam")); });
  ASSERT_TRUE(waitEvent(Event::Kind::PublishStarted));
  loop.run([&] {
    for (int i = 0; i < 3; ++i) queueAudio(2u << 20);  // more than the sockets hold
    driver->link()->flush();
    driver->close(Clock::now() + kLimit);
  });
  ASSERT_TRUE(waitEnd());
  EXPECT_EQ(ends.size(), 1U);
  EXPECT_THAT(seen.get_future().get(),
              ::testing::ElementsAre("audio", "audio", "audio", "FCUnpublish", "deleteStream"));
}

TEST_F(DriverTest, CallsGoBothWaysOnALaterAttemptToo) {
  std::promise<std::vector<AmfValue>> answer;
  std::promise<void> tooEarly;
  ScriptedServer server(
      [&, triedTooEarly = tooEarly.get_future().share()](ServerPeer& peer, int attempt) {
        if (!peer.shakeHands() || attempt == 1) return;  // closes instead of answering connect
        triedTooEarly.wait();
        if (!peer.acceptConnect() || !peer.send({"sum", 9, nullptr, {1, 2}})) return;
        const auto result = peer.await("_result");
        if (result) answer.set_value(result->arguments);
        const auto call = peer.await("whoAmI");
        if (call) peer.send({"_result", call->transactionId, nullptr, {"you"}});
        peer.awaitEnd();
      });
  open(server.port());
  loop.run([&] {
    driver->setHandledMethods({"sum"});
    EXPECT_EQ(driver->startCall("tooEarly", {}).error().code, Errc::InvalidState);
  });
  tooEarly.set_value();
  ASSERT_TRUE(waitEvent(Event::Kind::CallReceived));
  loop.run([&] {
    driver->answerCall(9, true, 3);
    EXPECT_TRUE(driver->startCall("whoAmI", {}));
  });
  EXPECT_TRUE(waitEvent(Event::Kind::CallAnswered));
  EXPECT_THAT(answer.get_future().get(), ::testing::ElementsAre(AmfValue(3)));
}

TEST_F(DriverTest, CloseEndsAtItsDeadlineWhenTheServerNeverCloses) {
  std::promise<void> release;
  ScriptedServer server([&, released = release.get_future().share()](ServerPeer& peer, int) {
    if (peer.shakeHands() && peer.acceptConnect()) released.wait();
  });
  open(server.port());
  ASSERT_TRUE(waitEvent(Event::Kind::Connected));
  close(20ms);
  ASSERT_TRUE(waitEnd());
  EXPECT_EQ(ends[0].message, "the server did not close in time");
  loop.run([&] { EXPECT_EQ(driver->link(), nullptr); });
  release.set_value();
}

TEST_F(DriverTest, PublishesAgainWhileTheLastStreamStillDrains) {
  ScriptedServer server([](ServerPeer& peer, int) {
    if (peer.shakeHands() && peer.acceptConnect() && peer.acceptPublish() &&
        peer.await("deleteStream") && peer.acceptPublish()) {
      peer.awaitEnd();
    }
  });
  open(server.port());
  ASSERT_TRUE(waitEvent(Event::Kind::Connected));
  loop.run([&] { EXPECT_TRUE(driver->publish("first")); });
  ASSERT_TRUE(waitEvent(Event::Kind::PublishStarted));
  loop.run([&] {
    for (int i = 0; i < 3; ++i) queueAudio(2u << 20);
    driver->link()->flush();
    driver->stopStream();
    EXPECT_FALSE(driver->link()->outbox().mediaEmpty()) << "it drains";
    EXPECT_TRUE(driver->publish("second"));
  });
  EXPECT_TRUE(waitEvent(Event::Kind::PublishStarted, 2));
}

TEST_F(DriverTest, AServerThatAsksButDoesNotReadIsEnded) {
  ScriptedServer server([](ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    // Each of these calls is answered with an error; nobody reads the answers.
    while (peer.send({"method", 7, nullptr, {}})) {
    }
  });
  open(server.port());
  ASSERT_TRUE(waitEnd());
  EXPECT_EQ(ends[0].code, Errc::LimitExceeded);
  EXPECT_NE(ends[0].message.find("does not read our answers"), std::string::npos);
}

TEST_F(DriverTest, AnObserverMayReleaseItAtAnEvent) {
  struct Releasing : SessionDriver::Observer {
    void onProgress(ServerState) override {}
    void onEvent(Event&&) override {
      driver->abort();
      driver.reset();
      released.set_value();
    }
    void onDrained() override {}
    void onEnded(const Error&) override { ADD_FAILURE() << "told after abort()"; }
    std::shared_ptr<SessionDriver> driver;
    std::promise<void> released;
  } observer;
  ScriptedServer server([](ServerPeer& peer, int) {
    if (peer.shakeHands() && peer.acceptConnect()) peer.awaitEnd();
  });
  loop.run([&] {
    DriverConfig config;
    config.host = "127.0.0.1";
    config.port = server.port();
    observer.driver = std::make_shared<SessionDriver>(
        loop, config, static_cast<SessionDriver::Observer&>(observer));
    observer.driver->open(Clock::now() + kLimit);
  });
  EXPECT_EQ(observer.released.get_future().wait_for(kLimit), std::future_status::ready);
}

TEST_F(DriverTest, AbortLeavesNothingInAnyStage) {
  ScriptedServer server([](ServerPeer& peer, int number) {
    if (number == 2) return peer.swallow();
    if (!peer.shakeHands()) return;
    if (number != 3 && !peer.acceptConnect()) return;
    peer.awaitEnd();
  });
  const auto check = [&](const std::function<bool()>& arrived) {
    stages.clear();
    kinds.clear();
    open(server.port());
    ASSERT_TRUE(arrived());
    loop.run([&] { driver->abort(); });
  };
  // The first attempt opens what the process then keeps, such as a source of random bytes.
  check([&] { return waitEvent(Event::Kind::Connected); });
  const auto limit = Clock::now() + kLimit;
  while (server.served() == 0 && Clock::now() < limit) std::this_thread::yield();
  const std::size_t threads = countOf("task");
  const std::size_t files = countOf("fd");
  check([&] { return waitStage(ServerState::Handshaking); });
  check([&] { return waitStage(ServerState::Opening); });
  check([&] { return waitEvent(Event::Kind::Connected); });
  check([] { return true; });  // connecting
  // The server closes its end after ours; a handshake's thread may take a moment as well.
  const auto nothingLeft = [&] {
    bool none = false;
    loop.run([&] { none = driver->link() == nullptr; });
    return none && countOf("task") <= threads && countOf("fd") <= files;
  };
  while (!nothingLeft() && Clock::now() < limit) std::this_thread::yield();
  EXPECT_TRUE(nothingLeft()) << countOf("task") << " threads, " << countOf("fd") << " files";
  EXPECT_TRUE(ends.empty()) << "abort() is silent";
}

}  // namespace
}  // namespace multiconnection::reactor
