#include "node/recording_writer.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "flv/flv_reader.hpp"
#include "node/recording_name.hpp"
#include "rtmp/message/data.hpp"
#include "support/media_messages.hpp"
#include "support/temp_dir.hpp"

namespace multiconnection::node {
namespace {

using test::hex;
using testing::ElementsAre;
using testing::HasSubstr;
using Messages = std::vector<MediaMessage>;

class RecordingTest : public testing::Test {
 protected:
  RecordingWriter open(RecordMode mode = RecordMode::Overwrite) {
    auto writer = RecordingWriter::open(root_, "live/one.flv", mode);
    if (!writer) throw std::runtime_error(writer.error().message);
    return std::move(writer).value();
  }
  void record(const Messages& messages, RecordMode mode = RecordMode::Overwrite) {
    RecordingWriter writer = open(mode);
    ASSERT_TRUE(writer.append(messages));
    ASSERT_TRUE(writer.finish());
  }
  Bytes file() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string path() const { return dir_.file("live/one.flv"); }
  /// What a reader of the file sees.
  Messages messages(Result<void>* end = nullptr) const {
    Messages found;
    flv::FlvReader reader;
    const auto fed =
        reader.feed(file(), [&](MediaMessage&& message) { found.push_back(std::move(message)); });
    EXPECT_TRUE(fed);
    if (end != nullptr) *end = reader.finish();
    return found;
  }
  std::vector<long> times() const {
    std::vector<long> found;
    for (const auto& message : messages()) found.push_back(message.timestamp.count());
    return found;
  }
  AmfValue metadata() const {
    const auto all = messages();
    const auto event = rtmp::parseData(*all.at(0).body);
    return event ? event->arguments.at(0) : AmfValue();
  }

  test::TempDir dir_;
  util::ConfinedFolder root_ = std::move(util::ConfinedFolder::open(dir_.file(""))).value();
};

TEST_F(RecordingTest, IsAnFlvFileToTheByte) {
  record({test::message(MediaKind::Video, 0, hex("1700000000 01"))});
  const Bytes bytes = file();
  ASSERT_GT(bytes.size(), 100U);
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 13), hex("464c5601 01 00000009 00000000"))
      << "video alone is told of";
  EXPECT_EQ(Bytes(bytes.begin() + 24, bytes.begin() + 24 + 13), hex("02000a6f6e4d65746144617461"));
  EXPECT_EQ(Bytes(bytes.end() - 21, bytes.end()),
            hex("09 000006 000000 00 000000 1700000000 01 00000011"));
}

TEST_F(RecordingTest, TellsDurationAndSizeInTheMetadata) {
  const Bytes described = hex(
      "02000d40736574446174614672616d65 02000a6f6e4d65746144617461 08 00000000 0005 7769647468 00 "
      "4074000000000000 0008 6475726174696f6e 00 40f0000000000000 000009");
  record({test::message(MediaKind::Data, 0, described), test::keyFrame(0), test::audioFrame(2500)});
  EXPECT_EQ(metadata()["duration"], AmfValue(2.5)) << "not what the publisher said";
  EXPECT_EQ(metadata()["width"], AmfValue(320));
  EXPECT_EQ(metadata()["filesize"], AmfValue(static_cast<double>(file().size())));
  EXPECT_EQ(messages().size(), 3U) << "metadata once";
}

TEST_F(RecordingTest, LeavesOutADescriptionThatDoesNotFitWithTheRecordings) {
  Bytes described = hex("02000a6f6e4d65746144617461 03 0001 61 0c 00ffffd0");
  described.resize(described.size() + 0xFFFFD0, 'x');
  described.insert(described.end(), {0, 0, 9});
  record({test::message(MediaKind::Data, 0, described), test::keyFrame(0), test::keyFrame(80)});
  EXPECT_THAT(times(), ElementsAre(0, 0, 80));
  EXPECT_EQ(metadata()["duration"], AmfValue(0.08));
}

TEST_F(RecordingTest, BeginsAtZeroWhateverThePublishersClockSays) {
  record({test::metadata(0), test::videoHeader(0), test::keyFrame(3600000),
          test::audioHeader(3600001), test::audioFrame(3600023)});
  EXPECT_THAT(times(), ElementsAre(0, 0, 0, 1, 23));
}

TEST_F(RecordingTest, ReplacesAnOldOne) {
  record({test::keyFrame(0, 1), test::keyFrame(40, 2)});
  record({test::keyFrame(0, 3)});
  ASSERT_EQ(messages().size(), 2U);
  EXPECT_EQ(messages()[1].body->back(), 3);
}

TEST_F(RecordingTest, AppendGoesOnBehindTheLastFrame) {
  record({test::metadata(0), test::videoHeader(0), test::keyFrame(0), test::interFrame(80)});
  record({test::metadata(0), test::videoHeader(0), test::keyFrame(5000), test::interFrame(5040)},
         RecordMode::Append);
  EXPECT_THAT(times(), ElementsAre(0, 0, 0, 80, 80, 80, 81, 121));
  EXPECT_EQ(metadata()["duration"], AmfValue(0.121));
  EXPECT_EQ(metadata()["filesize"], AmfValue(static_cast<double>(file().size())));
}

TEST_F(RecordingTest, AppendWithGapKeepsThePublishersClock) {
  record({test::keyFrame(0), test::interFrame(80)});
  record({test::keyFrame(5000), test::interFrame(5040)}, RecordMode::AppendWithGap);
  EXPECT_THAT(times(), ElementsAre(0, 0, 80, 5000, 5040));
  record({test::keyFrame(10)}, RecordMode::AppendWithGap);
  EXPECT_EQ(times().back(), 5041) << "a clock that began anew cannot be kept";
}

TEST_F(RecordingTest, AppendMakesANewRecordingWhereThereIsNone) {
  record({test::keyFrame(700)}, RecordMode::Append);
  EXPECT_THAT(times(), ElementsAre(0, 0));
}

TEST_F(RecordingTest, IsWholeTagsWhileItIsBeingWritten) {
  RecordingWriter writer = open();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(writer.append(Messages{test::keyFrame(i * 40, 0, 3000)}));
    Result<void> end;
    EXPECT_EQ(messages(&end).size(), static_cast<std::size_t>(i) + 2);
    EXPECT_TRUE(end);
  }
}

TEST_F(RecordingTest, AppendRepairsATornTailWhereverItWasTorn) {
  record({test::keyFrame(0), test::interFrame(40)});
  const auto whole = std::filesystem::file_size(path());
  record({test::interFrame(80, 1, 100)}, RecordMode::Append);
  const auto torn = std::filesystem::file_size(path());
  for (auto size = torn - 1; size > whole; size -= 7) {
    std::filesystem::resize_file(path(), size);
    record({test::interFrame(9, 2, 100)}, RecordMode::Append);
    Result<void> end;
    const auto all = messages(&end);
    EXPECT_TRUE(end) << "torn after " << size;
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all.back().timestamp.count(), 41);
  }
}

TEST_F(RecordingTest, AppendLeavesAFileThatIsNoRecordingAsItIs) {
  std::filesystem::create_directory(dir_.file("live"));
  std::ofstream(path()) << "somebody's text, longer than a header";
  const auto refused = RecordingWriter::open(root_, "live/one.flv", RecordMode::Append);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::CorruptData);
  EXPECT_THAT(refused.error().message, HasSubstr("live/one.flv"));
  EXPECT_EQ(std::filesystem::file_size(path()), 37U);
}

TEST_F(RecordingTest, KeepsTimestampsBeyond32Bits) {
  constexpr std::int64_t kWrap = 4294967296;
  const auto at = [](std::int64_t time) {
    MediaMessage message = test::keyFrame(0);
    message.timestamp = std::chrono::milliseconds(time);
    return message;
  };
  record({at(0), at(2000000000), at(3500000000), at(kWrap + 5)});
  record({at(0)}, RecordMode::Append);
  EXPECT_EQ(times().back(), kWrap + 6);
}

TEST(RecordingName, IsTheAppAndTheStream) {
  EXPECT_EQ(recordingPath("live", "talk").value(), "live/talk.flv");
  EXPECT_EQ(recordingPath("live/inst", "a/b c.d").value(), "live/inst/a/b c.d.flv");
  EXPECT_EQ(recordingPath("live", "talk.flv").value(), "live/talk.flv");
}

TEST(RecordingName, CannotNameAnythingElse) {
  for (const std::string name : {"",          "..",      "../x",
                                 "a/../../x", "/x",      "a//b",
                                 "a/",        ".hidden", "a/.b",
                                 "a\\b",      "c:x",     "a\nb",
                                 "nul",       "NUL.txt", "com1",
                                 "a/LPT9",    "a*",      "a /b",
                                 "a./b",      ".flv",    "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"}) {
    EXPECT_FALSE(recordingPath("live", name)) << name;
    EXPECT_FALSE(recordingPath(name, "one")) << name;
  }
  EXPECT_FALSE(recordingPath("live", std::string("a\0b", 3)));
  EXPECT_FALSE(recordingPath("live", std::string(252, 'x')));
  EXPECT_TRUE(recordingPath("live", std::string(251, 'x')));
}

}  // namespace
}  // namespace multiconnection::node
