#include <gtest/gtest.h>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

std::uint32_t numberOf(const MediaMessage& frame) {
  std::uint32_t number = 0;
  for (std::size_t i = 10; i < 14; ++i) number = number << 8 | frame.body->at(i);
  return number;
}

TEST(PlayFailoverLive, WhenItsServerEndsTheStreamGoesOnWithTheNextAtAKeyFrame) {
  RunningNode first;
  const RunningNode second;
  MultiConnection publisher;
  Listener published(publisher);
  ConnectOptions any;
  any.policy = Policy::any();
  ASSERT_TRUE(connectAll(publisher, published, {first.url(), second.url()}, any));
  ASSERT_TRUE(published.waitFor(StatusCode::ConnectSuccess, 2));
  auto source = PacketSource::create();
  ASSERT_TRUE(publisher.stream().attach(source));
  ASSERT_TRUE(publishAll(publisher, published, "cam"));
  ASSERT_TRUE(published.waitFor(StatusCode::PublishStart, 2));
  ASSERT_TRUE(source->push(videoHeader()));

  MultiConnection player;
  Listener listener(player);
  Collector<MediaMessage> media;
  ASSERT_TRUE(connectAll(player, listener, {first.url(), second.url()}));
  ASSERT_TRUE(player.stream().play("cam", [&](const MediaMessage& message) {
    if (Viewer::isVideoFrame(message)) media.add(message);
  }));
  ASSERT_TRUE(listener.waitFor(StatusCode::PlayStart));
  EXPECT_EQ(listener.first(StatusCode::PlayStart).server->index, 0U);
  pushFrames(*source, 0, 15);
  ASSERT_TRUE(media.waitUntil([](const auto& all) { return all.size() >= 15; }));

  first.node.stop();
  ASSERT_TRUE(listener.waitFor(StatusCode::PlayFailover));
  ASSERT_TRUE(listener.waitFor(StatusCode::PlayStart, 2));
  pushFrames(*source, 15, 45);
  ASSERT_TRUE(media.waitUntil([](const auto& all) { return numberOf(all.back()) == 44; }));
  const auto frames = media.all();
  ASSERT_GT(frames.size(), 15U);
  EXPECT_EQ(numberOf(frames[15]), 20U) << "the first key frame after the change";
  for (std::size_t place = 16; place < frames.size(); ++place) {
    EXPECT_EQ(numberOf(frames[place]), numberOf(frames[place - 1]) + 1);
  }
  EXPECT_EQ(listener.count(StatusCode::PlayFailover), 1U);
  EXPECT_EQ(listener.count(StatusCode::StreamPlayFailed), 0U);
}

TEST(PlayFailoverLive, AFurtherStreamsConnectionThatIsLostComesBackByItself) {
  NodeOptions faulty = RunningNode::options();
  faulty.faults = {parseNodeFault("play:reset,times=2").value()};
  Node node(faulty);
  ASSERT_TRUE(node.start());
  const std::string url = "rtmp://127.0.0.1:" + std::to_string(node.port()) + "/live";
  MultiConnection player;
  Listener listener(player);
  ConnectOptions options;
  options.reconnect.initial = std::chrono::milliseconds(20);
  ASSERT_TRUE(connectAll(player, listener, {url}, options));
  const auto stream = player.openStream();
  ASSERT_TRUE(stream->play("cam", [](const MediaMessage&) {}));
  ASSERT_TRUE(listener.waitFor(StatusCode::PlayFailover));
  EXPECT_EQ(listener.count(StatusCode::ConnectSuccess), 4U) << "the array's, and three";
  EXPECT_EQ(listener.count(StatusCode::PlayStart), 1U);
  EXPECT_EQ(listener.count(StatusCode::StreamPlayFailed), 0U);
}

}  // namespace
}  // namespace multiconnection::test
