#include "util/confined_folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "multiconnection/media.hpp"
#include "support/temp_dir.hpp"

namespace multiconnection::util {
namespace {

namespace fs = std::filesystem;

/// A root, and a file beside it that must stay as it is.
class ConfinedFolderTest : public testing::Test {
 protected:
  ConfinedFolderTest() {
    fs::create_directory(dir_.file("root"));
    write(dir_.file("outside.flv"), "secret");
  }
  ~ConfinedFolderTest() override { EXPECT_EQ(read(dir_.file("outside.flv")), "secret"); }

  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string inside(const std::string& name) const { return dir_.file("root/" + name); }
  ConfinedFolder folder() const {
    return std::move(ConfinedFolder::open(dir_.file("root"))).value();
  }

  test::TempDir dir_;
};

const Bytes kText{'t', 'e', 'x', 't'};

TEST_F(ConfinedFolderTest, MakesFoldersAndFilesBelowIt) {
  auto file = folder().create("live/deep/one.flv");
  ASSERT_TRUE(file) << file.error();
  ASSERT_TRUE(file->write(2, kText));
  EXPECT_EQ(file->size().value(), 6U);
  ASSERT_TRUE(file->truncate(5));
  Bytes back(10);
  EXPECT_EQ(file->read(0, back).value(), 5U);
  EXPECT_EQ(read(inside("live/deep/one.flv")), std::string("\0\0tex", 5));
}

TEST_F(ConfinedFolderTest, NeverLeavesTheFolderByName) {
  for (const char* path : {"../outside.flv", "live/../../outside.flv", "/outside.flv", "", ".",
                           "..", "live/", "live//one.flv", "./one.flv"}) {
    EXPECT_FALSE(folder().create(path)) << path;
    EXPECT_FALSE(folder().openToChange(path)) << path;
    EXPECT_FALSE(folder().openToRead(path)) << path;
  }
}

TEST_F(ConfinedFolderTest, NeverLeavesTheFolderByLinks) {
  fs::create_symlink(dir_.file("outside.flv"), inside("link.flv"));
  fs::create_directory_symlink(dir_.file(""), inside("way"));
  fs::create_hard_link(dir_.file("outside.flv"), inside("twin.flv"));
  for (const char* path : {"link.flv", "way/outside.flv"}) {
    EXPECT_FALSE(folder().create(path)) << path;
    EXPECT_FALSE(folder().openToRead(path)) << path;
  }
  for (const char* path : {"link.flv", "way/outside.flv", "twin.flv"}) {
    EXPECT_FALSE(folder().openToChange(path)) << path;
  }
  ASSERT_TRUE(folder().create("twin.flv")) << "the name is taken from the other file";
}

TEST_F(ConfinedFolderTest, TakesRegularFilesOnly) {
  ASSERT_EQ(::mkfifo(inside("pipe.flv").c_str(), 0600), 0);
  fs::create_directory(inside("folder.flv"));
  for (const char* path : {"pipe.flv", "folder.flv"}) {
    EXPECT_FALSE(folder().create(path)) << path;
    EXPECT_FALSE(folder().openToRead(path)) << path << " must not wait either";
    EXPECT_FALSE(folder().openToChange(path)) << path;
  }
}

TEST_F(ConfinedFolderTest, WhoReadsAReplacedFileKeepsIt) {
  write(inside("one.flv"), "old");
  const auto reader = folder().openToRead("one.flv");
  ASSERT_TRUE(folder().create("one.flv"));
  EXPECT_EQ(reader->size().value(), 3U);
  EXPECT_EQ(read(inside("one.flv")), "");
}

TEST_F(ConfinedFolderTest, CountsWhatIsInIt) {
  write(inside("one"), "12345");
  ASSERT_TRUE(folder().create("a/two")->write(0, kText));
  fs::create_symlink(dir_.file("outside.flv"), inside("link"));
  EXPECT_EQ(folder().totalBytes(), 9U);
}

TEST_F(ConfinedFolderTest, TellsThatAFolderIsMissing) {
  const auto missing = ConfinedFolder::open(dir_.file("nowhere"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, std::errc::no_such_file_or_directory);
  EXPECT_THAT(missing.error().message, testing::HasSubstr("nowhere"));
}

}  // namespace
}  // namespace multiconnection::util
