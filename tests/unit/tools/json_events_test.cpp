#include "tools/json_events.hpp"

#include <gtest/gtest.h>

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;
constexpr WallTime kTime(1700000000123);

ServerReport report() {
  ServerReport server;
  server.id = 9;
  server.index = 1;
  server.url = "rtmp://b/live/***";
  server.state = ServerState::Failed;
  server.code = StatusCode::ConnectRejected;
  server.codeText = "NetConnection.Connect.Rejected";
  server.reason = "no \"x\"";
  server.elapsed = milliseconds(41);
  server.troubledFor = milliseconds(1500);
  return server;
}

constexpr char kReport[] =
    R"("server":1,"url":"rtmp://b/live/***","state":"failed",)"
    R"("code":"NetConnection.Connect.Rejected","reason":"no \"x\"","elapsed_ms":41,)"
    R"("troubled_ms":1500,"next_try_ms":null)";

StatusEvent arrayEvent(StatusCode code) {
  StatusEvent event;
  event.code = code;
  event.codeText = codeName(code);
  event.elapsed = milliseconds(57);
  event.servers = {report()};
  return event;
}

TEST(JsonEvents, SetupVerdictListsItsServers) {
  EXPECT_EQ(jsonOfArrayEvent(arrayEvent(StatusCode::SetupFailed), kTime),
            std::string(R"({"event":"setup","time_ms":1700000000123,)"
                        R"("code":"NetConnection.Setup.Failed","elapsed_ms":57,"servers":[{)") +
                kReport + "}]}");
}

TEST(JsonEvents, PublishVerdictIsAPublishEvent) {
  for (const auto code : {StatusCode::StreamPublishSuccess, StatusCode::StreamPublishFailed}) {
    EXPECT_EQ(jsonOfArrayEvent(arrayEvent(code), kTime).find(R"({"event":"publish",)"), 0U);
  }
}

TEST(JsonEvents, LaterArrayEventsAreAggregatesWithoutATime) {
  EXPECT_EQ(jsonOfArrayEvent(arrayEvent(StatusCode::Degraded), kTime),
            std::string(R"({"event":"aggregate","time_ms":1700000000123,)"
                        R"("code":"MultiConnection.Degraded","servers":[{)") +
                kReport + "}]}");
  for (const auto code : {StatusCode::Lost, StatusCode::Recovered, StatusCode::Closed}) {
    EXPECT_EQ(jsonOfArrayEvent(arrayEvent(code), kTime).find(R"({"event":"aggregate",)"), 0U);
  }
}

TEST(JsonEvents, AnEventWithoutServersHasAnEmptyList) {
  StatusEvent event;
  event.code = StatusCode::Closed;
  event.codeText = "MultiConnection.Closed";
  EXPECT_EQ(jsonOfArrayEvent(event, kTime),
            R"({"event":"aggregate","time_ms":1700000000123,"code":"MultiConnection.Closed",)"
            R"("servers":[]})");
}

TEST(JsonEvents, ServerEventIsOneServer) {
  StatusEvent event;
  event.code = StatusCode::ConnectRejected;
  event.codeText = "NetConnection.Connect.Rejected";
  event.server = report();
  EXPECT_EQ(jsonOfServerEvent(event, kTime),
            std::string(R"({"event":"server","time_ms":1700000000123,)") + kReport + "}");
}

TEST(JsonEvents, WhereAServerSentUsStandsBesideItsUrl) {
  StatusEvent event;
  event.code = StatusCode::Redirected;
  event.codeText = "MultiConnection.Server.Redirected";
  event.server = report();
  event.server->movedTo = "rtmp://b/edge";
  EXPECT_NE(jsonOfServerEvent(event, kTime).find(R"("moved_to":"rtmp://b/edge"})"),
            std::string::npos);
  event.servers = {*event.server};
  EXPECT_NE(jsonOfArrayEvent(event, kTime).find(R"("moved_to":"rtmp://b/edge"})"),
            std::string::npos);
}

TEST(JsonEvents, ServerEventPrefersItsOwnCodeAndReason) {
  StatusEvent event;
  event.codeText = "NetStream.Strange.Code";
  event.reason = "because";
  event.server = report();
  const auto line = jsonOfServerEvent(event, kTime);
  EXPECT_NE(line.find(R"("code":"NetStream.Strange.Code","reason":"because")"), std::string::npos);
}

TEST(JsonEvents, StatisticsAddTheFigures) {
  ServerStatistics server;
  server.index = 0;
  server.url = "rtmp://a/live/***";
  server.state = ServerState::Publishing;
  server.codeText = "NetStream.Publish.Start";
  server.elapsed = milliseconds(2000);
  server.bytesSent = 123456789012;
  server.audioMessages = 10;
  server.videoMessages = 20;
  server.droppedAudio = 1;
  server.droppedVideo = 2;
  server.queueTime = milliseconds(30);
  server.lag = milliseconds(40);
  server.queueBytes = 5000;
  server.bytesAcknowledged = 123456780000;
  server.bitrateBps = 1;
  server.bitrate10sBps = 10;
  server.bitrate60sBps = 60;
  server.roundTripTime = std::chrono::microseconds(1500);
  server.reconnects = 2;
  server.backup = 1;
  server.standby = true;
  server.yielding = true;
  server.lastError = "gone";
  server.nextTry = milliseconds(700);
  server.inState = milliseconds(900);
  server.bytesReceived = 3000;
  server.dataMessages = 4;
  EXPECT_EQ(
      jsonOfStatistics("stats", {server}, kTime),
      R"({"event":"stats","time_ms":1700000000123,"servers":[{"server":0,)"
      R"("url":"rtmp://a/live/***","state":"publishing","code":"NetStream.Publish.Start",)"
      R"("reason":"","elapsed_ms":2000,"troubled_ms":null,"next_try_ms":700,)"
      R"("state_ms":900,"bytes":123456789012,"bytes_received":3000,"audio_messages":10,)"
      R"("video_messages":20,"data_messages":4,"dropped_messages":3,"queue_ms":30,"lag_ms":40,)"
      R"("queue_bytes":5000,"dropped_audio":1,"dropped_video":2,)"
      R"("bytes_acknowledged":123456780000,"bitrate_bps":1,"bitrate_10s_bps":10,)"
      R"("bitrate_60s_bps":60,"rtt_us":1500,"reconnects":2,"backup":1,)"
      R"("standby":true,"last_error":"gone","yielding":true}]})");
}

TEST(JsonEvents, CountersOfAPlayer) {
  EXPECT_EQ(jsonOfCounters("summary", PlayCounters{1, 2, 3, 4}, kTime),
            R"({"event":"summary","time_ms":1700000000123,"audio_messages":1,"video_messages":2,)"
            R"("data_messages":3,"bytes":4})");
}

TEST(JsonEvents, ListeningNamesThePort) {
  EXPECT_EQ(jsonOfListening("::1", 40001, kTime),
            R"({"event":"listening","time_ms":1700000000123,"address":"::1","port":40001})");
}

TEST(JsonEvents, MetricsNamesThePlace) {
  EXPECT_EQ(jsonOfMetrics("::1", 40001, kTime),
            R"({"event":"metrics","time_ms":1700000000123,"address":"::1","port":40001})");
}

TEST(JsonEvents, BytesThatAreNoUtf8AndLineBreaksStayHarmless) {
  StatusEvent event;
  event.server = report();
  event.reason = "a\xff\nb";
  const auto line = jsonOfServerEvent(event, kTime);
  EXPECT_NE(line.find("\"reason\":\"a\xEF\xBF\xBD\\nb\""), std::string::npos);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(JsonEvents, TellsWhatACheckFound) {
  CheckResult result;
  result.server = 1;
  result.url = "rtmp://b/live/***";
  result.connected = true;
  result.elapsed = std::chrono::milliseconds(41);
  result.publish = CheckResult::Publish::Refused;
  result.codecs = {Codec::Hevc, Codec::Eac3};
  result.refusedCodecs = {Codec::Vp8};
  result.code = "NetStream.Publish.BadName";
  result.reason = "in use";
  EXPECT_EQ(
      jsonOfCheck(result, WallTime(7)),
      R"({"event":"check","time_ms":7,"server":1,"url":"rtmp://b/live/***","connected":true,)"
      R"("publish":"refused","codecs":["HEVC","E-AC-3"],"refused_codecs":["VP8"],"code":"NetStream.Publish.BadName","reason":"in use",)"
      R"("elapsed_ms":41})");
}

TEST(JsonEvents, TellsWhatACallReturned) {
  CallResult result;
  result.server = 1;
  result.url = "rtmp://b/chat";
  result.outcome = CallResult::Outcome::Result;
  result.elapsed = milliseconds(3);
  result.values = {7, AmfObject{{"a", nullptr}}};
  EXPECT_EQ(jsonOfCall(result, WallTime(7)),
            R"({"event":"reply","time_ms":7,"server":1,"url":"rtmp://b/chat","outcome":"result",)"
            R"("elapsed_ms":3,"values":[7,{"a":null}],"error":null,"reason":""})");
}

TEST(JsonEvents, TellsWhyACallReturnedNothing) {
  CallResult result;
  result.outcome = CallResult::Outcome::Error;
  result.errorInfo = "no\xff";
  result.reason = "no\xff";
  const auto line = jsonOfCall(result, WallTime(7));
  EXPECT_NE(line.find("\"outcome\":\"error\",\"elapsed_ms\":0,\"values\":[],"
                      "\"error\":\"no\xEF\xBF\xBD\",\"reason\":\"no\xEF\xBF\xBD\"}"),
            std::string::npos)
      << line;
  result.outcome = CallResult::Outcome::TimedOut;
  EXPECT_NE(jsonOfCall(result, WallTime(7)).find("\"timed_out\""), std::string::npos);
}

TEST(JsonEvents, TheVerdictOfACallIsItsSummary) {
  EXPECT_EQ(
      jsonOfVerdict({"kick", 1, 2, 3}, WallTime(7)),
      R"({"event":"summary","time_ms":7,"method":"kick","results":1,"needed":2,"servers":3})");
}

}  // namespace
}  // namespace multiconnection::tools
