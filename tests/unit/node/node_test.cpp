#include "multiconnection/node.hpp"

#include <gmock/gmock.h>

#include "running_node.hpp"
#include "support/hex.hpp"

namespace multiconnection::node {
namespace {

using namespace std::chrono_literals;
using rtmp::MessageType;
using test::hex;
using testing::HasSubstr;

const Bytes kVideoHeader = hex("1700000000 01");
const Bytes kKeyFrame = hex("1701000000 65");

TEST(Node, TellsItsPortOnlyWhileItRuns) {
  Node node({.port = 0});
  EXPECT_EQ(node.port(), 0);
  ASSERT_TRUE(node.start());
  EXPECT_NE(node.port(), 0);
  const auto again = node.start();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::InvalidState);
  node.stop();
  EXPECT_EQ(node.port(), 0);
  ASSERT_TRUE(node.start()) << "it can be started again";
}

TEST(Node, RefusesAddressesAndLimitsThatCannotWork) {
  const auto messageFor = [](NodeOptions options) {
    options.port = 0;
    const auto started = Node(std::move(options)).start();
    if (started) return std::string("started");
    EXPECT_EQ(started.error().code, Errc::InvalidArgument);
    return started.error().message;
  };
  EXPECT_THAT(messageFor({.address = "localhost"}), HasSubstr("localhost"));
  EXPECT_EQ(messageFor({.maxClients = 0}), "maxClients is 0, it must be positive");
  EXPECT_EQ(messageFor({.setupTimeout = -1ms}), "setupTimeout is -1, it must be positive");
  EXPECT_EQ(messageFor({.maxQueueBytes = 0}), "maxQueueBytes is 0, it must be positive");
  EXPECT_EQ(messageFor({.maxMessageBytes = 0}), "maxMessageBytes is 0, it must be positive");
}

TEST(Node, TellsThatAPortIsTaken) {
  RunningNode first;
  Node second({.port = first.port()});
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, std::errc::address_in_use);
}

TEST(Node, TakesAConnectThatCameTogetherWithTheHandshake) {
  RunningNode node;
  ConnectedPeer peer(node);
  EXPECT_TRUE(peer.ready);
  const auto event = node.waitEvent(NodeEvent::Kind::Connected);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->app, "live");
  EXPECT_THAT(event->peer, HasSubstr("127.0.0.1:"));
}

TEST(Node, RelaysAPublisherToItsPlayers) {
  RunningNode node;
  ConnectedPeer early(node);
  ASSERT_TRUE(early.play("one"));
  ConnectedPeer publisher(node);
  ASSERT_TRUE(publisher.publish("one"));
  ASSERT_TRUE(early.waitStatus("NetStream.Play.PublishNotify"));
  ASSERT_TRUE(publisher.send({MessageType::Video, 0, 1, kVideoHeader}));
  Bytes large = kKeyFrame;
  large.resize(200000, 0x42);
  ASSERT_TRUE(publisher.send({MessageType::Video, 5000, 1, large}));
  EXPECT_EQ(early.nextOf(MessageType::Video)->body, kVideoHeader);
  const auto frame = early.nextOf(MessageType::Video);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->body, large);
  EXPECT_EQ(frame->timestamp, 5000U);
  EXPECT_EQ(frame->streamId, 1U);

  ConnectedPeer late(node);
  ASSERT_TRUE(late.play("one"));
  ASSERT_TRUE(publisher.send({MessageType::Video, 5040, 1, kKeyFrame}));
  EXPECT_EQ(late.nextOf(MessageType::Video)->body, kVideoHeader);
  EXPECT_EQ(late.nextOf(MessageType::Video)->timestamp, 5040U);
}

TEST(Node, PlayersHearOfTheEndAfterTheLastFrame) {
  RunningNode node;
  ConnectedPeer player(node);
  ASSERT_TRUE(player.play("one"));
  {
    ConnectedPeer publisher(node);
    ASSERT_TRUE(publisher.publish("one"));
    ASSERT_TRUE(publisher.send({MessageType::Audio, 7, 1, hex("af0121")}));
  }
  EXPECT_TRUE(player.nextOf(MessageType::Audio));
  EXPECT_TRUE(player.waitStatus("NetStream.Play.UnpublishNotify"));
  EXPECT_TRUE(node.waitEvent(NodeEvent::Kind::PublishEnded));
  ConnectedPeer next(node);
  ASSERT_TRUE(next.publish("one")) << "the name is free again";
  EXPECT_TRUE(player.waitStatus("NetStream.Play.PublishNotify"));
  ASSERT_TRUE(next.send({MessageType::Audio, 1, 1, hex("af0122")}));
  EXPECT_EQ(player.nextOf(MessageType::Audio)->body, hex("af0122"));
}

TEST(Node, RefusesANameInUseAndKeepsTheConnection) {
  RunningNode node;
  ConnectedPeer first(node);
  ASSERT_TRUE(first.publish("one"));
  ConnectedPeer second(node);
  ASSERT_TRUE(second.send({"createStream", 2, nullptr, {}}));
  ASSERT_TRUE(second.send({"publish", 3, nullptr, {"one", "live"}}, 1));
  EXPECT_TRUE(second.waitStatus("NetStream.Publish.BadName"));
  ASSERT_TRUE(second.send({"publish", 4, nullptr, {"two", "live"}}, 1));
  EXPECT_TRUE(second.waitStatus("NetStream.Publish.Start"));
}

TEST(Node, APlayerThatDoesNotReadCostsNobodyElseAnything) {
  RunningNode node({.maxQueueBytes = 256 * 1024});
  ConnectedPeer stuck(node, 4096);
  ASSERT_TRUE(stuck.play("one"));
  ConnectedPeer healthy(node);
  ASSERT_TRUE(healthy.play("one"));
  {
    ConnectedPeer publisher(node);
    ASSERT_TRUE(publisher.publish("one"));
    Bytes frame = kKeyFrame;
    frame.resize(60000, 0x42);
    for (std::uint32_t i = 0; i < 200; ++i) {
      ASSERT_TRUE(publisher.send({MessageType::Video, i * 40, 1, frame}));
      const auto received = healthy.nextOf(MessageType::Video);
      ASSERT_TRUE(received);
      ASSERT_EQ(received->timestamp, i * 40);
    }
    ASSERT_TRUE(publisher.send({MessageType::Audio, 8000, 1, hex("af0121")}));
  }
  ASSERT_TRUE(node.waitEvent(NodeEvent::Kind::PublishEnded));
  std::size_t frames = 0;
  while (const auto message = stuck.next()) {
    if (message->type == MessageType::Audio) break;
    frames += message->type == MessageType::Video ? 1 : 0;
  }
  EXPECT_GT(frames, 0U);
  EXPECT_LT(frames, 150U) << "the others were dropped for it";
  EXPECT_TRUE(stuck.waitStatus("NetStream.Play.UnpublishNotify")) << "not before the last frame";
}

TEST(Node, EndsWhoDoesNotReadItsAnswers) {
  RunningNode node;
  ConnectedPeer flooder(node, 4096);
  ASSERT_TRUE(flooder.ready);
  const Bytes call = RtmpPeer::chunked(rtmp::makeCommand({std::string(60, 'x'), 9, nullptr, {}}));
  Bytes calls;
  for (int i = 0; i < 500; ++i) calls.insert(calls.end(), call.begin(), call.end());
  while (flooder.write(calls)) {
  }
  const auto closed = node.waitEvent(NodeEvent::Kind::Closed);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->reason, "does not read our answers");
}

TEST(Node, EndsWhoDoesNotFinishInTime) {
  for (const Bytes& beginning : {Bytes{}, Bytes{3}, Bytes(1537, 3)}) {
    RunningNode node({.setupTimeout = 50ms});
    RtmpPeer peer(node.port());
    ASSERT_TRUE(peer.write(beginning));
    const auto refused = node.waitEvent(NodeEvent::Kind::Refused);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, "no end of the handshake in time");
    EXPECT_TRUE(peer.waitEnd() || beginning.size() > 1) << "an answer may have come before it";
  }
  RunningNode node({.setupTimeout = 50ms});
  RtmpPeer peer(node.port());
  ASSERT_TRUE(peer.shakeHands());
  const auto refused = node.waitEvent(NodeEvent::Kind::Refused);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, "no connect in time");
}

TEST(Node, LeavesAConnectedClientAloneAfterTheSetupTime) {
  RunningNode node({.setupTimeout = 200ms});
  ConnectedPeer peer(node);
  ASSERT_TRUE(peer.ready);
  RtmpPeer silent(node.port());
  ASSERT_TRUE(node.waitEvent(NodeEvent::Kind::Refused)) << "the later one's time is over";
  ASSERT_TRUE(peer.publish("one"));
}

TEST(Node, RefusesAnAppAndThenCloses) {
  RunningNode node;
  RtmpPeer peer(node.port());
  ASSERT_TRUE(peer.shakeHands(RtmpPeer::chunked(rtmp::makeCommand(RtmpPeer::connectTo("")))));
  EXPECT_TRUE(peer.waitStatus("NetConnection.Connect.InvalidApp"));
  EXPECT_TRUE(peer.waitEnd());
}

TEST(Node, RefusesMoreClientsThanAllowed) {
  RunningNode node({.maxClients = 1});
  ConnectedPeer first(node);
  ASSERT_TRUE(first.ready);
  RtmpPeer second(node.port());
  EXPECT_TRUE(second.waitEnd());
  const auto refused = node.waitEvent(NodeEvent::Kind::Refused);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, "1 clients are here already, the most allowed");
}

TEST(Node, NamesTheRuleThatGarbageBreaks) {
  RunningNode node;
  RtmpPeer peer(node.port());
  ASSERT_TRUE(peer.write(hex("474554202f20485454502f312e310d0a0d0a")));
  EXPECT_TRUE(peer.waitEnd());
  const auto refused = node.waitEvent(NodeEvent::Kind::Refused);
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->reason, HasSubstr("the first byte is 71"));
}

TEST(Node, EndsAClientWithATooLargeMessage) {
  RunningNode node({.maxMessageBytes = 1000});
  ConnectedPeer peer(node);
  ASSERT_TRUE(peer.publish("one"));
  peer.send({MessageType::Video, 0, 1, Bytes(1001)});
  EXPECT_TRUE(peer.waitEnd());
  const auto closed = node.waitEvent(NodeEvent::Kind::Closed);
  ASSERT_TRUE(closed);
  EXPECT_THAT(closed->reason, HasSubstr("a message of 1001 bytes, at most 1000 are taken"));
}

TEST(Node, TellsTheLifeOfAClientInOrder) {
  RunningNode node;
  {
    ConnectedPeer peer(node);
    ASSERT_TRUE(peer.publish("one"));
  }
  ASSERT_TRUE(node.waitEvent(NodeEvent::Kind::Closed));
  EXPECT_THAT(node.kinds(),
              testing::ElementsAre(NodeEvent::Kind::Connected, NodeEvent::Kind::PublishStarted,
                                   NodeEvent::Kind::PublishEnded, NodeEvent::Kind::Closed));
}

TEST(Node, StopEndsEveryClient) {
  RunningNode node;
  ConnectedPeer publisher(node);
  ConnectedPeer player(node);
  RtmpPeer silent(node.port());
  ASSERT_TRUE(publisher.publish("one"));
  ASSERT_TRUE(player.play("one"));
  node.node().stop();
  EXPECT_TRUE(publisher.waitEnd());
  EXPECT_TRUE(player.waitEnd());
  EXPECT_TRUE(silent.waitEnd());
}

}  // namespace
}  // namespace multiconnection::node
