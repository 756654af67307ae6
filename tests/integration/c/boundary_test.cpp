#include <gtest/gtest.h>
#include <multiconnection.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

constexpr char kNowhere[] = "rtmp://127.0.0.1:1/live";

mc_server_entry nowhere() {
  mc_server_entry entry;
  mc_server_entry_init(&entry, sizeof(entry));
  entry.url = kNowhere;
  return entry;
}

TEST(CStructs, AShortOneGetsTheDefaultsOfWhatItLacks) {
  // As an older program would have it: it ends behind the setup timeout, and garbage follows.
  mc_connect_options options;
  std::memset(&options, 0xFF, sizeof(options));
  mc_connect_options_init(&options, offsetof(mc_connect_options, attempt_timeout_ms));
  EXPECT_EQ(options.struct_size, offsetof(mc_connect_options, attempt_timeout_ms));
  EXPECT_EQ(options.setup_timeout_ms, 3000);
  EXPECT_EQ(options.attempt_timeout_ms, -1) << "nothing was written behind the end";
  mc_array* array = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  const mc_server_entry entry = nowhere();
  mc_error error = MC_ERROR_INIT;
  EXPECT_EQ(mc_array_connect(array, &entry, 1, &options, &error), MC_OK) << error.message;
  mc_array_free(array);
}

TEST(CStructs, TheTailOfALongerOneIsIgnored) {
  struct Later {
    mc_server_entry known;
    std::uint64_t unknown[4];
  };
  Later entries[2];
  for (Later& entry : entries) {
    std::memset(&entry, 0xFF, sizeof(entry));
    mc_server_entry_init(&entry.known, sizeof(entry));
    EXPECT_EQ(entry.known.struct_size, sizeof(Later));
    EXPECT_EQ(entry.unknown[3], 0U);
    entry.known.url = kNowhere;
    entry.unknown[0] = 4711;
  }
  mc_array* array = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  mc_error error = MC_ERROR_INIT;
  EXPECT_EQ(mc_array_connect(array, &entries[0].known, 2, nullptr, &error), MC_OK) << error.message;
  mc_array_free(array);
}

TEST(CStructs, OneThatWasNotInitialisedIsRefused) {
  mc_array* array = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  mc_error error = MC_ERROR_INIT;
  mc_server_entry entries[] = {nowhere(), {}};
  EXPECT_EQ(mc_array_connect(array, entries, 2, nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message,
               "mc_server_entry with a struct_size of 0: mc_server_entry_init() was not called");
  EXPECT_EQ(error.server_index, 1);
  entries[1] = nowhere();
  entries[1].struct_size -= 8;
  EXPECT_EQ(mc_array_connect(array, entries, 2, nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "mc_server_entry with different struct_size");
  mc_array_free(array);
}

TEST(CStructs, AnErrorIsWrittenOnlyAsFarAsItsOwnerKnowsIt) {
  mc_error error = MC_ERROR_INIT;
  std::memset(error.message, '#', sizeof(error.message));
  error.struct_size = offsetof(mc_error, message) + 8;
  EXPECT_EQ(mc_array_close(nullptr, 0, &error), MC_INVALID_ARGUMENT);
  EXPECT_EQ(error.struct_size, offsetof(mc_error, message) + 8);
  EXPECT_STREQ(error.message, "array i") << "of \"array is NULL\", and a zero byte";
  EXPECT_EQ(error.message[8], '#');
  error.struct_size = 0;
  EXPECT_EQ(mc_array_close(nullptr, 0, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "array i");
}

TEST(CResults, EachHasItsText) {
  EXPECT_STREQ(mc_result_text(MC_OK), "success");
  EXPECT_STREQ(mc_result_text(MC_INTERNAL), "internal error");
  EXPECT_STREQ(mc_result_text(-1), "unknown result");
  EXPECT_STREQ(mc_server_state_text(MC_STATE_FAILED), "failed");
  EXPECT_STREQ(mc_server_state_text(4711), "unknown");
  EXPECT_EQ(mc_abi_version(), static_cast<std::uint32_t>(MC_ABI_VERSION));
  EXPECT_STREQ(mc_version(), kVersionString);
}

/// Counts what happens to a user pointer.
struct Counted {
  std::atomic<int> events{0};
  std::atomic<int> destroyed{0};
  mc_array* array = nullptr;
  mc_listener listener = 0;

  static void onEvent(void* user, const mc_event*) { ++static_cast<Counted*>(user)->events; }
  static void removeItself(void* user, const mc_event*) {
    auto* self = static_cast<Counted*>(user);
    ++self->events;
    EXPECT_EQ(mc_array_remove_listener(self->array, self->listener, nullptr), MC_OK);
    EXPECT_EQ(self->destroyed, 0) << "it is in use until its handler returns";
  }
  static void destroy(void* user) { ++static_cast<Counted*>(user)->destroyed; }
};

TEST(CUserData, IsDestroyedOnceAlsoWhenTheRegistrationFails) {
  mc_array* array = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  Counted refused;
  EXPECT_EQ(mc_array_on_event(array, nullptr, &refused, Counted::destroy, nullptr, nullptr),
            MC_INVALID_ARGUMENT);
  EXPECT_EQ(refused.destroyed, 1);
  Counted removed;
  ASSERT_EQ(mc_array_on_event(array, Counted::onEvent, &removed, Counted::destroy,
                              &removed.listener, nullptr),
            MC_OK);
  EXPECT_NE(removed.listener, 0U);
  EXPECT_EQ(removed.destroyed, 0);
  EXPECT_EQ(mc_array_remove_listener(array, removed.listener, nullptr), MC_OK);
  EXPECT_EQ(removed.destroyed, 1);
  EXPECT_EQ(mc_array_remove_listener(array, removed.listener, nullptr), MC_INVALID_ARGUMENT);
  Counted kept;
  ASSERT_EQ(
      mc_array_on_server_event(array, Counted::onEvent, &kept, Counted::destroy, nullptr, nullptr),
      MC_OK);
  mc_array_free(array);
  EXPECT_EQ(kept.destroyed, 1);
  EXPECT_EQ(removed.destroyed, 1);
}

/// Tasks of an executor that the test runs itself.
struct Tasks {
  Collector<mc_task*> posted;
  std::size_t run = 0;
  std::atomic<int> destroyed{0};
  std::atomic<int> lines{0};

  static void post(void* user, mc_task* task) { static_cast<Tasks*>(user)->posted.add(task); }
  static void log(void* user, mc_log_level, const char*) { ++static_cast<Tasks*>(user)->lines; }
  static void destroy(void* user) { ++static_cast<Tasks*>(user)->destroyed; }
  mc_array* array() {
    mc_array_options options;
    mc_array_options_init(&options, sizeof(options));
    options.executor = post;
    options.log = log;
    options.user = this;
    options.destroy = destroy;
    mc_array* array = nullptr;
    EXPECT_EQ(mc_array_new(&options, &array, nullptr), MC_OK);
    return array;
  }
  void runUntil(const std::function<bool()>& done) {
    while (!done()) {
      ASSERT_TRUE(posted.waitUntil([this](const auto& all) { return all.size() > run; }));
      mc_task_run(posted.all()[run++]);
    }
  }
  void freeTheRest() {
    for (const auto all = posted.all(); run < all.size(); ++run) mc_task_free(all[run]);
  }
};

/// Connects to a port without a server, and @return how many lines the log got by the verdict.
int linesAt(mc_log_level level) {
  Tasks tasks;
  mc_array_options options;
  mc_array_options_init(&options, sizeof(options));
  options.log = Tasks::log;
  options.user = &tasks;
  options.log_level = level;
  mc_array* array = nullptr;
  EXPECT_EQ(mc_array_new(&options, &array, nullptr), MC_OK);
  Counted events;
  EXPECT_EQ(mc_array_on_event(array, Counted::onEvent, &events, nullptr, nullptr, nullptr), MC_OK);
  const mc_server_entry entry = nowhere();
  EXPECT_EQ(mc_array_connect(array, &entry, 1, nullptr, nullptr), MC_OK);
  EXPECT_EQ(mc_array_close(array, 0, nullptr), MC_OK);
  EXPECT_EQ(mc_array_wait_closed(array, 30000, nullptr), MC_OK);
  mc_array_free(array);
  return tasks.lines;
}

TEST(CLog, ItsLevelSaysWhichLinesAreMade) {
  mc_array_options defaults;
  mc_array_options_init(&defaults, sizeof(defaults));
  EXPECT_EQ(defaults.log_level, MC_LOG_INFO);
  EXPECT_GT(linesAt(MC_LOG_DEBUG), linesAt(MC_LOG_ERROR));
}

TEST(CLog, RefusesALevelThatIsNone) {
  mc_array_options options;
  mc_array_options_init(&options, sizeof(options));
  options.log_level = 4;
  mc_array* array = nullptr;
  mc_error error = MC_ERROR_INIT;
  EXPECT_EQ(mc_array_new(&options, &array, &error), MC_INVALID_ARGUMENT);
  EXPECT_NE(std::string(error.message).find("a log level of 4"), std::string::npos);
  EXPECT_EQ(array, nullptr);
}

TEST(CExecutor, RunsEveryHandlerAndEndsWithItsUserData) {
  Tasks tasks;
  mc_array* array = tasks.array();
  Counted events;
  ASSERT_EQ(mc_array_on_event(array, Counted::onEvent, &events, nullptr, nullptr, nullptr), MC_OK);
  const mc_server_entry entry = nowhere();
  ASSERT_EQ(mc_array_connect(array, &entry, 1, nullptr, nullptr), MC_OK);
  ASSERT_TRUE(tasks.posted.waitUntil([](const auto& all) { return !all.empty(); }));
  EXPECT_EQ(events.events, 0) << "handlers run in the tasks only";
  tasks.runUntil([&] { return events.events > 0; });
  mc_array_free(array);
  tasks.freeTheRest();
  EXPECT_EQ(tasks.destroyed, 1);
}

TEST(CListener, MayRemoveItselfWhileItRuns) {
  Tasks tasks;
  Counted once;
  once.array = tasks.array();
  Counted all;
  ASSERT_EQ(mc_array_on_event(once.array, Counted::removeItself, &once, Counted::destroy,
                              &once.listener, nullptr),
            MC_OK);
  ASSERT_EQ(mc_array_on_event(once.array, Counted::onEvent, &all, nullptr, nullptr, nullptr),
            MC_OK);
  const mc_server_entry entry = nowhere();
  ASSERT_EQ(mc_array_connect(once.array, &entry, 1, nullptr, nullptr), MC_OK);
  tasks.runUntil([&] { return all.events > 0; });
  EXPECT_EQ(once.events, 1);
  EXPECT_EQ(once.destroyed, 1);
  ASSERT_EQ(mc_array_close(once.array, 0, nullptr), MC_OK);
  const int before = all.events;
  tasks.runUntil([&] { return all.events > before; });
  EXPECT_EQ(once.events, 1) << "not told of the second event";
  mc_array_free(once.array);
  tasks.freeTheRest();
}

TEST(CArrayFree, MayBeCalledFromAHandler) {
  Tasks tasks;
  struct Owner {
    mc_array* array;
    bool freed = false;
  } owner{tasks.array()};
  const auto freeIt = [](void* user, const mc_event*) {
    auto* self = static_cast<Owner*>(user);
    mc_array_free(self->array);
    self->freed = true;
  };
  ASSERT_EQ(mc_array_on_event(owner.array, freeIt, &owner, nullptr, nullptr, nullptr), MC_OK);
  const mc_server_entry entry = nowhere();
  ASSERT_EQ(mc_array_connect(owner.array, &entry, 1, nullptr, nullptr), MC_OK);
  tasks.runUntil([&] { return owner.freed; });
  tasks.freeTheRest();
  EXPECT_EQ(tasks.destroyed, 1);
}

TEST(CArray, WaitingForTheEndInAHandlerIsRefused) {
  mc_array* array = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  struct Waiter {
    mc_array* array;
    Collector<mc_result> results;
  } waiter{array, {}};
  const auto wait = [](void* user, const mc_event*) {
    auto* self = static_cast<Waiter*>(user);
    self->results.add(mc_array_wait_closed(self->array, 1000, nullptr));
  };
  ASSERT_EQ(mc_array_on_event(array, wait, &waiter, nullptr, nullptr, nullptr), MC_OK);
  const mc_server_entry entry = nowhere();
  ASSERT_EQ(mc_array_connect(array, &entry, 1, nullptr, nullptr), MC_OK);
  ASSERT_TRUE(waiter.results.waitUntil([](const auto& all) { return !all.empty(); }));
  EXPECT_EQ(waiter.results.all().front(), MC_INVALID_STATE);
  mc_array_free(array);
}

}  // namespace
}  // namespace multiconnection::test
