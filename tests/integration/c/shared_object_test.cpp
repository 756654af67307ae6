#include <gtest/gtest.h>
#include <multiconnection.h>

#include <algorithm>
#include <string>
#include <vector>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

/// One change of one server; the event itself is gone by then.
struct SeenChange {
  std::uint64_t server;
  mc_change_code code;
  std::string slot;
  double value;
};

/// Collects what handlers are told. Handlers hold it as `user`, and free it.
struct SyncLog {
  static void take(void* user, const mc_sync* sync) {
    const auto* log = static_cast<const SyncLog*>(user);
    EXPECT_EQ(sync->struct_size, sizeof(mc_sync));
    EXPECT_STREQ(sync->name, "board");
    if (sync->snapshot != 0) log->snapshots.add(sync->server->index);
    for (std::size_t i = 0; i < sync->change_count; ++i) {
      const mc_change& change = *sync->changes[i];
      EXPECT_EQ(change.struct_size, sizeof(mc_change));
      log->changes.add(
          {sync->server->index, change.code, change.slot, mc_value_number(change.value, -1)});
    }
  }
  static void free(void* user) { delete static_cast<SyncLog*>(user); }

  /// Whether every one of two servers told of it.
  bool waitFor(mc_change_code code, const std::string& slot, double value) const {
    return changes.waitUntil([&](const auto& all) {
      bool told[2] = {};
      for (const SeenChange& seen : all) {
        if (seen.code == code && seen.slot == slot && seen.value == value) told[seen.server] = true;
      }
      return told[0] && told[1];
    });
  }

  Collector<SeenChange> changes;
  Collector<std::uint64_t> snapshots;
};

/// An array of C with the object "board" on two servers.
struct Board {
  explicit Board(const RunningNode (&nodes)[2], const mc_shared_object_options* options = nullptr) {
    EXPECT_EQ(mc_array_new(nullptr, &array, &error), MC_OK) << error.message;
    EXPECT_EQ(mc_shared_object_open(array, "board", options, &object, &error), MC_OK)
        << error.message;
    EXPECT_EQ(mc_shared_object_on_sync(object, SyncLog::take, new SyncLog(log), SyncLog::free,
                                       nullptr, &error),
              MC_OK);
    mc_server_entry entries[2];
    const std::string urls[2] = {nodes[0].url(), nodes[1].url()};
    for (int i = 0; i < 2; ++i) {
      mc_server_entry_init(&entries[i], sizeof(entries[i]));
      entries[i].url = urls[i].c_str();
    }
    EXPECT_EQ(mc_array_connect(array, entries, 2, nullptr, &error), MC_OK) << error.message;
    EXPECT_TRUE(log.snapshots.waitUntil([](const auto& all) { return all.size() >= 2; }));
  }
  ~Board() {
    mc_shared_object_free(object);
    mc_array_free(array);
  }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  double number(const char* slot) const {
    mc_value* value = mc_shared_object_get(object, slot);
    const double number = mc_value_number(value, -1);
    mc_value_free(value);
    return number;
  }

  SyncLog log;  ///< Shares what the handlers' copy collects.
  mc_error error = MC_ERROR_INIT;
  mc_array* array = nullptr;
  mc_shared_object* object = nullptr;
};

TEST(CSharedObject, WritesGoToEveryServerAndAreToldToOthers) {
  const RunningNode nodes[2];
  Board mine(nodes);
  Board other(nodes);
  EXPECT_STREQ(mc_shared_object_name(mine.object), "board");
  ASSERT_EQ(mc_shared_object_set(mine.object, "seat", mc_value_new_number(7), &mine.error), MC_OK)
      << mine.error.message;
  EXPECT_EQ(mine.number("seat"), 7) << "what was written is read at once";
  EXPECT_TRUE(mine.log.waitFor(MC_CHANGE_SUCCESS, "seat", 7));
  EXPECT_TRUE(other.log.waitFor(MC_CHANGE_CHANGE, "seat", 7));
  EXPECT_EQ(other.number("seat"), 7);

  mc_value* slots = mc_value_new_object(nullptr);
  mc_value_set(slots, "row", mc_value_new_number(3), nullptr);
  mc_value_set(slots, "seat", mc_value_new_null(), nullptr);
  ASSERT_EQ(mc_shared_object_set_all(other.object, slots, &other.error), MC_OK)
      << other.error.message;
  EXPECT_TRUE(mine.log.waitFor(MC_CHANGE_DELETE, "seat", -1)) << "null deletes";
  EXPECT_TRUE(mine.log.waitFor(MC_CHANGE_CHANGE, "row", 3));
  ASSERT_EQ(mc_shared_object_remove(mine.object, "row", &mine.error), MC_OK);
  EXPECT_TRUE(other.log.waitFor(MC_CHANGE_DELETE, "row", -1));
  mc_value* data = mc_shared_object_data(mine.object);
  EXPECT_EQ(mc_value_kind_of(data), MC_VALUE_OBJECT);
  EXPECT_EQ(mc_value_count(data), 0U);
  mc_value_free(data);
}

TEST(CSharedObject, ReportsTellOfEveryServer) {
  const RunningNode nodes[2];
  Board board(nodes);
  ASSERT_EQ(mc_shared_object_set(board.object, "seat", mc_value_new_number(7), nullptr), MC_OK);
  ASSERT_TRUE(board.log.waitFor(MC_CHANGE_SUCCESS, "seat", 7));
  mc_shared_object_reports* reports = nullptr;
  ASSERT_EQ(mc_shared_object_servers(board.object, &reports, &board.error), MC_OK);
  ASSERT_EQ(mc_shared_object_reports_count(reports), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const mc_shared_object_report* report = mc_shared_object_reports_at(reports, i);
    EXPECT_EQ(report->struct_size, sizeof(mc_shared_object_report));
    EXPECT_EQ(report->index, i);
    EXPECT_EQ(report->state, MC_SHARED_OBJECT_READY);
    EXPECT_EQ(report->own_connection, 0);
    EXPECT_EQ(report->unacknowledged, 0U);
    EXPECT_EQ(mc_value_number(mc_value_member(report->slots, "seat"), -1), 7);
  }
  EXPECT_EQ(mc_shared_object_reports_at(reports, 2), nullptr);
  mc_shared_object_reports_free(reports);
  mc_value* divergent = mc_shared_object_divergent(board.object);
  EXPECT_EQ(mc_value_kind_of(divergent), MC_VALUE_ARRAY);
  EXPECT_EQ(mc_value_count(divergent), 0U);
  mc_value_free(divergent);
  EXPECT_GT(mc_shared_object_bytes(board.object), 0U);
}

struct MessageLog {
  static void take(void* user, const mc_shared_message* message) {
    EXPECT_EQ(message->struct_size, sizeof(mc_shared_message));
    ASSERT_EQ(message->argument_count, 2U);
    static_cast<const MessageLog*>(user)->texts.add(
        std::string(message->name) + ' ' + message->handler + ' ' +
        mc_value_string(message->arguments[0], nullptr) + ' ' +
        std::to_string(int(mc_value_number(message->arguments[1], -1))));
  }
  static void free(void* user) { delete static_cast<MessageLog*>(user); }
  Collector<std::string> texts;
};

TEST(CSharedObject, AMessageReachesEveryUserOncePerServer) {
  const RunningNode nodes[2];
  Board mine(nodes);
  Board other(nodes);
  const MessageLog messages;
  for (const Board* board : {&mine, &other}) {
    ASSERT_EQ(mc_shared_object_on_message(board->object, "say", MessageLog::take,
                                          new MessageLog(messages), MessageLog::free, nullptr),
              MC_OK);
  }
  mc_value* arguments[2] = {mc_value_new_string("hi"), mc_value_new_number(7)};
  ASSERT_EQ(mc_shared_object_send(mine.object, "say", arguments, 2, &mine.error), MC_OK)
      << mine.error.message;
  ASSERT_TRUE(messages.texts.waitUntil([](const auto& all) { return all.size() >= 4; }));
  EXPECT_EQ(messages.texts.all(), std::vector<std::string>(4, "board say hi 7"));
}

TEST(CSharedObject, AHandlersUserIsFreedWithItsHandle) {
  mc_array* array = nullptr;
  mc_shared_object* object = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  ASSERT_EQ(mc_shared_object_open(array, "board", nullptr, &object, nullptr), MC_OK);
  int freed[4] = {};
  const auto free = [](void* user) { ++*static_cast<int*>(user); };
  mc_listener listener = 0;
  const auto onSync = [](void*, const mc_sync*) {};
  const auto onEvent = [](void*, const mc_event*) {};
  const auto onMessage = [](void*, const mc_shared_message*) {};
  ASSERT_EQ(mc_shared_object_on_sync(object, onSync, &freed[0], free, &listener, nullptr), MC_OK);
  ASSERT_EQ(mc_shared_object_on_status(object, onEvent, &freed[1], free, nullptr, nullptr), MC_OK);
  ASSERT_EQ(mc_shared_object_on_message(object, "say", onMessage, &freed[2], free, nullptr), MC_OK);
  ASSERT_EQ(mc_shared_object_remove_listener(object, listener, nullptr), MC_OK);
  EXPECT_EQ(freed[0], 1);
  EXPECT_EQ(mc_shared_object_remove_listener(object, listener, nullptr), MC_INVALID_ARGUMENT);
  ASSERT_EQ(mc_shared_object_on_message(object, "say", onMessage, &freed[3], free, nullptr), MC_OK);
  EXPECT_EQ(freed[2], 1) << "in place of the one before";
  mc_array_free(array);
  mc_error error = MC_ERROR_INIT;
  EXPECT_EQ(mc_shared_object_set(object, "x", mc_value_new_number(1), &error), MC_INVALID_STATE)
      << "its array is gone";
  mc_shared_object_free(object);
  EXPECT_EQ(std::vector<int>(freed, freed + 4), (std::vector<int>{1, 1, 1, 1}));
}

TEST(CSharedObject, WhatCannotBeIsRefusedByName) {
  mc_array* array = nullptr;
  mc_shared_object* object = nullptr;
  mc_error error = MC_ERROR_INIT;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  EXPECT_EQ(mc_shared_object_open(array, "no name", nullptr, &object, &error), MC_INVALID_ARGUMENT);
  EXPECT_NE(std::string(error.message).find("no name"), std::string::npos) << error.message;
  EXPECT_EQ(object, nullptr);
  mc_shared_object_options options;
  mc_shared_object_options_init(&options, sizeof(options));
  EXPECT_EQ(options.use_timeout_ms, 3000);
  EXPECT_EQ(options.max_slots, 1024U);
  options.mode = 3;
  EXPECT_EQ(mc_shared_object_open(array, "board", &options, &object, &error), MC_INVALID_ARGUMENT);
  options.mode = MC_MIRROR_CHANGES;
  ASSERT_EQ(mc_shared_object_open(array, "board", &options, &object, &error), MC_OK)
      << error.message;
  options.persistent = 1;
  mc_shared_object* second = nullptr;
  EXPECT_EQ(mc_shared_object_open(array, "board", &options, &second, &error), MC_INVALID_ARGUMENT)
      << "it is held as a temporary one";
  EXPECT_EQ(mc_shared_object_set(object, nullptr, mc_value_new_null(), &error),
            MC_INVALID_ARGUMENT);
  EXPECT_EQ(mc_shared_object_set(object, "x", nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_EQ(mc_shared_object_set(object, "", mc_value_new_null(), &error), MC_INVALID_ARGUMENT);
  EXPECT_EQ(mc_shared_object_set_all(object, mc_value_new_number(1), &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "slots: not an object");
  EXPECT_EQ(mc_shared_object_set(nullptr, "x", mc_value_new_null(), &error), MC_INVALID_ARGUMENT);
  EXPECT_EQ(mc_shared_object_get(nullptr, "x"), nullptr);
  ASSERT_EQ(mc_shared_object_close(object, nullptr), MC_OK);
  EXPECT_EQ(mc_shared_object_clear(object, &error), MC_INVALID_STATE);
  mc_shared_object_free(object);
  mc_shared_object_free(nullptr);
  mc_array_free(array);
}

}  // namespace
}  // namespace multiconnection::test
