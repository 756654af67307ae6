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

TEST(OptionValues, SetupTimeoutIsWholeMillisecondsUpToAnHour) {
  EXPECT_EQ(*readSetupTimeout("1"), milliseconds(1));
  EXPECT_EQ(*readSetupTimeout("3600000"), milliseconds(3600000));
  for (const std::string bad :
       {"", "0", "-1", "1.5", "3000ms", "3600001", "99999999999999999999", " 1", "abc"}) {
    const auto result = readSetupTimeout(bad);
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
  EXPECT_EQ(readListenAddress("127.0.0.1:1935")->address, "127.0.0.1");
  EXPECT_EQ(readListenAddress("127.0.0.1:1935")->port, 1935);
  EXPECT_EQ(readListenAddress("[::1]:0")->address, "::1");
  EXPECT_EQ(readListenAddress("[::1]:0")->port, 0);
  for (const std::string bad :
       {"", "1935", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x",
        "localhost:1935", "::1:1935", "[::1]", "[127.0.0.1]:1", "256.0.0.1:1", ":1935"}) {
    const auto result = readListenAddress(bad);
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
