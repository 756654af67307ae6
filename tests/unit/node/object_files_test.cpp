#include "node/object_files.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "support/temp_dir.hpp"

namespace multiconnection::node {
namespace {

using testing::HasSubstr;

const ObjectKey kKey{"live", "rooms/one"};

class ObjectFilesTest : public testing::Test {
 protected:
  ObjectFiles open(std::uint64_t maxFiles = 10) const {
    return {util::ConfinedFolder::open(folder.file("")).value(), {true, maxFiles}};
  }
  static Bytes setting(std::uint32_t version, const std::string& slot, const AmfValue& value) {
    ObjectStep step;
    step.version = version;
    step.changes.push_back({slot, value});
    return makeLogPayload(step);
  }
  std::string path() const { return folder.file("live/rooms%2Fone.mcso"); }

  test::TempDir folder;
};

TEST_F(ObjectFilesTest, KeepWhatWasAppended) {
  auto files = open();
  EXPECT_FALSE(files.load(kKey)->exists);
  ASSERT_TRUE(files.append(kKey, {setting(2, "x", 4), setting(3, "y", "b")}));
  ASSERT_TRUE(files.append(kKey, {setting(4, "x", 5)}));
  const auto again = open().load(kKey);
  ASSERT_TRUE(again) << again.error();
  EXPECT_TRUE(again->exists);
  EXPECT_EQ(again->version, 4U);
  EXPECT_EQ(again->slots, (SlotMap{{"x", 5}, {"y", "b"}}));
  EXPECT_EQ(files.contentOf(kKey)->slots, again->slots);
}

TEST_F(ObjectFilesTest, CutOffWhatACrashLeftHalfWritten) {
  auto files = open();
  ASSERT_TRUE(files.load(kKey));
  ASSERT_TRUE(files.append(kKey, {setting(2, "x", 4)}));
  const auto whole = std::filesystem::file_size(path());
  std::ofstream(path(), std::ios::app | std::ios::binary) << "half a rec";
  auto next = open();
  EXPECT_EQ(next.load(kKey)->slots, (SlotMap{{"x", 4}}));
  EXPECT_EQ(std::filesystem::file_size(path()), whole);
  ASSERT_TRUE(next.append(kKey, {setting(3, "y", 1)}));
  EXPECT_EQ(open().load(kKey)->slots, (SlotMap{{"x", 4}, {"y", 1}}));
}

TEST_F(ObjectFilesTest, AreWrittenAnewWhenTheyAreMostlyHistory) {
  auto files = open();
  ASSERT_TRUE(files.load(kKey));
  for (std::uint32_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(files.append(kKey, {setting(i, "x", std::string(1000, 'a'))}));
    ASSERT_LT(std::filesystem::file_size(path()), 70000U);
  }
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
  EXPECT_EQ(open().load(kKey)->version, 199U);
}

TEST_F(ObjectFilesTest, ALeftoverOfWritingAnewIsReplaced) {
  std::filesystem::create_directories(folder.file("live"));
  std::ofstream(path() + ".new") << "leftover, longer than what is written";
  auto files = open();
  ASSERT_TRUE(files.load(kKey));
  ASSERT_TRUE(files.append(kKey, {setting(2, "x", 4)}));
  EXPECT_EQ(open().load(kKey)->slots, (SlotMap{{"x", 4}}));
}

TEST_F(ObjectFilesTest, ABrokenFileIsNamedAndLeftAlone) {
  std::filesystem::create_directories(folder.file("live"));
  std::ofstream(path()) << "no object";
  const auto loaded = open().load(kKey);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::CorruptData);
  EXPECT_EQ(
      loaded.error().message,
      "shared object file 'live/rooms%2Fone.mcso': at byte 0: it is no file of a shared object");
  EXPECT_EQ(std::filesystem::file_size(path()), 9U);
}

TEST_F(ObjectFilesTest, OfTwoObjectsAreNeverTheSame) {
  auto files = open();
  const ObjectKey keys[] = {{"live/room", "x"}, {"live", "room/x"}, {"live", "room%2Fx"}};
  std::uint32_t value = 0;
  for (const ObjectKey& key : keys) {
    ASSERT_TRUE(files.load(key));
    ASSERT_TRUE(files.append(key, {setting(2, "x", ++value)}));
  }
  value = 0;
  for (const ObjectKey& key : keys) {
    EXPECT_EQ(open().load(key)->slots, (SlotMap{{"x", ++value}})) << key.first << ' ' << key.second;
  }
}

TEST_F(ObjectFilesTest, AreNoMoreThanAllowed) {
  auto files = open(1);
  const ObjectKey other{"live", "two"};
  ASSERT_TRUE(files.load(kKey));
  ASSERT_TRUE(files.load(other));
  ASSERT_TRUE(files.append(kKey, {setting(2, "x", 4)}));
  const auto refused = files.append(other, {setting(2, "x", 4)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::LimitExceeded);
  EXPECT_TRUE(files.append(kKey, {setting(3, "x", 5)})) << "which has one";
  EXPECT_EQ(files.contentOf(other)->slots.size(), 0U);
}

TEST_F(ObjectFilesTest, OfTheLongestNamesCanBeWrittenAnewOrAreRefusedAtOnce) {
  auto files = open();
  const ObjectKey longest{"live", std::string(246, 'n')};
  ASSERT_TRUE(files.load(longest));
  EXPECT_TRUE(files.append(longest, {setting(2, "x", 4)}));
  for (const std::string& name :
       {std::string(247, 'n'), std::string(255, 'n'), std::string(83, '/')}) {
    const auto loaded = open().load({"live", name});
    ASSERT_FALSE(loaded) << name.size();
    EXPECT_EQ(loaded.error().code, Errc::InvalidArgument);
    EXPECT_THAT(loaded.error().message, HasSubstr("its name has a part of more than 255 bytes"));
  }
}

TEST_F(ObjectFilesTest, HaveNoFoldersInTheirWay) {
  for (const char* app : {"live/one.mcso", "one.mcso.new/live"}) {
    const auto loaded = open().load({app, "two"});
    ASSERT_FALSE(loaded) << app;
    EXPECT_EQ(loaded.error().code, Errc::InvalidArgument);
    EXPECT_THAT(loaded.error().message,
                HasSubstr("has a folder that is named like a shared object's file"));
  }
  std::filesystem::create_directories(folder.file("live/one.mcso"));
  const auto loaded = open().load({"live", "one"});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, std::errc::is_a_directory);
}

TEST_F(ObjectFilesTest, StayBelowTheirFolder) {
  for (const char* name : {"../one", ".hidden", "a\\b", "nul", ""}) {
    const auto loaded = open().load({"live", name});
    ASSERT_FALSE(loaded) << name;
    EXPECT_EQ(loaded.error().code, Errc::InvalidArgument) << name;
    EXPECT_THAT(loaded.error().message, HasSubstr("can have no file")) << name;
  }
}

}  // namespace
}  // namespace multiconnection::node
