#include "tools/options.hpp"

#include <gtest/gtest.h>

namespace multiconnection::tools {
namespace {

using Words = std::vector<std::string>;

Words publishWords(Words more) {
  Words words{"publish", "clip.flv", "--to", "rtmp://a/live/one"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

PublishSettings publishSettings(const Words& words) {
  auto command = parseCommandLine(words);
  if (!command) {
    ADD_FAILURE() << command.error().message;
    return {};
  }
  return std::get<PublishSettings>(*command);
}

std::string problem(const Words& words) {
  auto command = parseCommandLine(words);
  if (command) return "";
  EXPECT_EQ(command.error().code, Errc::InvalidArgument);
  EXPECT_EQ(command.error().message.find('\n'), std::string::npos) << "one line";
  return command.error().message;
}

TEST(ToolOptions, PublishTakesTheStreamNameFromEachUrl) {
  const auto settings = publishSettings({"publish", "clip.flv", "--to", "rtmp://a/live/one", "--to",
                                         "rtmp://[::1]:1936/x/y/key?t=1"});
  EXPECT_EQ(settings.input, "clip.flv");
  ASSERT_EQ(settings.servers.size(), 2U);
  EXPECT_EQ(settings.servers[0].url, "rtmp://a/live");
  EXPECT_EQ(settings.servers[0].streamName, "one");
  EXPECT_EQ(settings.servers[1].url, "rtmp://[::1]:1936/x/y");
  EXPECT_EQ(settings.servers[1].streamName, "key?t=1");
  EXPECT_EQ(settings.name, "");
}

TEST(ToolOptions, PublishWithANameTakesTheWholePathAsTheApplication) {
  const auto settings = publishSettings(publishWords({"--name", "talk"}));
  EXPECT_EQ(settings.name, "talk");
  ASSERT_EQ(settings.servers.size(), 1U);
  EXPECT_EQ(settings.servers[0].url, "rtmp://a/live/one");
  EXPECT_EQ(settings.servers[0].streamName, "");
}

TEST(ToolOptions, PublishTakesBackupsForTheServersAtThatPlace) {
  using Standby = FailoverPolicy::Standby;
  const auto settings = publishSettings(
      publishWords({"--to", "rtmp://b/live/two", "--backup", "1=rtmp://c/live/three", "--backup",
                    "1=rtmp://d/live/four?t=1=2", "--standby", "hot", "--fail-back", "never"}));
  ASSERT_EQ(settings.servers.size(), 2U);
  EXPECT_TRUE(settings.servers[0].backups.empty());
  const auto& backups = settings.servers[1].backups;
  ASSERT_EQ(backups.size(), 2U);
  EXPECT_EQ(backups[0].url, "rtmp://c/live");
  EXPECT_EQ(backups[0].streamName, "three");
  EXPECT_EQ(backups[1].streamName, "four?t=1=2");
  EXPECT_EQ(settings.servers[1].failover.standby, Standby::Hot);
  EXPECT_FALSE(settings.servers[1].failover.failBackAfter);
  const auto plain = publishSettings(publishWords({"--backup", "0=rtmp://c/live/three"}));
  EXPECT_EQ(plain.servers[0].failover.standby, Standby::Warm);
  EXPECT_EQ(plain.servers[0].failover.failBackAfter, std::chrono::milliseconds(10000));
}

TEST(ToolOptions, ABackupWithAWrongPlaceOrUrlIsNamedWithoutItsKey) {
  const std::string expected = ": expected the place of a server among --to, 0 to 0, then '='";
  EXPECT_EQ(problem(publishWords({"--backup", "1=rtmp://c/live/key"})),
            "--backup \"1=\"" + expected);
  EXPECT_EQ(problem(publishWords({"--backup", "rtmp://c/live/key"})),
            "--backup \"rtmp://c/...\"" + expected);
  EXPECT_NE(problem(publishWords({"--backup", "0=http://c/live/key"})).find("--backup \"http://c"),
            std::string::npos);
  for (const char* option : {"--backup", "--priority"}) {
    for (const char* text : {"rtmp://c/live/key?sig=1", "0=rtmp:/c/live/key"}) {
      EXPECT_EQ(problem(publishWords({option, text})).find("key"), std::string::npos);
    }
  }
  EXPECT_EQ(problem(publishWords({"--standby", "tepid"})),
            "--standby \"tepid\": expected cold, warm or hot");
  EXPECT_NE(problem(publishWords({"--fail-back", "soon"})).find("--fail-back \"soon\""),
            std::string::npos);
}

TEST(ToolOptions, PublishHasTheDocumentedDefaults) {
  const auto settings = publishSettings(publishWords({}));
  EXPECT_EQ(settings.policy.kind(), Policy::Kind::All);
  EXPECT_EQ(settings.setupTimeout, std::chrono::milliseconds(3000));
  EXPECT_FALSE(settings.duration);
  EXPECT_FALSE(settings.loop);
  EXPECT_TRUE(settings.pace);
  EXPECT_FALSE(settings.json);
}

TEST(ToolOptions, PublishReadsEveryOption) {
  const auto settings =
      publishSettings(publishWords({"--policy", "quorum:1", "--setup-timeout", "250", "--loop",
                                    "--duration", "1.5", "--no-pace", "--json"}));
  EXPECT_EQ(settings.policy.kind(), Policy::Kind::Quorum);
  EXPECT_EQ(settings.policy.required(7), 1U);
  EXPECT_EQ(settings.setupTimeout, std::chrono::milliseconds(250));
  EXPECT_EQ(settings.duration, std::chrono::milliseconds(1500));
  EXPECT_TRUE(settings.loop);
  EXPECT_FALSE(settings.pace);
  EXPECT_TRUE(settings.json);
}

TEST(ToolOptions, PublishGivesServersTheirPriorities) {
  const auto settings =
      publishSettings(publishWords({"--to", "rtmp://b/live/two", "--priority", "1=7", "--to",
                                    "rtmp://c/live/three", "--priority=0=-3"}));
  ASSERT_EQ(settings.servers.size(), 3U);
  EXPECT_EQ(settings.servers[0].priority, -3);
  EXPECT_EQ(settings.servers[1].priority, 7);
  EXPECT_EQ(settings.servers[2].priority, 0);
}

TEST(ToolOptions, PrioritiesThatMakeNoSenseAreNamed) {
  for (const char* text : {"=1", "x=1", "1=5", "-1=2"}) {
    const std::string place(text, std::string_view(text).find('='));
    EXPECT_EQ(problem(publishWords({"--priority=" + std::string(text)})),
              "--priority \"" + place +
                  "=\": expected the place of a server among --to, 0 to 0, then '='");
  }
  for (const char* text : {"0=", "0=x", "0=1.5", "0=99999999999"}) {
    EXPECT_EQ(problem(publishWords({"--priority=" + std::string(text)})),
              "--priority \"" + std::string(text) + "\": expected a whole number behind '='");
  }
  EXPECT_EQ(problem(publishWords({"--priority", "0=5", "--priority", "0=6"})),
            "--priority \"0=6\": that server has one already");
}

TEST(ToolOptions, TheInputMayStandBehindTheServers) {
  const auto settings =
      publishSettings({"publish", "--to", "rtmp://a/live/one", "--to=rtmp://b/live/two", "-"});
  EXPECT_EQ(settings.input, "-");
  EXPECT_EQ(settings.servers.size(), 2U);
}

TEST(ToolOptions, TheSameServerMayBeGivenTwice) {
  EXPECT_EQ(publishSettings(publishWords({"--to", "rtmp://a/live/one"})).servers.size(), 2U);
}

TEST(ToolOptions, ARepeatedOptionIsNamed) {
  EXPECT_EQ(problem(publishWords({"--name", "a", "--name", "b"})),
            "--name is given 2 times; it has one value");
  EXPECT_EQ(problem(publishWords({"--json", "--loop", "--json"})),
            "--json is given 2 times; it has one value");
  EXPECT_EQ(problem(publishWords({"--duration", "1", "--duration", "1"})),
            "--duration is given 2 times; it has one value");
  EXPECT_EQ(problem({"play", "rtmp://a/live/one", "-o", "a.flv", "--output", "b.flv"}),
            "--output is given 2 times; it has one value");
  EXPECT_EQ(problem({"serve", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"}),
            "--listen is given 2 times; it has one value");
}

TEST(ToolOptions, ASecondInputIsNamed) {
  EXPECT_NE(problem(publishWords({"other.flv"})).find("other.flv"), std::string::npos);
}

TEST(ToolOptions, AnUnknownOptionOrCommandIsNamed) {
  EXPECT_NE(problem(publishWords({"--policcy", "any"})).find("--policcy"), std::string::npos);
  EXPECT_EQ(
      problem({"publsh"}),
      "command \"publsh\" is unknown: publish, play, serve, check, call, share, link or version; "
      "see multiconn --help");
  EXPECT_NE(problem({}).find("publish, play, serve, check, call, share, link or version"),
            std::string::npos);
}

TEST(ToolOptions, AMissingArgumentIsNamed) {
  EXPECT_NE(problem({"publish", "clip.flv"}).find("--to"), std::string::npos);
  EXPECT_NE(problem({"publish", "--to", "rtmp://a/live/one"}).find("INPUT"), std::string::npos);
  EXPECT_NE(problem(publishWords({"--duration"})).find("--duration"), std::string::npos);
  EXPECT_NE(problem({"play"}).find("URL"), std::string::npos);
}

TEST(ToolOptions, AFlagTakesNoValue) {
  EXPECT_NE(problem(publishWords({"--loop=3"})).find("loop"), std::string::npos);
}

TEST(ToolOptions, StandardInputCannotLoop) {
  EXPECT_EQ(problem({"publish", "-", "--loop", "--to", "rtmp://a/live/one"}),
            "--loop with INPUT \"-\": standard input cannot start again");
}

TEST(ToolOptions, AnEmptyInputIsRefused) {
  EXPECT_NE(problem({"publish", "", "--to", "rtmp://a/live/one"}).find("INPUT \"\""),
            std::string::npos);
}

TEST(ToolOptions, PlayReadsItsOptions) {
  auto command =
      parseCommandLine({"play", "rtmp://a/live/one", "-o", "x.flv", "--duration", "2", "--json"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& settings = std::get<PlaySettings>(*command);
  EXPECT_EQ(settings.url, "rtmp://a/live");
  EXPECT_EQ(settings.name, "one");
  EXPECT_EQ(settings.output, "x.flv");
  EXPECT_EQ(settings.duration, std::chrono::seconds(2));
  EXPECT_TRUE(settings.json);
}

TEST(ToolOptions, PublishAndPlayServeMetricsWhereTold) {
  EXPECT_FALSE(publishSettings(publishWords({})).metrics);
  const auto settings = publishSettings(publishWords({"--metrics", "[::]:9100"}));
  ASSERT_TRUE(settings.metrics);
  EXPECT_EQ(textOf(*settings.metrics), "[::]:9100");
  auto play = parseCommandLine({"play", "rtmp://a/live/one", "--metrics", "127.0.0.1:0"});
  ASSERT_TRUE(play) << play.error().message;
  EXPECT_EQ(textOf(*std::get<PlaySettings>(*play).metrics), "127.0.0.1:0");
  EXPECT_EQ(problem(publishWords({"--metrics", "localhost:1"})),
            "--metrics \"localhost:1\": the address is numeric, IPv4 or IPv6 in brackets");
}

TEST(ToolOptions, PlayCannotPrintMediaAndJsonAtOnce) {
  EXPECT_NE(problem({"play", "rtmp://a/live/one", "-o", "-", "--json"}).find("-o \"-\""),
            std::string::npos);
}

TEST(ToolOptions, ServeListensOnThisMachineByDefault) {
  auto command = parseCommandLine({"serve"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& settings = std::get<ServeSettings>(*command);
  EXPECT_EQ(settings.address, "127.0.0.1");
  EXPECT_EQ(settings.port, 1935);
}

TEST(ToolOptions, ServeTakesSeveralFaults) {
  auto command = parseCommandLine({"serve", "--fault", "accept:reset", "--fault=media:stall,ms=5"});
  ASSERT_TRUE(command) << command.error().message;
  EXPECT_EQ(std::get<ServeSettings>(*command).faults,
            (std::vector<std::string>{"accept:reset", "media:stall,ms=5"}));
}

TEST(ToolOptions, HelpTellsOfCommandsExamplesAndExitCodes) {
  auto command = parseCommandLine({"--help"});
  ASSERT_TRUE(command);
  const auto& text = std::get<HelpText>(*command).text;
  for (const char* word : {"publish", "play", "serve", "version", "Exit codes", "testsrc"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word;
  }
  command = parseCommandLine({"publish", "--help"});
  ASSERT_TRUE(command);
  const auto& publish = std::get<HelpText>(*command).text;
  for (const char* word :
       {"--to", "--name", "--policy", "--setup-timeout", "--loop", "--duration", "--no-pace",
        "--confirmed-codecs", "--log", "--json", "Examples", "Exit codes"}) {
    EXPECT_NE(publish.find(word), std::string::npos) << word;
  }
}

TEST(ToolOptions, EveryCommandThatUsesAnArrayTakesALogLevel) {
  const auto logOf = [](std::vector<std::string> words, const char* level) {
    words.insert(words.end(), {"--log", level});
    const auto command = parseCommandLine(words);
    EXPECT_TRUE(command) << command.error().message;
    return std::visit(
        [](const auto& settings) -> std::optional<LogLevel> {
          if constexpr (requires { settings.log; }) return settings.log;
          return std::nullopt;
        },
        *command);
  };
  EXPECT_EQ(logOf(publishWords({}), "debug"), LogLevel::Debug);
  EXPECT_EQ(logOf({"play", "rtmp://a/live/one"}, "info"), LogLevel::Info);
  EXPECT_EQ(logOf({"check", "rtmp://a/live/one"}, "warning"), LogLevel::Warning);
  EXPECT_EQ(logOf({"call", "f", "--to", "rtmp://a/live"}, "error"), LogLevel::Error);
  EXPECT_FALSE(publishSettings(publishWords({})).log) << "nothing unless asked for";
  EXPECT_EQ(problem({"play", "rtmp://a/live/one", "--log", "loud"}),
            "--log \"loud\": it is debug, info, warning or error");
}

TEST(ToolOptions, PublishMayInsistOnCodecsBeingConfirmed) {
  EXPECT_FALSE(publishSettings(publishWords({})).confirmedCodecs);
  EXPECT_TRUE(publishSettings(publishWords({"--confirmed-codecs"})).confirmedCodecs);
}

TEST(ToolOptions, VersionIsACommand) {
  auto command = parseCommandLine({"version"});
  ASSERT_TRUE(command);
  EXPECT_TRUE(std::holds_alternative<VersionSettings>(*command));
}

TEST(ToolOptions, CheckTakesTheUrlsOfPublish) {
  const auto command = parseCommandLine(
      {"check", "rtmp://a/live/one", "rtmp://b/live/two", "--publish", "--setup-timeout", "500"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& settings = std::get<CheckSettings>(*command);
  ASSERT_EQ(settings.servers.size(), 2U);
  EXPECT_EQ(settings.servers[1].url, "rtmp://b/live");
  EXPECT_EQ(settings.servers[1].streamName, "two");
  EXPECT_TRUE(settings.publish);
  EXPECT_EQ(settings.setupTimeout, std::chrono::milliseconds(500));
  EXPECT_FALSE(settings.json);
}

TEST(ToolOptions, CheckNamesAUrlThatItCannotRead) {
  EXPECT_NE(problem({"check", "rtmp://a/live/one", "http://b/live/secret"}).find("URL"),
            std::string::npos);
  EXPECT_EQ(problem({"check", "http://b/live/secret"}).find("secret"), std::string::npos);
  EXPECT_NE(problem({"check"}), "");
}

TEST(ToolOptions, CallTakesAMethodItsArgumentsAndAnArray) {
  const auto command = parseCommandLine(
      {"call", "setSeat", "--to", "rtmp://a/chat/room", "\"Foo\"", "-1", "[1,2]", "{}", "--to",
       "rtmp://b/chat", "--server", "b", "--deadline", "500", "--setup-timeout", "250", "--json"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& settings = std::get<CallSettings>(*command);
  EXPECT_EQ(settings.method, "setSeat");
  EXPECT_EQ(settings.arguments, (std::vector<AmfValue>{"Foo", -1, AmfArray{1, 2}, AmfObject{}}));
  ASSERT_EQ(settings.servers.size(), 2U);
  EXPECT_EQ(settings.servers[0].url, "rtmp://a/chat/room");
  EXPECT_EQ(settings.servers[0].streamName, "");
  EXPECT_EQ(settings.server, 1U);
  EXPECT_EQ(settings.called(), 1U);
  EXPECT_EQ(settings.deadline, std::chrono::milliseconds(500));
  EXPECT_EQ(settings.setupTimeout, std::chrono::milliseconds(250));
  EXPECT_TRUE(settings.json);
}

TEST(ToolOptions, CallHasTheDocumentedDefaults) {
  const auto command =
      parseCommandLine({"call", "ping", "--to", "rtmp://a/chat", "--to", "rtmp://b/chat"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& settings = std::get<CallSettings>(*command);
  EXPECT_TRUE(settings.arguments.empty());
  EXPECT_FALSE(settings.server);
  EXPECT_EQ(settings.called(), 2U);
  EXPECT_EQ(settings.policy.kind(), Policy::Kind::All);
  EXPECT_EQ(settings.deadline, std::chrono::milliseconds(10000));
  EXPECT_EQ(settings.setupTimeout, std::chrono::milliseconds(3000));
  EXPECT_FALSE(settings.json);
}

TEST(ToolOptions, OneArrayOrObjectAloneIsAnArgumentToo) {
  for (const char* text : {"[]", "{}", "[1]", "[[1,2],[3]]", "-7"}) {
    const auto command = parseCommandLine({"call", "ping", text, "--to", "rtmp://a/chat"});
    ASSERT_TRUE(command) << command.error().message;
    EXPECT_EQ(std::get<CallSettings>(*command).arguments.size(), 1U) << text;
  }
}

TEST(ToolOptions, CallNamesWhatItCannotRead) {
  const auto with = [](const Words& more) {
    Words words{"call", "ping", "--to", "rtmp://a/chat"};
    words.insert(words.end(), more.begin(), more.end());
    return problem(words);
  };
  EXPECT_EQ(with({"1", "foo"}).find("argument 2 \"foo\""), 0U) << with({"1", "foo"});
  EXPECT_NE(with({"--deadline", "0"}).find("--deadline \"0\""), std::string::npos);
  EXPECT_NE(with({"--server", "1"}).find("--server \"1\""), std::string::npos);
  EXPECT_NE(with({"--to", "rtmp://b/chat", "--server", "0", "--policy", "quorum:2"}).find("1 to 1"),
            std::string::npos);
  EXPECT_NE(with({"--json", "--json"}).find("2 times"), std::string::npos);
  EXPECT_NE(problem({"call", "", "--to", "rtmp://a/chat"}).find("METHOD"), std::string::npos);
  EXPECT_NE(problem({"call", "ping"}).find("--to"), std::string::npos);
  EXPECT_NE(problem({"call"}).find("METHOD"), std::string::npos);
}

}  // namespace
}  // namespace multiconnection::tools
