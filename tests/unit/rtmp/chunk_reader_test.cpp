#include "rtmp/chunk/chunk_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/hex.hpp"

namespace multiconnection::rtmp {
namespace {

using test::hex;

/// A reader with the messages it gave.
class Feed {
 public:
  explicit Feed(ChunkLimits limits = {}) : reader(limits) {}

  Result<void> operator()(const Bytes& bytes) {
    return reader.feed(bytes,
                       [this](Message&& message) { messages.push_back(std::move(message)); });
  }
  Result<void> operator()(const std::string& text) { return (*this)(hex(text)); }
  Result<void> byteByByte(const std::string& text) {
    for (const std::uint8_t byte : hex(text)) {
      if (auto result = (*this)(Bytes{byte}); !result) return result;
    }
    return {};
  }

  ChunkReader reader;
  std::vector<Message> messages;
};

void expectMessage(const Message& message, MessageType type, std::uint32_t timestamp,
                   std::uint32_t streamId, const Bytes& body) {
  EXPECT_EQ(message.type, type);
  EXPECT_EQ(message.timestamp, timestamp);
  EXPECT_EQ(message.streamId, streamId);
  EXPECT_EQ(message.body, body);
}

void expectError(Feed& feed, const std::string& text, Errc code, const std::string& part) {
  const auto result = feed(text);
  ASSERT_FALSE(result) << text;
  EXPECT_EQ(result.error().code, code) << result.error();
  EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error();
}

std::string repeated(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text + ' ';
  return out;
}

TEST(ChunkReader, ReadsAFullHeader) {
  Feed feed;
  ASSERT_TRUE(feed("03 00 00 28 00 00 03 14 01 00 00 00 61 62 63"));
  ASSERT_EQ(feed.messages.size(), 1U);
  expectMessage(feed.messages[0], MessageType::CommandAmf0, 0x28, 1, hex("61 62 63"));
  EXPECT_EQ(feed.reader.bytesRead(), 15U);
}

TEST(ChunkReader, ReadsASharedObjectMessageAsPlayersSendIt) {
  Feed feed;
  const std::string body =
      "00 07 69 6e 66 6f 5f 73 6f 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00";
  ASSERT_TRUE(feed("03 000000 00001a 13 00000000" + body));
  ASSERT_EQ(feed.messages.size(), 1U);
  expectMessage(feed.messages[0], MessageType::SharedObjectAmf0, 0, 0, hex(body));
}

TEST(ChunkReader, ReadsTheStreamIdAsLittleEndian) {
  Feed feed;
  ASSERT_TRUE(feed("03 00 00 00 00 00 00 14 78 56 34 12"));
  EXPECT_EQ(feed.messages.at(0).streamId, 0x12345678U);
}

TEST(ChunkReader, AddsDeltasOfTheShorterHeaders) {
  Feed feed;
  ASSERT_TRUE(feed("04 00 00 64 00 00 01 08 01 00 00 00 aa"));  // 100, absolute
  ASSERT_TRUE(feed("44 00 00 14 00 00 02 09 bb bb"));           // + 20, new length and type
  ASSERT_TRUE(feed("84 00 00 17 cc cc"));                       // + 23
  ASSERT_TRUE(feed("c4 dd dd"));                                // + 23 again
  ASSERT_EQ(feed.messages.size(), 4U);
  expectMessage(feed.messages[0], MessageType::Audio, 100, 1, hex("aa"));
  expectMessage(feed.messages[1], MessageType::Video, 120, 1, hex("bb bb"));
  expectMessage(feed.messages[2], MessageType::Video, 143, 1, hex("cc cc"));
  expectMessage(feed.messages[3], MessageType::Video, 166, 1, hex("dd dd"));
}

TEST(ChunkReader, TakesTheTimestampOfAFullHeaderForTheDeltaOfAType3ThatFollows) {
  Feed feed;
  ASSERT_TRUE(feed("04 00 00 28 00 00 01 08 01 00 00 00 aa  c4 bb"));
  ASSERT_EQ(feed.messages.size(), 2U);
  EXPECT_EQ(feed.messages[1].timestamp, 80U);
}

TEST(ChunkReader, WrapsTimestampsAt32Bits) {
  Feed feed;
  ASSERT_TRUE(feed("04 ff ff ff 00 00 01 08 01 00 00 00 ff ff ff f0 aa  84 00 00 20 bb"));
  EXPECT_EQ(feed.messages.at(0).timestamp, 0xFFFFFFF0U);
  EXPECT_EQ(feed.messages.at(1).timestamp, 0x10U);
}

TEST(ChunkReader, ReadsAllFormsOfTheChunkStreamId) {
  Feed feed;
  const std::string rest = " 00 00 00 00 00 01 08 01 00 00 00 ";
  ASSERT_TRUE(feed("3f" + rest + "01"));        // 63
  ASSERT_TRUE(feed("00 00" + rest + "02"));     // 64
  ASSERT_TRUE(feed("00 ff" + rest + "03"));     // 319
  ASSERT_TRUE(feed("01 00 01" + rest + "04"));  // 320
  ASSERT_TRUE(feed("01 ff ff" + rest + "05"));  // 65599
  ASSERT_TRUE(feed("c0 ff 06"));                // 319, type 3
  ASSERT_TRUE(feed("c1 ff 00 07"));             // 319 in its longer form
  ASSERT_EQ(feed.messages.size(), 7U);
  EXPECT_EQ(feed.messages[6].body, hex("07"));
}

TEST(ChunkReader, JoinsTheChunksOfAMessage) {
  Feed feed;
  const std::string part = repeated("aa", 128);
  ASSERT_TRUE(feed("06 00 00 00 00 01 04 09 01 00 00 00 " + part + "c6 " + part + "c6 01 02 03"));
  EXPECT_TRUE(feed.messages.empty());
  ASSERT_TRUE(feed("04"));
  ASSERT_EQ(feed.messages.size(), 1U);
  EXPECT_EQ(feed.messages[0].body, hex(part + part + "01 02 03 04"));
}

TEST(ChunkReader, ReadsChunkStreamsInterleaved) {
  Feed feed;
  const std::string part = repeated("aa", 128);
  ASSERT_TRUE(feed("06 00 00 0a 00 00 82 09 01 00 00 00 " + part));
  ASSERT_TRUE(feed("04 00 00 05 00 00 81 08 01 00 00 00 " + part + "c6 01 02  c4 03"));
  ASSERT_EQ(feed.messages.size(), 2U);
  expectMessage(feed.messages[0], MessageType::Video, 10, 1, hex(part + "01 02"));
  expectMessage(feed.messages[1], MessageType::Audio, 5, 1, hex(part + "03"));
}

TEST(ChunkReader, ReadsMessagesWithoutBody) {
  Feed feed;
  ASSERT_TRUE(feed("04 00 00 01 00 00 00 08 01 00 00 00  84 00 00 01  c4"));
  ASSERT_EQ(feed.messages.size(), 3U);
  expectMessage(feed.messages[2], MessageType::Audio, 3, 1, {});
}

TEST(ChunkReader, TakesBytesOneByOne) {
  Feed feed;
  const std::string part = repeated("aa", 128);
  ASSERT_TRUE(feed.byteByByte("01 00 01 ff ff ff 00 00 82 09 01 00 00 00 01 00 00 00 " + part));
  ASSERT_TRUE(feed.byteByByte("c1 00 01 01 00 00 00 bb cc"));
  ASSERT_EQ(feed.messages.size(), 1U);
  expectMessage(feed.messages[0], MessageType::Video, 0x01000000, 1, hex(part + "bb cc"));
  EXPECT_EQ(feed.reader.bytesRead(), 18U + 128 + 9);
}

// Extended timestamps.

TEST(ChunkReader, ReadsTheExtendedTimestampOnEveryContinuation) {
  const std::string part = repeated("aa", 128);
  const std::string stamp = "01 02 03 04 ";
  const struct {
    const char* start;
    std::uint32_t timestamp;
  } cases[] = {{"05 ff ff ff 00 01 02 09 01 00 00 00 ", 0x01020304},
               {"45 ff ff ff 00 01 02 09 ", 0x01020305},
               {"85 ff ff ff ", 0x01020305}};
  for (const auto& item : cases) {
    Feed feed;
    ASSERT_TRUE(feed("05 00 00 01 00 01 02 09 01 00 00 00 " + part + "c5 " + part + "c5 00 00"));
    ASSERT_TRUE(feed(item.start + stamp + part + "c5 " + stamp + part + "c5 " + stamp + "bb cc"));
    ASSERT_EQ(feed.messages.size(), 2U);
    expectMessage(feed.messages[1], MessageType::Video, item.timestamp, 1,
                  hex(part + part + "bb cc"));
  }
}

TEST(ChunkReader, TakesAnExtendedTimestampThatWouldFitTheShortField) {
  Feed feed;
  ASSERT_TRUE(feed("05 ff ff ff 00 00 01 09 01 00 00 00 00 00 00 07 aa"));
  EXPECT_EQ(feed.messages.at(0).timestamp, 7U);
}

TEST(ChunkReader, RepeatsAnExtendedDeltaOnANewMessageOfType3) {
  Feed feed;
  ASSERT_TRUE(feed("05 00 00 01 00 00 01 09 01 00 00 00 aa"));
  ASSERT_TRUE(feed("85 ff ff ff 01 00 00 00 bb"));
  ASSERT_TRUE(feed("c5 01 00 00 00 cc"));
  ASSERT_EQ(feed.messages.size(), 3U);
  EXPECT_EQ(feed.messages[1].timestamp, 0x01000001U);
  expectMessage(feed.messages[2], MessageType::Video, 0x02000001, 1, hex("cc"));
}

TEST(ChunkReader, ForgetsTheExtendedTimestampAfterAShortOne) {
  Feed feed;
  ASSERT_TRUE(feed("05 ff ff ff 00 00 01 09 01 00 00 00 01 00 00 00 aa  85 00 00 01 bb  c5 cc"));
  ASSERT_EQ(feed.messages.size(), 3U);
  expectMessage(feed.messages[2], MessageType::Video, 0x01000002, 1, hex("cc"));
}

TEST(ChunkReader, ReadsOldPeersThatOmitTheExtendedTimestampOnContinuations) {
  const std::string part = repeated("aa", 128);
  const std::string start = "05 ff ff ff 00 01 02 09 01 00 00 00 01 02 03 04 " + part;
  // The last chunk has two bytes of payload only, and nothing after them must be needed.
  for (const std::string last : {"bb cc", "01 bb", "01 02"}) {
    Feed feed;
    ASSERT_TRUE(feed.byteByByte(start + "c5 " + part + "c5 " + last));
    if (last == "01 02") {
      EXPECT_TRUE(feed.messages.empty()) << "this far it may be the timestamp";
    } else {
      ASSERT_EQ(feed.messages.size(), 1U) << last;
    }
    ASSERT_TRUE(feed.byteByByte("04 00 00 00 00 00 01 08 01 00 00 00 ee"));
    ASSERT_EQ(feed.messages.size(), 2U) << last;
    expectMessage(feed.messages[0], MessageType::Video, 0x01020304, 1, hex(part + part + last));
    EXPECT_EQ(feed.messages[1].body, hex("ee"));
  }
}

// Control messages.

TEST(ChunkReader, ObeysAndDeliversANewChunkSize) {
  Feed feed;
  const std::string part = repeated("aa", 200);
  ASSERT_TRUE(feed("02 00 00 00 00 00 04 01 00 00 00 00 00 00 00 c8"));
  ASSERT_TRUE(feed("06 00 00 00 00 00 c8 09 01 00 00 00 " + part));
  ASSERT_EQ(feed.messages.size(), 2U);
  EXPECT_EQ(feed.messages[0].type, MessageType::SetChunkSize);
  EXPECT_EQ(feed.messages[1].body, hex(part));
}

TEST(ChunkReader, UsesANewChunkSizeFromTheNextChunkOfAnUnfinishedMessage) {
  Feed feed;
  const std::string part = repeated("aa", 128);
  const std::string rest = repeated("bb", 200);
  ASSERT_TRUE(feed("06 00 00 00 00 01 48 09 01 00 00 00 " + part));
  ASSERT_TRUE(feed("02 00 00 00 00 00 04 01 00 00 00 00 00 00 00 c8"));
  ASSERT_TRUE(feed("c6 " + rest));
  ASSERT_EQ(feed.messages.size(), 2U);
  EXPECT_EQ(feed.messages[1].body, hex(part + rest));
}

TEST(ChunkReader, TakesTheLargestChunkSizes) {
  Feed feed;
  ASSERT_TRUE(feed("02 00 00 00 00 00 04 01 00 00 00 00 7f ff ff ff"));
  const std::string body = repeated("aa", 3000);
  ASSERT_TRUE(feed("06 00 00 00 00 0b b8 09 01 00 00 00 " + body));
  EXPECT_EQ(feed.messages.at(1).body, hex(body));
}

TEST(ChunkReader, RefusesImpossibleChunkSizes) {
  const std::string header = "02 00 00 00 00 00 04 01 00 00 00 00 ";
  for (const char* size : {"00 00 00 00", "80 00 00 00", "ff ff ff ff"}) {
    Feed feed;
    expectError(feed, header + size, Errc::CorruptData, "chunk size");
    EXPECT_TRUE(feed.messages.empty());
  }
  Feed feed;
  expectError(feed, "02 00 00 00 00 00 03 01 00 00 00 00 00 00 01", Errc::CorruptData, "4");
}

TEST(ChunkReader, ForgetsAnAbortedMessage) {
  Feed feed;
  const std::string part = repeated("aa", 128);
  ASSERT_TRUE(feed("06 00 00 07 00 00 82 09 01 00 00 00 " + part));
  ASSERT_TRUE(feed("02 00 00 00 00 00 04 02 00 00 00 00 00 00 00 06"));
  ASSERT_TRUE(feed("06 00 00 09 00 00 01 09 01 00 00 00 bb"));
  ASSERT_EQ(feed.messages.size(), 2U);
  EXPECT_EQ(feed.messages[0].type, MessageType::Abort);
  expectMessage(feed.messages[1], MessageType::Video, 9, 1, hex("bb"));
}

TEST(ChunkReader, IgnoresAnAbortOfNothing) {
  Feed feed;
  ASSERT_TRUE(feed("02 00 00 00 00 00 04 02 00 00 00 00 00 00 00 06"));
  ASSERT_TRUE(feed("06 00 00 09 00 00 01 09 01 00 00 00 bb"));
  ASSERT_TRUE(feed("02 00 00 00 00 00 04 02 00 00 00 00 00 00 00 06"));
  EXPECT_EQ(feed.messages.size(), 3U);
}

// Broken peers.

TEST(ChunkReader, RefusesANewHeaderInsideAMessage) {
  const std::string start = "06 00 00 00 00 00 c8 09 01 00 00 00 " + repeated("aa", 128);
  for (const char* header :
       {"06 00 00 00 00 00 c8 09 01 00 00 00", "46 00 00 00 01 86 a0 09", "86 00 00 00"}) {
    Feed feed;
    ASSERT_TRUE(feed(start));
    expectError(feed, header, Errc::CorruptData, "chunk stream 6: a new header inside");
  }
}

TEST(ChunkReader, LetsType1OpenAChunkStreamAsLibrtmpDoes) {
  Feed feed;
  ASSERT_TRUE(feed("42 00 00 07 00 00 04 05 00 26 25 a0"));
  expectMessage(feed.messages.at(0), MessageType::WindowAckSize, 7, 0, hex("00 26 25 a0"));
}

TEST(ChunkReader, RefusesShorterHeadersOnANewChunkStream) {
  Feed two;
  expectError(two, "84 00 00 00", Errc::CorruptData, "first chunk has type 2");
  Feed three;
  expectError(three, "c4", Errc::CorruptData, "first chunk has type 3");
}

TEST(ChunkReader, KeepsReturningItsFirstError) {
  Feed feed;
  ASSERT_FALSE(feed("c4"));
  const auto again = feed("03 00 00 28 00 00 03 14 01 00 00 00 61 62 63");
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("chunk stream 4"), std::string::npos);
  EXPECT_TRUE(feed.messages.empty());
}

TEST(ChunkReader, GivesTheMessagesBeforeAnError) {
  Feed feed;
  ASSERT_FALSE(feed("03 00 00 28 00 00 01 14 01 00 00 00 61  c4"));
  EXPECT_EQ(feed.messages.size(), 1U);
}

TEST(ChunkReader, BoundsTheMessageLength) {
  Feed largest({.maxMessageBytes = 100});
  ASSERT_TRUE(largest("03 00 00 00 00 00 64 14 00 00 00 00 " + repeated("aa", 100)));
  EXPECT_EQ(largest.messages.size(), 1U);
  // Refused at its header, before any of its bytes.
  Feed larger({.maxMessageBytes = 100});
  expectError(larger, "04 00 00 00 00 00 65 14 00 00 00 00", Errc::LimitExceeded, "101 bytes");
}

TEST(ChunkReader, BoundsTheBytesOfUnfinishedMessages) {
  Feed feed({.maxPartialBytes = 330});
  const std::string chunk = " 00 00 00 00 00 c8 09 01 00 00 00 " + repeated("aa", 128);
  ASSERT_TRUE(feed("03" + chunk + "04" + chunk));
  // Finishing one makes room for another.
  ASSERT_TRUE(feed("c3 " + repeated("bb", 72) + "05" + chunk));
  EXPECT_EQ(feed.messages.size(), 1U);
  expectError(feed, "06" + chunk, Errc::LimitExceeded, "more than 330 bytes");
}

TEST(ChunkReader, CountsAnAbortedMessageNoLonger) {
  Feed feed({.maxPartialBytes = 200});
  const std::string chunk = "06 00 00 00 00 00 c8 09 01 00 00 00 " + repeated("aa", 128);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(feed(chunk));
    ASSERT_TRUE(feed("02 00 00 00 00 00 04 02 00 00 00 00 00 00 00 06"));
  }
}

TEST(ChunkReader, BoundsTheNumberOfChunkStreams) {
  Feed feed({.maxChunkStreams = 2});
  const std::string rest = " 00 00 00 00 00 01 08 01 00 00 00 aa";
  ASSERT_TRUE(feed("03" + rest));
  ASSERT_TRUE(feed("04" + rest));
  ASSERT_TRUE(feed("03" + rest));
  expectError(feed, "05", Errc::LimitExceeded, "more than 2 chunk streams");
}

}  // namespace
}  // namespace multiconnection::rtmp
