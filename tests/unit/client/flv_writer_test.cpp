#include "multiconnection/flv_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string_view>

#include "support/temp_dir.hpp"

namespace multiconnection {
namespace {

using std::chrono_literals::operator""ms;

MediaMessage message(MediaKind kind, std::chrono::milliseconds timestamp, Bytes body) {
  return {kind, timestamp, std::make_shared<const Bytes>(std::move(body))};
}

Bytes load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FlvWriter, WritesHeaderAndTags) {
  const test::TempDir dir;
  auto writer = FlvWriter::create(dir.file("a.flv"));
  ASSERT_TRUE(writer) << writer.error();
  ASSERT_TRUE((*writer)->write(message(MediaKind::Audio, 0x01020304ms, {0xaf, 1, 0x21})));
  EXPECT_TRUE((*writer)->close());
  EXPECT_EQ(load(dir.file("a.flv")),
            (Bytes{'F', 'L', 'V', 1, 4, 0, 0, 0, 9, 0, 0, 0,    0,        // only audio came
                   8,   0,   0,   3, 2, 3, 4, 1, 0, 0, 0, 0xaf, 1, 0x21,  // the tag
                   0,   0,   0,   14}));
}

TEST(FlvWriter, LeavesSetDataFrameAway) {
  const test::TempDir dir;
  constexpr std::string_view kText("\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x05", 30);
  auto writer = FlvWriter::create(dir.file("a.flv"));
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->write(message(MediaKind::Data, 0ms, {kText.begin(), kText.end()})));
  ASSERT_TRUE((*writer)->close());
  const Bytes file = load(dir.file("a.flv"));
  ASSERT_EQ(file.size(), 13U + 11 + 14 + 4);
  EXPECT_EQ(Bytes(file.begin() + 13, file.begin() + 27),
            (Bytes{18, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x00, 0x0a}));
}

TEST(FlvWriter, RefusesMessagesThatNoTagCanHoldAndWritesAfterClose) {
  const test::TempDir dir;
  auto writer = FlvWriter::create(dir.file("a.flv"));
  ASSERT_TRUE(writer);
  EXPECT_EQ((*writer)->write({}).error().code, Errc::InvalidArgument);
  EXPECT_EQ((*writer)->write(message(MediaKind::Video, 0ms, Bytes(16777216))).error().code,
            Errc::InvalidArgument);
  EXPECT_TRUE((*writer)->close());
  EXPECT_TRUE((*writer)->close()) << "twice does no harm";
  EXPECT_EQ((*writer)->write(message(MediaKind::Video, 0ms, {1})).error().code, Errc::InvalidState);
}

TEST(FlvWriter, GivesTheSystemsErrorForAPathThatCannotBe) {
  const test::TempDir dir;
  EXPECT_EQ(FlvWriter::create(dir.file("no/such/dir.flv")).error().code,
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(FlvWriter::create("/dev/full").error().code, std::errc::no_space_on_device);
}

/// Bounds how large this process may let a file grow, as a full disk would.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(FlvWriter, EndsTheFileAtAWholeTagWhenTheDiskIsFull) {
  const test::TempDir dir;
  auto writer = FlvWriter::create(dir.file("a.flv"));
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->write(message(MediaKind::Video, 0ms, Bytes(100))));
  {
    const FileSizeLimit limit(200);
    const auto result = (*writer)->write(message(MediaKind::Video, 40ms, Bytes(100)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, std::errc::file_too_large);
    EXPECT_EQ(load(dir.file("a.flv")).size(), 13U + 11 + 100 + 4);
  }
  EXPECT_TRUE((*writer)->write(message(MediaKind::Video, 80ms, Bytes(10))));
  EXPECT_TRUE((*writer)->close());
  EXPECT_EQ(load(dir.file("a.flv")).size(), 13U + 11 + 100 + 4 + 11 + 10 + 4);
}

TEST(FlvWriter, SurvivesAPipeWhoseReaderLeft) {
  const test::TempDir dir;
  const std::string path = dir.file("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  auto writer = FlvWriter::create(path);
  ASSERT_TRUE(writer) << writer.error();
  ::close(reader);
  const auto result = (*writer)->write(message(MediaKind::Audio, 0ms, {0xaf, 1}));
  ASSERT_FALSE(result) << "and no signal ended this process";
  EXPECT_EQ(result.error().code, std::errc::broken_pipe);
}

}  // namespace
}  // namespace multiconnection
