#include "tools/event_text.hpp"

#include <gtest/gtest.h>

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;

ServerReport report(ServerState state) {
  ServerReport server;
  server.index = 1;
  server.url = "rtmp://b/live/***";
  server.state = state;
  server.codeText = "NetConnection.Connect.Rejected";
  server.reason = "full\nhouse";
  server.elapsed = milliseconds(41);
  return server;
}

TEST(EventText, AVerdictCountsTheServersThatAreUp) {
  StatusEvent event;
  event.code = StatusCode::SetupFailed;
  event.codeText = "NetConnection.Setup.Failed";
  event.reason = "1 of 2";
  event.elapsed = milliseconds(50);
  event.servers = {report(ServerState::Connected), report(ServerState::Failed)};
  EXPECT_EQ(textOfArrayEvent(event),
            "NetConnection.Setup.Failed after 50 ms, 1 of 2 servers up: 1 of 2");
}

TEST(EventText, AFailedVerdictNamesTheServersThatAreDown) {
  StatusEvent event;
  event.code = StatusCode::SetupFailed;
  event.servers = {report(ServerState::Connected), report(ServerState::Handshaking)};
  const std::vector<std::string> expected{
      "  server 1 rtmp://b/live/*** NetConnection.Connect.Rejected after 41 ms: full?house"};
  EXPECT_EQ(textsOfServersDown(event), expected);
  event.code = StatusCode::StreamPublishFailed;
  EXPECT_EQ(textsOfServersDown(event).size(), 2U) << "connected is not publishing";
  event.code = StatusCode::SetupSuccess;
  EXPECT_TRUE(textsOfServersDown(event).empty());
}

TEST(EventText, AServerEventIsOneLine) {
  StatusEvent event;
  event.codeText = "NetConnection.Connect.Rejected";
  event.server = report(ServerState::Failed);
  EXPECT_EQ(textOfServerEvent(event),
            "server 1 rtmp://b/live/*** NetConnection.Connect.Rejected after 41 ms: full?house");
}

TEST(EventText, ASummaryTellsWhyAServerFailed) {
  ServerStatistics server;
  server.index = 2;
  server.url = "rtmp://c/live/***";
  server.state = ServerState::Failed;
  server.reason = "reset";
  server.bytesSent = 5;
  server.audioMessages = 6;
  server.videoMessages = 7;
  server.droppedVideo = 8;
  server.droppedAudio = 1;
  EXPECT_EQ(textOfServerSummary(server),
            "server 2 rtmp://c/live/*** failed: 5 bytes, 6 audio and 7 video messages, 9 dropped; "
            "reset");
}

TEST(EventText, CountersOfAPlayer) {
  EXPECT_EQ(textOfCounters(PlayCounters{1, 2, 3, 4}), "1 audio, 2 video, 3 data messages, 4 bytes");
}

TEST(PlayCounters, CountsByKindAndKnowsWhetherAnythingWasPlayed) {
  PlayCounters counters;
  const auto body = std::make_shared<const Bytes>(Bytes{1, 2, 3});
  counters.count({MediaKind::Data, milliseconds(0), body});
  EXPECT_FALSE(counters.played()) << "data alone is nothing to play";
  counters.count({MediaKind::Audio, milliseconds(0), body});
  counters.count({MediaKind::Video, milliseconds(0), body});
  EXPECT_TRUE(counters.played());
  EXPECT_EQ(counters.audioMessages, 1U);
  EXPECT_EQ(counters.videoMessages, 1U);
  EXPECT_EQ(counters.dataMessages, 1U);
  EXPECT_EQ(counters.bytes, 9U);
}

}  // namespace
}  // namespace multiconnection::tools
