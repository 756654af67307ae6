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
