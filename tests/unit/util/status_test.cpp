#include "multiconnection/status.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace multiconnection {
namespace {

TEST(StatusCode, HasItsOwnDottedNameAndComesBackFromIt) {
  std::set<std::string_view> names;
  for (int i = 1; i <= static_cast<int>(StatusCode::StreamStalled); ++i) {
    const auto code = static_cast<StatusCode>(i);
    EXPECT_FALSE(codeName(code).empty()) << i;
    EXPECT_TRUE(names.insert(codeName(code)).second) << codeName(code);
    EXPECT_EQ(statusCode(codeName(code)), code);
  }
}

TEST(StatusCode, IsSpelledAsOnTheWire) {
  EXPECT_EQ(codeName(StatusCode::SetupSuccess), "NetConnection.Setup.Success");
  EXPECT_EQ(codeName(StatusCode::ConnectRejected), "NetConnection.Connect.Rejected");
  EXPECT_EQ(codeName(StatusCode::PublishBadName), "NetStream.Publish.BadName");
  EXPECT_EQ(codeName(StatusCode::StreamFailed), "NetStream.Failed");
  EXPECT_EQ(codeName(StatusCode::StreamPublishSuccess), "MultiStream.Publish.Success");
  EXPECT_EQ(codeName(StatusCode::Lost), "MultiConnection.Lost");
}

TEST(StatusCode, OfAnUnknownTextIsUnknown) {
  EXPECT_EQ(statusCode("NetConnection.Connect.IdleTimeOut"), StatusCode::Unknown);
  EXPECT_EQ(statusCode("netconnection.setup.success"), StatusCode::Unknown);
  EXPECT_EQ(statusCode(""), StatusCode::Unknown);
  EXPECT_EQ(codeName(StatusCode::Unknown), "");
}

TEST(ServerReport, PrintsAsOneLine) {
  ServerReport report;
  report.url = "rtmp://b/live/***";
  report.codeText = "NetConnection.Connect.Rejected";
  report.reason = "no such key";
  report.elapsed = std::chrono::milliseconds(41);
  std::ostringstream out;
  out << report;
  EXPECT_EQ(out.str(), "rtmp://b/live/*** NetConnection.Connect.Rejected after 41 ms: no such key");
}

TEST(ServerReport, PrintsItsStateWhileThereIsNoCode) {
  ServerReport report;
  report.url = "rtmp://b/live";
  report.state = ServerState::Handshaking;
  std::ostringstream out;
  out << report;
  EXPECT_EQ(out.str(), "rtmp://b/live handshaking after 0 ms");
}

TEST(StatusEvent, PrintsEveryServer) {
  StatusEvent event;
  event.codeText = "NetConnection.Setup.Failed";
  event.level = StatusLevel::Error;
  event.reason = "1 of 2 servers connected";
  event.servers.resize(2);
  event.servers[0].url = "rtmp://a/live";
  event.servers[0].state = ServerState::Connected;
  event.servers[1].url = "rtmp://b/live";
  event.servers[1].state = ServerState::Failed;
  std::ostringstream out;
  out << event;
  EXPECT_EQ(out.str(),
            "NetConnection.Setup.Failed (error): 1 of 2 servers connected"
            " [rtmp://a/live connected after 0 ms] [rtmp://b/live failed after 0 ms]");
}

}  // namespace
}  // namespace multiconnection
