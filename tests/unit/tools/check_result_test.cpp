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
            (Lines{"#  server                     connect  ms  publish  codecs    why not",
                   "0  rtmp://a/live/***          yes      41  -        not said",
                   "1  rtmp://b.example/live/***  yes      41  no       not said  "
                   "NetStream.Publish.BadName in?[2Juse"}));
}

/// What stands in the last column but one, without what is refused.
std::string codecsColumn(const CheckResult& result) {
  const Lines lines = tableOf({result});
  const auto begin = lines.at(0).find("codecs");
  return lines.at(1).substr(begin, lines.at(1).find("  ", begin) - begin);
}

TEST(CheckResult, TheCodecsAreTheServersOwnWords) {
  CheckResult result = connected(0, Publish::NotAsked);
  EXPECT_EQ(codecsColumn(result), "not said");
  result.codecs = {Codec::Hevc};
  result.refusedCodecs = {Codec::Av1, Codec::Vp8, Codec::Vp9};
  EXPECT_EQ(codecsColumn(result), "HEVC Opus? FLAC? AC-3? E-AC-3?");
  result.refusedCodecs = {Codec::Av1,  Codec::Vp8, Codec::Vp9, Codec::Opus,
                          Codec::Flac, Codec::Ac3, Codec::Eac3};
  EXPECT_EQ(codecsColumn(result), "HEVC");
  result.refusedCodecs.push_back(Codec::Hevc);
  result.codecs.clear();
  EXPECT_EQ(codecsColumn(result), "none");
  result.codecs.swap(result.refusedCodecs);
  EXPECT_EQ(codecsColumn(result), "all");
  EXPECT_EQ(codecsColumn(CheckResult{}), "-");
}

}  // namespace
}  // namespace multiconnection::tools
