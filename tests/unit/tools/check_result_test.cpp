#include "tools/check_result.hpp"

#include <gtest/gtest.h>

namespace multiconnection::tools {
namespace {

using Publish = CheckResult::Publish;
using Lines = std::vector<std::string>;

CheckResult connected(std::size_t server, Publish publish) {
  CheckResult result;
  result.server = server;
  result.url = "rtmp://a/live/***";
  result.connected = true;
  result.elapsed = std::chrono::milliseconds(41);
  result.publish = publish;
  result.code = "NetConnection.Connect.Success";
  return result;
}

TEST(CheckResult, IsGoodWhenConnectedAndNotRefused) {
  EXPECT_TRUE(connected(0, Publish::NotAsked).good());
  EXPECT_TRUE(connected(0, Publish::Allowed).good());
  EXPECT_FALSE(connected(0, Publish::Refused).good());
  EXPECT_FALSE(connected(0, Publish::NoAnswer).good());
  EXPECT_FALSE(CheckResult{}.good());
}

TEST(CheckResult, TheTableSaysWhyNotAndMovesNoCursor) {
  CheckResult refused = connected(1, Publish::Refused);
  refused.url = "rtmp://b.example/live/***";
  refused.code = "NetStream.Publish.BadName";
  refused.reason = "in\x1b[2Juse";
  EXPECT_EQ(tableOf({connected(0, Publish::NotAsked), refused}),
            (Lines{"#  server                     connect  ms  publish  why not",
                   "0  rtmp://a/live/***          yes      41  -",
                   "1  rtmp://b.example/live/***  yes      41  no       "
                   "NetStream.Publish.BadName in?[2Juse"}));
}

}  // namespace
}  // namespace multiconnection::tools
