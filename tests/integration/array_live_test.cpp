#include <gtest/gtest.h>

#include <algorithm>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

/// An array that publishes "cam" to one node, watched there.
class LiveArray : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(viewer.connected);
    ASSERT_TRUE(connectAll(array, listener, {first.url()}));
    ASSERT_TRUE(array.stream().attach(source));
    ASSERT_TRUE(publishAll(array, listener, "cam"));
    ASSERT_TRUE(source->push(videoHeader()));
  }

  RunningNode first;
  RunningNode second;
  Viewer viewer{first.url(), "cam"};
  MultiConnection array;
  Listener listener{array};
  std::shared_ptr<PacketSource> source = PacketSource::create();
};

TEST_F(LiveArray, AnAddedServerJoinsAtTheNextKeyFrameWithTheHeader) {
  Viewer late(second.url(), "cam");
  ASSERT_TRUE(late.connected);
  pushFrames(*source, 0, 15);
  const auto id = array.addServer(second.url());
  ASSERT_TRUE(id) << id.error();
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
  pushFrames(*source, 15, 41);
  ASSERT_TRUE(late.waitForVideo(21));
  expectFrames(late.videoFrames(), 20, 41);
  EXPECT_EQ(*late.media.all().front().body, *videoHeader().body);
  ASSERT_TRUE(viewer.waitForVideo(41));
  expectFrames(viewer.videoFrames(), 0, 41);
  const auto servers = array.servers();
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_EQ(servers[1].id, *id);
  EXPECT_EQ(servers[1].index, 1U);
  EXPECT_EQ(listener.count(StatusCode::SetupSuccess), 1U);
  EXPECT_EQ(listener.count(StatusCode::StreamPublishSuccess), 1U);
}

TEST_F(LiveArray, ARemovedServerGetsAllThatWasHandedInAndIsGoneWithItsLastEvent) {
  ASSERT_TRUE(array.addServer(second.url()));
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
  pushFrames(*source, 0, 20);
  ASSERT_TRUE(array.removeServer(Server::index(0)));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectClosed));
  const auto servers = array.servers();
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(servers[0].index, 1U) << "the others keep their place";
  EXPECT_EQ(array.statistics().size(), 1U);
  ASSERT_TRUE(viewer.listener.waitFor(StatusCode::PlayUnpublishNotify));
  ASSERT_TRUE(viewer.waitForVideo(20));
  expectFrames(viewer.videoFrames(), 0, 20);
  EXPECT_EQ(array.removeServer(Server::index(0)).error().code, Errc::InvalidArgument);
  EXPECT_EQ(listener.count(StatusCode::Degraded) + listener.count(StatusCode::Lost), 0U);
  const auto next = array.addServer(first.url());
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, 3U) << "ids are never reused";
  EXPECT_EQ(array.servers().back().index, 2U) << "nor are indexes";
}

TEST_F(LiveArray, AStoppedServerStartsAgainAndItsFiguresGoOn) {
  ASSERT_TRUE(array.addServer(second.url()));
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 2));
  pushFrames(*source, 0, 10);
  ASSERT_TRUE(array.stopServer(Server::url(second.url())));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectClosed));
  EXPECT_EQ(array.servers().at(1).state, ServerState::Closed);
  EXPECT_EQ(array.statistics().at(1).videoMessages, 11U) << "header and frames";
  EXPECT_EQ(listener.count(StatusCode::Degraded) + listener.count(StatusCode::Lost), 0U);

  Viewer again(second.url(), "cam");
  ASSERT_TRUE(again.connected);
  ASSERT_TRUE(array.startServer(Server::id(2)));
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  pushFrames(*source, 10, 25);
  ASSERT_TRUE(again.waitForVideo(15));
  expectFrames(again.videoFrames(), 10, 25);
  ASSERT_TRUE(viewer.waitForVideo(25));
  EXPECT_EQ(array.statistics().at(1).videoMessages, 27U);
  EXPECT_EQ(array.servers().at(1).id, 2U);
}

TEST_F(LiveArray, AFailedServerLeavesWithoutFurtherAdo) {
  const std::string gone = second.url();
  second.node.stop();
  ASSERT_TRUE(array.addServer(gone));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectFailed));
  ASSERT_TRUE(array.removeServer(Server::index(1)));
  EXPECT_EQ(array.servers().size(), 1U);
  EXPECT_EQ(listener.count(StatusCode::ConnectClosed), 0U) << "it had its last event";
}

TEST_F(LiveArray, ALossIsJudgedByTheArrayAsItIsNow) {
  RunningNode third;
  ASSERT_TRUE(array.addServer(second.url()));
  ASSERT_TRUE(array.addServer(third.url()));
  ASSERT_TRUE(listener.waitFor(StatusCode::PublishStart, 3));
  pushFrames(*source, 0, 10);
  ASSERT_TRUE(array.removeServer(Server::index(2)));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectClosed));
  EXPECT_EQ(listener.count(StatusCode::Lost), 0U) << "the application took it out";
  first.node.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::Lost));
  const std::string reason = listener.first(StatusCode::Lost).reason;
  EXPECT_NE(reason.find("of 2 servers in service, 2 needed"), std::string::npos) << reason;
}

TEST(LiveArrayNames, KeysNamesAndOffsetsReachEachServer) {
  const RunningNode node;
  Viewer plain(node.url(), "cam-low");
  Viewer own(node.url(), "mine-high");
  ASSERT_TRUE(plain.connected && own.connected);
  MultiConnection array;
  Listener listener(array);
  ServerEntry first(node.url());
  first.key = "-low";
  ServerEntry second(node.url(), "mine");
  second.key = "-high";
  second.timeOffset = 5s;
  ASSERT_TRUE(connectAll(array, listener, {first, second}));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 12);
  ASSERT_TRUE(plain.waitForVideo(12));
  expectFrames(plain.videoFrames(), 0, 12);
  ASSERT_TRUE(own.waitForVideo(12));
  for (std::uint32_t number = 0; number < 12; ++number) {
    EXPECT_EQ(own.videoFrames()[number].timestamp, videoFrame(number).timestamp + 5s);
  }
  for (const ServerReport& server : array.servers()) {
    EXPECT_EQ(server.url.find("high"), std::string::npos) << "a key is a secret";
  }
}

TEST(LiveArrayStreams, AFurtherStreamHasConnectionsAndAVerdictOfItsOwn) {
  const RunningNode node;
  Viewer viewer(node.url(), "second");
  ASSERT_TRUE(viewer.connected);
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {node.url()}));
  ASSERT_TRUE(publishAll(array, listener, "first"));
  auto further = array.openStream();
  EXPECT_EQ(further->number(), 1U);
  auto source = PacketSource::create();
  ASSERT_TRUE(further->attach(source));
  ASSERT_TRUE(further->publish("second"));
  ASSERT_TRUE(listener.waitFor(StatusCode::StreamPublishSuccess, 2));
  const auto events = listener.events.all();
  const auto last = std::find_if(events.rbegin(), events.rend(), [](const StatusEvent& event) {
    return event.code == StatusCode::StreamPublishSuccess;
  });
  EXPECT_EQ(last->stream, 1U);
  EXPECT_EQ(listener.first(StatusCode::StreamPublishSuccess).stream, std::nullopt);
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 10);
  ASSERT_TRUE(viewer.waitForVideo(10));
  const auto figures = array.statistics();
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].videoMessages, 0U);
  EXPECT_EQ(figures[1].videoMessages, 11U);
  EXPECT_EQ(figures[1].stream, 1U);

  further.reset();
  ASSERT_TRUE(viewer.listener.waitFor(StatusCode::PlayUnpublishNotify));
  ASSERT_TRUE(listener.waitFor(StatusCode::ConnectClosed));
  EXPECT_EQ(array.statistics().size(), 1U);
  EXPECT_EQ(array.servers().at(0).state, ServerState::Publishing);
}

TEST(LiveArrayStreams, SentDataKeepsItsPlaceAmongTheMedia) {
  const RunningNode node;
  Viewer viewer(node.url(), "cam");
  MultiConnection array;
  Listener listener(array);
  EXPECT_EQ(array.stream().send("cue").error().code, Errc::InvalidState);
  ASSERT_TRUE(connectAll(array, listener, {node.url()}));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 3);
  ASSERT_TRUE(array.stream().send("cue", {"now", 7}));
  EXPECT_EQ(array.stream().send("").error().code, Errc::InvalidArgument);
  EXPECT_EQ(array.stream().send("cue", {std::string(1u << 24, 'x')}).error().code,
            Errc::InvalidArgument);
  pushFrames(*source, 3, 6);
  ASSERT_TRUE(viewer.waitForVideo(6));
  const auto all = viewer.media.all();
  const auto cue = std::find_if(all.begin(), all.end(), [](const MediaMessage& message) {
    return message.kind == MediaKind::Data;
  });
  ASSERT_NE(cue, all.end());
  EXPECT_EQ(cue->timestamp, videoFrame(2).timestamp);
  ASSERT_NE(cue, all.begin());
  EXPECT_EQ(*std::prev(cue)->body, *videoFrame(2).body);
  // "cue", "now", 7
  EXPECT_EQ(*cue->body, (Bytes{2,   0, 3,    'c',  'u', 'e', 2, 0, 3, 'n', 'o',
                               'w', 0, 0x40, 0x1C, 0,   0,   0, 0, 0, 0}));
}

TEST(LiveArrayStreams, AFurtherStreamPlaysOverAConnectionOfItsOwn) {
  const RunningNode node;
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {node.url()}));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  auto further = array.openStream();
  Collector<MediaMessage> media;
  ASSERT_TRUE(further->play("cam", [&](const MediaMessage& message) { media.add(message); }));
  ASSERT_TRUE(listener.waitFor(StatusCode::PlayStart));
  EXPECT_EQ(listener.first(StatusCode::PlayStart).stream, 1U);
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 5);
  EXPECT_TRUE(media.waitUntil([](const auto& all) { return all.size() >= 6; }));
  array.close();
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_EQ(listener.count(StatusCode::Closed), 1U);
}

TEST(LiveArrayStreams, AHandleMayOutliveTheArray) {
  std::shared_ptr<MultiStream> stream;
  {
    const RunningNode node;
    MultiConnection array;
    Listener listener(array);
    ASSERT_TRUE(connectAll(array, listener, {node.url()}));
    stream = array.openStream();
    ASSERT_TRUE(stream->publish("cam"));
  }
  EXPECT_EQ(stream->stop().error().code, Errc::InvalidState);
  EXPECT_EQ(stream->publish("cam").error().code, Errc::InvalidState);
  EXPECT_EQ(stream->attach(PacketSource::create()).error().code, Errc::InvalidState);
}

}  // namespace
}  // namespace multiconnection::test
