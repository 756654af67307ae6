#include "flv/flv_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "flv/flv_writer.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

using ::testing::HasSubstr;

void appendTag(Bytes& out, std::uint8_t type, std::uint32_t timestamp, const Bytes& body) {
  MediaMessage message;
  message.kind = static_cast<MediaKind>(type);
  message.timestamp = std::chrono::milliseconds(timestamp);
  appendTagHeader(out, message, body.size());
  util::ByteWriter(out).bytes(body);
  appendTagTrailer(out, body.size());
}

Bytes header() {
  Bytes out;
  appendFlvHeader(out, true, true);
  return out;
}

/// Header, a video tag (offset 13) and an audio tag (offset 31).
Bytes twoTags() {
  Bytes out = header();
  appendTag(out, 9, 40, {0x17, 1, 2});
  appendTag(out, 8, 0x01000002, {0xaf, 1, 0x21, 0x22});
  return out;
}

struct Read {
  std::vector<MediaMessage> messages;
  std::string fault;
};

Read readAll(const Bytes& file, std::size_t portion = 1 << 20) {
  FlvReader reader;
  Read read;
  const auto keep = [&](MediaMessage&& message) { read.messages.push_back(std::move(message)); };
  for (std::size_t place = 0; place < file.size(); place += portion) {
    const auto part = std::span(file).subspan(place, std::min(portion, file.size() - place));
    if (auto result = reader.feed(part, keep); !result) {
      read.fault = result.error().message;
      return read;
    }
  }
  if (auto end = reader.finish(); !end) read.fault = end.error().message;
  return read;
}

std::vector<std::int64_t> timestamps(const std::vector<std::uint32_t>& wire) {
  Bytes file = header();
  for (const std::uint32_t timestamp : wire) appendTag(file, 8, timestamp, {0xaf, 1});
  std::vector<std::int64_t> result;
  for (const auto& message : readAll(file).messages) result.push_back(message.timestamp.count());
  return result;
}

TEST(FlvReader, GivesEachTagAsAMessageInPortionsOfAnySize) {
  for (std::size_t portion = 1; portion <= 64; ++portion) {
    const Read read = readAll(twoTags(), portion);
    EXPECT_EQ(read.fault, "");
    ASSERT_EQ(read.messages.size(), 2U);
    EXPECT_EQ(read.messages[0].kind, MediaKind::Video);
    EXPECT_EQ(read.messages[0].timestamp.count(), 40);
    EXPECT_EQ(*read.messages[0].body, (Bytes{0x17, 1, 2}));
    EXPECT_EQ(read.messages[1].kind, MediaKind::Audio);
    EXPECT_EQ(read.messages[1].timestamp.count(), 0x01000002);
    EXPECT_EQ(*read.messages[1].body, (Bytes{0xaf, 1, 0x21, 0x22}));
  }
}

TEST(FlvReader, GivesAMessageBeforeTheSizeBehindItArrives) {
  FlvReader reader;
  int count = 0;
  const Bytes file = twoTags();
  ASSERT_TRUE(reader.feed(std::span(file).first(13 + 14), [&](MediaMessage&&) { ++count; }));
  EXPECT_EQ(count, 1);
}

TEST(FlvReader, SaysWhereAFileIsTruncated) {
  const Bytes file = twoTags();
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Read read =
        readAll(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
    if (size == 13 || size == 31) {
      EXPECT_EQ(read.fault, "") << size << " bytes: a whole number of tags";
      continue;
    }
    EXPECT_THAT(read.fault, HasSubstr("ends after " + std::to_string(size) + " bytes"));
    const char* tag = size > 31 ? "tag at byte 31" : "";
    EXPECT_THAT(read.fault, HasSubstr(tag));
  }
}

TEST(FlvReader, RefusesWhatIsNoFlv) {
  EXPECT_THAT(readAll({'R', 'I', 'F', 'F', 0, 0, 0, 0, 0}).fault, HasSubstr("not an FLV"));
  EXPECT_THAT(readAll({}).fault, HasSubstr("not an FLV"));
  Bytes file = twoTags();
  file[3] = 2;
  EXPECT_THAT(readAll(file).fault, HasSubstr("FLV version 2 instead of 1 at byte 3"));
  file = twoTags();
  file[8] = 8;
  EXPECT_THAT(readAll(file).fault, HasSubstr("FLV header size 8"));
  file = twoTags();
  file[5] = 0xff;
  EXPECT_THAT(readAll(file).fault, HasSubstr("FLV header size 4278190089"));
}

TEST(FlvReader, SkipsALongerHeaderAndUnknownTags) {
  Bytes file{'F', 'L', 'V', 1, 5, 0, 0, 0, 11, 0xaa, 0xbb, 0, 0, 0, 0};
  appendTag(file, 15, 0, {0, 1, 2});
  appendTag(file, 8, 0, {});
  const Read read = readAll(file, 3);
  EXPECT_EQ(read.fault, "");
  ASSERT_EQ(read.messages.size(), 1U);
  EXPECT_TRUE(read.messages[0].body->empty());
}

TEST(FlvReader, AcceptsAnEmptyTagSizeAndNamesAWrongOne) {
  Bytes file = twoTags();
  for (std::size_t i = 27; i < 31; ++i) file[i] = 0;
  EXPECT_EQ(readAll(file).fault, "");
  file[30] = 13;
  const Read read = readAll(file);
  EXPECT_EQ(read.fault, "FLV tag size 13 instead of 14 at byte 27");
  EXPECT_EQ(read.messages.size(), 1U) << "what precedes the fault was delivered";
}

TEST(FlvReader, RefusesEncryptedTags) {
  Bytes file = header();
  appendTag(file, 9 | 0x20, 0, {1, 2});
  EXPECT_EQ(readAll(file).fault, "encrypted FLV tag at byte 13");
}

TEST(FlvReader, ExtendsTimestampsThatWrap) {
  EXPECT_EQ(timestamps({0xFFFFFFF0, 0x00000010, 0xFFFFFFFF, 0x20}),
            (std::vector<std::int64_t>{0, 0x10, 0, 0x20}))
      << "slightly below 0 at the start";
  EXPECT_EQ(timestamps({0x7FFFFFFF, 0xFFFFFFF0, 0x00000010, 0x70000000}),
            (std::vector<std::int64_t>{0x7FFFFFFF, 0xFFFFFFF0, 0x100000010, 0x170000000}));
  EXPECT_EQ(timestamps({0xA0000000, 0xA0000028}),
            (std::vector<std::int64_t>{0xA0000000, 0xA0000028}))
      << "a clock that began above 2^31";
  EXPECT_EQ(timestamps({0xFFFFF830, 0xFFFFFFF8, 0x00000010}),
            (std::vector<std::int64_t>{0xFFFFF830, 0xFFFFFFF8, 0x100000010}))
      << "a clock that began two seconds before it wraps";
}

}  // namespace
}  // namespace multiconnection::flv
