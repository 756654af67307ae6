// Calls between a running node and its clients, in both directions.
#include <gmock/gmock.h>

#include <future>

#include "multiconnection/node.hpp"
#include "running_node.hpp"

namespace multiconnection::node {
namespace {

using namespace std::chrono_literals;
using Answer = Result<AmfValue>;

/// The answer to the peer's call `transaction`.
std::optional<rtmp::Command> answerOf(RtmpPeer& peer, double transaction) {
  std::optional<rtmp::Command> answer;
  peer.waitFor([&](const rtmp::Message& message) {
    const auto command = rtmp::parseCommand(message);
    if (!command || command->transactionId != transaction || command->name == "onStatus") {
      return false;
    }
    answer = *command;
    return true;
  });
  return answer;
}

class NodeCalls : public testing::Test {
 protected:
  NodeCalls() : peer_(node_) {}
  /// Calls the peer; the future gets what the handler got.
  std::future<Answer> call(std::chrono::milliseconds deadline = 10s) {
    auto promise = std::make_shared<std::promise<Answer>>();
    const auto called = node_.node().call(
        node_.waitEvent(NodeEvent::Kind::Connected)->client, "time", {"now"},
        [promise](const Answer& answer) { promise->set_value(answer); }, deadline);
    EXPECT_TRUE(called);
    return promise->get_future();
  }
  rtmp::Command received() {
    rtmp::Command found;
    peer_.waitFor([&](const rtmp::Message& message) {
      const auto command = rtmp::parseCommand(message);
      if (!command || command->name != "time") return false;
      found = *command;
      return true;
    });
    return found;
  }

  RunningNode node_;
  ConnectedPeer peer_;
};

TEST_F(NodeCalls, ARegisteredMethodAnswers) {
  ASSERT_TRUE(node_.node().registerMethod("greet", [](const NodeCall& call) -> Answer {
    if (call.arguments.empty()) return Error{Errc::InvalidArgument, "whom?"};
    return AmfValue(call.app + " " + call.arguments[0].as<std::string>());
  }));
  ASSERT_TRUE(peer_.send({"greet", 5, nullptr, {"Foo"}}));
  const auto accepted = answerOf(peer_, 5);
  EXPECT_EQ(accepted->name, "_result");
  EXPECT_EQ(accepted->arguments.at(0), AmfValue("live Foo"));
  ASSERT_TRUE(peer_.send({"greet", 6, nullptr, {}}));
  const auto refused = answerOf(peer_, 6);
  EXPECT_EQ(refused->name, "_error");
  EXPECT_EQ(refused->arguments.at(0)["description"], AmfValue("whom?"));
  ASSERT_TRUE(node_.node().registerMethod("greet", {}));
  ASSERT_TRUE(peer_.send({"greet", 7, nullptr, {"Foo"}}));
  EXPECT_EQ(answerOf(peer_, 7)->arguments.at(0)["code"], AmfValue("NetConnection.Call.Failed"));
}

TEST_F(NodeCalls, RtmpsOwnMethodsCannotBeTaken) {
  for (const char* name : {"", "connect", "publish", "_result"}) {
    EXPECT_FALSE(node_.node().registerMethod(name, [](const NodeCall&) { return AmfValue(); }))
        << name;
  }
}

TEST_F(NodeCalls, AClientIsCalledAndAnswers) {
  auto reply = call();
  const rtmp::Command asked = received();
  EXPECT_EQ(asked.arguments.at(0), AmfValue("now"));
  ASSERT_TRUE(peer_.send({"_result", asked.transactionId, nullptr, {42}}));
  EXPECT_EQ(reply.get().value(), AmfValue(42));
}

TEST_F(NodeCalls, TheClientsRefusalIsTold) {
  auto reply = call();
  ASSERT_TRUE(peer_.send(
      {"_error", received().transactionId, nullptr, {AmfObject{{"description", "no clock"}}}}));
  const Answer answer = reply.get();
  EXPECT_EQ(answer.error().code, Errc::Refused);
  EXPECT_EQ(answer.error().message, "no clock");
}

TEST_F(NodeCalls, SilenceEndsAtTheDeadline) {
  EXPECT_EQ(call(20ms).get().error().code, Errc::TimedOut);
}

TEST_F(NodeCalls, EveryoneIsToldWhenTheNodeStops) {
  auto reply = call();
  received();
  node_.node().stop();
  EXPECT_EQ(reply.get().error().code, Errc::Closed);
  EXPECT_EQ(node_.node().call(1, "time").error().code, Errc::InvalidState);
}

TEST_F(NodeCalls, BandwidthIsMeasuredWithTwoCalls) {
  ASSERT_TRUE(peer_.send({"checkBandwidth", 9, nullptr, {}}));
  int asked = 0;
  const auto done = peer_.waitFor([&](const rtmp::Message& message) {
    const auto command = rtmp::parseCommand(message);
    if (!command) return false;
    if (command->name == "onBWCheck") {
      ++asked;
      EXPECT_TRUE(peer_.send({"_result", command->transactionId, nullptr, {0}}));
    }
    return command->name == "onBWDone" && command->arguments.size() == 4;
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace multiconnection::node
