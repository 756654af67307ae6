#include "node/broadcast.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "support/hex.hpp"

namespace multiconnection::node {
namespace {

using test::hex;
using testing::ElementsAre;

class FakePlayer final : public Player {
 public:
  explicit FakePlayer(std::uint32_t streamId = 1) : streamId_(streamId) {}
  outbox::Outbox& outbox() override { return outbox_; }
  outbox::WireShape shape() const override {
    return {65536, streamId_, std::chrono::milliseconds(0)};
  }
  void flush() override { ++flushes; }
  void publisherCame() override { heard.emplace_back("came"); }
  void publisherLeft() override { heard.emplace_back("left"); }

  /// What waits for the player, message by message, in hexadecimal after the 12-byte header.
  std::vector<Bytes> take() {
    std::vector<Bytes> bodies;
    std::vector<util::ConstBuffer> buffers(100);
    buffers.resize(outbox_.gather(buffers));
    std::size_t total = 0;
    for (const auto& buffer : buffers) {
      pointers.push_back(buffer.data);
      bodies.emplace_back(buffer.data + 12, buffer.data + buffer.size);
      total += buffer.size;
    }
    outbox_.consume(total);
    return bodies;
  }

  std::vector<const std::uint8_t*> pointers;  ///< Of every message taken.
  std::vector<std::string> heard;
  int flushes = 0;

 private:
  std::uint32_t streamId_;
  outbox::Outbox outbox_{playerPolicy(1 << 20)};
};

const Bytes kMetadata = hex("02000a 6f6e4d65746144617461 05");
const Bytes kSetDataFrame = hex("02000d 40736574446174614672616d65");
const Bytes kVideoHeader = hex("1700000000 01");
const Bytes kAudioHeader = hex("af00 1190");
const Bytes kKeyFrame = hex("1701000000 65");
const Bytes kInterFrame = hex("2701000000 41");
const Bytes kAudio = hex("af01 21");

void push(Broadcast& broadcast, MediaKind kind, int timestamp, const Bytes& body) {
  broadcast.push({kind, std::chrono::milliseconds(timestamp), std::make_shared<const Bytes>(body)});
}

void pushHeaders(Broadcast& broadcast) {
  Bytes metadata = kSetDataFrame;
  metadata.insert(metadata.end(), kMetadata.begin(), kMetadata.end());
  push(broadcast, MediaKind::Data, 0, metadata);
  push(broadcast, MediaKind::Video, 0, kVideoHeader);
  push(broadcast, MediaKind::Audio, 0, kAudioHeader);
}

TEST(Broadcast, HasOnePublisherAtATime) {
  Broadcast broadcast;
  EXPECT_TRUE(broadcast.begin());
  EXPECT_FALSE(broadcast.begin());
  broadcast.end();
  EXPECT_TRUE(broadcast.begin());
}

TEST(Broadcast, APlayerThatWaitedGetsEverythingFromTheFirstMessageOn) {
  Broadcast broadcast;
  FakePlayer player;
  broadcast.add(player);
  broadcast.begin();
  push(broadcast, MediaKind::Audio, 0, kAudio);
  pushHeaders(broadcast);
  push(broadcast, MediaKind::Video, 0, kInterFrame);
  EXPECT_THAT(player.take(),
              ElementsAre(kAudio, kMetadata, kVideoHeader, kAudioHeader, kInterFrame));
  EXPECT_THAT(player.heard, ElementsAre("came"));
}

TEST(Broadcast, ALatePlayerStartsWithHeadersAndAKeyFrame) {
  Broadcast broadcast;
  broadcast.begin();
  pushHeaders(broadcast);
  push(broadcast, MediaKind::Video, 0, kKeyFrame);
  FakePlayer player;
  broadcast.add(player);
  push(broadcast, MediaKind::Video, 40, kInterFrame);
  push(broadcast, MediaKind::Audio, 42, kAudio);
  EXPECT_TRUE(player.take().empty());
  push(broadcast, MediaKind::Video, 80, kKeyFrame);
  push(broadcast, MediaKind::Audio, 84, kAudio);
  EXPECT_THAT(player.take(), ElementsAre(kMetadata, kVideoHeader, kAudioHeader, kKeyFrame, kAudio));
  EXPECT_TRUE(player.heard.empty());
}

// Enhanced RTMP: HEVC with its HDR colours, an AV1 track 1, Opus in 5.1, an AAC track 1.
const Bytes kHevcHeader = hex("90 68766331 01");
const Bytes kHevcColours = hex("d4 68766331 020009 636f6c6f72496e666f 03 000009");
const Bytes kHevcKeyFrame = hex("91 68766331 000000 26");
const Bytes kHevcInterFrame = hex("a3 68766331 02");
const Bytes kAv1Header = hex("96 00 61763031 01 81");
const Bytes kAv1KeyFrame = hex("96 01 61763031 01 0a");
const Bytes kAv1InterFrame = hex("a6 01 61763031 01 32");
const Bytes kOpusHeader = hex("90 4f707573 4f707573486561640106380180bb0000000000");
const Bytes kOpusChannels = hex("94 4f707573 01 06 0000003f");
const Bytes kOpus = hex("91 4f707573 706b74");
const Bytes kAacHeader = hex("95 00 6d703461 01 1190");

void pushEnhancedHeaders(Broadcast& broadcast) {
  push(broadcast, MediaKind::Data, 0, kMetadata);
  for (const Bytes& header : {kHevcHeader, kHevcColours, kAv1Header}) {
    push(broadcast, MediaKind::Video, 0, header);
  }
  for (const Bytes& header : {kOpusHeader, kOpusChannels, kAacHeader}) {
    push(broadcast, MediaKind::Audio, 0, header);
  }
}

TEST(Broadcast, ALatePlayerGetsTheHeadersOfEveryTrackFirst) {
  Broadcast broadcast;
  broadcast.begin();
  pushEnhancedHeaders(broadcast);
  push(broadcast, MediaKind::Video, 0, kHevcKeyFrame);
  push(broadcast, MediaKind::Video, 0, kAv1KeyFrame);
  FakePlayer player;
  broadcast.add(player);
  push(broadcast, MediaKind::Video, 40, kHevcInterFrame);
  EXPECT_TRUE(player.take().empty());
  push(broadcast, MediaKind::Video, 80, kHevcKeyFrame);
  push(broadcast, MediaKind::Audio, 80, kOpus);
  EXPECT_THAT(player.take(),
              ElementsAre(kMetadata, kHevcHeader, kAv1Header, kHevcColours, kOpusHeader, kAacHeader,
                          kOpusChannels, kHevcKeyFrame, kOpus));
}

TEST(Broadcast, ALatePlayerGetsEachTrackFromAKeyFrameOfItsOwn) {
  Broadcast broadcast;
  broadcast.begin();
  pushEnhancedHeaders(broadcast);
  push(broadcast, MediaKind::Video, 0, kHevcKeyFrame);
  push(broadcast, MediaKind::Video, 0, kAv1KeyFrame);
  FakePlayer player;
  broadcast.add(player);
  push(broadcast, MediaKind::Video, 40, kHevcKeyFrame);
  player.take();
  push(broadcast, MediaKind::Video, 40, kAv1InterFrame);
  push(broadcast, MediaKind::Video, 80, kHevcInterFrame);
  push(broadcast, MediaKind::Video, 80, kAv1KeyFrame);
  push(broadcast, MediaKind::Video, 120, kAv1InterFrame);
  EXPECT_THAT(player.take(), ElementsAre(kHevcInterFrame, kAv1KeyFrame, kAv1InterFrame));
}

TEST(Broadcast, HeadersWithoutEndCostAWaitingPlayerNoMoreThanItsQueue) {
  Broadcast broadcast;
  FakePlayer player;
  broadcast.add(player);
  broadcast.begin();
  for (unsigned i = 0; i < 5000; ++i) {
    Bytes header = i % 2 == 0 ? kAv1Header : kAacHeader;
    header[6] = static_cast<std::uint8_t>(i / 2);  // the track
    header.resize(10000, static_cast<std::uint8_t>(i / 512));
    push(broadcast, i % 2 == 0 ? MediaKind::Video : MediaKind::Audio, 0, header);
    ASSERT_LT(player.outbox().queueBytes(), (1U << 20) + 20000) << "after " << i;
  }
}

TEST(Broadcast, PlayersShareTheBytesOfAFrame) {
  Broadcast broadcast;
  FakePlayer first;
  FakePlayer second;
  FakePlayer other(2);
  for (FakePlayer* player : {&first, &second, &other}) broadcast.add(*player);
  broadcast.begin();
  push(broadcast, MediaKind::Video, 0, kKeyFrame);
  EXPECT_EQ(first.take(), second.take());
  EXPECT_EQ(first.pointers, second.pointers);
  EXPECT_THAT(other.take(), ElementsAre(kKeyFrame));
  EXPECT_NE(other.pointers, first.pointers) << "another message stream id needs other bytes";
}

TEST(Broadcast, APlayerSurvivesARepublish) {
  Broadcast broadcast;
  FakePlayer player;
  broadcast.add(player);
  broadcast.begin();
  pushHeaders(broadcast);
  push(broadcast, MediaKind::Video, 90000, kKeyFrame);
  player.take();
  broadcast.end();
  EXPECT_THAT(player.heard, ElementsAre("came", "left"));
  broadcast.begin();
  pushHeaders(broadcast);
  push(broadcast, MediaKind::Video, 0, kKeyFrame);
  EXPECT_THAT(player.take(), ElementsAre(kMetadata, kVideoHeader, kAudioHeader, kKeyFrame))
      << "equal headers belong to the new stream all the same, and its clock may begin anew";
}

TEST(Broadcast, APlayerThatStillWaitedForAKeyFrameGetsTheNextStreamFromItsStart) {
  Broadcast broadcast;
  broadcast.begin();
  push(broadcast, MediaKind::Video, 0, kKeyFrame);
  FakePlayer player;
  broadcast.add(player);
  broadcast.end();
  broadcast.begin();
  push(broadcast, MediaKind::Audio, 0, kAudio);
  EXPECT_THAT(player.take(), ElementsAre(kAudio));
}

TEST(Broadcast, WhoLeftGetsNothingMore) {
  Broadcast broadcast;
  FakePlayer player;
  broadcast.add(player);
  broadcast.begin();
  broadcast.remove(player);
  push(broadcast, MediaKind::Audio, 0, kAudio);
  broadcast.flush();
  broadcast.end();
  EXPECT_TRUE(player.take().empty());
  EXPECT_EQ(player.flushes, 1) << "only when it joined";
  EXPECT_THAT(player.heard, ElementsAre("came"));
  EXPECT_TRUE(broadcast.unused());
}

TEST(Broadcasts, AreForgottenWhenNobodyIsLeft) {
  Broadcasts all;
  const Broadcasts::Key key{"live", "one"};
  all.at(key).begin();
  all.releaseIfUnused(key);
  EXPECT_EQ(all.size(), 1U);
  all.at(key).end();
  all.releaseIfUnused(key);
  EXPECT_EQ(all.size(), 0U);
  all.releaseIfUnused(key);
}

TEST(Broadcasts, OfOneNameInTwoAppsAreTwo) {
  Broadcasts all;
  EXPECT_TRUE(all.at({"live", "one"}).begin());
  EXPECT_TRUE(all.at({"other", "one"}).begin());
  EXPECT_FALSE(all.at({"live", "one"}).begin());
}

}  // namespace
}  // namespace multiconnection::node
