#include <gtest/gtest.h>
#include <multiconnection.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

/// A node at one address.
std::unique_ptr<Node> startNode(std::uint16_t port) {
  NodeOptions options;
  options.port = port;
  auto node = std::make_unique<Node>(options);
  const auto started = node->start();
  if (!started) throw std::runtime_error(started.error().message);
  return node;
}

std::string urlOf(const Node& node) {
  return "rtmp://127.0.0.1:" + std::to_string(node.port()) + "/live";
}

/// The codes of the array, and when each server was to be tried again by the event of a loss.
struct Losses {
  static void take(void* user, const mc_event* event) {
    auto* losses = static_cast<Losses*>(user);
    if (mc_event_is(event, MC_CODE_LOST)) {
      std::vector<std::int64_t> tries;
      for (std::size_t i = 0; i < event->server_count; ++i) {
        EXPECT_EQ(event->servers[i]->troubled_ms >= 0, i == 1);
        tries.push_back(event->servers[i]->next_try_ms);
      }
      losses->nextTries.add(tries);
    }
    losses->codes.add(event->code);  // last: who waits for it reads the tries
  }
  bool waitFor(const std::string& code) {
    return codes.waitUntil(
        [&](const auto& all) { return std::find(all.begin(), all.end(), code) != all.end(); });
  }
  Collector<std::string> codes;
  Collector<std::vector<std::int64_t>> nextTries;
};

/// An array of C with a server that stays and one that goes.
class CReconnect : public ::testing::Test {
 protected:
  CReconnect() {
    mc_reconnect_policy_init(&policy, sizeof(policy));
    mc_connect_options_init(&options, sizeof(options));
    for (std::size_t i = 0; i < 2; ++i) {
      mc_server_entry_init(&entries[i], sizeof(entries[i]));
      entries[i].url = urls[i].c_str();
    }
    EXPECT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
    EXPECT_EQ(mc_array_on_event(array, Losses::take, &losses, nullptr, nullptr, nullptr), MC_OK);
  }
  ~CReconnect() override { mc_array_free(array); }

  void loseTheSecond() {
    ASSERT_EQ(mc_array_connect(array, entries, 2, &options, &error), MC_OK) << error.message;
    ASSERT_TRUE(losses.waitFor(MC_CODE_SETUP_SUCCESS));
    flapping.reset();
    ASSERT_TRUE(losses.waitFor(MC_CODE_LOST));
  }

  const std::unique_ptr<Node> steady = startNode(0);
  std::unique_ptr<Node> flapping = startNode(0);
  const std::string urls[2] = {urlOf(*steady), urlOf(*flapping)};
  Losses losses;
  mc_error error = MC_ERROR_INIT;
  mc_reconnect_policy policy;
  mc_connect_options options;
  mc_server_entry entries[2];
  mc_array* array = nullptr;
};

TEST_F(CReconnect, APolicyIsFollowedAndTheFiguresTellOfIt) {
  policy.initial_ms = 20;
  policy.jitter = 0;
  policy.cap_ms = 20;
  options.reconnect = &policy;
  options.recovery_time_ms = 50;
  const std::uint16_t port = flapping->port();
  loseTheSecond();
  const auto tries = losses.nextTries.all().front();
  ASSERT_EQ(tries.size(), 2U);
  EXPECT_EQ(tries[0], -1);
  EXPECT_GE(tries[1], 0);
  EXPECT_LE(tries[1], 20);

  flapping = startNode(port);
  ASSERT_TRUE(losses.waitFor(MC_CODE_RECOVERED));
  mc_statistics* statistics = nullptr;
  ASSERT_EQ(mc_array_statistics(array, &statistics, nullptr), MC_OK);
  const mc_server_statistics* stayed = mc_statistics_at(statistics, 0);
  const mc_server_statistics* returned = mc_statistics_at(statistics, 1);
  EXPECT_EQ(stayed->reconnects, 0U);
  EXPECT_STREQ(stayed->last_error, "");
  EXPECT_EQ(returned->reconnects, 1U);
  EXPECT_STRNE(returned->last_error, "");
  EXPECT_EQ(stayed->troubled_ms, -1);
  EXPECT_GE(returned->troubled_ms, 50) << "until it has been healthy for healthy_after_ms";
  EXPECT_EQ(returned->next_try_ms, -1);
  EXPECT_EQ(returned->enhanced, 1);
  EXPECT_EQ(returned->amf3, 0);
  EXPECT_GE(returned->in_state_ms, 50) << "it has stayed for the recovery time";
  EXPECT_GT(stayed->in_state_ms, returned->in_state_ms);
  mc_statistics_free(statistics);
}

TEST_F(CReconnect, AnEntryHasAPolicyOfItsOwn) {
  policy.enabled = 0;
  entries[1].reconnect = &policy;
  loseTheSecond();
  EXPECT_EQ(losses.nextTries.all().front(), (std::vector<std::int64_t>{-1, -1}));
}

TEST_F(CReconnect, APolicyThatCannotWorkIsNamed) {
  policy.factor = 0.5;
  entries[1].reconnect = &policy;
  EXPECT_EQ(mc_array_connect(array, entries, 2, nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_NE(std::strstr(error.message, "factor"), nullptr) << error.message;
  EXPECT_EQ(error.server_index, 1);
  policy.struct_size = 0;
  options.reconnect = &policy;
  EXPECT_EQ(mc_array_connect(array, entries, 1, &options, &error), MC_INVALID_ARGUMENT);
  EXPECT_NE(std::strstr(error.message, "mc_reconnect_policy_init()"), nullptr) << error.message;
}

TEST_F(CReconnect, ABackupTakesOver) {
  const std::unique_ptr<Node> standIn = startNode(0);
  const std::string url = urlOf(*standIn);
  mc_backup backup;
  mc_backup_init(&backup, sizeof(backup));
  backup.url = url.c_str();
  entries[1].backups = &backup;
  entries[1].backup_count = 1;
  entries[1].standby = MC_STANDBY_COLD;
  entries[1].fail_back_after_ms = -1;
  flapping.reset();
  ASSERT_EQ(mc_array_connect(array, entries, 2, &options, &error), MC_OK) << error.message;
  ASSERT_TRUE(losses.waitFor(MC_CODE_SETUP_SUCCESS));
  mc_statistics* statistics = nullptr;
  ASSERT_EQ(mc_array_statistics(array, &statistics, nullptr), MC_OK);
  EXPECT_EQ(mc_statistics_at(statistics, 0)->backup, 0U);
  EXPECT_EQ(mc_statistics_at(statistics, 1)->backup, 1U);
  EXPECT_EQ(mc_statistics_at(statistics, 1)->standby, 0);
  mc_statistics_free(statistics);
}

TEST_F(CReconnect, ABackupThatCannotBeReadIsNamed) {
  mc_backup backup;
  mc_backup_init(&backup, sizeof(backup));
  entries[1].backup_count = 1;
  const auto problem = [this] {
    EXPECT_EQ(mc_array_connect(array, entries, 2, nullptr, &error), MC_INVALID_ARGUMENT);
    EXPECT_EQ(error.server_index, 1);
    return std::string(error.message);
  };
  EXPECT_NE(problem().find("backups"), std::string::npos);
  entries[1].backups = &backup;
  EXPECT_NE(problem().find("url of a backup"), std::string::npos);
  backup.url = "http://example.com/live";
  EXPECT_NE(problem().find("http"), std::string::npos);
  entries[1].standby = 3;
  EXPECT_NE(problem().find("standby 3"), std::string::npos);
}

TEST(CServerEntry, HasTheDefaultsOfTheLibrary) {
  mc_server_entry entry;
  mc_server_entry_init(&entry, sizeof(entry));
  EXPECT_EQ(entry.standby, MC_STANDBY_WARM);
  EXPECT_EQ(entry.fail_back_after_ms, 10000);
  EXPECT_EQ(entry.backups, nullptr);
}

TEST(CReconnectPolicy, HasTheDefaultsOfTheLibrary) {
  mc_reconnect_policy policy;
  mc_reconnect_policy_init(&policy, sizeof(policy));
  EXPECT_EQ(policy.enabled, 1);
  EXPECT_EQ(policy.attempts, 0U);
  EXPECT_EQ(policy.initial_ms, 1000);
  EXPECT_EQ(policy.factor, 1.5);
  EXPECT_EQ(policy.cap_ms, 30000);
  EXPECT_EQ(policy.jitter, 0.2);
  EXPECT_EQ(policy.give_up_after_ms, 0);
  EXPECT_EQ(policy.healthy_after_ms, 30000);
  EXPECT_EQ(policy.ghost_time_ms, 60000);
  mc_connect_options options;
  mc_connect_options_init(&options, sizeof(options));
  EXPECT_EQ(options.recovery_time_ms, 5000);
  EXPECT_EQ(options.reconnect, nullptr);
}

}  // namespace
}  // namespace multiconnection::test
