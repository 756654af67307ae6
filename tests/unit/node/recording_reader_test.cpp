// Recordings as they lie on the disk, whole, strange and broken.
#include "node/recording_reader.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "support/hex.hpp"
#include "support/temp_dir.hpp"

namespace multiconnection::node {
namespace {

using std::chrono::milliseconds;
using test::hex;
using testing::HasSubstr;

const Bytes kHeader = hex("464c5601 05 00000009 00000000");
const Bytes kMetadataTag = hex("12 00000e 000000 00 000000 02000a6f6e4d65746144617461 05 00000019");
const Bytes kVideoHeaderTag = hex("09 000006 000000 00 000000 170000000001 00000011");
const Bytes kAudioHeaderTag = hex("08 000004 000000 00 000000 af001190 0000000f");
const Bytes kSecondVideoHeaderTag = hex("09 000006 0007d0 00 000000 170000000002 00000011");

Bytes pictureTag(std::uint32_t time, bool key) {
  Bytes tag = hex("09 000006 000000 00 000000 270100000041 00000011");
  for (std::size_t i = 0; i < 3; ++i) tag[4 + i] = static_cast<std::uint8_t>(time >> (16 - 8 * i));
  tag[7] = static_cast<std::uint8_t>(time >> 24);
  if (key) tag[11] = 0x17;
  return tag;
}
Bytes soundTag(std::uint32_t time) {
  Bytes tag = hex("08 000003 000000 00 000000 af0121 0000000e");
  for (std::size_t i = 0; i < 3; ++i) tag[4 + i] = static_cast<std::uint8_t>(time >> (16 - 8 * i));
  tag[7] = static_cast<std::uint8_t>(time >> 24);
  return tag;
}
Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}
/// Four seconds: a key frame every two, a picture every 500 ms; other headers from 2000 on.
Bytes fourSeconds() {
  Bytes file = kHeader + kMetadataTag + kVideoHeaderTag + kAudioHeaderTag;
  for (std::uint32_t time = 0; time <= 4000; time += 500) {
    if (time == 2000) file = file + kSecondVideoHeaderTag;
    file = file + pictureTag(time, time % 2000 == 0);
  }
  return file;
}

class RecordingReaderTest : public testing::Test {
 protected:
  using Reader = std::unique_ptr<RecordingReader>;
  Result<Reader> open(const Bytes& bytes) {
    std::ofstream(path(), std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    auto reader = RecordingReader::open(root_, "one.flv");
    if (!reader) return reader.error();
    while (true) {
      const auto done = (*reader)->index(2);
      if (!done) return done.error();
      if (*done) return std::move(reader).value();
    }
  }
  Reader opened(const Bytes& bytes) {
    auto reader = open(bytes);
    if (!reader) throw std::runtime_error(reader.error().message);
    return std::move(reader).value();
  }
  std::string errorOf(const Bytes& bytes) {
    const auto reader = open(bytes);
    if (reader) return "opened";
    EXPECT_EQ(reader.error().code, Errc::CorruptData);
    return reader.error().message;
  }
  std::string path() const { return dir_.file("one.flv"); }
  /// "V0 A23": kind and time; headers with an h and their last byte: "hV0=1".
  static std::string text(const std::vector<MediaMessage>& messages) {
    std::string all;
    for (const MediaMessage& message : messages) {
      const Bytes& body = *message.body;
      const bool header = message.kind == MediaKind::Data || (body.size() > 1 && body[1] == 0);
      all += all.empty() ? "" : " ";
      all += header ? "h" : "";
      all += message.kind == MediaKind::Data ? 'D' : message.kind == MediaKind::Video ? 'V' : 'A';
      all += std::to_string(message.timestamp.count());
      if (header && message.kind == MediaKind::Video) all += "=" + std::to_string(body.back());
    }
    return all;
  }
  static std::string rest(RecordingReader& reader) {
    std::vector<MediaMessage> all;
    while (true) {
      auto some = reader.read(40);
      if (!some) return some.error().message;
      if (some->empty()) return text(all);
      for (auto& message : *some) all.push_back(std::move(message));
    }
  }
  static std::string from(RecordingReader& reader, milliseconds time) {
    const auto headers = reader.seek(time);
    return headers ? text(*headers) : headers.error().message;
  }

  test::TempDir dir_;
  util::ConfinedFolder root_ = std::move(util::ConfinedFolder::open(dir_.file(""))).value();
};

TEST_F(RecordingReaderTest, ReadsAFileFromItsBeginning) {
  const Reader reader = opened(fourSeconds());
  EXPECT_EQ(reader->duration(), milliseconds(4000));
  EXPECT_EQ(from(*reader, milliseconds(0)), "") << "all headers come from the file itself";
  EXPECT_EQ(rest(*reader),
            "hD0 hV0=1 hA0 V0 V500 V1000 V1500 hV2000=2 V2000 V2500 V3000 V3500 V4000");
}

TEST_F(RecordingReaderTest, BeginsAtTheKeyFrameBeforeWithTheHeadersOfThatPlace) {
  const Reader reader = opened(fourSeconds());
  EXPECT_EQ(from(*reader, milliseconds(3999)), "hD2000 hV2000=2 hA2000");
  EXPECT_EQ(rest(*reader), "V2000 V2500 V3000 V3500 V4000");
  EXPECT_EQ(from(*reader, milliseconds(4000)), "hD4000 hV4000=2 hA4000");
  EXPECT_EQ(rest(*reader), "V4000");
  EXPECT_EQ(from(*reader, milliseconds(1999)), "");
  EXPECT_THAT(rest(*reader), HasSubstr("hV0=1 hA0 V0 V500")) << "back to the first one";
}

TEST_F(RecordingReaderTest, OfSeveralVideoTracksTheFirstOnesKeyFramesCount) {
  Bytes second = hex("09 000008 0003e8 00 000000 9601617630310100 00000013");
  const Reader reader = opened(kHeader + kVideoHeaderTag + pictureTag(0, true) +
                               pictureTag(1000, true) + second + pictureTag(2000, false));
  EXPECT_EQ(from(*reader, milliseconds(1000)), "hV1000=1");
  EXPECT_EQ(rest(*reader), "V1000 V1000 V2000") << "not from the second track's, right behind";
}

TEST_F(RecordingReaderTest, SoundAloneIsFoundWithinASecond) {
  Bytes file = kHeader + kAudioHeaderTag;
  for (std::uint32_t time = 0; time < 5000; time += 250) file = file + soundTag(time);
  const Reader reader = opened(file);
  EXPECT_EQ(from(*reader, milliseconds(3900)), "hA3000");
  EXPECT_THAT(rest(*reader), testing::StartsWith("A3000 A3250 "));
}

TEST_F(RecordingReaderTest, TimestampsGoOnBeyond32Bits) {
  const Reader reader =
      opened(kHeader + pictureTag(0, true) + pictureTag(0x7FFFFFFF, true) +
             pictureTag(0xFFFFFFF0U, true) + pictureTag(16, false) + pictureTag(20, true));
  EXPECT_EQ(reader->duration().count(), 4294967296 + 20);
  from(*reader, milliseconds(4294967296));
  EXPECT_EQ(rest(*reader), "V4294967280 V4294967312 V4294967316");
}

TEST_F(RecordingReaderTest, AFileThatIsNoFlvIsRefused) {
  EXPECT_THAT(errorOf({}), HasSubstr("'one.flv': no FLV header at byte 0"));
  for (const char* bytes : {"464c56", "47494638396100000000000000", "464c5602 05 00000009 00000000",
                            "464c5601 05 00000008 00000000", "464c5601 05 ffffffff 00000000"}) {
    EXPECT_THAT(errorOf(hex(bytes)), HasSubstr("no FLV header")) << bytes;
  }
}

TEST_F(RecordingReaderTest, ALongerHeaderIsPassedOver) {
  const Reader reader = opened(hex("464c5601 01 0000000b eeee 00000000") + pictureTag(7, true));
  EXPECT_EQ(from(*reader, milliseconds(0)), "");
  EXPECT_EQ(rest(*reader), "V7");
}

TEST_F(RecordingReaderTest, ATornTailIsTheEndWhereverItIsTorn) {
  const Bytes whole = kHeader + pictureTag(0, true);
  const Bytes tail = pictureTag(40, false);
  for (std::size_t left = 0; left < tail.size(); ++left) {
    const Reader reader =
        opened(whole + Bytes(tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(left)));
    from(*reader, milliseconds(0));
    EXPECT_EQ(rest(*reader), "V0") << left << " bytes of the last tag";
  }
}

TEST_F(RecordingReaderTest, WhatIsNoTagIsNamedByItsPlace) {
  const Bytes before = kHeader + pictureTag(0, true);
  EXPECT_THAT(errorOf(before + Bytes(40, 0xFF)),
              HasSubstr("no FLV tag at byte " + std::to_string(before.size())));
  Bytes wrongEnd = pictureTag(40, false);
  wrongEnd.back() = 0x12;
  EXPECT_THAT(errorOf(before + wrongEnd + pictureTag(80, false)),
              HasSubstr("no end of an FLV tag at byte " + std::to_string(before.size() + 17)));
}

TEST_F(RecordingReaderTest, StrangeTagsAndZeroBackPointersAreTolerated) {
  Bytes unknown = pictureTag(40, true);
  unknown[0] = 10;
  Bytes zero = pictureTag(80, false);
  zero.back() = 0;
  const Reader reader = opened(kHeader + pictureTag(0, true) + unknown + zero);
  from(*reader, milliseconds(0));
  EXPECT_EQ(rest(*reader), "V0 V80");
}

TEST_F(RecordingReaderTest, AnEmptyRecordingHasNothingToPlay) {
  const Reader reader = opened(kHeader);
  EXPECT_EQ(reader->duration(), milliseconds(0));
  EXPECT_EQ(from(*reader, milliseconds(5)), "");
  EXPECT_EQ(rest(*reader), "");
}

TEST_F(RecordingReaderTest, AFileThatShrinksMeanwhileIsAnErrorOrTheEnd) {
  const Bytes file = fourSeconds();
  for (std::size_t size = 0; size < file.size(); size += 5) {
    const Reader reader = opened(file);
    std::filesystem::resize_file(path(), size);
    from(*reader, milliseconds(4000));
    const std::string got = rest(*reader);
    EXPECT_TRUE(got.empty() || got.find("became shorter") != std::string::npos ||
                got.find("no end of") != std::string::npos || got == "V4000")
        << size << ": " << got;
  }
}

TEST_F(RecordingReaderTest, WhateverBytesChangeNothingWorseThanAnErrorFollows) {
  const Bytes whole = fourSeconds();
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    Bytes file = whole;
    for (int i = 0; i < 3; ++i) file[random() % file.size()] = static_cast<std::uint8_t>(random());
    const auto reader = open(file);
    if (!reader) {
      EXPECT_EQ(reader.error().code, Errc::CorruptData) << "seed " << seed;
      continue;
    }
    EXPECT_LT((*reader)->duration().count(), 5 * 4294967296) << "seed " << seed;
    for (const int time : {0, 1999, 2000, 4000}) {
      if (!(*reader)->seek(milliseconds(time))) continue;
      std::size_t messages = 0;
      while (true) {
        const auto some = (*reader)->read(100);
        if (!some || some->empty()) break;
        messages += some->size();
        ASSERT_LE(messages, 20U) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace multiconnection::node
