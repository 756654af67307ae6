// Clients that speak AMF3 with the node.
#include <gtest/gtest.h>

#include <algorithm>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

AmfValue sample() {
  return AmfObject{{"name", "web"},
                   {"count", 7},
                   {"list", AmfArray{1.5, "two", nullptr, true}},
                   {"when", AmfDate{1.7e12}},
                   {"bytes", std::vector<std::uint8_t>{0, 0xFF}},
                   {"inner", AmfObject{{"name", "web"}}}};
}

/// A node that hands back what "echo" gets, and an array of one that speaks AMF3 with it.
class NodeEncoding : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(node.start());
    ASSERT_TRUE(node.registerMethod("echo", [](const NodeCall& call) -> Result<AmfValue> {
      if (call.arguments.empty()) return Error{Errc::InvalidArgument, "nothing to hand back"};
      return call.arguments.front();
    }));
    ConnectOptions options;
    options.objectEncoding = ObjectEncoding::Amf3;
    ASSERT_TRUE(connectAll(array, listener, {url()}, options));
  }
  NodeOptions options() {
    NodeOptions options;
    options.port = 0;
    options.onEvent = [this](const NodeEvent& event) { events.add(event); };
    return options;
  }
  std::string url() const { return "rtmp://127.0.0.1:" + std::to_string(node.port()) + "/live"; }

  Collector<NodeEvent> events;
  Node node{options()};
  MultiConnection array;
  Listener listener{array};
};

TEST_F(NodeEncoding, CallsCarryObjectsBothWays) {
  Collector<Reply> replies;
  const auto keep = [&](const Reply& reply) { replies.add(reply); };
  ASSERT_TRUE(array.callRemote("echo", Server::all(), {sample()}, keep));
  ASSERT_TRUE(array.callRemote("echo", Server::all(), {}, keep));
  ASSERT_TRUE(replies.waitUntil([](const auto& all) { return all.size() == 2; }));
  EXPECT_EQ(replies.all()[0].value(), sample());
  EXPECT_EQ(replies.all()[1].error().code, Errc::Refused);
  EXPECT_EQ(replies.all()[1].errorInfo["description"], AmfValue("nothing to hand back"));

  array.onCall("echo", [](const RemoteCall& call) -> Result<AmfValue> {
    return call.arguments.empty() ? AmfValue() : call.arguments.front();
  });
  Collector<AmfValue> answers;
  ASSERT_TRUE(node.call(events.all().front().client, "echo", {sample()},
                        [&](const Result<AmfValue>& answer) {
                          answers.add(answer ? *answer : AmfValue(answer.error().message));
                        }));
  ASSERT_TRUE(answers.waitUntil([](const auto& all) { return !all.empty(); }));
  EXPECT_EQ(answers.all().front(), sample());
}

TEST_F(NodeEncoding, DataReachesAPlayerThatSpeaksAmf0) {
  Viewer viewer(url(), "cam");
  ASSERT_TRUE(viewer.connected);
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  ASSERT_TRUE(source->push(videoHeader()));
  pushFrames(*source, 0, 1);
  ASSERT_TRUE(array.stream().send("cue", {AmfObject{{"x", 5}}}));
  pushFrames(*source, 1, 2);
  ASSERT_TRUE(viewer.waitForVideo(2));
  const auto all = viewer.media.all();
  const auto cue = std::find_if(all.begin(), all.end(), [](const MediaMessage& message) {
    return message.kind == MediaKind::Data;
  });
  ASSERT_NE(cue, all.end());
  EXPECT_EQ(*cue->body, (Bytes{2,    0,    3, 'c', 'u', 'e', 3, 0, 1, 'x', 0,
                               0x40, 0x14, 0, 0,   0,   0,   0, 0, 0, 0,   9}));
}

}  // namespace
}  // namespace multiconnection::test
