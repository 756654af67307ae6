#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>

#include "flv/flv_writer.hpp"
#include "multiconnection/source.hpp"
#include "support/temp_dir.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection {
namespace {

using std::chrono_literals::operator""s;
using ::testing::HasSubstr;

constexpr int kTags = 3000;  // more than one portion of 64 KiB

Bytes sample() {
  Bytes out;
  flv::appendFlvHeader(out, true, false);
  for (int i = 0; i < kTags; ++i) {
    const MediaMessage message{MediaKind::Audio, std::chrono::milliseconds(23 * i), nullptr};
    const Bytes body(static_cast<std::size_t>(i % 50), static_cast<std::uint8_t>(i));
    flv::appendTagHeader(out, message, body.size());
    util::ByteWriter(out).bytes(body);
    flv::appendTagTrailer(out, body.size());
  }
  return out;
}

void save(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

/// Reads to the end or to a fault. @return how many messages; checks each.
int countSamples(PullSource& source, std::string& fault) {
  for (int i = 0;; ++i) {
    auto next = source.read();
    if (!next) {
      fault = next.error().message;
      return i;
    }
    if (!*next) return i;
    const MediaMessage& message = **next;
    EXPECT_EQ(message.timestamp.count(), 23 * i);
    EXPECT_EQ(*message.body, Bytes(static_cast<std::size_t>(i % 50), static_cast<std::uint8_t>(i)));
  }
}

TEST(FileSource, ReadsAFileToItsEndAndAgainAfterRewind) {
  const test::TempDir dir;
  save(dir.file("a.flv"), sample());
  auto source = FileSource::open(dir.file("a.flv"));
  ASSERT_TRUE(source) << source.error();
  for (int round = 0; round < 2; ++round) {
    std::string fault;
    EXPECT_EQ(countSamples(**source, fault), kTags);
    EXPECT_EQ(fault, "");
    EXPECT_FALSE((*source)->read().value()) << "the end stays the end";
    EXPECT_TRUE((*source)->rewind());
  }
}

TEST(FileSource, NamesTheFileAndTheOffsetWhereItIsTruncated) {
  const test::TempDir dir;
  Bytes bytes = sample();
  bytes.resize(bytes.size() - 5);
  save(dir.file("cut.flv"), bytes);
  auto source = FileSource::open(dir.file("cut.flv"));
  ASSERT_TRUE(source) << source.error();
  std::string fault;
  EXPECT_EQ(countSamples(**source, fault), kTags - 1) << "what precedes the fault is delivered";
  EXPECT_THAT(fault, HasSubstr("cut.flv': FLV truncated"));
  EXPECT_THAT(fault, HasSubstr("tag at byte " + std::to_string(bytes.size() + 5 - 64)));
}

TEST(FileSource, RefusesAtOnceWhatIsNoFlv) {
  const test::TempDir dir;
  EXPECT_EQ(FileSource::open(dir.file("none.flv")).error().code,
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(FileSource::open(dir.file("")).error().code, std::errc::is_a_directory);
  save(dir.file("text.flv"), {'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd'});
  const auto text = FileSource::open(dir.file("text.flv"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::CorruptData);
  EXPECT_THAT(text.error().message, HasSubstr("text.flv': not an FLV"));
  save(dir.file("empty.flv"), {});
  EXPECT_EQ(FileSource::open(dir.file("empty.flv")).error().code, Errc::CorruptData);
}

TEST(FileSource, ReadsAPipeAsItsBytesArriveAndCannotGoBack) {
  const test::TempDir dir;
  const std::string path = dir.file("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto writer = std::async(std::launch::async, [&] { save(path, sample()); });
  auto source = FileSource::open(path);
  ASSERT_TRUE(source) << source.error();
  std::string fault;
  EXPECT_EQ(countSamples(**source, fault), kTags);
  EXPECT_EQ(fault, "");
  EXPECT_EQ((*source)->rewind().error().code, Errc::Unsupported);
}

TEST(FileSource, EndsAWaitingReadWhenInterrupted) {
  const test::TempDir dir;
  const std::string path = dir.file("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  // Open for both, so that neither end waits for the other and the pipe never ends.
  const int writer = ::open(path.c_str(), O_RDWR);
  ASSERT_GE(writer, 0);
  Bytes header;
  flv::appendFlvHeader(header, true, true);
  ASSERT_EQ(::write(writer, header.data(), header.size()), static_cast<ssize_t>(header.size()));
  auto source = FileSource::open(path);
  ASSERT_TRUE(source) << source.error();
  auto waiting = std::async(std::launch::async, [&] { return (*source)->read(); });
  (*source)->interrupt();
  ASSERT_EQ(waiting.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(waiting.get().error().code, Errc::Closed);
  EXPECT_EQ((*source)->read().error().code, Errc::Closed) << "later ones too";
  ::close(writer);
}

TEST(FileSource, ForgetsAnInterruptAfterRewind) {
  const test::TempDir dir;
  save(dir.file("a.flv"), sample());
  auto source = FileSource::open(dir.file("a.flv"));
  ASSERT_TRUE(source);
  (*source)->interrupt();
  ASSERT_TRUE((*source)->rewind());
  std::string fault;
  EXPECT_EQ(countSamples(**source, fault), kTags);
}

}  // namespace
}  // namespace multiconnection
