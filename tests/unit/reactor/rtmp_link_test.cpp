#include "reactor/rtmp_link.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/message/control.hpp"
#include "unit/reactor/fake_pipe.hpp"

namespace multiconnection::reactor {
namespace {

constexpr std::uint32_t kControlStream = 2;

/// WindowAckSize 0x01020304, chunked: 12 bytes of header, 4 of body.
const Bytes kWindow{2, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 1, 2, 3, 4};

/// A link over a scripted connection. Every step runs on the loop's thread; what the link posts is
/// done before the next step.
struct RtmpLinkTest : ::testing::Test, RtmpLink::Observer {
  RtmpLinkTest() {
    step([this] {
      link =
          std::make_shared<RtmpLink>(loop, std::make_unique<FakePipe>(wire),
                                     static_cast<RtmpLink::Observer&>(*this), rtmp::ChunkLimits{});
      link->start();
    });
  }
  void TearDown() override {
    step([this] { link.reset(); });
  }
  void step(const std::function<void()>& task) {
    loop.run([&] {
      inside = true;
      task();
      inside = false;
    });
  }
  /// What the loop's own thread posted comes before the second of two steps, at the latest.
  void settle() {
    loop.run([] {});
    loop.run([] {});
  }
  void sendWindow() { link->send(rtmp::makeWindowAckSize(0x01020304), kControlStream); }

  void onMessage(rtmp::Message&& message) override {
    messages.push_back(std::move(message));
    if (whenMessage) whenMessage();
  }
  void onReceived(std::uint64_t total) override { received = total; }
  void onDrained() override {
    ++drained;
    if (whenDrained) whenDrained();
  }
  void onEnded(const Error& why) override {
    EXPECT_FALSE(inside) << "told from inside a call";
    ends.push_back(why);
    if (whenEnded) whenEnded();
  }

  Loop loop;
  Wire wire;
  std::shared_ptr<RtmpLink> link;
  std::vector<rtmp::Message> messages;
  std::uint64_t received = 0;
  int drained = 0;
  std::vector<Error> ends;
  std::function<void()> whenMessage;
  std::function<void()> whenDrained;
  std::function<void()> whenEnded;
  bool inside = false;
};

TEST_F(RtmpLinkTest, WritesEagerlyAndAllThatWaitsInOneGatheredWrite) {
  step([&] {
    for (int i = 0; i < 20; ++i) sendWindow();
    EXPECT_TRUE(wire.writes.empty()) << "nothing before flush()";
    link->flush();
  });
  EXPECT_EQ(wire.writes, (std::vector<std::size_t>{20}));
  EXPECT_EQ(wire.written.size(), 20 * kWindow.size());
  EXPECT_EQ(link->bytesSent(), 20 * kWindow.size());
  EXPECT_EQ(drained, 1);
  EXPECT_FALSE(wire.writable) << "no wait for a socket that has room";
  step([&] { link->flush(); });
  EXPECT_EQ(wire.writes.size(), 1U) << "nothing to write, no call";
}

TEST_F(RtmpLinkTest, MoreThanOneListOfBuffersIsWrittenToItsEnd) {
  step([&] {
    for (int i = 0; i < 150; ++i) sendWindow();
    link->flush();
  });
  EXPECT_EQ(wire.writes, (std::vector<std::size_t>{64, 64, 22}));
}

TEST_F(RtmpLinkTest, AfterAPartialWriteWaitsForRoomAndGoesOnWhereItStopped) {
  wire.room = 5;
  step([&] {
    sendWindow();
    link->flush();
  });
  EXPECT_TRUE(link->blocked());
  EXPECT_EQ(drained, 0);
  step([&] {
    sendWindow();
    link->flush();
  });
  EXPECT_EQ(wire.writes.size(), 1U) << "no write while the socket is full";
  wire.room = SIZE_MAX;
  step([&] { wire.fireWritable(); });
  EXPECT_FALSE(link->blocked());
  Bytes both = kWindow;
  both.insert(both.end(), kWindow.begin(), kWindow.end());
  EXPECT_EQ(wire.written, both);
  EXPECT_EQ(drained, 1);
}

TEST_F(RtmpLinkTest, NotesWhenBytesBeganToWait) {
  wire.room = 0;
  const auto before = link->lastProgress();
  step([&] {
    sendWindow();
    link->flush();
  });
  const auto began = link->lastProgress();
  EXPECT_GT(began, before);
  step([&] {
    sendWindow();
    link->flush();
  });
  EXPECT_EQ(link->lastProgress(), began) << "more bytes that wait are no progress";
}

TEST_F(RtmpLinkTest, AWriteErrorEndsItOnceAndClosesTheSocket) {
  wire.writeError = std::make_error_code(std::errc::connection_reset);
  step([&] {
    sendWindow();
    link->flush();
    link->flush();
    EXPECT_TRUE(ends.empty());
    EXPECT_TRUE(wire.closed);
  });
  settle();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].code, std::errc::connection_reset);
  EXPECT_NE(ends[0].message.find("fake:1935"), std::string::npos);
  EXPECT_EQ(wire.writes.size(), 1U);
}

TEST_F(RtmpLinkTest, DeliversMessagesInAnyPortions) {
  for (const std::uint8_t byte : kWindow) {
    wire.incoming.push_back({byte});
    step([&] { wire.fireReadable(); });
  }
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].type, rtmp::MessageType::WindowAckSize);
  EXPECT_EQ(messages[0].body, (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(received, kWindow.size());
  EXPECT_EQ(link->bytesReceived(), kWindow.size());
}

TEST_F(RtmpLinkTest, TheEndOfTheStreamEndsItAfterWhatCameBefore) {
  wire.incoming.push_back(kWindow);
  wire.readError = Errc::Closed;
  step([&] {
    wire.fireReadable();
    wire.fireReadable();
  });
  settle();
  EXPECT_EQ(messages.size(), 1U);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].code, Errc::Closed);
}

TEST_F(RtmpLinkTest, ABreachOfTheProtocolEndsIt) {
  wire.incoming.push_back({0xC2});  // type 3 without a header to lean on
  step([&] { wire.fireReadable(); });
  settle();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].code, Errc::CorruptData);
}

TEST_F(RtmpLinkTest, APausedLinkReadsNothingUntilItIsResumed) {
  wire.incoming.push_back(kWindow);
  step([&] {
    link->setReading(false);
    wire.fireReadable();  // was waited for before the pause
    link->setReading(false);
  });
  EXPECT_EQ(wire.reads, 0U);
  EXPECT_FALSE(wire.readable) << "a readable socket must not spin the loop";
  step([&] {
    link->setReading(true);
    wire.fireReadable();
  });
  EXPECT_EQ(messages.size(), 1U);
}

TEST_F(RtmpLinkTest, OthersGetTheirTurnWhileMuchCanBeRead) {
  const Bytes flood = [] {
    Bytes bytes;
    rtmp::appendChunks(bytes, {rtmp::MessageType::Video, 0, 1}, Bytes(1u << 20), 6, 128);
    return bytes;
  }();
  wire.incoming.push_back(flood);
  step([&] { wire.fireReadable(); });
  EXPECT_EQ(wire.reads, 8U);
  EXPECT_TRUE(wire.readable) << "and goes on later";
}

TEST_F(RtmpLinkTest, MayBeEndedOrReleasedByWhoeverItTells) {
  Bytes two = kWindow;
  two.insert(two.end(), kWindow.begin(), kWindow.end());
  wire.incoming.push_back(two);
  whenMessage = [&] {
    link->end();
    link.reset();
  };
  step([&] { wire.fireReadable(); });
  settle();
  EXPECT_EQ(messages.size(), 1U) << "nothing is told after end()";
  EXPECT_TRUE(wire.closed);
  EXPECT_TRUE(ends.empty()) << "who ends it knows";
}

TEST_F(RtmpLinkTest, MayBeReleasedWhenItIsDrained) {
  whenDrained = [&] { link.reset(); };
  step([&] {
    sendWindow();
    link->flush();
  });
  EXPECT_TRUE(wire.closed);
}

TEST_F(RtmpLinkTest, MayBeReleasedWhenItHasEnded) {
  whenEnded = [&] { link.reset(); };
  wire.readError = Errc::Closed;
  step([&] { wire.fireReadable(); });
  settle();
  EXPECT_EQ(ends.size(), 1U);
}

TEST_F(RtmpLinkTest, FinishingWaitsForTheQueueAndWritesNothingAfterIt) {
  wire.room = 5;
  step([&] {
    sendWindow();
    link->flush();
    link->finishWriting();
  });
  EXPECT_FALSE(wire.shutDown) << "a message is on its way";
  wire.room = SIZE_MAX;
  step([&] { wire.fireWritable(); });
  EXPECT_TRUE(wire.shutDown);
  EXPECT_EQ(wire.written, kWindow);
  step([&] {
    sendWindow();
    link->flush();
  });
  EXPECT_EQ(wire.written, kWindow) << "an answer to what still comes in would reset everything";
  wire.incoming.push_back(kWindow);
  step([&] { wire.fireReadable(); });
  EXPECT_EQ(messages.size(), 1U) << "reading goes on";
}

TEST_F(RtmpLinkTest, ANewChunkSizeHoldsForWhatFollowsIt) {
  const rtmp::Message long3{rtmp::MessageType::CommandAmf0, 0, 0, Bytes(300, 7)};
  step([&] {
    link->send(long3, 3);
    link->send(rtmp::makeSetChunkSize(4096), kControlStream);
    link->send(long3, 3);
    link->flush();
  });
  // 12 + 300 in three chunks of at most 128, two of them with one byte of header; then 16; then
  // one.
  EXPECT_EQ(wire.written.size(), (12U + 300 + 2) + 16 + (12 + 300));
}

}  // namespace
}  // namespace multiconnection::reactor
