#include "tools/table_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Property;
using testing::SizeIs;

ServerStatistics server(std::size_t index, ServerState state) {
  ServerStatistics figures;
  figures.index = index;
  figures.url = "rtmp://server" + std::to_string(index) + ".example/live/***";
  figures.state = state;
  figures.codeText = "NetStream.Publish.Start";
  figures.bitrateBps = 6021000;
  figures.queueTime = milliseconds(33);
  figures.droppedVideo = 4;
  figures.droppedAudio = 1;
  figures.lag = milliseconds(12);
  return figures;
}

TableSnapshot snapshot(std::size_t servers) {
  TableSnapshot table;
  for (std::size_t i = 0; i < servers; ++i) {
    table.servers.push_back(server(i, ServerState::Publishing));
  }
  table.required = servers;
  table.elapsed = std::chrono::seconds(3723);
  return table;
}

TEST(TableView, ShowsOneRowPerServerAndTheAggregate) {
  auto table = snapshot(2);
  table.servers[1].state = ServerState::Failed;
  table.servers[1].codeText = "NetConnection.Connect.Closed";
  table.servers[1].bitrateBps = 0;
  table.code = "MultiConnection.Lost";
  EXPECT_THAT(
      tableLines(table, 120, 50),
      ElementsAre(
          "#  server                    state       code            kbit/s  queue ms  drops  lag "
          "ms",
          "0  server0.example/live/***  publishing  Publish.Start     6021        33      5      "
          "12",
          "1  server1.example/live/***  failed      Connect.Closed       0        33      5      "
          "12",
          "01:02:03  1 of 2 publishing (2 needed)  6021 kbit/s  10 drops  MultiConnection.Lost"));
}

TEST(TableView, ANarrowTerminalCutsTheUrlFirst) {
  const auto lines = tableLines(snapshot(1), 80, 50);
  EXPECT_THAT(lines, Each(Property(&std::string::size, testing::Le(80U))));
  EXPECT_THAT(lines[1],
              AllOf(HasSubstr("server0.exam"), HasSubstr(".."), HasSubstr("Publish.Start"),
                    testing::EndsWith("12"), Not(HasSubstr("***"))));
}

TEST(TableView, NoLineIsWiderThanTheTerminal) {
  for (std::size_t columns = 0; columns < 120; ++columns) {
    EXPECT_THAT(tableLines(snapshot(3), columns, 50),
                Each(Property(&std::string::size, testing::Le(columns))));
  }
}

TEST(TableView, ServersThatDoNotFitAreCounted) {
  auto table = snapshot(10);
  table.servers[8].state = ServerState::Failed;
  const auto lines = tableLines(table, 120, 6);
  ASSERT_THAT(lines, SizeIs(6));
  EXPECT_THAT(lines[3], HasSubstr("server2.example"));
  EXPECT_EQ(lines[4], "... and 7 more servers, 6 publishing, 1 failed");
  EXPECT_THAT(lines[5], HasSubstr("9 of 10 publishing"));
}

TEST(TableView, TextsOfServersCannotMoveTheCursor) {
  auto table = snapshot(1);
  table.servers[0].codeText = "x.\x1b[2J\n";
  for (const auto& line : tableLines(table, 120, 50)) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace multiconnection::tools
