#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "client/player.hpp"
#include "multiconnection/multi_connection.hpp"
#include "unit/client/events.hpp"
#include "unit/reactor/scripted_server.hpp"

namespace multiconnection {
namespace {

using namespace std::chrono_literals;

void sendMedia(reactor::ServerPeer& peer, rtmp::MessageType type, std::uint32_t timestamp,
               const Bytes& body) {
  Bytes bytes;
  rtmp::appendChunks(bytes, {type, timestamp, 1}, body, 6, 128);
  peer.write(bytes);
}

const Bytes kFrame{0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65};

/// Takes play and answers it. @return the command.
std::optional<rtmp::Command> acceptPlay(reactor::ServerPeer& peer) {
  const auto create = peer.await("createStream");
  if (!create || !peer.send({"_result", create->transactionId, nullptr, {1}})) return std::nullopt;
  auto play = peer.await("play");
  if (play) peer.sendStatus("NetStream.Play.Start");
  return play;
}

/// Counts what a media handler gets; shared with it.
struct Media {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::chrono::milliseconds> times;

  static MediaHandler into(const std::shared_ptr<Media>& media) {
    return [media](const MediaMessage& message) {
      const std::lock_guard lock(media->mutex);
      media->times.push_back(message.timestamp);
      media->changed.notify_all();
    };
  }
  bool waitFor(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kLimit, [&] { return times.size() >= count; });
  }
};

/// Plays a frame at `time`.
reactor::ScriptedServer::Script playing(std::uint32_t time,
                                        std::promise<rtmp::Command>* asked = nullptr) {
  return [=](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    const auto play = acceptPlay(peer);
    if (!play) return;
    if (asked != nullptr) asked->set_value(*play);
    sendMedia(peer, rtmp::MessageType::Video, time, kFrame);
    peer.awaitEnd();
  };
}

TEST(Resumed, GoesOnWhereARecordingStood) {
  session::PlayRequest request{"cam"};
  request.start = 10;
  request.duration = 60;
  const auto later = client::resumed(request, 25s);
  EXPECT_EQ(later.start, 25);
  EXPECT_EQ(later.duration, 45);
  EXPECT_EQ(client::resumed(request, 0s).start, 10) << "nothing was played yet";
  request.start = -2;
  request.duration = -1;
  EXPECT_EQ(client::resumed(request, 1500ms).start, 1.5);
  EXPECT_EQ(client::resumed(request, 1500ms).duration, -1);
}

class PlayFailover : public ::testing::TestWithParam<bool> {};

TEST_P(PlayFailover, TheNextServerTakesOverWhereARecordingStoodAndALiveStreamIs) {
  const bool recorded = GetParam();
  std::promise<void> leave;
  const auto left = leave.get_future().share();
  reactor::ScriptedServer first([&](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect() || !acceptPlay(peer)) return;
    sendMedia(peer, rtmp::MessageType::Video, 7000, kFrame);
    left.wait();
  });
  std::promise<rtmp::Command> asked;
  reactor::ScriptedServer second(playing(7040, &asked));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(first.port()), url(second.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  const auto media = std::make_shared<Media>();
  PlayOptions options;
  if (recorded) options.start = 2;
  ASSERT_TRUE(array.stream().play("cam", Media::into(media), options));
  ASSERT_TRUE(media->waitFor(1));
  leave.set_value();
  ASSERT_TRUE(media->waitFor(2));
  const auto play = asked.get_future().get();
  EXPECT_EQ(play.arguments.at(0), "cam");
  EXPECT_EQ(play.arguments.at(1), recorded ? 7000 : -2000);
  ASSERT_TRUE(events.waitFor(StatusCode::PlayFailover));
  const StatusEvent event = events.first(StatusCode::PlayFailover);
  EXPECT_NE(event.reason.find("goes on with server 1"), std::string::npos) << event.reason;
  EXPECT_NE(event.reason.find("left server 0"), std::string::npos) << event.reason;
  EXPECT_EQ(events.count(StatusCode::StreamPlayFailed), 0U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PlayFailover, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "recorded" : "live"; });

TEST(Play, AServerThatRefusesOrStaysSilentIsFollowedByTheNext) {
  reactor::ScriptedServer refuses([](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    const auto create = peer.await("createStream");
    peer.send({"_result", create->transactionId, nullptr, {1}});
    peer.await("play");
    peer.sendStatus("NetStream.Play.StreamNotFound", "error");
    peer.awaitEnd();
  });
  reactor::ScriptedServer silent([](reactor::ServerPeer& peer, int) {
    if (peer.shakeHands() && peer.acceptConnect()) peer.awaitEnd();
  });
  reactor::ScriptedServer plays(playing(40));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(refuses.port()), url(silent.port()), url(plays.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  const auto media = std::make_shared<Media>();
  PlayOptions options;
  options.playTimeout = 200ms;
  ASSERT_TRUE(array.stream().play("cam", Media::into(media), options));
  ASSERT_TRUE(media->waitFor(1));
  EXPECT_EQ(events.first(StatusCode::PlayStreamNotFound).server->index, 0U);
  EXPECT_EQ(events.first(StatusCode::PlayFailed).server->index, 1U);
  EXPECT_EQ(array.servers().at(1).state, ServerState::Connected) << "its connection stays";
  EXPECT_EQ(array.servers().at(2).state, ServerState::Playing);
}

ConnectOptions quick() {
  ConnectOptions options;
  options.reconnect.initial = 20ms;
  return options;
}

/// Plays a frame at 1000 ms to the first connection, and then goes away; to later ones at 2000 ms,
/// if it is still there for them.
reactor::ScriptedServer::Script leaving(bool returns) {
  return [=](reactor::ServerPeer& peer, int number) {
    if (number > 1 && !returns) return;
    if (!peer.shakeHands() || !peer.acceptConnect() || !acceptPlay(peer)) return;
    sendMedia(peer, rtmp::MessageType::Video, number == 1 ? 1000 : 2000, kFrame);
    if (number > 1) peer.awaitEnd();
  };
}

TEST(Play, TheOnlyServerIsWaitedForWhenItIsLost) {
  reactor::ScriptedServer server(leaving(true));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}, quick()));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  const auto media = std::make_shared<Media>();
  ASSERT_TRUE(array.stream().play("cam", Media::into(media)));
  ASSERT_TRUE(media->waitFor(2));
  EXPECT_EQ(media->times, (std::vector<std::chrono::milliseconds>{1000ms, 2000ms}));
  ASSERT_TRUE(events.waitFor(StatusCode::PlayFailover));
  const StatusEvent event = events.first(StatusCode::PlayFailover);
  EXPECT_NE(event.reason.find("goes on with server 0"), std::string::npos) << event.reason;
  EXPECT_EQ(events.count(StatusCode::StreamPlayFailed), 0U);
}

TEST(Play, GoesOnWhereTheOnlyServerSendsIt) {
  reactor::ScriptedServer there(playing(2000));
  reactor::ScriptedServer here([&](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect() || !acceptPlay(peer)) return;
    sendMedia(peer, rtmp::MessageType::Video, 1000, kFrame);
    peer.send({"onStatus",
               0,
               nullptr,
               {AmfObject{{"level", "status"},
                          {"code", "NetConnection.Connect.ReconnectRequest"},
                          {"tcUrl", url(there.port())}}}});
    peer.awaitEnd();
  });
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(here.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  const auto media = std::make_shared<Media>();
  ASSERT_TRUE(array.stream().play("cam", Media::into(media)));
  ASSERT_TRUE(media->waitFor(2));
  ASSERT_TRUE(events.waitFor(StatusCode::PlayFailover));
  const StatusEvent event = events.first(StatusCode::PlayFailover);
  EXPECT_NE(event.reason.find("it sends us elsewhere"), std::string::npos) << event.reason;
  EXPECT_EQ(events.count(StatusCode::StreamPlayFailed), 0U);
}

TEST(Play, AServerThatIsGivenUpIsNotWaitedFor) {
  reactor::ScriptedServer server(leaving(false));
  MultiConnection array;
  Events events(array);
  ConnectOptions options = quick();
  options.reconnect.attempts = 2;
  ASSERT_TRUE(array.connect({url(server.port())}, options));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  ASSERT_TRUE(array.stream().play("cam", [](const MediaMessage&) {}));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPlayFailed));
  EXPECT_EQ(events.count(StatusCode::ConnectFailed), 2U);
  EXPECT_EQ(server.clients(), 3);
}

TEST(Play, AServerThatIsGivenUpBeforeItPlayedIsNotWaitedFor) {
  reactor::ScriptedServer server(leaving(false));
  MultiConnection array;
  Events events(array);
  ConnectOptions options = quick();
  options.reconnect = ReconnectPolicy::never();
  ASSERT_TRUE(array.connect({url(server.port())}, options));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  ASSERT_TRUE(array.stopServer(Server::index(0)));
  ASSERT_TRUE(events.waitFor(StatusCode::ConnectClosed));
  ASSERT_TRUE(array.stream().play("cam", [](const MediaMessage&) {}));
  EXPECT_TRUE(events.waitFor(StatusCode::StreamPlayFailed));
}

TEST(Play, AServerThatIsStoppedIsNotWaitedFor) {
  reactor::ScriptedServer server(leaving(false));
  MultiConnection array;
  Events events(array);
  ConnectOptions options = quick();
  options.reconnect.initial = 1h;
  options.reconnect.cap = 1h;
  ASSERT_TRUE(array.connect({url(server.port())}, options));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  ASSERT_TRUE(array.stream().play("cam", [](const MediaMessage&) {}));
  ASSERT_TRUE(events.waitFor(StatusCode::Lost));
  EXPECT_EQ(events.count(StatusCode::StreamPlayFailed), 0U);
  ASSERT_TRUE(array.stopServer(Server::index(0)));
  EXPECT_TRUE(events.waitFor(StatusCode::StreamPlayFailed));
}

TEST(Play, ServersThatRefuseAreNotWaitedForBecauseOthersAreAway) {
  reactor::ScriptedServer refuses([](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    const auto create = peer.await("createStream");
    peer.send({"_error", create->transactionId, nullptr, {}});
    peer.awaitEnd();
  });
  const transport::RefusedPort away(AF_INET);
  MultiConnection array;
  Events events(array);
  ConnectOptions options = quick();
  options.policy = Policy::any();
  ASSERT_TRUE(array.connect({url(away.port()), url(refuses.port())}, options));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  ASSERT_TRUE(array.stream().play("cam", [](const MediaMessage&) {}));
  EXPECT_TRUE(events.waitFor(StatusCode::StreamPlayFailed));
}

TEST(Play, ANamedServerIsNotReplaced) {
  reactor::ScriptedServer good(playing(0));
  reactor::ScriptedServer refuses([](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    const auto create = peer.await("createStream");
    peer.send({"_error", create->transactionId, nullptr, {}});
    peer.awaitEnd();
  });
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(good.port()), url(refuses.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  PlayOptions options;
  options.server = Server::all();
  const auto handler = [](const MediaMessage&) {};
  EXPECT_EQ(array.stream().play("cam", handler, options).error().code, Errc::InvalidArgument);
  options.server = Server::index(1);
  ASSERT_TRUE(array.stream().play("cam", handler, options));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPlayFailed));
  const StatusEvent event = events.first(StatusCode::StreamPlayFailed);
  EXPECT_NE(event.reason.find("server 1"), std::string::npos) << event.reason;
  EXPECT_EQ(events.count(StatusCode::PlayStart), 0U);
}

TEST(Play, VerbsReachTheServerAndTheNextOne) {
  std::promise<std::vector<rtmp::Command>> asked;
  std::promise<void> leave;
  const auto left = leave.get_future().share();
  reactor::ScriptedServer first([&](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect() || !acceptPlay(peer)) return;
    sendMedia(peer, rtmp::MessageType::Video, 500, kFrame);
    std::vector<rtmp::Command> got;
    for (const char* verb : {"receiveAudio", "pause", "seek", "play2"}) {
      got.push_back(peer.await(verb).value_or(rtmp::Command{}));
    }
    asked.set_value(got);
    left.wait();
  });
  std::promise<std::vector<rtmp::Command>> askedNext;
  reactor::ScriptedServer second([&](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    std::vector<rtmp::Command> got;
    got.push_back(acceptPlay(peer).value_or(rtmp::Command{}));
    for (const char* verb : {"receiveAudio", "pause"}) {
      got.push_back(peer.await(verb).value_or(rtmp::Command{}));
    }
    askedNext.set_value(got);
    peer.awaitEnd();
  });
  MultiConnection array;
  Events events(array);
  EXPECT_EQ(array.stream().pause(true).error().code, Errc::InvalidState);
  ASSERT_TRUE(array.connect({url(first.port()), {url(second.port()), "own"}}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  const auto media = std::make_shared<Media>();
  ASSERT_TRUE(array.stream().play("cam", Media::into(media)));
  ASSERT_TRUE(media->waitFor(1));
  ASSERT_TRUE(array.stream().receiveAudio(false));
  ASSERT_TRUE(array.stream().pause(true));
  EXPECT_EQ(array.stream().seek(-1ms).error().code, Errc::InvalidArgument);
  ASSERT_TRUE(array.stream().seek(250ms));
  EXPECT_EQ(array.stream().switchTo("").error().code, Errc::InvalidArgument);
  ASSERT_TRUE(array.stream().switchTo("cam2"));
  const auto got = asked.get_future().get();
  EXPECT_EQ(got[0].arguments, std::vector<AmfValue>{false});
  EXPECT_EQ(got[1].arguments, (std::vector<AmfValue>{true, 500}));
  EXPECT_EQ(got[2].arguments, std::vector<AmfValue>{250});
  EXPECT_EQ(got[3].arguments.at(0)["streamName"], "cam2");
  EXPECT_EQ(got[3].arguments.at(0)["oldStreamName"], "cam");
  leave.set_value();
  const auto next = askedNext.get_future().get();
  EXPECT_EQ(next[0].arguments.at(0), "cam2") << "the application's, not the entry's";
  EXPECT_EQ(next[1].arguments, std::vector<AmfValue>{false});
  EXPECT_EQ(next[2].arguments.at(0), true);
}

TEST(Play, DataMessagesAreDecodedForTheirHandler) {
  reactor::ScriptedServer server([](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect() || !acceptPlay(peer)) return;
    // "cue", 7
    sendMedia(peer, rtmp::MessageType::DataAmf0, 10,
              {2, 0, 3, 'c', 'u', 'e', 0, 0x40, 0x1C, 0, 0, 0, 0, 0, 0});
    peer.awaitEnd();
  });
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(server.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  const auto data = std::make_shared<std::promise<std::pair<std::string, AmfValue>>>();
  const auto media = std::make_shared<Media>();
  PlayOptions options;
  options.onData = [data](const std::string& handler, const std::vector<AmfValue>& arguments) {
    data->set_value({handler, arguments.at(0)});
  };
  ASSERT_TRUE(array.stream().play("cam", Media::into(media), options));
  EXPECT_EQ(data->get_future().get(), (std::pair<std::string, AmfValue>("cue", 7)));
  EXPECT_TRUE(media->waitFor(1)) << "the media handler sees it, too";
}

}  // namespace
}  // namespace multiconnection
