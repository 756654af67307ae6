#include "client/server_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace multiconnection::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = transport::HandshakeOptions::Kind;

constexpr char kHash[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

ServerConfig checked(const ServerEntry& entry) {
  auto config = checkEntry(entry);
  EXPECT_TRUE(config) << config.error();
  return config ? *config : ServerConfig();
}

Error refused(const ServerEntry& entry) {
  const auto config = checkEntry(entry);
  EXPECT_FALSE(config);
  return config ? Error(Errc::InvalidState, "taken") : config.error();
}

TEST(ServerConfig, TellsConnectWhatStandsBehindTheUrl) {
  const ServerConfig config = checked(
      "rtmp://h/live app=other/x tcUrl=rtmp://t/x pageUrl=http://p swfUrl=http://s "
      "flashver=LNX\\209 conn=S:me conn=N:7 token=abc");
  ConnectOptions options;
  options.swfUrl = "http://common";
  options.flashVersion = "common";
  const session::ConnectParameters connect = connectParameters(config, options);
  EXPECT_EQ(connect.app, "other/x");
  EXPECT_EQ(connect.tcUrl, "rtmp://t/x");
  EXPECT_EQ(connect.pageUrl, "http://p");
  EXPECT_EQ(connect.swfUrl, "http://s");
  EXPECT_EQ(connect.flashVersion, "LNX 9");
  EXPECT_EQ(connect.token, "abc");
  EXPECT_THAT(connect.arguments, ElementsAre(AmfValue("me"), AmfValue(7)));
}

TEST(ServerConfig, BackupsAreLikeTheirEntryButForWhereTheyAre) {
  ServerEntry entry("rtmp://h/live");
  entry.streamName = "own";
  entry.key = "?key=1";
  entry.chunkSize = 4096;
  Backup named("rtmp://b/app swfUrl=http://s");
  named.streamName = "other";
  named.key = "?key=2";
  entry.backups = {named, "rtmp://c/app"};
  const ServerConfig config = checked(entry);
  ASSERT_EQ(config.backups.size(), 2U);
  EXPECT_EQ(config.backups[0].url.host, "b");
  EXPECT_EQ(config.backups[0].options.swfUrl, "http://s");
  EXPECT_EQ(config.backups[0].streamName + config.backups[0].key, "other?key=2");
  EXPECT_EQ(config.backups[0].redactedUrl, "rtmp://b/app/***");
  EXPECT_EQ(config.backups[1].streamName + config.backups[1].key, "own?key=1");
  EXPECT_EQ(config.backups[1].chunkSize, 4096U);
}

TEST(ServerConfig, ABackupThatCannotWorkIsNamed) {
  ServerEntry entry("rtmp://h/live");
  entry.backups = {"rtmp://b/app", "http://c/app"};
  EXPECT_THAT(refused(entry).message, AllOf(HasSubstr("backup"), HasSubstr("http")));
  entry.backups.assign(17, "rtmp://b/app");
  EXPECT_THAT(refused(entry).message, HasSubstr("17 backups: at most 16"));
  entry.backups.clear();
  entry.failover.failBackAfter = std::chrono::milliseconds(-1);
  EXPECT_THAT(refused(entry).message, HasSubstr("failBackAfter of -1 ms"));
}

TEST(ServerConfig, KeepsWhatTheArrayHasInCommonWhereTheServerSaysNothing) {
  ServerEntry entry("rtmp://h/live?a=b");
  entry.arguments = {2};
  ConnectOptions options;
  options.swfUrl = "http://common";
  options.flashVersion = "common";
  options.arguments = {1};
  const session::ConnectParameters connect = connectParameters(checked(entry), options);
  EXPECT_EQ(connect.app, "live?a=b");
  EXPECT_EQ(connect.tcUrl, "rtmp://h/live?a=b");
  EXPECT_EQ(connect.swfUrl, "http://common");
  EXPECT_EQ(connect.flashVersion, "common");
  EXPECT_EQ(connect.token, "");
  EXPECT_THAT(connect.arguments, ElementsAre(AmfValue(1), AmfValue(2)));
}

TEST(ServerConfig, RefusesDropLimitsThatMakeNoSense) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  const std::pair<milliseconds DropLimits::*, const char*> ages[] = {
      {&DropLimits::disposableAfter, "dropLimits.disposableAfter"},
      {&DropLimits::videoAfter, "dropLimits.videoAfter"},
      {&DropLimits::audioAfter, "dropLimits.audioAfter"},
      {&DropLimits::audioOnlyAfter, "dropLimits.audioOnlyAfter"}};
  for (const auto& [age, name] : ages) {
    for (const milliseconds wrong : {milliseconds(-1), milliseconds(hours(24)) + milliseconds(1)}) {
      ServerEntry entry("rtmp://h/live");
      entry.dropLimits.*age = wrong;
      EXPECT_THAT(refused(entry).message,
                  HasSubstr(name + (" of " + std::to_string(wrong.count()))));
    }
  }
  for (const std::size_t wrong : {std::size_t(65535), (std::size_t(1) << 30) + 1}) {
    ServerEntry entry("rtmp://h/live");
    entry.dropLimits.maxBytes = wrong;
    EXPECT_THAT(refused(entry).message,
                HasSubstr("dropLimits.maxBytes of " + std::to_string(wrong)));
  }
}

TEST(ServerConfig, TakesDropLimitsUpToTheirEnds) {
  ServerEntry entry("rtmp://h/live");
  const auto none = std::chrono::milliseconds(0);
  entry.dropLimits = {none, none, std::chrono::hours(24), none, 65536};
  EXPECT_EQ(checked(entry).dropLimits.audioAfter, std::chrono::hours(24));
  entry.dropLimits.maxBytes = std::size_t(1) << 30;
  EXPECT_EQ(checked(entry).dropLimits.maxBytes, std::size_t(1) << 30);
}

TEST(ServerConfig, ChoosesTheHandshake) {
  EXPECT_EQ(handshakeOptions(checked("rtmp://h/live")).kind, Kind::Plain);
  EXPECT_EQ(handshakeOptions(checked("rtmp://h/live handshake=digest")).kind, Kind::Digest);
  EXPECT_EQ(handshakeOptions(checked("rtmpe://h/live handshake=digest")).kind, Kind::Encrypted);
  const auto verified =
      handshakeOptions(checked("rtmp://h/live swfVfy=1 swfSize=99 swfHash=" + std::string(kHash)));
  ASSERT_TRUE(verified.swf);
  EXPECT_EQ(verified.swf->size, 99U);
  EXPECT_EQ(verified.swf->hash[31], 0x1F);
  EXPECT_FALSE(handshakeOptions(checked("rtmp://h/live")).swf);
}

TEST(ServerConfig, TakesTheStreamNameFromTheUrlUnlessTheEntryHasOne) {
  EXPECT_EQ(checked("rtmp://h/live playpath=cam").streamName, "cam");
  EXPECT_EQ(checked({"rtmp://h/live playpath=cam", "own"}).streamName, "own");
}

TEST(ServerConfig, ShowsNoOption) {
  const ServerConfig config =
      checked("rtmp://h/live?k=canary playpath=canary token=canary conn=S:canary");
  EXPECT_EQ(config.redactedUrl, checked({"rtmp://h/live?k=x", "y"}).redactedUrl);
  EXPECT_THAT(config.redactedUrl, AllOf(HasSubstr("rtmp://h/live"), Not(HasSubstr("canary"))));
}

TEST(ServerConfig, RefusesOptionsThatAreNoneOfAServer) {
  for (const char* key : {"live=1", "start=1000", "stop=1000", "buffer=1000"}) {
    const Error error = refused("rtmp://h/live " + std::string(key));
    EXPECT_EQ(error.code, Errc::InvalidArgument);
    const std::string name(key, std::string(key).find('='));
    EXPECT_THAT(error.message, AllOf(HasSubstr("option " + name), HasSubstr("PlayOptions")));
  }
  EXPECT_THAT(refused("rtmp://h/live socks=x").message, HasSubstr("option socks"));
  EXPECT_THAT(refused("rtmp://h/live colour=red").message, HasSubstr("\"colour\" is unknown"));
  EXPECT_EQ(refused("http://h/live swfUrl=http://s").code, Errc::InvalidArgument);
}

}  // namespace
}  // namespace multiconnection::client
