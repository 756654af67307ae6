#include <gtest/gtest.h>

#include <future>

#include "multiconnection/multi_connection.hpp"
#include "unit/client/events.hpp"
#include "unit/reactor/scripted_server.hpp"

namespace multiconnection {
namespace {

using namespace std::chrono_literals;

/// Accepts connect, naming these FourCCs or nothing at all, then publish; then does `then`.
reactor::ScriptedServer::Script taking(std::vector<AmfValue> fourCcs,
                                       std::function<void(reactor::ServerPeer&)> then = {}) {
  return [=](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands()) return;
    const auto connect = peer.await("connect");
    if (!connect) return;
    AmfObject info{{"level", "status"}, {"code", "NetConnection.Connect.Success"}};
    if (!fourCcs.empty()) info.set("fourCcList", AmfArray(fourCcs.begin(), fourCcs.end()));
    peer.send({"_result", connect->transactionId, nullptr, {info}});
    if (!peer.acceptPublish()) return;
    if (then) then(peer);
    peer.awaitEnd();
  };
}

/// Enhanced RTMP's start of an AV1 sequence: a key frame, packet type 0, "av01".
MediaMessage av1Header() {
  return {MediaKind::Video, 0ms,
          std::make_shared<const Bytes>(Bytes{0x90, 'a', 'v', '0', '1', 0x81, 0, 0x0C, 0})};
}

TEST(CodecPolicy, AServerThatSaysNoIsNotAskedAndASilentOneIsWarnedOf) {
  reactor::ScriptedServer refuses(taking({"hvc1"}));
  reactor::ScriptedServer silent(taking({}));
  reactor::ScriptedServer takes(taking({"hvc1", "av01"}));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(array.connect({url(refuses.port()), url(silent.port()), url(takes.port())}));
  ASSERT_TRUE(events.waitFor(StatusCode::SetupSuccess));
  PublishOptions options;
  options.codecs = {Codec::Av1, Codec::Aac};
  ASSERT_TRUE(array.stream().publish("cam", options));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPublishFailed)) << "all of them are needed";
  ASSERT_TRUE(events.waitFor(StatusCode::CodecUnconfirmed));
  const StatusEvent refused = events.first(StatusCode::CodecUnsupported);
  ASSERT_TRUE(refused.server);
  EXPECT_EQ(refused.server->index, 0U);
  EXPECT_EQ(refused.level, StatusLevel::Error);
  EXPECT_NE(refused.reason.find("AV1"), std::string::npos) << refused.reason;
  EXPECT_EQ(events.first(StatusCode::CodecUnconfirmed).server->index, 1U);
  EXPECT_EQ(events.first(StatusCode::StreamPublishFailed).servers.at(0).code,
            StatusCode::CodecUnsupported);
  EXPECT_TRUE(array.statistics().at(0).enhanced);
  EXPECT_FALSE(array.statistics().at(1).enhanced);
  const auto figures = array.statistics();
  EXPECT_EQ(figures.at(0).codecs, std::vector<Codec>{Codec::Hevc});
  EXPECT_EQ(figures.at(0).refusedCodecs, (std::vector<Codec>{Codec::Av1, Codec::Vp8, Codec::Vp9}))
      << "of sound it says nothing";
  EXPECT_TRUE(figures.at(1).codecs.empty() && figures.at(1).refusedCodecs.empty());
}

TEST(CodecPolicy, ACodecThatComesUnannouncedEndsThePublishingWhereItIsRefused) {
  std::promise<bool> unpublished;
  reactor::ScriptedServer refuses(taking({"hvc1"}, [&](reactor::ServerPeer& peer) {
    unpublished.set_value(peer.await("FCUnpublish").has_value());
  }));
  reactor::ScriptedServer silent(taking({}));
  MultiConnection array;
  Events events(array);
  ConnectOptions connecting;
  connecting.policy = Policy::any();
  ASSERT_TRUE(array.connect({url(refuses.port()), url(silent.port())}, connecting));
  ASSERT_TRUE(array.stream().publish("cam"));
  auto source = PacketSource::create();
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(events.waitFor(StatusCode::PublishStart, 2));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPublishSuccess));
  ASSERT_TRUE(source->push(av1Header()));
  ASSERT_TRUE(events.waitFor(StatusCode::CodecUnsupported));
  ASSERT_TRUE(source->push(av1Header()));
  EXPECT_TRUE(unpublished.get_future().get());
  EXPECT_EQ(array.servers().at(0).state, ServerState::Connected);
  ASSERT_TRUE(events.waitFor(StatusCode::CodecUnconfirmed));
  EXPECT_EQ(events.count(StatusCode::CodecUnconfirmed), 1U);
  EXPECT_EQ(array.statistics().at(0).videoMessages, 0U) << "not even the header";
}

TEST(CodecPolicy, SilenceMayCountAsNo) {
  reactor::ScriptedServer silent(taking({}));
  MultiConnection array;
  Events events(array);
  ConnectOptions connecting;
  connecting.allowUnconfirmedCodecs = false;
  ASSERT_TRUE(array.connect({url(silent.port())}, connecting));
  PublishOptions options;
  options.codecs = {Codec::Opus};
  ASSERT_TRUE(array.stream().publish("cam", options));
  ASSERT_TRUE(events.waitFor(StatusCode::StreamPublishFailed));
  EXPECT_EQ(events.count(StatusCode::CodecUnsupported), 1U);
  EXPECT_EQ(events.count(StatusCode::CodecUnconfirmed), 0U);
}

}  // namespace
}  // namespace multiconnection
