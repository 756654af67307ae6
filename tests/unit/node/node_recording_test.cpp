// A running node that keeps recordings: published, played back, sought, and what may go wrong.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "multiconnection/node.hpp"
#include "rtmp/message/data.hpp"
#include "rtmp/message/user_control.hpp"
#include "running_node.hpp"
#include "support/hex.hpp"
#include "support/temp_dir.hpp"

namespace multiconnection::node {
namespace {

namespace fs = std::filesystem;
using rtmp::MessageType;
using test::hex;
using testing::HasSubstr;
using Kind = NodeEvent::Kind;

const Bytes kVideoHeader = hex("1700000000 01");
const Bytes kKeyFrame = hex("1701000000 65");
const Bytes kInterFrame = hex("2701000000 41");

class NodeRecordings : public testing::Test {
 protected:
  NodeOptions options() const {
    NodeOptions options;
    options.root = dir_.file("");
    return options;
  }
  std::string file(const std::string& path) const { return dir_.file(path); }

  static bool publish(RtmpPeer& peer, const std::string& name, const std::string& type) {
    return peer.send({"createStream", 2, nullptr, {}}) &&
           peer.send({"publish", 3, nullptr, {name, type}}, 1);
  }
  static bool play(RtmpPeer& peer, const std::string& name, std::vector<AmfValue> rest) {
    rest.insert(rest.begin(), name);
    // No player waits in a test: everything is wanted at once.
    return peer.send({"createStream", 2, nullptr, {}}) &&
           peer.send({MessageType::UserControl, 0, 0, hex("0003 00000001 00100000")}) &&
           peer.send({"play", 3, nullptr, std::move(rest)}, 1);
  }
  /// Ten seconds of `name`: a key frame every two, one picture every 100 ms.
  void record(RunningNode& node, const std::string& name, const std::string& type = "record",
              std::uint32_t first = 0) {
    ConnectedPeer peer(node);
    ASSERT_TRUE(publish(peer, name, type));
    ASSERT_TRUE(peer.waitStatus("NetStream.Record.Start"));
    ASSERT_TRUE(peer.send({MessageType::Video, first, 1, kVideoHeader}));
    for (std::uint32_t time = 0; time <= 10000; time += 100) {
      const Bytes& body = time % 2000 == 0 ? kKeyFrame : kInterFrame;
      ASSERT_TRUE(peer.send({MessageType::Video, first + time, 1, body}));
    }
    ASSERT_TRUE(peer.send({"closeStream", 0, nullptr, {}}, 1));
    ASSERT_TRUE(peer.waitStatus("NetStream.Record.Stop"));
  }
  /// The timestamps of all pictures up to the end of the recording, headers left out.
  static std::vector<std::uint32_t> picturesToTheEnd(RtmpPeer& peer) {
    std::vector<std::uint32_t> times;
    while (const auto message = peer.next()) {
      if (message->type == MessageType::Video && message->body != kVideoHeader) {
        times.push_back(message->timestamp);
      }
      const auto command = rtmp::parseCommand(*message);
      if (command && !command->arguments.empty() &&
          command->arguments[0]["code"] == AmfValue("NetStream.Play.Stop")) {
        break;
      }
    }
    return times;
  }
  static std::vector<std::uint32_t> every100(std::uint32_t from, std::uint32_t to) {
    std::vector<std::uint32_t> times;
    for (; from <= to; from += 100) times.push_back(from);
    return times;
  }

  test::TempDir dir_;
};

TEST_F(NodeRecordings, KeepsAndPlaysAStream) {
  RunningNode node(options());
  record(node, "one", "record", 700000);
  EXPECT_TRUE(fs::exists(file("live/one.flv")));
  EXPECT_EQ(node.waitEvent(Kind::RecordStarted)->streamName, "one");
  EXPECT_EQ(node.waitEvent(Kind::RecordEnded)->reason, "");
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "one", {-2000}));
  ASSERT_TRUE(player.waitFor([](const rtmp::Message& message) {
    return message.type == MessageType::UserControl && message.body == hex("000400000001");
  })) << "StreamIsRecorded";
  ASSERT_TRUE(player.waitStatus("NetStream.Play.Start"));
  EXPECT_EQ(picturesToTheEnd(player), every100(0, 10000));
}

TEST_F(NodeRecordings, AppendGoesOn) {
  RunningNode node(options());
  record(node, "one");
  record(node, "one", "append", 5000);
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "one", {0}));
  auto all = every100(0, 10000);
  for (const auto time : every100(0, 10000)) all.push_back(time + 10001);
  EXPECT_EQ(picturesToTheEnd(player), all);
}

TEST_F(NodeRecordings, PlaysAPartFromTheKeyFrameBefore) {
  RunningNode node(options());
  record(node, "one");
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "one", {4500, 1000}));
  EXPECT_EQ(player.nextOf(MessageType::Video)->body, kVideoHeader) << "the header comes first";
  EXPECT_EQ(picturesToTheEnd(player), every100(4000, 5500));
}

TEST_F(NodeRecordings, ShowsASinglePicture) {
  RunningNode node(options());
  record(node, "one");
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "one", {6000, 0}));
  EXPECT_EQ(picturesToTheEnd(player), every100(6000, 6000));
}

TEST_F(NodeRecordings, SeeksInBothDirectionsAndNotBehindTheEnd) {
  RunningNode node(options());
  record(node, "one");
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "one", {0}));
  EXPECT_EQ(picturesToTheEnd(player).size(), 101U);
  ASSERT_TRUE(player.send({"seek", 0, nullptr, {7000}}, 1));
  ASSERT_TRUE(player.waitStatus("NetStream.Seek.Notify"));
  EXPECT_EQ(picturesToTheEnd(player), every100(6000, 10000));
  ASSERT_TRUE(player.send({"seek", 0, nullptr, {1000}}, 1));
  ASSERT_TRUE(player.waitStatus("NetStream.Seek.Notify"));
  EXPECT_EQ(picturesToTheEnd(player), every100(0, 10000));
  ASSERT_TRUE(player.send({"seek", 0, nullptr, {10001}}, 1));
  EXPECT_TRUE(player.waitStatus("NetStream.Seek.InvalidTime"));
}

TEST_F(NodeRecordings, PausesAndGoesOnWithoutAGap) {
  RunningNode node(options());
  record(node, "one");
  ConnectedPeer player(node);
  ASSERT_TRUE(player.send({"createStream", 2, nullptr, {}}));
  ASSERT_TRUE(player.send({MessageType::UserControl, 0, 0, hex("0003 00000001 000003e8")}));
  ASSERT_TRUE(player.send({"play", 3, nullptr, {"one", 0}}, 1));
  ASSERT_TRUE(player.waitStatus("NetStream.Play.Start"));
  ASSERT_TRUE(player.send({"pause", 0, nullptr, {true, 0}}, 1));
  std::vector<std::uint32_t> times;
  while (const auto message = player.next()) {
    if (message->type == MessageType::Video && message->body != kVideoHeader) {
      times.push_back(message->timestamp);
    }
    const auto command = rtmp::parseCommand(*message);
    if (command && command->name == "onStatus") break;
  }
  ASSERT_TRUE(player.send({MessageType::UserControl, 0, 0, hex("0003 00000001 00100000")}));
  ASSERT_TRUE(player.send({"pause", 0, nullptr, {false, 0}}, 1));
  for (const auto time : picturesToTheEnd(player)) times.push_back(time);
  EXPECT_EQ(times, every100(0, 10000));
}

TEST_F(NodeRecordings, LeavesOutPicturesThatAreNotWanted) {
  RunningNode node(options());
  record(node, "one");
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "one", {0}));
  picturesToTheEnd(player);
  ASSERT_TRUE(player.send({"receiveVideo", 0, nullptr, {false}}, 1));
  ASSERT_TRUE(player.send({"seek", 0, nullptr, {0}}, 1));
  EXPECT_TRUE(picturesToTheEnd(player).empty());
}

TEST_F(NodeRecordings, SwitchesBetweenRecordings) {
  RunningNode node(options());
  record(node, "one");
  record(node, "two");
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "one", {0}));
  picturesToTheEnd(player);
  ASSERT_TRUE(player.send(
      {"play2", 0, nullptr, {AmfObject{{"streamName", "two"}, {"transition", "reset"}}}}, 1));
  EXPECT_TRUE(player.waitStatus("NetStream.Play.Transition"));
  EXPECT_EQ(picturesToTheEnd(player), every100(0, 10000));
  ASSERT_TRUE(player.send(
      {"play2", 0, nullptr, {AmfObject{{"streamName", "two"}, {"transition", "append"}}}}, 1));
  EXPECT_TRUE(player.waitStatus("NetStream.Play.Failed"));
}

TEST_F(NodeRecordings, TellsTheLengthInSeconds) {
  RunningNode node(options());
  record(node, "one");
  ConnectedPeer player(node);
  for (const auto& [name, seconds] : {std::pair{"one", 10.0}, {"none", 0.0}}) {
    ASSERT_TRUE(player.send({"getStreamLength", 7, nullptr, {name}}));
    const auto answer = player.waitFor([](const rtmp::Message& message) {
      const auto command = rtmp::parseCommand(message);
      return command && command->name == "_result" && command->transactionId == 7;
    });
    ASSERT_TRUE(answer);
    EXPECT_EQ(rtmp::parseCommand(*answer)->arguments.at(0), AmfValue(seconds)) << name;
  }
}

TEST_F(NodeRecordings, ARecordingThatIsNotThereIsNotFound) {
  RunningNode node(options());
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "none", {0}));
  EXPECT_TRUE(player.waitStatus("NetStream.Play.StreamNotFound"));
  ASSERT_TRUE(player.send({"play", 3, nullptr, {"none", -2000}}, 1));
  EXPECT_TRUE(player.waitStatus("NetStream.Play.Start")) << "it waits for a publisher";
}

TEST_F(NodeRecordings, WhoAsksForARecordingGetsALiveStreamWhereThereIsNone) {
  RunningNode node(options());
  ConnectedPeer publisher(node);
  ASSERT_TRUE(publisher.publish("one"));
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "one", {0}));
  ASSERT_TRUE(player.waitStatus("NetStream.Play.Start"));
  ASSERT_TRUE(publisher.send({MessageType::Video, 5, 1, kKeyFrame}));
  EXPECT_TRUE(player.nextOf(MessageType::Video));
}

TEST_F(NodeRecordings, ANameThatLeavesTheFolderIsRefused) {
  RunningNode node(options());
  for (const char* name : {"../../evil", "/evil", "a/../../evil", "a\\b", "nul"}) {
    ConnectedPeer peer(node);
    ASSERT_TRUE(publish(peer, name, "record"));
    EXPECT_TRUE(peer.waitStatus("NetStream.Record.NoAccess")) << name;
  }
  EXPECT_TRUE(fs::is_empty(file("")));
}

TEST_F(NodeRecordings, OneFileIsWrittenByOnePublisherAtATime) {
  RunningNode node(options());
  ConnectedPeer first(node);
  ASSERT_TRUE(publish(first, "one", "record"));
  ASSERT_TRUE(first.waitStatus("NetStream.Record.Start"));
  ConnectedPeer second(node);
  ASSERT_TRUE(publish(second, "one.flv", "append"));
  EXPECT_TRUE(second.waitStatus("NetStream.Record.AlreadyExists"));
}

TEST_F(NodeRecordings, ACorruptFileEndsThatPlaybackOnly) {
  RunningNode node(options());
  record(node, "one");
  const auto size = fs::file_size(file("live/one.flv"));
  fs::copy_file(file("live/one.flv"), file("live/bad.flv"));
  std::fstream(file("live/bad.flv"), std::ios::in | std::ios::out | std::ios::binary)
      .seekp(static_cast<std::streamoff>(size / 2))
      .write("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 16);
  ConnectedPeer player(node);
  ASSERT_TRUE(play(player, "bad", {0}));
  EXPECT_TRUE(player.waitStatus("NetStream.Play.FileStructureInvalid"));
  EXPECT_THAT(node.waitEvent(Kind::PlayEnded)->reason, HasSubstr("live/bad.flv"));
  ASSERT_TRUE(player.send({"play", 3, nullptr, {"one", 0}}, 1));
  EXPECT_EQ(picturesToTheEnd(player), every100(0, 10000)) << "the stream is usable";
}

TEST_F(NodeRecordings, AFullDiskEndsTheRecordingAndNotTheStream) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{200000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  {
    RunningNode node(options());
    ConnectedPeer viewer(node);
    ASSERT_TRUE(viewer.play("one"));
    ConnectedPeer peer(node);
    ASSERT_TRUE(publish(peer, "one", "record"));
    ASSERT_TRUE(peer.waitStatus("NetStream.Record.Start"));
    Bytes frame = kKeyFrame;
    frame.resize(50000);
    for (std::uint32_t i = 0; i < 10; ++i) {
      ASSERT_TRUE(peer.send({MessageType::Video, i * 40, 1, frame}));
    }
    EXPECT_TRUE(peer.waitStatus("NetStream.Record.Failed"));
    EXPECT_THAT(node.waitEvent(Kind::RecordEnded)->reason, HasSubstr("live/one.flv"));
    ASSERT_TRUE(peer.send({MessageType::Video, 1000, 1, kKeyFrame}));
    EXPECT_TRUE(viewer.waitFor([](const auto& message) { return message.body == kKeyFrame; }));
    EXPECT_LE(fs::file_size(file("live/one.flv")), 200000U);
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
}

TEST_F(NodeRecordings, ADiskThatIsTooSlowEndsTheRecordingAndNotTheStream) {
  NodeOptions slow = options();
  slow.maxDiskQueueBytes = 1000;
  RunningNode node(std::move(slow));
  ConnectedPeer viewer(node);
  ASSERT_TRUE(viewer.play("one"));
  ConnectedPeer peer(node);
  ASSERT_TRUE(publish(peer, "one", "record"));
  ASSERT_TRUE(peer.waitStatus("NetStream.Record.Start"));
  Bytes frame = kKeyFrame;
  frame.resize(2000);  // more than may wait
  ASSERT_TRUE(peer.send({MessageType::Video, 0, 1, frame}));
  EXPECT_TRUE(peer.waitStatus("NetStream.Record.Failed"));
  EXPECT_TRUE(peer.waitStatus("NetStream.Record.Stop"));
  EXPECT_EQ(node.waitEvent(Kind::RecordEnded)->reason, "the disk is too slow for this stream");
  ASSERT_TRUE(peer.send({MessageType::Video, 40, 1, kKeyFrame}));
  EXPECT_TRUE(viewer.waitFor([](const auto& message) { return message.body == kKeyFrame; }));
  EXPECT_FALSE(node.knows(Kind::PublishEnded));
}

TEST_F(NodeRecordings, TheRecordingsMayTakeSoMuchTogether) {
  NodeOptions limited = options();
  limited.maxRecordingBytes = 1000;
  RunningNode node(std::move(limited));
  ConnectedPeer peer(node);
  ASSERT_TRUE(publish(peer, "one", "record"));
  ASSERT_TRUE(peer.waitStatus("NetStream.Record.Start"));
  Bytes frame = kKeyFrame;
  frame.resize(1000);
  ASSERT_TRUE(peer.send({MessageType::Video, 0, 1, frame}));
  for (std::uint32_t time = 1; !node.knows(Kind::RecordEnded); ++time) {
    ASSERT_TRUE(peer.send({MessageType::Video, time, 1, kKeyFrame}));
  }
  EXPECT_TRUE(peer.waitStatus("NetStream.Record.Failed"));
  ConnectedPeer next(node);
  ASSERT_TRUE(publish(next, "two", "record"));
  EXPECT_TRUE(next.waitStatus("NetStream.Record.NoAccess"));
}

TEST_F(NodeRecordings, StopCompletesWhatIsBeingRecorded) {
  {
    RunningNode node(options());
    ConnectedPeer peer(node);
    ASSERT_TRUE(publish(peer, "one", "record"));
    ASSERT_TRUE(peer.waitStatus("NetStream.Record.Start"));
    ConnectedPeer viewer(node);
    ASSERT_TRUE(viewer.play("one"));
    ASSERT_TRUE(peer.send({MessageType::Video, 0, 1, kKeyFrame}));
    ASSERT_TRUE(viewer.nextOf(MessageType::Video));
    node.node().stop();
    EXPECT_TRUE(peer.waitStatus("NetConnection.Connect.AppShutdown"));
    EXPECT_TRUE(node.waitEvent(Kind::RecordEnded));
  }
  EXPECT_GT(fs::file_size(file("live/one.flv")), 30U);
}

TEST_F(NodeRecordings, AFolderThatIsMissingIsTold) {
  NodeOptions wrong = options();
  wrong.root = file("nowhere");
  wrong.port = 0;
  const auto started = Node(std::move(wrong)).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, std::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace multiconnection::node
