#include <gmock/gmock.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>

#include "object_table.hpp"
#include "running_node.hpp"
#include "support/temp_dir.hpp"

namespace multiconnection::node {
namespace {

using rtmp::MessageType;
using testing::HasSubstr;
constexpr std::uint8_t kPersistent = 2;

class StoringNode : public testing::Test {
 protected:
  NodeOptions options() const {
    NodeOptions options;
    options.root = folder.file("");
    return options;
  }
  static bool say(RtmpPeer& peer, const Bytes& body) {
    return peer.send(rtmp::Message{MessageType::SharedObjectAmf0, 0, 0, body});
  }
  static Bytes hear(RtmpPeer& peer) {
    const auto message = peer.nextOf(MessageType::SharedObjectAmf0);
    return message ? message->body : Bytes();
  }
  std::string path() const { return folder.file("live/info_so.mcso"); }

  test::TempDir folder;
};

TEST_F(StoringNode, PersistentObjectsOutliveIt) {
  {
    RunningNode node(options());
    ConnectedPeer peer(node);
    ASSERT_TRUE(say(peer, infoSo(0, kUse, kPersistent)));
    EXPECT_EQ(hear(peer), infoSo(1, kUsed, kPersistent));
    ASSERT_TRUE(say(peer, infoSo(1, kSetUserName, kPersistent)));
    EXPECT_EQ(hear(peer), infoSo(2, kUserNameAccepted, kPersistent));
    EXPECT_TRUE(std::filesystem::exists(path())) << "acknowledged is written";
  }
  RunningNode node(options());
  ConnectedPeer peer(node);
  ASSERT_TRUE(say(peer, infoSo(0, kUse, kPersistent)));
  EXPECT_EQ(hear(peer), infoSo(2, std::string(kUsed) + kUserNameIsFoo, kPersistent));
}

TEST_F(StoringNode, AnObjectIsTheSameAfterItsLastUserLeft) {
  RunningNode node(options());
  for (std::uint8_t i = 0; i < 20; ++i) {
    const bool isThere = i % 2 != 0;
    const auto version = static_cast<std::uint8_t>(i + 1);
    ConnectedPeer peer(node);
    ASSERT_TRUE(say(peer, infoSo(0, kUse, kPersistent)));
    EXPECT_EQ(hear(peer),
              infoSo(version, std::string(kUsed) + (isThere ? kXIs4 : ""), kPersistent));
    ASSERT_TRUE(say(peer, infoSo(version, isThere ? kRemoveX : kSetX, kPersistent)));
    EXPECT_EQ(hear(peer), infoSo(static_cast<std::uint8_t>(version + 1),
                                 isThere ? kXRemoved : kXAccepted, kPersistent));
  }
}

TEST_F(StoringNode, ABrokenFileIsAnEventAndAStatus) {
  std::filesystem::create_directory(folder.file("live"));
  std::ofstream(path()) << "no object";
  RunningNode node(options());
  ConnectedPeer peer(node);
  ASSERT_TRUE(say(peer, infoSo(0, kUse, kPersistent)));
  EXPECT_THAT(hear(peer), testing::Contains(7)) << "the status";
  const auto failed = node.waitEvent(NodeEvent::Kind::SharedObjectFailed);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->app, "live");
  EXPECT_EQ(failed->streamName, "info_so");
  EXPECT_THAT(failed->reason, HasSubstr("'live/info_so.mcso': at byte 0"));
}

TEST_F(StoringNode, WhatCannotBeStoredIsTakenBack) {
  NodeOptions one = options();
  one.sharedObjects.maxFiles = 1;
  std::filesystem::create_directory(folder.file("live"));
  std::ofstream(folder.file("live/other.mcso")) << "takes the only place";
  RunningNode node(std::move(one));
  ConnectedPeer writer(node);
  ConnectedPeer other(node);
  for (ConnectedPeer* peer : {&writer, &other}) {
    ASSERT_TRUE(say(*peer, infoSo(0, kUse, kPersistent)));
    EXPECT_EQ(hear(*peer), infoSo(1, kUsed, kPersistent));
  }
  ASSERT_TRUE(say(writer, infoSo(1, kSetX, kPersistent)));
  EXPECT_EQ(hear(writer), infoSo(3, std::string(kNoWrite) + kUsed, kPersistent));
  EXPECT_EQ(hear(other), infoSo(3, kUsed, kPersistent));
  EXPECT_THAT(node.waitEvent(NodeEvent::Kind::SharedObjectFailed)->reason,
              HasSubstr("the most allowed"));
}

TEST_F(StoringNode, TheProgramSharesItsObjectsWithClients) {
  RunningNode node(options());
  auto object = node.node().sharedObject("live", "info_so", true);
  ASSERT_TRUE(object) << object.error();
  std::promise<Result<void>> stored;
  ASSERT_TRUE(object->set("x", 4, [&](const Result<void>& done) { stored.set_value(done); }));
  EXPECT_TRUE(stored.get_future().get());
  EXPECT_TRUE(std::filesystem::exists(path()));
  ConnectedPeer peer(node);
  ASSERT_TRUE(say(peer, infoSo(0, kUse, kPersistent)));
  EXPECT_EQ(hear(peer), infoSo(2, std::string(kUsed) + kXIs4, kPersistent));
  ASSERT_TRUE(object->set({{"userName", "Foo"}}));
  EXPECT_EQ(hear(peer), infoSo(3, kUserNameIsFoo, kPersistent));
  ASSERT_TRUE(say(peer, infoSo(3, kRemoveX, kPersistent)));
  EXPECT_EQ(hear(peer), infoSo(4, kXRemoved, kPersistent));
  std::promise<Result<AmfObject>> read;
  ASSERT_TRUE(object->read([&](const Result<AmfObject>& slots) { read.set_value(slots); }));
  EXPECT_EQ(read.get_future().get().value(), (AmfObject{{"userName", "Foo"}}));
}

TEST_F(StoringNode, AHandleThatIsDroppedAtOnceHasWrittenYet) {
  {
    RunningNode node(options());
    ASSERT_TRUE(node.node().sharedObject("live", "info_so", true)->set("x", 4));
  }
  RunningNode node(options());
  ConnectedPeer peer(node);
  ASSERT_TRUE(say(peer, infoSo(0, kUse, kPersistent)));
  EXPECT_EQ(hear(peer), infoSo(2, std::string(kUsed) + kXIs4, kPersistent));
}

TEST_F(StoringNode, HandlesMayOutliveItAndBeUsedInItsHandlers) {
  std::optional<NodeSharedObject> kept;
  {
    NodeOptions withHandler = options();
    RunningNode node(std::move(withHandler));
    ASSERT_TRUE(node.node().registerMethod("count", [&](const NodeCall&) -> Result<AmfValue> {
      auto object = node.node().sharedObject("live", "info_so");
      if (!object) return object.error();
      kept = *object;
      if (auto set = object->set("x", 4); !set) return set.error();
      return AmfValue(1);
    }));
    ConnectedPeer peer(node);
    ASSERT_TRUE(peer.send({"count", 5, nullptr, {}}));
    ASSERT_TRUE(peer.waitFor([](const rtmp::Message& message) {
      const auto answer = rtmp::parseCommand(message);
      return answer && answer->name == "_result" && answer->transactionId == 5;
    }));
    ASSERT_TRUE(say(peer, infoSo(0, kUse)));
    EXPECT_EQ(hear(peer), infoSo(2, std::string(kUsed) + kXIs4));
  }
  EXPECT_EQ(kept->set("x", 5).error().code, Errc::InvalidState);
  EXPECT_EQ(kept->lock().error().code, Errc::InvalidState);
  Node stopped;
  EXPECT_EQ(stopped.sharedObject("live", "a").error().code, Errc::InvalidState);
  EXPECT_EQ(stopped.sharedObject("live", "").error().code, Errc::InvalidArgument);
}

}  // namespace
}  // namespace multiconnection::node
