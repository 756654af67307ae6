#include <gtest/gtest.h>

#include "multiconnection/server.hpp"

namespace multiconnection {
namespace {

RtmpUrl parsed(const std::string& text) {
  auto url = RtmpUrl::parse(text);
  EXPECT_TRUE(url) << text << ": " << url.error();
  return url ? *url : RtmpUrl{};
}

Error refused(const std::string& text) {
  const auto url = RtmpUrl::parse(text);
  EXPECT_FALSE(url) << text;
  return url ? Error{} : url.error();
}

TEST(RtmpUrl, TakesTheWholePathAsTheApplication) {
  const RtmpUrl url = parsed("rtmp://server.example/live/instance");
  EXPECT_EQ(url.host, "server.example");
  EXPECT_EQ(url.port, 1935);
  EXPECT_EQ(url.app, "live/instance");
  EXPECT_EQ(url.streamName, "");
  EXPECT_EQ(url.tcUrl(), "rtmp://server.example/live/instance");
}

TEST(RtmpUrl, WritesThePortInTcUrlUnlessItIsTheDefault) {
  EXPECT_EQ(parsed("rtmp://h:1935/a").tcUrl(), "rtmp://h/a");
  EXPECT_EQ(parsed("RTMP://h:19350/a").tcUrl(), "rtmp://h:19350/a");
}

TEST(RtmpUrl, KnowsTheEncryptedScheme) {
  RtmpUrl url = parsed("RTMPE://h:1935/live/key?a=b");
  EXPECT_EQ(url.scheme, RtmpUrl::Scheme::Rtmpe);
  EXPECT_EQ(url.port, 1935);
  EXPECT_EQ(url.tcUrl(), "rtmpe://h/live/key?a=b");
  ASSERT_TRUE(url.splitStreamName());
  EXPECT_EQ(url.redacted(), "rtmpe://h/live/***");
  EXPECT_EQ(parsed("rtmp://h/live").scheme, RtmpUrl::Scheme::Rtmp);
  EXPECT_NE(refused("rtmpe://h").message.find("after rtmpe://h/"), std::string::npos);
}

TEST(RtmpUrl, TakesIpv6InBracketsOnly) {
  const RtmpUrl url = parsed("rtmp://[::1]:2000/live");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 2000);
  EXPECT_EQ(url.tcUrl(), "rtmp://[::1]:2000/live");
  EXPECT_EQ(parsed("rtmp://[2001:db8::a:192.0.2.1]/live").host, "2001:db8::a:192.0.2.1");
  EXPECT_NE(refused("rtmp://::1/live").message.find("brackets"), std::string::npos);
  for (const char* wrong : {"[::1", "[1::2::3]", "[1:2:3]", "[1:2:3:4:5:6:7:8:9]", "[12345::]",
                            "[fe80::1%eth0]", "[]", "[::1]x", "[192.0.2.1::]", "[:::]"}) {
    EXPECT_EQ(refused("rtmp://" + std::string(wrong) + "/live").code, Errc::InvalidArgument);
  }
}

TEST(RtmpUrl, KeepsQueryAndPercentSignsUntouched) {
  const RtmpUrl url = parsed("rtmp://h/live%20x?key=a%2Fb/c&d");
  EXPECT_EQ(url.app, "live%20x?key=a%2Fb/c&d");
  EXPECT_EQ(url.tcUrl(), "rtmp://h/live%20x?key=a%2Fb/c&d");
}

TEST(RtmpUrl, DropsSlashesAtTheEndOfThePath) {
  EXPECT_EQ(parsed("rtmp://h/live2/").app, "live2");
  EXPECT_EQ(parsed("rtmp://h/live2/?backup=1").app, "live2?backup=1");
}

TEST(RtmpUrl, SplitsTheLastSegmentAndTheQueryOffAsStreamName) {
  RtmpUrl url = parsed("rtmp://h/live/instance/key?token=a/b");
  ASSERT_TRUE(url.splitStreamName());
  EXPECT_EQ(url.app, "live/instance");
  EXPECT_EQ(url.streamName, "key?token=a/b");
  EXPECT_EQ(url.tcUrl(), "rtmp://h/live/instance");
}

TEST(RtmpUrl, RefusesToSplitAPathOfOneSegment) {
  for (const char* text : {"rtmp://h/live", "rtmp://h/live?x=a/b", "rtmp://h//live"}) {
    RtmpUrl url = parsed(text);
    const auto split = url.splitStreamName();
    ASSERT_FALSE(split) << text;
    EXPECT_EQ(split.error().code, Errc::InvalidArgument);
    EXPECT_EQ(url.streamName, "");
  }
}

TEST(RtmpUrl, HidesStreamNameAndQueryValues) {
  RtmpUrl url = parsed("rtmp://h:1936/live/secretKey?token=secretToken");
  ASSERT_TRUE(url.splitStreamName());
  EXPECT_EQ(url.redacted(), "rtmp://h:1936/live/***");
  EXPECT_EQ(parsed("rtmp://h/live?key=secret&user=x&bare&=").redacted(),
            "rtmp://h/live?key=***&user=***&***&=***");
}

TEST(RtmpUrl, NamesASchemeThatIsNotSupportedYet) {
  const Error error = refused("rtmps://h/live");
  EXPECT_EQ(error.code, Errc::Unsupported);
  EXPECT_NE(error.message.find("rtmps is not supported yet"), std::string::npos);
  EXPECT_EQ(refused("rtmpte://h/live").code, Errc::Unsupported);
  EXPECT_EQ(refused("http://h/live").code, Errc::InvalidArgument);
  for (const char* text : {"", "live", "rtmp:/h/live", "://h/live", "rt mp://h/a"}) {
    EXPECT_EQ(refused(text).code, Errc::InvalidArgument) << text;
  }
}

TEST(RtmpUrl, RefusesUserInfoWithoutRepeatingIt) {
  for (const char* text :
       {"rtmp://user:hunter2@h/live", "rtmp://hunter2@h/live", "rtmp://user:hunter2/x@h/live"}) {
    const Error error = refused(text);
    EXPECT_EQ(error.code, Errc::InvalidArgument);
    EXPECT_EQ(error.message.find("hunter2"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("user name and password"), std::string::npos) << error.message;
  }
}

TEST(RtmpUrl, TakesAnAtSignAfterTheHost) {
  EXPECT_EQ(parsed("rtmp://h/live?user=a@b").app, "live?user=a@b");
}

TEST(RtmpUrl, NamesAWrongPort) {
  for (const char* port : {"0", "65536", "99999999999", "12a", "-1", "+1", ""}) {
    const Error error = refused("rtmp://h:" + std::string(port) + "/live");
    EXPECT_EQ(error.code, Errc::InvalidArgument);
    EXPECT_NE(error.message.find("port \"" + std::string(port) + "\""), std::string::npos)
        << error.message;
  }
  EXPECT_EQ(parsed("rtmp://h:65535/live").port, 65535);
}

TEST(RtmpUrl, RefusesAHostThatNoNameServerKnows) {
  for (const char* host :
       {"", "a..b", "-a", "a-", "a b", "256.1.1.1", "1.2.3", "h#x", "h\\x", "\xC3\xA4.example"}) {
    EXPECT_EQ(refused("rtmp://" + std::string(host) + "/live").code, Errc::InvalidArgument) << host;
  }
  EXPECT_EQ(refused("rtmp://" + std::string(64, 'a') + "/live").code, Errc::InvalidArgument);
  for (const char* host : {"a_b.example", "192.0.2.255", "localhost", "xn--4ca.example", "h."}) {
    EXPECT_EQ(parsed("rtmp://" + std::string(host) + "/live").host, host);
  }
}

TEST(RtmpUrl, RefusesAMissingApplication) {
  for (const char* text :
       {"rtmp://h", "rtmp://h/", "rtmp://h//", "rtmp://h/?a=1", "rtmp://h?a=1"}) {
    EXPECT_NE(refused(text).message.find("no application"), std::string::npos) << text;
  }
}

TEST(RtmpUrl, RefusesSpacesControlCharactersAndOverlongText) {
  for (const char* text :
       {"rtmp://h/a b", "rtmp://h/a\tb", "rtmp://h/a\x7F", " rtmp://h/a", "rtmp://h/a\n"}) {
    EXPECT_EQ(refused(text).code, Errc::InvalidArgument);
  }
  EXPECT_EQ(refused(std::string("rtmp://h/a\0b", 12)).code, Errc::InvalidArgument);
  const std::string head = "rtmp://h/";
  EXPECT_EQ(parsed(head + std::string(4096 - head.size(), 'a')).app.size(), 4096 - head.size());
  EXPECT_EQ(refused(head + std::string(4097 - head.size(), 'a')).code, Errc::InvalidArgument);
}

}  // namespace
}  // namespace multiconnection
