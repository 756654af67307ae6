#include <gmock/gmock.h>

#include <memory>

#include "object_table.hpp"
#include "running_node.hpp"

namespace multiconnection::node {
namespace {

using rtmp::MessageType;
using testing::HasSubstr;

/// A client of the app "live" that shares objects.
class ObjectPeer : public ConnectedPeer {
 public:
  using ConnectedPeer::ConnectedPeer;

  bool say(const Bytes& body) {
    return send(rtmp::Message{MessageType::SharedObjectAmf0, 0, 0, body});
  }
  /// The next body about an object; empty at the end.
  Bytes hear() {
    const auto message = nextOf(MessageType::SharedObjectAmf0);
    return message ? message->body : Bytes();
  }
  /// Uses the object, which is empty.
  bool use() { return say(infoSo(0, kUse)) && hear() == infoSo(1, kUsed); }
};

TEST(NodeSharedObjects, ClientsShareThem) {
  RunningNode node;
  ObjectPeer first(node);
  ObjectPeer second(node);
  ASSERT_TRUE(first.use());
  ASSERT_TRUE(second.use());
  EXPECT_EQ(node.waitEvent(NodeEvent::Kind::SharedObjectUsed)->streamName, "info_so");
  ASSERT_TRUE(first.say(infoSo(1, kSetUserName)));
  EXPECT_EQ(first.hear(), infoSo(2, kUserNameAccepted));
  EXPECT_EQ(second.hear(), infoSo(2, kUserNameIsFoo));
}

TEST(NodeSharedObjects, AppsHaveObjectsOfTheirOwn) {
  RunningNode node;
  ObjectPeer live(node);
  ASSERT_TRUE(live.use());
  ASSERT_TRUE(live.say(infoSo(1, kSetX)));
  EXPECT_EQ(live.hear(), infoSo(2, kXAccepted));
  RtmpPeer other(node.port());
  ASSERT_TRUE(other.shakeHands() && other.send(RtmpPeer::connectTo("other")) &&
              other.waitStatus("NetConnection.Connect.Success"));
  ASSERT_TRUE(other.send(rtmp::Message{MessageType::SharedObjectAmf0, 0, 0, infoSo(0, kUse)}));
  EXPECT_EQ(other.nextOf(MessageType::SharedObjectAmf0)->body, infoSo(1, kUsed));
}

TEST(NodeSharedObjects, AClientOfAmf3IsToldInMessagesOfType16) {
  RunningNode node;
  RtmpPeer peer(node.port());
  const rtmp::Command connect{"connect", 1, AmfObject{{"app", "live"}, {"objectEncoding", 3}}, {}};
  ASSERT_TRUE(peer.shakeHands() && peer.send(connect) &&
              peer.waitStatus("NetConnection.Connect.Success"));
  ASSERT_TRUE(peer.send(rtmp::Message{MessageType::SharedObjectAmf0, 0, 0, infoSo(0, kUse)}));
  Bytes used = infoSo(1, kUsed);
  used.insert(used.begin(), 0);
  EXPECT_EQ(peer.nextOf(MessageType::SharedObjectAmf3)->body, used);
}

TEST(NodeSharedObjects, WhatIsForServersToSendEndsTheConnection) {
  const struct {
    const char* event;
    const char* reason;
  } broken[] = {
      {"04 00000004 000178 05", "shared object event 4 of a client"},
      {"08 00000000", "shared object event 8 of a client"},
      {"03 00000002 0005", "shared object event 3 is too short"},
      {"01 00000001", "ends in the middle of a field"},
  };
  for (const auto& [event, reason] : broken) {
    RunningNode node;
    ObjectPeer peer(node);
    ASSERT_TRUE(peer.use());
    ASSERT_TRUE(peer.say(infoSo(1, event)));
    EXPECT_TRUE(peer.waitEnd());
    EXPECT_THAT(node.waitEvent(NodeEvent::Kind::Closed)->reason, HasSubstr(reason));
  }
}

TEST(NodeSharedObjects, TheyArePartOfTheConnection) {
  RunningNode node;
  RtmpPeer peer(node.port());
  ASSERT_TRUE(peer.shakeHands());
  ASSERT_TRUE(peer.send(rtmp::Message{MessageType::SharedObjectAmf0, 0, 0, infoSo(0, kUse)}));
  EXPECT_TRUE(peer.waitEnd());
  EXPECT_THAT(node.waitEvent(NodeEvent::Kind::Refused)->reason,
              HasSubstr("a shared object message before connect"));
}

TEST(NodeSharedObjects, TheEndOfAConnectionReleases) {
  RunningNode node;
  {
    ObjectPeer peer(node);
    ASSERT_TRUE(peer.use());
    ASSERT_TRUE(peer.say(infoSo(1, kSetX)));
    ASSERT_EQ(peer.hear(), infoSo(2, kXAccepted));
  }
  ASSERT_TRUE(node.waitEvent(NodeEvent::Kind::SharedObjectReleased));
  EXPECT_TRUE(ObjectPeer(node).use()) << "it is empty again";
}

TEST(NodeSharedObjects, WhoDoesNotReadIsEndedAndNobodyElse) {
  NodeOptions options;
  options.maxQueueBytes = 1 << 20;
  RunningNode node(std::move(options));
  ObjectPeer deaf(node, 4096);
  ObjectPeer reader(node);
  ASSERT_TRUE(deaf.use());
  ASSERT_TRUE(reader.use());
  // 200 kB each time, 40 MB at most: more than the system's buffers take.
  const AmfValue large(std::string(200000, 'x'));
  const rtmp::SharedObjectMessage send{
      "info_so", 1, false, {{rtmp::SharedObjectEventType::SendMessage, "say", {}, {large}, {}}}};
  for (int i = 0; i < 200 && !node.knows(NodeEvent::Kind::Closed); ++i) {
    ASSERT_TRUE(reader.send(rtmp::makeSharedObject(send)));
    ASSERT_GT(reader.hear().size(), 200000U) << "the sender, who reads, gets its own";
  }
  EXPECT_EQ(node.waitEvent(NodeEvent::Kind::Closed)->reason, "does not read our answers");
  ASSERT_TRUE(reader.say(infoSo(1, kSetX)));
  EXPECT_EQ(reader.hear(), infoSo(2, kXAccepted));
}

TEST(NodeSharedObjects, ALargeObjectReachesWhoReadsSlowly) {
  NodeOptions options;
  options.maxQueueBytes = 8 << 20;
  RunningNode node(std::move(options));
  ObjectPeer writer(node);
  ASSERT_TRUE(writer.use());
  for (const char* slot : {"a", "b", "c", "d"}) {
    const rtmp::SharedObjectMessage set{
        "info_so",
        1,
        false,
        {{rtmp::SharedObjectEventType::RequestChange, slot, std::string(250000, 'x'), {}, {}}}};
    ASSERT_TRUE(writer.send(rtmp::makeSharedObject(set)));
    ASSERT_FALSE(writer.hear().empty());
  }
  ObjectPeer slow(node, 4096);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(slow.say(infoSo(0, kUse)));
  for (int i = 0; i < 4; ++i) EXPECT_GT(slow.hear().size(), 1000000U);
}

TEST(NodeSharedObjects, WhoReadsSlowlyIsAnsweredForManyObjects) {
  NodeOptions options;
  options.maxQueueBytes = 1 << 20;
  RunningNode node(std::move(options));
  constexpr int kObjects = 16;
  using Event = rtmp::SharedObjectEvent;
  const Event use{rtmp::SharedObjectEventType::Use, {}, {}, {}, {}};
  ObjectPeer writer(node);
  ObjectPeer slow(node, 4096);
  for (int i = 0; i < kObjects; ++i) {
    const std::string name = "object" + std::to_string(i);
    std::vector<Event> events{use};
    for (const char* slot : {"a", "b", "c", "d"}) {
      const AmfValue value(std::string(250000, 'x'));
      events.push_back({rtmp::SharedObjectEventType::RequestChange, slot, value, {}, {}});
    }
    ASSERT_TRUE(writer.send(rtmp::makeSharedObject({name, 0, false, events})));
    ASSERT_FALSE(writer.hear().empty());
  }
  for (int i = 0; i < kObjects; ++i) {
    const std::string name = "object" + std::to_string(i);
    ASSERT_TRUE(slow.send(rtmp::makeSharedObject({name, 0, false, {use}})));
  }
  for (int i = 0; i < kObjects; ++i) ASSERT_GT(slow.hear().size(), 1000000U) << i;
}

TEST(NodeSharedObjects, WhoAsksTooFastIsHeardAgainInTheNextSecond) {
  NodeOptions options;
  options.sharedObjects.maxEventsPerSecond = 5;
  RunningNode node(std::move(options));
  const auto begin = std::chrono::steady_clock::now();
  ObjectPeer hasty(node);
  ASSERT_TRUE(hasty.use());
  for (std::uint8_t i = 2; i < 6; ++i) {
    ASSERT_TRUE(hasty.say(infoSo(i, i % 2 == 0 ? kSetX : kRemoveX)));
    EXPECT_EQ(hasty.hear(), infoSo(i, i % 2 == 0 ? kXAccepted : kXRemoved));
  }
  ASSERT_TRUE(hasty.say(infoSo(5, kSetX)));
  ObjectPeer other(node);
  ASSERT_TRUE(other.say(infoSo(0, kUse)));
  EXPECT_EQ(other.hear(), infoSo(5, kUsed)) << "others are heard meanwhile";
  EXPECT_EQ(hasty.hear(), infoSo(6, kXAccepted));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1))
      << "not before the second was over";
}

NodeOptions faulty(const std::vector<std::string>& texts) {
  NodeOptions options;
  for (const std::string& text : texts) options.faults.push_back(parseNodeFault(text).value());
  return options;
}

TEST(SharedObjectFaults, IgnoreForgetsThatMessageOnly) {
  RunningNode node(faulty({"use:ignore,times=1", "change:ignore,times=1,name=info_so"}));
  ObjectPeer peer(node);
  ASSERT_TRUE(peer.say(infoSo(0, kUse)));
  ASSERT_TRUE(peer.send({"_checkbw", 9, nullptr, {}}));
  EXPECT_TRUE(peer.waitFor([](const rtmp::Message& message) {
    EXPECT_NE(message.type, MessageType::SharedObjectAmf0);
    const auto command = parseCommand(message);
    return command && command->transactionId == 9;
  }));
  ASSERT_TRUE(peer.use());
  ASSERT_TRUE(peer.say(infoSo(1, kSetUserName)));
  ASSERT_TRUE(peer.say(infoSo(1, kSetX)));
  EXPECT_EQ(peer.hear(), infoSo(2, kXAccepted));
}

TEST(SharedObjectFaults, RefuseAnswersWithAStatus) {
  RunningNode node(faulty({"use:refuse=SharedObject.NoReadAccess,times=1",
                           "use:refuse,times=1,every=2", "change:refuse,times=1"}));
  ObjectPeer peer(node);
  const auto codeOf = [](const Bytes& body) {
    return rtmp::parseSharedObject(ObjectTable::messageOf(body, rtmp::Encoding::Amf0))
        ->events.at(0)
        .name;
  };
  ASSERT_TRUE(peer.say(infoSo(0, kUse)));
  EXPECT_EQ(codeOf(peer.hear()), "SharedObject.NoReadAccess");
  ASSERT_TRUE(peer.say(infoSo(0, kUse)));
  EXPECT_EQ(codeOf(peer.hear()), "SharedObject.ObjectCreationFailed");
  ASSERT_TRUE(peer.use());
  ASSERT_TRUE(peer.say(infoSo(1, kSetX)));
  EXPECT_EQ(peer.hear(), infoSo(0, kNoWrite));
  ASSERT_TRUE(peer.say(infoSo(1, kSetX)));
  EXPECT_EQ(peer.hear(), infoSo(2, kXAccepted));
}

TEST(SharedObjectFaults, DelayAnswersLate) {
  RunningNode node(faulty({"use:delay=150"}));
  ObjectPeer peer(node);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(peer.use());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(150));
}

}  // namespace
}  // namespace multiconnection::node
