// What a player of a live stream may ask for, and how fast a client may ask.
#include <gmock/gmock.h>

#include "multiconnection/node.hpp"
#include "running_node.hpp"
#include "support/hex.hpp"

namespace multiconnection::node {
namespace {

using namespace std::chrono_literals;
using rtmp::MessageType;
using test::hex;

const Bytes kVideoHeader = hex("1700000000 01");
const Bytes kKeyFrame = hex("1701000000 65");
const Bytes kInterFrame = hex("2701000000 41");
const Bytes kSound = hex("af01 21");

/// The answer to a call that nobody knows.
std::optional<rtmp::Message> answerTo(RtmpPeer& peer, double transaction) {
  return peer.waitFor([&](const rtmp::Message& message) {
    const auto command = rtmp::parseCommand(message);
    return command && command->name == "_error" && command->transactionId == transaction;
  });
}

/// A live stream with one player.
class NodeLive : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(player_.play("one"));
    ASSERT_TRUE(publisher_.publish("one"));
    publish(MessageType::Video, 0, kVideoHeader);
    ASSERT_TRUE(player_.nextOf(MessageType::Video));
  }
  void publish(MessageType type, std::uint32_t time, const Bytes& body) {
    ASSERT_TRUE(publisher_.send({type, time, 1, body}));
  }
  /// Waits until the node has dealt with all that the peer sent before.
  static void settle(RtmpPeer& peer) {
    ASSERT_TRUE(peer.send({"settle", 99, nullptr, {}}));
    ASSERT_TRUE(answerTo(peer, 99));
  }
  void ask(const std::string& method, bool wanted) {
    ASSERT_TRUE(player_.send({method, 0, nullptr, {wanted, 0}}, 1));
    settle(player_);
  }
  /// The next audio or video that reaches the player: "V40".
  std::string next() {
    const auto message = player_.waitFor([](const rtmp::Message& candidate) {
      return candidate.type == MessageType::Video || candidate.type == MessageType::Audio;
    });
    if (!message) return "nothing";
    return (message->type == MessageType::Video ? "V" : "A") + std::to_string(message->timestamp);
  }

  RunningNode node_;
  ConnectedPeer player_{node_};
  ConnectedPeer publisher_{node_};
};

TEST_F(NodeLive, PicturesThatAreNotWantedComeBackWithAKeyFrame) {
  publish(MessageType::Video, 0, kKeyFrame);
  EXPECT_EQ(next(), "V0");
  ask("receiveVideo", false);
  publish(MessageType::Video, 40, kInterFrame);
  publish(MessageType::Audio, 45, kSound);
  EXPECT_EQ(next(), "A45");
  ask("receiveVideo", true);
  publish(MessageType::Video, 80, kInterFrame);
  publish(MessageType::Video, 120, kKeyFrame);
  publish(MessageType::Video, 160, kInterFrame);
  EXPECT_EQ(next(), "V120");
  EXPECT_EQ(next(), "V160");
}

TEST_F(NodeLive, SoundThatIsNotWantedComesBackAtOnce) {
  ask("receiveAudio", false);
  publish(MessageType::Audio, 0, kSound);
  publish(MessageType::Video, 5, kKeyFrame);
  EXPECT_EQ(next(), "V5");
  ask("receiveAudio", true);
  publish(MessageType::Audio, 20, kSound);
  EXPECT_EQ(next(), "A20");
}

TEST_F(NodeLive, APauseSkipsWhatPassesMeanwhile) {
  publish(MessageType::Video, 0, kKeyFrame);
  EXPECT_EQ(next(), "V0");
  ASSERT_TRUE(player_.send({"pause", 0, nullptr, {true, 0}}, 1));
  ASSERT_TRUE(player_.waitStatus("NetStream.Pause.Notify"));
  publish(MessageType::Audio, 20, kSound);
  publish(MessageType::Video, 40, kInterFrame);
  settle(publisher_);
  ASSERT_TRUE(player_.send({"pause", 0, nullptr, {false, 0}}, 1));
  ASSERT_TRUE(player_.waitStatus("NetStream.Unpause.Notify"));
  publish(MessageType::Video, 80, kInterFrame);
  publish(MessageType::Audio, 90, kSound);
  publish(MessageType::Video, 120, kKeyFrame);
  EXPECT_EQ(next(), "A90");
  EXPECT_EQ(next(), "V120");
}

TEST_F(NodeLive, SoundInAnAggregateReachesThePlayer) {
  publish(MessageType::Aggregate, 1000,
          hex("08 000003 000064 00 000000 af0121 0000000e 08 000003 00007b 00 000000 af0122"));
  EXPECT_EQ(next(), "A1000");
  EXPECT_EQ(next(), "A1023");
}

TEST(NodeLimits, WhoAsksTooFastIsHeardAgainInTheNextSecond) {
  RunningNode node({.maxCommandsPerSecond = 5});
  const auto begin = std::chrono::steady_clock::now();
  ConnectedPeer hasty(node);  // its first command
  ASSERT_TRUE(hasty.ready);
  for (const double call : {2, 3, 4, 5}) {
    ASSERT_TRUE(hasty.send({"anything", call, nullptr, {}}));
    ASSERT_TRUE(answerTo(hasty, call));
  }
  ASSERT_TRUE(hasty.send({"anything", 6, nullptr, {}}));
  ConnectedPeer other(node);
  ASSERT_TRUE(other.send({"anything", 2, nullptr, {}}));
  EXPECT_TRUE(answerTo(other, 2)) << "others are heard meanwhile";
  EXPECT_TRUE(answerTo(hasty, 6));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s) << "not before the second was over";
}

}  // namespace
}  // namespace multiconnection::node
