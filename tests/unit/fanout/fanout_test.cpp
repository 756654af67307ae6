#include "fanout/fanout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "rtmp/chunk/chunk_reader.hpp"
#include "support/media_messages.hpp"

namespace multiconnection::fanout {
namespace {

using namespace std::chrono_literals;
using namespace multiconnection::test;

/// A server whose socket takes all, or nothing; counts what the fan-out asks of it.
class FakeServer : public Target {
 public:
  explicit FakeServer(outbox::WireShape shape = {}) : shape_(shape) {}

  outbox::Outbox& outbox() override {
    ++steps;
    return outbox_;
  }
  outbox::WireShape shape() const override {
    ++steps;
    return shape_;
  }
  void flush() override {
    ++steps;
    if (blocked) return;
    std::array<util::ConstBuffer, 16> buffers;
    while (const std::size_t filled = outbox_.gather(buffers)) {
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < filled; ++i) {
        sent.insert(sent.end(), buffers[i].data, buffers[i].data + buffers[i].size);
        bytes += buffers[i].size;
      }
      outbox_.consume(bytes);
    }
  }

  /// Where the bytes stand that wait first.
  const std::uint8_t* firstBytes() {
    std::array<util::ConstBuffer, 1> buffers;
    return outbox_.gather(buffers) == 0 ? nullptr : buffers[0].data;
  }
  std::vector<rtmp::Message> messages() const {
    rtmp::ChunkReader reader;
    std::vector<rtmp::Message> messages;
    EXPECT_TRUE(reader.feed(
        sent, [&](rtmp::Message&& message) { messages.push_back(std::move(message)); }));
    return messages;
  }
  /// "D0 HV0 V40": kind and timestamp of what was sent, headers with an H.
  std::string text() const {
    std::string text;
    for (const rtmp::Message& message : messages()) {
      const bool video = message.type == rtmp::MessageType::Video;
      const bool audio = message.type == rtmp::MessageType::Audio;
      if (!text.empty()) text += ' ';
      if ((video || audio) && message.body[1] == 0) text += 'H';
      text += video ? 'V' : audio ? 'A' : 'D';
      text += std::to_string(message.timestamp);
    }
    return text;
  }

  bool blocked = false;
  mutable int steps = 0;
  Bytes sent;

 private:
  outbox::WireShape shape_;
  outbox::Outbox outbox_;
};

void send(Fanout& fanout, MediaMessage message) {
  fanout.push(std::move(message));
  fanout.flush();
}

void sendHeaders(Fanout& fanout, int milliseconds) {
  send(fanout, metadata(milliseconds));
  send(fanout, videoHeader(milliseconds));
  send(fanout, audioHeader(milliseconds));
}

TEST(Fanout, GivesEveryServerOfOneShapeTheSameBuffer) {
  Fanout fanout;
  FakeServer first, second, third;
  for (FakeServer* server : {&first, &second, &third}) {
    server->blocked = true;
    fanout.add(*server);
  }
  fanout.push(keyFrame(0));
  EXPECT_NE(first.firstBytes(), nullptr);
  EXPECT_EQ(first.firstBytes(), second.firstBytes());
  EXPECT_EQ(first.firstBytes(), third.firstBytes());
}

TEST(Fanout, ChunksOncePerShape) {
  Fanout fanout;
  FakeServer usual, alsoUsual, small({128, 2, 0ms}), alsoSmall({128, 2, 0ms});
  for (FakeServer* server : {&usual, &small, &alsoUsual, &alsoSmall}) {
    server->blocked = true;
    fanout.add(*server);
  }
  fanout.push(keyFrame(0));
  EXPECT_EQ(usual.firstBytes(), alsoUsual.firstBytes());
  EXPECT_EQ(small.firstBytes(), alsoSmall.firstBytes());
  EXPECT_NE(usual.firstBytes(), small.firstBytes());
}

TEST(Fanout, GivesWhoIsThereBeforeTheStartEverything) {
  Fanout fanout;
  FakeServer server;
  fanout.add(server);
  sendHeaders(fanout, 0);
  send(fanout, keyFrame(0));
  send(fanout, audioFrame(10));
  send(fanout, cue(20));
  send(fanout, interFrame(40));
  EXPECT_EQ(server.text(), "D0 HV0 HA0 V0 A10 D20 V40");
}

TEST(Fanout, GivesWhoComesBetweenHeadersAndStartTheHeadersAtOnce) {
  Fanout fanout;
  FakeServer server;
  sendHeaders(fanout, 0);
  fanout.add(server);
  EXPECT_EQ(server.text(), "D0 HV0 HA0");
  send(fanout, keyFrame(0));
  EXPECT_EQ(server.text(), "D0 HV0 HA0 V0");
}

TEST(Fanout, LetsALateJoinerStartAtAKeyFrameAudioToo) {
  Fanout fanout;
  FakeServer server;
  sendHeaders(fanout, 0);
  send(fanout, keyFrame(0));
  fanout.add(server);
  send(fanout, audioFrame(20));
  send(fanout, interFrame(40));
  send(fanout, cue(50));
  EXPECT_EQ(server.text(), "");
  send(fanout, keyFrame(80));
  send(fanout, audioFrame(81));
  send(fanout, interFrame(120));
  EXPECT_EQ(server.text(), "D80 HV80 HA80 V80 A81 V120");
}

/// "joining resuming" of those that wait for a key frame.
std::string awaiting(const Fanout& fanout) {
  const auto awaiting = fanout.awaitingKeyFrame();
  return std::to_string(awaiting.joining) + ' ' + std::to_string(awaiting.resuming);
}

TEST(Fanout, KnowsWhoWaitsForAKeyFrame) {
  Fanout fanout;
  FakeServer first, late, later;
  fanout.add(first);
  EXPECT_EQ(awaiting(fanout), "0 0");
  sendHeaders(fanout, 0);
  EXPECT_EQ(awaiting(fanout), "0 0") << "the stream begins";
  send(fanout, keyFrame(0));
  EXPECT_EQ(awaiting(fanout), "0 0");
  fanout.add(late);
  fanout.add(later);
  EXPECT_EQ(awaiting(fanout), "2 0");
  first.blocked = true;
  send(fanout, interFrame(40));
  send(fanout, interFrame(1000));
  EXPECT_EQ(awaiting(fanout), "2 1");
  send(fanout, keyFrame(1040));
  EXPECT_EQ(awaiting(fanout), "0 0");
}

TEST(Fanout, NeedsNoKeyFrameWhereThereIsNoVideo) {
  Fanout fanout;
  FakeServer server;
  send(fanout, audioHeader(0));
  send(fanout, audioFrame(0));
  fanout.add(server);
  EXPECT_EQ(awaiting(fanout), "0 0");
}

TEST(Fanout, GivesALateJoinerTheNewestHeaders) {
  Fanout fanout;
  FakeServer server;
  sendHeaders(fanout, 0);
  send(fanout, keyFrame(0));
  fanout.add(server);
  send(fanout, videoHeader(80, 9));
  send(fanout, keyFrame(80));
  ASSERT_EQ(server.text(), "D80 HV80 HA80 V80") << "the new header once, not twice";
  EXPECT_EQ(server.messages()[1].body.back(), 9);
}

TEST(Fanout, LetsALateJoinerStartAtAudioWhereThereIsNoVideo) {
  Fanout fanout;
  FakeServer server;
  send(fanout, audioHeader(0));
  send(fanout, audioFrame(0));
  fanout.add(server);
  send(fanout, cue(10));
  send(fanout, audioFrame(20));
  EXPECT_EQ(server.text(), "HA20 A20");
}

TEST(Fanout, SharesTheHeadersOfJoinersToo) {
  Fanout fanout;
  FakeServer first, second;
  first.blocked = second.blocked = true;
  send(fanout, videoHeader(0));
  send(fanout, keyFrame(0));
  fanout.add(first);
  fanout.add(second);
  fanout.push(keyFrame(80));
  EXPECT_NE(first.firstBytes(), nullptr);
  EXPECT_EQ(first.firstBytes(), second.firstBytes());
}

TEST(Fanout, DoesNotRepeatAHeaderThatIsKnown) {
  Fanout fanout;
  FakeServer server;
  fanout.add(server);
  sendHeaders(fanout, 0);
  send(fanout, keyFrame(0));
  sendHeaders(fanout, 1000);
  EXPECT_EQ(server.text(), "D0 HV0 HA0 V0");
  send(fanout, videoHeader(1000, 1));
  EXPECT_EQ(server.text(), "D0 HV0 HA0 V0 HV1000");
}

TEST(Fanout, SendsServersMetadataWithSetDataFrame) {
  Fanout fanout;
  FakeServer server;
  fanout.add(server);
  send(fanout, metadata(0, 7));
  Bytes expected = hex("02 000d 40736574446174614672616d65");
  const Bytes body = *metadata(0, 7).body;
  expected.insert(expected.end(), body.begin(), body.end());
  EXPECT_EQ(server.messages().at(0).body, expected);
}

TEST(Fanout, SendsPlayersMetadataWithoutSetDataFrame) {
  Fanout fanout(Fanout::Metadata::ForPlayers);
  FakeServer player;
  fanout.add(player);
  Bytes body = hex("02 000d 40736574446174614672616d65");
  const Bytes bare = *metadata(0, 7).body;
  body.insert(body.end(), bare.begin(), bare.end());
  send(fanout, message(MediaKind::Data, 0, body));
  EXPECT_EQ(player.messages().at(0).body, bare);
}

TEST(Fanout, SendsEveryServerTheSameTimestampsAndBodies) {
  Fanout fanout;
  FakeServer first, late;
  fanout.add(first);
  sendHeaders(fanout, 0);
  send(fanout, keyFrame(0));
  fanout.add(late);
  const std::size_t before = first.sent.size();
  send(fanout, keyFrame(5000, 1));
  send(fanout, interFrame(5040, 2));
  send(fanout, audioFrame(5041, 3));
  const Bytes tail(first.sent.begin() + static_cast<std::ptrdiff_t>(before), first.sent.end());
  ASSERT_GT(late.sent.size(), tail.size());
  EXPECT_EQ(Bytes(late.sent.end() - static_cast<std::ptrdiff_t>(tail.size()), late.sent.end()),
            tail);
}

TEST(Fanout, ShiftsTheTimestampsOfAServerWithAnOffset) {
  Fanout fanout;
  FakeServer usual, shifted({128, 1, 1500ms});
  fanout.add(usual);
  fanout.add(shifted);
  sendHeaders(fanout, 0);
  send(fanout, keyFrame(0));
  send(fanout, audioFrame(20));
  EXPECT_EQ(usual.text(), "D0 HV0 HA0 V0 A20");
  EXPECT_EQ(shifted.text(), "D1500 HV1500 HA1500 V1500 A1520");
}

TEST(Fanout, SendsARemovedServerNothingMore) {
  Fanout fanout;
  FakeServer first, second;
  fanout.add(first);
  fanout.add(second);
  send(fanout, keyFrame(0));
  fanout.remove(first);
  send(fanout, interFrame(40));
  EXPECT_EQ(first.text(), "V0");
  EXPECT_EQ(second.text(), "V0 V40");
  EXPECT_EQ(fanout.size(), 1u);
}

TEST(Fanout, ForgetsHeadersAndStartAtAReset) {
  Fanout fanout;
  FakeServer server;
  sendHeaders(fanout, 0);
  send(fanout, keyFrame(90000));
  fanout.reset();
  fanout.add(server);
  send(fanout, videoHeader(0));
  send(fanout, keyFrame(0));
  EXPECT_EQ(server.text(), "HV0 V0");
}

TEST(Fanout, LetsAWaitingJoinerTakePartInTheNextStreamFromItsFirstMessage) {
  Fanout fanout;
  FakeServer server;
  send(fanout, keyFrame(0));
  fanout.add(server);
  fanout.reset();
  send(fanout, audioHeader(0));
  EXPECT_EQ(server.text(), "HA0");
}

TEST(Fanout, KnowsTheLargestQueue) {
  Fanout fanout;
  FakeServer free, blocked;
  blocked.blocked = true;
  fanout.add(free);
  fanout.add(blocked);
  EXPECT_EQ(fanout.maxQueueBytes(), 0u);
  send(fanout, audioFrame(0));
  EXPECT_EQ(fanout.maxQueueBytes(), 16u);
}

struct Outcome {
  int stepsOfOthers = 0;
  Bytes sentByOthers;
};

Outcome tenMinutes(bool oneBlocked) {
  Fanout fanout;
  std::array<FakeServer, 4> servers;
  servers[1].blocked = oneBlocked;
  for (FakeServer& server : servers) fanout.add(server);
  sendHeaders(fanout, 0);
  for (int now = 0; now < 600000; now += 40) {
    send(fanout, now % 2000 == 0 ? keyFrame(now) : interFrame(now));
    send(fanout, audioFrame(now));
  }
  EXPECT_EQ(servers[0].sent, servers[2].sent);
  EXPECT_EQ(servers[0].sent, servers[3].sent);
  return {servers[0].steps + servers[2].steps + servers[3].steps, servers[0].sent};
}

TEST(Fanout, AddsNoStepToTheOthersWhenAServerIsBlocked) {
  const Outcome free = tenMinutes(false);
  const Outcome blocked = tenMinutes(true);
  EXPECT_EQ(blocked.stepsOfOthers, free.stepsOfOthers);
  EXPECT_EQ(blocked.sentByOthers, free.sentByOthers);
  EXPECT_GT(free.stepsOfOthers, 3 * 30000) << "the steps are really counted";
}

}  // namespace
}  // namespace multiconnection::fanout
