#include "tools/metrics_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

/// The lines of one family, in their order, the labels that every sample has left out.
std::vector<std::string> family(const std::string& page, const std::string& name) {
  std::istringstream in(page);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    const std::string comment = line.substr(0, line.rfind("# ", 0) == 0 ? 7 : 0);
    const auto rest = line.substr(comment.size());
    if (rest.rfind("multiconn_server_" + name, 0) != 0) continue;
    const char next = rest[name.size() + sizeof("multiconn_server_") - 1];
    if (next == '{' || next == ' ') lines.push_back(line);
  }
  return lines;
}

ServerStatistics server() {
  ServerStatistics server;
  server.index = 1;
  server.id = 7;
  server.url = "u";
  return server;
}

TEST(MetricsText, AFamilyHasAHeadAndASampleOfEachServer) {
  auto first = server();
  first.bytesSent = 123456789012;
  ServerStatistics second;
  second.index = 2;
  second.id = 9;
  second.url = "rtmp://b/live/***";
  EXPECT_THAT(family(metricsText({first, second}), "sent_bytes_total"),
              ElementsAre("# HELP multiconn_server_sent_bytes_total RTMP bytes sent, the handshake "
                          "not counted.",
                          "# TYPE multiconn_server_sent_bytes_total counter",
                          R"(multiconn_server_sent_bytes_total{index="1",id="7",url="u"} )"
                          "123456789012",
                          R"(multiconn_server_sent_bytes_total{index="2",id="9",)"
                          R"(url="rtmp://b/live/***"} 0)"));
}

TEST(MetricsText, TimesAreSecondsAndRatesAreBytes) {
  auto slow = server();
  slow.queueTime = milliseconds(1234);
  slow.roundTripTime = std::chrono::microseconds(1500);
  slow.bitrateBps = 12;
  const auto page = metricsText({slow});
  EXPECT_EQ(family(page, "queue_seconds").at(2),
            R"(multiconn_server_queue_seconds{index="1",id="7",url="u"} 1.234)");
  EXPECT_EQ(family(page, "rtt_seconds").at(2),
            R"(multiconn_server_rtt_seconds{index="1",id="7",url="u"} 0.0015)");
  EXPECT_EQ(family(page, "sent_bytes_per_second").at(2),
            R"(multiconn_server_sent_bytes_per_second{index="1",id="7",url="u",window="1s"} 1.5)");
}

TEST(MetricsText, TellsWhoGoesWithoutVideo) {
  auto yielding = server();
  EXPECT_EQ(family(metricsText({yielding}), "yielding").at(2),
            R"(multiconn_server_yielding{index="1",id="7",url="u"} 0)");
  yielding.yielding = true;
  EXPECT_EQ(family(metricsText({yielding}), "yielding").at(2),
            R"(multiconn_server_yielding{index="1",id="7",url="u"} 1)");
}

TEST(MetricsText, OneStateOfAllIsTheServers) {
  auto playing = server();
  playing.state = ServerState::Playing;
  std::vector<std::string> ones;
  const auto lines = family(metricsText({playing}), "state");
  ASSERT_EQ(lines.size(), 2U + 10U);
  for (const auto& line : lines) {
    if (line.substr(line.size() - 2) == " 1") ones.push_back(line);
  }
  EXPECT_THAT(ones, ElementsAre(R"(multiconn_server_state{index="1",id="7",url="u",)"
                                R"(state="playing"} 1)"));
}

TEST(MetricsText, ACodeThatOnlyTheServerKnowsMakesNoSeriesOfItsOwn) {
  auto strange = server();
  strange.codeText = "NetStream.Strange.12345";
  EXPECT_EQ(family(metricsText({strange}), "last_code").at(2),
            R"(multiconn_server_last_code{index="1",id="7",url="u",code="unknown"} 1)");
  strange.code = StatusCode::PublishBadName;
  EXPECT_EQ(family(metricsText({strange}), "last_code").at(2),
            R"(multiconn_server_last_code{index="1",id="7",url="u",)"
            R"(code="NetStream.Publish.BadName"} 1)");
}

TEST(MetricsText, WhatIsNotKnownHasNoSample) {
  const auto page = metricsText({server()});
  EXPECT_EQ(family(page, "rtt_seconds").size(), 2U);
  EXPECT_EQ(family(page, "next_try_seconds").size(), 2U);
  EXPECT_EQ(family(page, "troubled_seconds").at(2),
            R"(multiconn_server_troubled_seconds{index="1",id="7",url="u"} 0)");
}

TEST(MetricsText, LabelsAreEscaped) {
  auto odd = server();
  odd.url = "a\\b\"c\nd\xff";
  EXPECT_EQ(family(metricsText({odd}), "lag_seconds").at(2),
            R"(multiconn_server_lag_seconds{index="1",id="7",url="a\\b\"c\nd)"
            "\xef\xbf\xbd\"} 0");
}

TEST(MetricsText, WithoutServersThereAreOnlyHeads) {
  std::istringstream page(metricsText({}));
  for (std::string line; std::getline(page, line);) EXPECT_EQ(line.substr(0, 2), "# ") << line;
}

}  // namespace
}  // namespace multiconnection::tools
