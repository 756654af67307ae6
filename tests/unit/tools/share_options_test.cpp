#include <gtest/gtest.h>

#include "tools/options.hpp"

namespace multiconnection::tools {
namespace {

using Words = std::vector<std::string>;

Words shareWords(const Words& more) {
  Words words{"share", "info_so", "--to", "rtmp://a/chat/room"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

ShareSettings settingsOf(const Words& more) {
  const auto command = parseCommandLine(shareWords(more));
  EXPECT_TRUE(command) << command.error().message;
  return command ? std::get<ShareSettings>(*command) : ShareSettings{};
}

std::string problem(const Words& words) {
  const auto command = parseCommandLine(words);
  return command ? "" : command.error().message;
}

TEST(ShareOptions, TakeAnObjectItsWritesAndAnArray) {
  const auto settings = settingsOf({"--to", "rtmp://b/chat", "--persistent", "--set",
                                    "info.user=\"Foo\"", "--set", "list=[1,2]", "--delete", "old",
                                    "--get", "info.user", "--mode", "primaryWins", "--json"});
  EXPECT_EQ(settings.name, "info_so");
  ASSERT_EQ(settings.servers.size(), 2U);
  EXPECT_EQ(settings.servers[0].url, "rtmp://a/chat/room");
  EXPECT_EQ(settings.persistence, Persistence::Persistent);
  const AmfObject expected{{"info.user", "Foo"}, {"list", AmfArray{1, 2}}, {"old", nullptr}};
  EXPECT_EQ(settings.writes, expected);
  EXPECT_EQ(settings.reads, Words{"info.user"});
  EXPECT_EQ(settings.mode, MirrorMode::PrimaryWins);
  EXPECT_TRUE(settings.json);
}

TEST(ShareOptions, HaveTheDocumentedDefaults) {
  const auto settings = settingsOf({});
  EXPECT_EQ(settings.persistence, Persistence::Temporary);
  EXPECT_EQ(settings.mode, MirrorMode::Independent);
  EXPECT_TRUE(settings.writes.empty());
  EXPECT_FALSE(settings.message);
  EXPECT_FALSE(settings.watch);
  EXPECT_FALSE(settings.duration);
  EXPECT_EQ(settings.deadline, std::chrono::milliseconds(10000));
  EXPECT_EQ(settings.setupTimeout, std::chrono::milliseconds(3000));
}

TEST(ShareOptions, TheFirstEqualsSignEndsTheSlot) {
  const auto settings = settingsOf({"--set", "a=\"b=c\"", "--set", "[x]=-1", "--set", "-1={}"});
  const AmfObject expected{{"a", "b=c"}, {"[x]", -1}, {"-1", AmfObject{}}};
  EXPECT_EQ(settings.writes, expected);
}

TEST(ShareOptions, AMessageHasAHandlerAndAnyArguments) {
  const auto settings =
      settingsOf({"--send", "say", "\"hi\"", "-1", "[1,2]", "[]", "{}", "true", "--json"});
  ASSERT_TRUE(settings.message);
  EXPECT_EQ(settings.message->handler, "say");
  EXPECT_EQ(settings.message->arguments,
            (std::vector<AmfValue>{"hi", -1, AmfArray{1, 2}, AmfArray{}, AmfObject{}, true}));
  EXPECT_TRUE(settings.json);
  const auto alone = settingsOf({"--send", "ping"});
  ASSERT_TRUE(alone.message);
  EXPECT_TRUE(alone.message->arguments.empty());
}

TEST(ShareOptions, WatchingHasAnEndAndHandlers) {
  const auto settings =
      settingsOf({"--watch", "--duration", "1.5", "--on", "say", "--on", "version"});
  EXPECT_TRUE(settings.watch);
  EXPECT_EQ(settings.duration, std::chrono::milliseconds(1500));
  EXPECT_EQ(settings.handlers, (Words{"say", "version"}));
  EXPECT_EQ(problem(shareWords({"--duration", "1"})), "--duration: it is for --watch");
  EXPECT_EQ(problem(shareWords({"--on", "say"})), "--on: it is for --watch");
}

TEST(ShareOptions, NameWhatTheyCannotRead) {
  const std::pair<Words, const char*> cases[] = {
      {{"--set", "a"}, "--set \"a\": it is SLOT=JSON"},
      {{"--set", "=1"}, "--set \"=1\": it is SLOT=JSON"},
      {{"--set", "a=Foo"}, "--set \"a=Foo\": no JSON"},
      {{"--delete", ""}, "--delete: a name of 0 bytes"},
      {{"--get", std::string(65536, 'x')}, "--get: a name of 65536 bytes"},
      {{"--set", "a=1", "--delete", "a"}, "slot \"a\" is written twice"},
      {{"--send", "say", "hi"}, "--send argument 1 \"hi\": no JSON"},
      {{"--send", "say", "--send", "go"}, "--send is given 2 times"},
      {{"--mode", "mirrored"}, "--mode \"mirrored\": it is independent"},
      {{"--deadline", "0"}, "--deadline \"0\""},
      {{"--persistent", "--persistent"}, "--persistent is given 2 times"},
  };
  for (const auto& [words, expected] : cases) {
    EXPECT_EQ(problem(shareWords(words)).find(expected), 0U) << problem(shareWords(words));
  }
  EXPECT_NE(problem({"share"}).find("NAME"), std::string::npos);
  EXPECT_NE(problem({"share", "info_so"}).find("--to"), std::string::npos);
}

}  // namespace
}  // namespace multiconnection::tools
