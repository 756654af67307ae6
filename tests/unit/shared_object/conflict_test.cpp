// Two clients that mirror the same servers, and write one slot at once.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "unit/shared_object/simulation.hpp"

namespace multiconnection::shared_object {
namespace {

using namespace test;
using namespace std::chrono_literals;

struct Outcome {
  std::set<std::string> values;  ///< Of the slot, on all servers and as both clients see it.
  std::size_t messages = 0;      ///< With writes, of both.
  bool settled = false;
};

std::string text(const AmfValue& value) { return value.as<std::string>("none"); }

Outcome contradict(unsigned seed, std::size_t servers, MirrorMode mode,
                   std::chrono::milliseconds delay) {
  std::vector<Simulation::ClientPlan> plans(2);
  for (auto& plan : plans) {
    plan.options.mode = mode;
    for (std::size_t server = 0; server < servers; ++server) plan.servers.push_back(server);
  }
  // The arrays name the servers in different orders.
  if (seed % 2 == 0) std::reverse(plans[1].servers.begin(), plans[1].servers.end());
  Simulation simulation(seed, std::vector<ServerManner>(servers), plans, delay);
  simulation.settle(1000);
  simulation.writesSent = 0;
  EXPECT_TRUE(simulation.sets(0, {{"x", "A"}}));
  EXPECT_TRUE(simulation.sets(1, {{"x", "B"}}));
  Outcome outcome;
  outcome.settled = simulation.settle(2000) < 2000;
  outcome.messages = simulation.writesSent;
  for (std::size_t server = 0; server < servers; ++server) {
    outcome.values.insert(text(simulation.servers[server].content()["x"]));
    for (const auto& client : simulation.clients) {
      outcome.values.insert(text(client.mirror.copy(server)->committed("x")));
    }
  }
  return outcome;
}

class Conflict : public testing::TestWithParam<MirrorMode> {};

TEST_P(Conflict, SettlesInABoundedNumberOfMessagesWithOneValueEverywhere) {
  std::size_t most = 0;
  for (std::size_t servers = 2; servers <= 4; ++servers) {
    // Both set it once on all servers. Then each client may write each of the two values twice to
    // the others, before it sees an echo in it, and once or twice more when it is quiet. Where
    // answers take longer than the time that counts as quiet, some rounds of that may be needed.
    const std::size_t round = 2 * 6 * (servers - 1);
    for (unsigned seed = 1; seed <= 300; ++seed) {
      SCOPED_TRACE(std::to_string(servers) + " servers, seed " + std::to_string(seed));
      for (const auto delay : {1ms, 50ms, 3000ms}) {
        const Outcome outcome = contradict(seed, servers, GetParam(), delay);
        ASSERT_TRUE(outcome.settled);
        ASSERT_EQ(outcome.values.size(), 1U);
        ASSERT_NE(*outcome.values.begin(), "none");
        ASSERT_LE(outcome.messages, 2 * servers + (delay > 1s ? 3 : 1) * round) << delay.count();
        most = std::max(most, outcome.messages - 2 * servers);
      }
    }
  }
  RecordProperty("most", static_cast<int>(most));
  EXPECT_GT(most, 6U) << "no run had them echo each other";
}

INSTANTIATE_TEST_SUITE_P(Modes, Conflict,
                         testing::Values(MirrorMode::Mirror, MirrorMode::PrimaryWins));

}  // namespace
}  // namespace multiconnection::shared_object
