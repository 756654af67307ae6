#include "tools/option_values.hpp"

#include <gtest/gtest.h>

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;

TEST(OptionValues, PolicyIsAllAnyOrAQuorum) {
  EXPECT_EQ(readPolicy("all", 3)->required(3), 3U);
  EXPECT_EQ(readPolicy("any", 3)->kind(), Policy::Kind::Any);
  EXPECT_EQ(readPolicy("quorum:1", 3)->required(3), 1U);
  EXPECT_EQ(readPolicy("quorum:3", 3)->required(3), 3U);
}

TEST(OptionValues, ABadPolicyIsNamedWithWhatIsPossible) {
  EXPECT_EQ(readPolicy("most", 3).error().message, "--policy \"most\": it is all, any or quorum:K");
  for (const std::string bad : {"quorum:0", "quorum:4", "quorum:", "quorum:-1", "quorum:2x",
                                "quorum:99999999999999999999"}) {
    EXPECT_EQ(readPolicy(bad, 3).error().message,
              "--policy \"" + bad + "\": K is a number from 1 to 3, the number of servers");
  }
  EXPECT_FALSE(readPolicy("", 3));
  EXPECT_FALSE(readPolicy("ALL", 3));
}

TEST(OptionValues, ATimeIsWholeMillisecondsUpToAnHour) {
  EXPECT_EQ(*readMilliseconds("--deadline", "1"), milliseconds(1));
  EXPECT_EQ(*readMilliseconds("--deadline", "3600000"), milliseconds(3600000));
  for (const std::string bad :
       {"", "0", "-1", "1.5", "3000ms", "3600001", "99999999999999999999", " 1", "abc"}) {
    const auto result = readMilliseconds("--setup-timeout", bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().message.find("--setup-timeout \"" + bad + '"'), 0U);
  }
}

TEST(OptionValues, DurationIsDecimalSeconds) {
  EXPECT_EQ(*readDuration("2"), milliseconds(2000));
  EXPECT_EQ(*readDuration("0.25"), milliseconds(250));
  EXPECT_EQ(*readDuration("0.001"), milliseconds(1));
  for (const std::string bad : {"", "0", "-1", "nan", "inf", "1e300", "1s", "0.0001"}) {
    const auto result = readDuration(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().message.find("--duration \"" + bad + '"'), 0U);
  }
}

TEST(OptionValues, StreamNameHasContentBoundsAndNoControlCharacters) {
  EXPECT_TRUE(checkStreamName("talk?token=a b"));
  EXPECT_TRUE(checkStreamName(std::string(65535, 'n')));
  EXPECT_FALSE(checkStreamName(""));
  EXPECT_FALSE(checkStreamName(std::string(65536, 'n')));
  EXPECT_EQ(checkStreamName("a\nb").error().message,
            "--name \"a?b\": a control character at byte 1");
}

TEST(OptionValues, OneServerIsChosenByPlaceUrlOrHost) {
  const std::vector<ServerEntry> servers{"rtmp://a.example/live", "rtmp://b.example:1936/live",
                                         "rtmp://[::1]/live", "rtmp://b.example/live"};
  const auto place = [&servers](const std::string& text) {
    const auto chosen = readServerChoice(text, servers);
    return chosen ? static_cast<int>(*chosen) : -1;
  };
  EXPECT_EQ(place("0"), 0);
  EXPECT_EQ(place("3"), 3);
  EXPECT_EQ(place("rtmp://b.example:1936/live"), 1);
  EXPECT_EQ(place("rtmp://a.example:1935/live"), 0) << "as --to is read, too";
  EXPECT_EQ(place("A.example"), 0);
  EXPECT_EQ(place("b.example:1936"), 1);
  EXPECT_EQ(place("b.example:1935"), 3);
  EXPECT_EQ(place("::1"), 2);
  EXPECT_EQ(place("[::1]:1935"), 2);
}

TEST(OptionValues, AServerThatIsNotOneOfTheArrayIsNamed) {
  const std::vector<ServerEntry> servers{"rtmp://a/live?key=secret", "rtmp://a:1936/live"};
  const auto problem = [&servers](const std::string& text) {
    const auto chosen = readServerChoice(text, servers);
    return chosen ? std::string() : chosen.error().message;
  };
  EXPECT_EQ(problem("2"), "--server \"2\": the places are 0 to 1");
  EXPECT_EQ(problem("a"), "--server \"a\": it fits 2 of the servers; a place from 0 fits one");
  EXPECT_EQ(problem("c"), "--server \"c\": it fits none of the servers; a place from 0 fits one");
  EXPECT_EQ(problem("rtmp://a/live?key=other"),
            "--server \"rtmp://a/...\": it fits none of the servers; a place from 0 fits one");
  for (const char* text : {"", "-1", "1x", "http://a/live"}) EXPECT_NE(problem(text), "") << text;
}

TEST(OptionValues, ABadArgumentIsNamedWithItsPlace) {
  EXPECT_EQ(readArguments({" [1]", "\"x\""})->size(), 2U);
  const auto bad = readArguments({"1", " fo o"});
  ASSERT_FALSE(bad);
  EXPECT_EQ(
      bad.error().message.find("argument 2 \"fo o\": no JSON (a text stands in double quotes): "),
      0U)
      << bad.error().message;
  EXPECT_FALSE(readArguments({""}));
  EXPECT_FALSE(readArguments({"  "}));
}

TEST(OptionValues, ABadServerUrlIsNamed) {
  const std::string name = "talk";
  const auto problem = [&name](const std::string& url) {
    const auto servers = readServers("--to", {url}, &name);
    return servers ? std::string() : servers.error().message;
  };
  EXPECT_EQ(problem("clip").find("--to \"clip\": URL: "), 0U);
  EXPECT_EQ(problem("http://a/live").find("--to \"http://a/...\": URL: "), 0U);
  EXPECT_EQ(problem("rtmp://a:99999/live").find("--to \"rtmp://a:99999/...\": URL: port"), 0U);
  EXPECT_EQ(problem("rtmp://a/").find("--to \"rtmp://a/\": URL: "), 0U);
  EXPECT_EQ(problem("").find("--to \"\": URL: "), 0U);
}

TEST(OptionValues, AUrlWithOneSegmentAsksForTheName) {
  const auto servers = readServers("--to", {"rtmp://a/live"}, nullptr);
  ASSERT_FALSE(servers);
  EXPECT_NE(servers.error().message.find("--name"), std::string::npos);
}

TEST(OptionValues, AnUnreadableUrlShowsNoSecret) {
  EXPECT_EQ(shownUrl("rtmp://user:pass@a/live"), "\"rtmp://...\"");
  EXPECT_EQ(shownUrl("rtmp://a:x/live/key"), "\"rtmp://a:x/...\"");
  EXPECT_EQ(shownUrl("rtmp://a?token=1"), "\"rtmp://a?...\"");
  EXPECT_EQ(shownUrl("live/key"), "\"live/...\"");
}

TEST(OptionValues, ListenAddressIsNumericWithAPort) {
  EXPECT_EQ(readListenAddress("--listen", "127.0.0.1:1935")->address, "127.0.0.1");
  EXPECT_EQ(readListenAddress("--listen", "127.0.0.1:1935")->port, 1935);
  EXPECT_EQ(readListenAddress("--listen", "[::1]:0")->address, "::1");
  EXPECT_EQ(readListenAddress("--listen", "[::1]:0")->port, 0);
  for (const std::string bad :
       {"", "1935", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x",
        "localhost:1935", "::1:1935", "[::1]", "[127.0.0.1]:1", "256.0.0.1:1", ":1935"}) {
    const auto result = readListenAddress("--listen", bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().message.find("--listen \"" + bad + '"'), 0U);
  }
}

TEST(OptionValues, AQuotedValueIsOneShortLine) {
  EXPECT_EQ(quotedValue("a\x1b[2Jb"), "\"a?[2Jb\"");
  EXPECT_EQ(quotedValue(std::string(200, 'x')), '"' + std::string(80, 'x') + "...\"");
}

}  // namespace
}  // namespace multiconnection::tools
