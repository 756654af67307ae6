#include <gmock/gmock.h>

#include "object_table.hpp"
#include "rtmp/message/control.hpp"
#include "running_node.hpp"
#include "support/hex.hpp"

namespace multiconnection::node {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using rtmp::MessageType;
using test::hex;

const std::vector<std::string> kMoments{"accept", "handshake", "connect", "createStream", "publish",
                                        "media",  "play",      "use",     "change"};

NodeOptions faulty(const std::vector<std::string>& texts) {
  NodeOptions options;
  for (const std::string& text : texts) options.faults.push_back(parseNodeFault(text).value());
  return options;
}

bool createStream(RtmpPeer& peer) {
  return peer.send({"createStream", 2, nullptr, {}}) &&
         peer.waitFor([](const rtmp::Message& message) {
           const auto command = parseCommand(message);
           return command && command->transactionId == 2;
         });
}

bool connect(RtmpPeer& peer) {
  return peer.shakeHands() && peer.send(RtmpPeer::connectTo("live")) &&
         peer.waitStatus("NetConnection.Connect.Success");
}

rtmp::Message object(const Bytes& body) { return {MessageType::SharedObjectAmf0, 0, 0, body}; }

/// Brings a node to the moment. @return whether it did what comes before.
bool reach(RtmpPeer& peer, const std::string& moment) {
  if (moment == "accept") return peer.connected();
  if (moment == "handshake") return peer.write(Bytes(1 + 1536, 3));
  if (moment == "connect") return peer.shakeHands() && peer.send(RtmpPeer::connectTo("live"));
  if (!connect(peer)) return false;
  if (moment == "createStream") return peer.send({"createStream", 2, nullptr, {}});
  if (moment == "use") return peer.send(object(infoSo(0, kUse)));
  if (moment == "change") {
    return peer.send(object(infoSo(0, kUse))) && peer.nextOf(MessageType::SharedObjectAmf0) &&
           peer.send(object(infoSo(1, kSetX)));
  }
  if (!createStream(peer)) return false;
  if (moment == "play") return peer.send({"play", 3, nullptr, {"one"}}, 1);
  const bool asked = peer.send({"publish", 3, nullptr, {"one", "live"}}, 1);
  if (moment == "publish") return asked;
  return asked && peer.waitStatus("NetStream.Publish.Start") &&
         peer.send({MessageType::Audio, 0, 1, hex("af0121")});
}

/// The text of a command's answer: a status code, or the method.
std::vector<std::string> answersUntilTheEnd(RtmpPeer& peer) {
  std::vector<std::string> answers;
  while (const auto message = peer.next()) {
    const auto command = parseCommand(*message);
    if (!command) continue;
    const auto code = command->arguments.empty() ? AmfValue() : command->arguments[0]["code"];
    answers.push_back(code.isString() ? code.as<std::string>() : command->name);
  }
  return answers;
}

class NodeFaults : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(At, NodeFaults, testing::ValuesIn(kMoments),
                         [](const auto& moment) { return moment.param; });

TEST_P(NodeFaults, ResetIsAnErrorForTheClient) {
  RunningNode node(faulty({GetParam() + ":reset"}));
  RtmpPeer peer(node.port());
  ASSERT_TRUE(reach(peer, GetParam()));
  EXPECT_EQ(peer.endError(), ECONNRESET);
  EXPECT_EQ(node.waitEvent(NodeEvent::Kind::Fault)->reason, GetParam() + ":reset");
}

TEST_P(NodeFaults, CloseEndsTheConnection) {
  RunningNode node(faulty({GetParam() + ":close"}));
  RtmpPeer peer(node.port());
  ASSERT_TRUE(reach(peer, GetParam()));
  EXPECT_EQ(peer.endError(), 0);
}

TEST_P(NodeFaults, SilentReadsOnAndAnswersNothing) {
  NodeOptions options = faulty({GetParam() + ":silent"});
  if (GetParam() == "accept") options.setupTimeout = 1ms;  // it does not count any more
  RunningNode node(std::move(options));
  RtmpPeer peer(node.port());
  ASSERT_TRUE(reach(peer, GetParam()));
  ASSERT_TRUE(node.waitEvent(NodeEvent::Kind::Fault));
  ASSERT_TRUE(peer.write(Bytes(16 << 20))) << "more than the system's buffers hold";
  peer.shutdownWrite();
  for (const std::string& answer : answersUntilTheEnd(peer)) {
    EXPECT_EQ(answer, "onBWDone") << "which belongs to the connect";
  }
}

TEST_P(NodeFaults, StallReadsNothing) {
  RunningNode node(faulty({GetParam() + ":stall"}));
  RtmpPeer peer(node.port());
  ASSERT_TRUE(reach(peer, GetParam()));
  ASSERT_TRUE(node.waitEvent(NodeEvent::Kind::Fault));
  std::size_t taken = 0;  // of 160 MB
  while (taken < 10000 && peer.takes(200ms)) ++taken;
  EXPECT_LT(taken, 10000U) << "more than the system's buffers hold";
}

TEST(NodeFaultsStall, GoesOnAfterItsTime) {
  RunningNode node(faulty({"media:stall=700"}));
  RtmpPeer peer(node.port());
  const auto begin = Clock::now();
  ASSERT_TRUE(reach(peer, "media"));
  ASSERT_TRUE(peer.write(RtmpPeer::chunked({MessageType::Video, 1, 1, Bytes(15 << 20, 7)})))
      << "taken in the end";
  EXPECT_GE(Clock::now() - begin, 700ms);
}

TEST(NodeFaultsRefuse, SaysNoSoOftenAndThenYes) {
  RunningNode node(faulty({"connect:refuse,times=2"}));
  for (int i = 0; i < 2; ++i) {
    RtmpPeer peer(node.port());
    ASSERT_TRUE(reach(peer, "connect"));
    EXPECT_TRUE(peer.waitStatus("NetConnection.Connect.Rejected"));
    EXPECT_TRUE(peer.waitEnd());
  }
  EXPECT_TRUE(ConnectedPeer(node).ready);
}

TEST(NodeFaultsRefuse, AnswersEachCommandInItsManner) {
  RunningNode node(faulty({"createStream:refuse,times=1", "publish:refuse,times=1",
                           "publish:refuse=NetStream.Publish.Denied,name=two", "play:refuse"}));
  ConnectedPeer peer(node);
  ASSERT_TRUE(peer.send({"createStream", 2, nullptr, {}}));
  EXPECT_TRUE(peer.waitStatus("NetConnection.Call.Failed"));
  ASSERT_TRUE(createStream(peer));
  ASSERT_TRUE(peer.send({"publish", 3, nullptr, {"one", "live"}}, 1));
  EXPECT_TRUE(peer.waitStatus("NetStream.Publish.BadName"));
  ASSERT_TRUE(peer.send({"publish", 3, nullptr, {"two?key=1", "live"}}, 1));
  EXPECT_TRUE(peer.waitStatus("NetStream.Publish.Denied"));
  ASSERT_TRUE(peer.send({"play", 3, nullptr, {"one"}}, 1));
  EXPECT_TRUE(peer.waitStatus("NetStream.Play.Failed"));
  ASSERT_TRUE(peer.send({"publish", 3, nullptr, {"one", "live"}}, 1));
  EXPECT_TRUE(peer.waitStatus("NetStream.Publish.Start")) << "the connection is as it was";
}

/// The first argument of the command that has the code there.
AmfValue infoWith(RtmpPeer& peer, const std::string& code) {
  AmfValue info;
  peer.waitFor([&](const rtmp::Message& message) {
    const auto command = parseCommand(message);
    if (command && !command->arguments.empty()) info = command->arguments[0];
    return info["code"] == AmfValue(code);
  });
  return info;
}

TEST(NodeFaultsRedirect, SendsTheClientElsewhere) {
  RunningNode node(faulty({"connect:redirect=rtmp://b.example/live,times=1",
                           "publish:redirect=rtmp://b.example/live/one,times=1",
                           "media:redirect=rtmp://c.example/live"}));
  RtmpPeer first(node.port());
  ASSERT_TRUE(reach(first, "connect"));
  const AmfValue rejected = infoWith(first, "NetConnection.Connect.Rejected");
  EXPECT_EQ(rejected["level"], AmfValue("error"));
  EXPECT_EQ(rejected["ex"]["code"], AmfValue(302));
  EXPECT_EQ(rejected["ex"]["redirect"], AmfValue("rtmp://b.example/live"));

  RtmpPeer second(node.port());
  ASSERT_TRUE(reach(second, "publish"));
  const AmfValue moved = infoWith(second, "NetConnection.Connect.Rejected");
  EXPECT_EQ(moved["ex"]["redirect"], AmfValue("rtmp://b.example/live"));
  EXPECT_EQ(moved["ex"]["redirect2"], AmfValue("rtmp://b.example/live/one"));

  RtmpPeer third(node.port());
  ASSERT_TRUE(reach(third, "media"));
  const AmfValue wish = infoWith(third, "NetConnection.Connect.ReconnectRequest");
  EXPECT_EQ(wish["level"], AmfValue("status"));
  EXPECT_EQ(wish["tcUrl"], AmfValue("rtmp://c.example/live"));
}

TEST(NodeFaultsDelay, AnswersLateAndInOrder) {
  RunningNode node(faulty({"connect:delay=150", "createStream:delay=150"}));
  RtmpPeer peer(node.port());
  Bytes commands = RtmpPeer::chunked(rtmp::makeCommand(RtmpPeer::connectTo("live")));
  for (const rtmp::Command& command :
       {rtmp::Command{"createStream", 2, nullptr, {}}, rtmp::Command{"_checkbw", 3, nullptr, {}}}) {
    const Bytes more = RtmpPeer::chunked(rtmp::makeCommand(command));
    commands.insert(commands.end(), more.begin(), more.end());
  }
  const auto begin = Clock::now();
  ASSERT_TRUE(peer.shakeHands(commands));
  std::vector<double> answered;
  while (answered.size() < 3) {
    const auto message = peer.next();
    ASSERT_TRUE(message);
    const auto command = parseCommand(*message);
    if (command && command->name == "_result") answered.push_back(command->transactionId);
  }
  EXPECT_THAT(answered, testing::ElementsAre(1, 2, 3));
  EXPECT_GE(Clock::now() - begin, 300ms);
}

TEST(NodeFaultsDelay, HoldsTheHandshakeUp) {
  RunningNode node(faulty({"accept:delay=100", "handshake:delay=100"}));
  const auto begin = Clock::now();
  EXPECT_TRUE(ConnectedPeer(node).ready);
  EXPECT_GE(Clock::now() - begin, 200ms);
}

TEST(NodeFaultsDrip, ReadsSlowlyFromTheFirstByteOn) {
  RunningNode node(faulty({"accept:drip=10000"}));
  const auto begin = Clock::now();
  EXPECT_TRUE(ConnectedPeer(node).ready);
  EXPECT_GE(Clock::now() - begin, 200ms) << "3073 bytes and more, 1000 of them at once";
}

TEST(NodeFaultsGarbage, IsNoHandshake) {
  RunningNode node(faulty({"handshake:garbage"}));
  RtmpPeer peer(node.port());
  EXPECT_FALSE(peer.shakeHands());
}

TEST(NodeFaultsGarbage, IsNoMessage) {
  RunningNode node(faulty({"media:garbage"}));
  RtmpPeer peer(node.port());
  ASSERT_TRUE(reach(peer, "media"));
  EXPECT_FALSE(peer.next());
  EXPECT_FALSE(node.knows(NodeEvent::Kind::Closed)) << "the connection stays";
}

TEST(NodeFaultsGhost, KeepsTheNameOfAPublisherThatVanished) {
  RunningNode node(faulty({"publish:ghost=300,times=1"}));
  {
    ConnectedPeer vanishing(node);
    ASSERT_TRUE(vanishing.publish("one"));
  }
  ASSERT_TRUE(node.waitEvent(NodeEvent::Kind::PublishEnded));
  const auto begin = Clock::now();
  ConnectedPeer next(node);
  ASSERT_TRUE(createStream(next));
  int refusals = 0;
  for (bool published = false; !published && Clock::now() < begin + 20s;) {
    ASSERT_TRUE(next.send({"publish", 3, nullptr, {"one", "live"}}, 1));
    const auto status = next.waitFor([](const rtmp::Message& message) {
      const auto command = parseCommand(message);
      return command && command->name == "onStatus";
    });
    ASSERT_TRUE(status);
    const AmfValue code = parseCommand(*status)->arguments.at(0)["code"];
    published = code == AmfValue("NetStream.Publish.Start");
    if (published) break;
    EXPECT_EQ(code, AmfValue("NetStream.Publish.BadName"));
    ++refusals;
  }
  EXPECT_GT(refusals, 0);
}

TEST(NodeFaultsGhost, LeavesTheNameOfAPublisherThatEndedInOrder) {
  RunningNode node(faulty({"publish:ghost=600000"}));
  {
    ConnectedPeer polite(node);
    ASSERT_TRUE(polite.publish("one"));
    ASSERT_TRUE(polite.send({"closeStream", 0, nullptr, {}}, 1));
    ASSERT_TRUE(polite.waitStatus("NetStream.Unpublish.Success"));
  }
  EXPECT_TRUE(ConnectedPeer(node).publish("one"));
}

/// Whether an Acknowledgement comes before the answer to a call behind 20 kB.
bool acknowledged(const std::vector<std::string>& faults) {
  RunningNode node(faulty(faults));
  ConnectedPeer peer(node);
  EXPECT_TRUE(peer.send(rtmp::makeWindowAckSize(1000)));
  EXPECT_TRUE(peer.publish("one"));
  EXPECT_TRUE(peer.send({MessageType::Video, 0, 1, Bytes(20000, 0x17)}));
  EXPECT_TRUE(peer.send({"_checkbw", 9, nullptr, {}}));
  bool seen = false;
  while (const auto message = peer.next()) {
    seen = seen || message->type == MessageType::Acknowledgement;
    const auto command = parseCommand(*message);
    if (command && command->transactionId == 9) break;
  }
  return seen;
}

TEST(NodeFaultsNoAcks, LeavesTheClientWithoutAcknowledgements) {
  EXPECT_TRUE(acknowledged({"connect:noacks,every=2"})) << "the first connect is not affected";
  EXPECT_FALSE(acknowledged({"connect:noacks"}));
}

TEST(FaultyNode, OthersAreServedAsEver) {
  RunningNode node(faulty({"publish:stall,name=one", "media:reset,name=two,messages=2"}));
  ConnectedPeer stalled(node);
  ASSERT_TRUE(stalled.publish("one"));
  ConnectedPeer reset(node);
  ASSERT_TRUE(reset.publish("two"));
  ASSERT_TRUE(reset.send({MessageType::Audio, 0, 1, hex("af0121")}));
  ASSERT_TRUE(reset.send({MessageType::Audio, 1, 1, hex("af0122")}));
  EXPECT_TRUE(reset.waitEnd());
  ConnectedPeer player(node);
  ASSERT_TRUE(player.play("three"));
  ConnectedPeer publisher(node);
  ASSERT_TRUE(publisher.publish("three"));
  ASSERT_TRUE(publisher.send({MessageType::Audio, 7, 1, hex("af0123")}));
  EXPECT_EQ(player.nextOf(MessageType::Audio)->body, hex("af0123"));
}

TEST(FaultyNode, AreCheckedBeforeTheNodeStarts) {
  NodeOptions options{.port = 0};
  options.faults.push_back({});
  options.faults.back().kind = NodeFault::Kind::Ghost;
  const auto started = Node(std::move(options)).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::InvalidArgument);
  EXPECT_EQ(started.error().message, "fault accept:ghost: ghost does not go with accept");
}

}  // namespace
}  // namespace multiconnection::node
