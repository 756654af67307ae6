#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <thread>

#include "flv/tag_traits.hpp"
#include "multiconnection/source.hpp"

namespace multiconnection {
namespace {

using std::chrono_literals::operator""ms;
using std::string_view_literals::operator""sv;
using ::testing::ElementsAre;

AudioFormat aac() {
  AudioFormat format;
  format.configuration = {0x12, 0x10};
  return format;
}

EncodedPacket frame() {
  EncodedPacket packet;
  packet.codec = Codec::Aac;
  packet.data = {0x21};
  return packet;
}

MediaMessage ready(MediaKind kind, std::string_view text) {
  return {kind, 7ms, std::make_shared<const Bytes>(text.begin(), text.end())};
}

constexpr auto kMetadata = "\x02\x00\x0aonMetaData\x05"sv;
constexpr auto kSetMetadata = "\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x05"sv;
constexpr auto kHeader = "\xaf\x00\x12\x10"sv;
constexpr auto kFrame = "\xaf\x01\x21"sv;

/// Takes what a source gives, and refuses it on demand.
class Consumer {
 public:
  PacketSource::Sink sink() {
    return [this](MediaMessage message) -> Result<void> {
      if (refuse) return Error{Errc::LimitExceeded, "full"};
      messages.push_back(std::move(message));
      return {};
    };
  }
  std::vector<std::string> take() {
    std::vector<std::string> names;
    for (const MediaMessage& message : messages) {
      const auto traits = flv::classify(message.kind, *message.body);
      names.push_back(traits.metadata ? "metadata" : traits.sequenceHeader ? "header" : "frame");
    }
    messages.clear();
    return names;
  }

  bool refuse = false;
  std::vector<MediaMessage> messages;
};

TEST(PacketSource, PassesTheWishForAKeyFrameOnWhileItIsAttached) {
  const auto source = PacketSource::create();
  int first = 0;
  int second = 0;
  source->requestKeyFrame();  // nobody listens
  source->onKeyFrameRequest([&] { ++first; });
  source->requestKeyFrame();
  EXPECT_EQ(first, 0) << "it is not attached";
  Consumer consumer;
  ASSERT_TRUE(source->connectSink(consumer.sink()));
  source->requestKeyFrame();
  EXPECT_EQ(first, 1);
  source->onKeyFrameRequest([&] { ++second; });
  source->requestKeyFrame();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
  source->onKeyFrameRequest(nullptr);
  source->requestKeyFrame();
  source->onKeyFrameRequest([&] { ++second; });
  source->disconnectSink();
  source->requestKeyFrame();
  EXPECT_EQ(second, 1);
}

TEST(PacketSource, TakesFramesFromInsideTheHandlerOfAWish) {
  const auto source = PacketSource::create();
  ASSERT_TRUE(source->setAudioFormat(aac()));
  Consumer consumer;
  ASSERT_TRUE(source->connectSink(consumer.sink()));
  source->onKeyFrameRequest([&] {
    EXPECT_TRUE(source->push(frame()));
    source->onKeyFrameRequest(nullptr);  // what runs stays alive
    EXPECT_TRUE(source->push(frame()));
  });
  source->requestKeyFrame();
  EXPECT_THAT(consumer.take(), ElementsAre("metadata", "header", "frame", "frame"));
}

TEST(PacketSource, DropsFramesBeforeItIsAttachedButNotTheFormats) {
  const auto source = PacketSource::create();
  ASSERT_TRUE(source->setAudioFormat(aac()));
  EXPECT_TRUE(source->push(frame()));
  Consumer consumer;
  ASSERT_TRUE(source->connectSink(consumer.sink()));
  EXPECT_THAT(consumer.take(), ElementsAre());
  EXPECT_TRUE(source->push(frame()));
  EXPECT_THAT(consumer.take(), ElementsAre("metadata", "header", "frame"));
  EXPECT_TRUE(source->push(frame()));
  EXPECT_THAT(consumer.take(), ElementsAre("frame"));
}

TEST(PacketSource, AnnouncesAgainToTheNextConsumer) {
  const auto source = PacketSource::create();
  ASSERT_TRUE(source->setAudioFormat(aac()));
  Consumer first;
  ASSERT_TRUE(source->connectSink(first.sink()));
  EXPECT_TRUE(source->push(frame()));
  source->disconnectSink();
  Consumer second;
  ASSERT_TRUE(source->connectSink(second.sink()));
  EXPECT_TRUE(source->push(frame()));
  EXPECT_THAT(second.take(), ElementsAre("metadata", "header", "frame"));
}

TEST(PacketSource, AnnouncesAgainWhenTheAnnouncementFoundNoRoom) {
  const auto source = PacketSource::create();
  ASSERT_TRUE(source->setAudioFormat(aac()));
  Consumer consumer;
  ASSERT_TRUE(source->connectSink(consumer.sink()));
  consumer.refuse = true;
  EXPECT_EQ(source->push(frame()).error().code, Errc::LimitExceeded);
  consumer.refuse = false;
  EXPECT_TRUE(source->push(frame()));
  EXPECT_THAT(consumer.take(), ElementsAre("metadata", "header", "frame"));
}

TEST(PacketSource, TakesOneConsumerOnly) {
  const auto source = PacketSource::create();
  Consumer consumer;
  ASSERT_TRUE(source->connectSink(consumer.sink()));
  EXPECT_EQ(source->connectSink(consumer.sink()).error().code, Errc::InvalidState);
  source->disconnectSink();
  EXPECT_TRUE(source->connectSink(consumer.sink()));
  EXPECT_EQ(PacketSource::create()->connectSink({}).error().code, Errc::InvalidArgument);
}

TEST(PacketSource, PassesReadyBodiesOnAndRemembersHeaders) {
  const auto source = PacketSource::create();
  EXPECT_TRUE(source->push(ready(MediaKind::Data, kSetMetadata)));
  EXPECT_TRUE(source->push(ready(MediaKind::Audio, kHeader)));
  EXPECT_TRUE(source->push(ready(MediaKind::Audio, kFrame)));
  Consumer consumer;
  ASSERT_TRUE(source->connectSink(consumer.sink()));
  EXPECT_TRUE(source->push(ready(MediaKind::Audio, kFrame)));
  ASSERT_EQ(consumer.messages.size(), 3U);
  EXPECT_EQ(*consumer.messages[0].body, Bytes(kMetadata.begin(), kMetadata.end()));
  EXPECT_EQ(*consumer.messages[1].body, Bytes(kHeader.begin(), kHeader.end()));
  EXPECT_EQ(*consumer.messages[2].body, Bytes(kFrame.begin(), kFrame.end()));
  for (const auto& message : consumer.messages) EXPECT_EQ(message.timestamp, 7ms);
}

TEST(PacketSource, KeepsMetadataThatTheApplicationPushed) {
  const auto source = PacketSource::create();
  Consumer consumer;
  ASSERT_TRUE(source->connectSink(consumer.sink()));
  ASSERT_TRUE(source->push(ready(MediaKind::Data, kMetadata)));
  EXPECT_THAT(consumer.take(), ElementsAre("metadata"));
  ASSERT_TRUE(source->setAudioFormat(aac()));
  ASSERT_TRUE(source->push(frame()));
  ASSERT_EQ(consumer.messages.size(), 3U);
  EXPECT_EQ(*consumer.messages[0].body, Bytes(kMetadata.begin(), kMetadata.end()));
}

TEST(PacketSource, RefusesMessagesThatCannotBeSent) {
  const auto source = PacketSource::create();
  EXPECT_EQ(source->push(MediaMessage{}).error().code, Errc::InvalidArgument);
  MediaMessage message = ready(MediaKind::Audio, kFrame);
  message.timestamp = -1ms;
  EXPECT_EQ(source->push(message).error().code, Errc::InvalidArgument);
  message = {MediaKind::Audio, 0ms, std::make_shared<const Bytes>(16777216)};
  EXPECT_EQ(source->push(message).error().code, Errc::InvalidArgument);
  EXPECT_EQ(source->push(frame()).error().code, Errc::InvalidState) << "no format yet";
}

TEST(PacketSource, CallsNoSinkAfterDisconnect) {
  const auto source = PacketSource::create();
  ASSERT_TRUE(source->setAudioFormat(aac()));
  std::thread pusher([&] {
    for (int i = 0; i < 2000; ++i) EXPECT_TRUE(source->push(frame()));
  });
  for (int i = 0; i < 200; ++i) {
    auto alive = std::make_unique<int>(0);
    ASSERT_TRUE(source->connectSink([&](MediaMessage) -> Result<void> {
      ++*alive;
      return {};
    }));
    source->disconnectSink();
    alive.reset();
  }
  pusher.join();
}

}  // namespace
}  // namespace multiconnection
