// Servers that fall behind: what they are spared, and what that means for the others.
#include <gtest/gtest.h>

#include <multiconnection/link_emulator.hpp>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

/// A node behind a link.
struct FarNode {
  FarNode() {
    LinkEmulatorOptions options;
    options.targetPort = node.node.port();
    link.emplace(options);
    started = node.started && link->start();
  }
  std::string url() const { return "rtmp://127.0.0.1:" + std::to_string(link->port()) + "/live"; }

  RunningNode node;
  std::optional<LinkEmulator> link;
  bool started = false;
};

TEST(DropLimits, AreEachServersOwn) {
  FarNode hasty;
  FarNode patient;
  ASSERT_TRUE(hasty.started && patient.started);
  ServerEntry first(hasty.url());
  first.dropLimits.videoAfter = 300ms;
  ServerEntry second(patient.url());
  second.dropLimits = {24h, 24h, 24h, 24h, std::size_t(1) << 30};
  ConnectOptions options;
  options.stallTimeout = kLimit;
  const auto source = PacketSource::create();
  MultiConnection array;
  Listener listener(array);
  ASSERT_TRUE(connectAll(array, listener, {first, second}, options));
  ASSERT_TRUE(array.stream().attach(source));
  ASSERT_TRUE(publishAll(array, listener, "cam"));
  LinkConditions stalled;
  stalled.stalled = true;
  ASSERT_TRUE(hasty.link->setUp(stalled) && patient.link->setUp(stalled));

  ASSERT_TRUE(source->push(videoHeader()));
  constexpr std::size_t kFrameBytes = 200000;  // the system's own buffers hold few of them
  std::vector<ServerStatistics> figures;
  for (std::uint32_t number = 0; number < 60; ++number) {
    ASSERT_TRUE(source->push(videoFrame(number, kFrameBytes)));
    figures = array.statistics();  // it has been handed over
  }
  EXPECT_GT(figures.at(0).droppedVideo, 0U);
  EXPECT_LE(figures.at(0).queueTime, 330ms);
  EXPECT_EQ(figures.at(1).droppedVideo, 0U);
  EXPECT_GT(figures.at(1).queueTime, 900ms) << "the default would have dropped";
}

}  // namespace
}  // namespace multiconnection::test
