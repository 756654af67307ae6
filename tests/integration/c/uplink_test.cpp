// Servers that fall behind, as C programs see them.
#include <gtest/gtest.h>
#include <multiconnection.h>

#include <algorithm>
#include <cstring>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

TEST(CDropLimits, HaveTheDefaultsOfTheLibrary) {
  mc_drop_limits limits;
  mc_drop_limits_init(&limits, sizeof(limits));
  EXPECT_EQ(limits.struct_size, sizeof(limits));
  EXPECT_EQ(limits.disposable_after_ms, 700);
  EXPECT_EQ(limits.video_after_ms, 900);
  EXPECT_EQ(limits.audio_after_ms, 2000);
  EXPECT_EQ(limits.audio_only_after_ms, 900);
  EXPECT_EQ(limits.max_bytes, 16U << 20);
}

TEST(CDropLimits, ThatCannotWorkAreNamed) {
  mc_drop_limits limits;
  mc_drop_limits_init(&limits, sizeof(limits));
  mc_server_entry entries[2];
  for (mc_server_entry& entry : entries) {
    mc_server_entry_init(&entry, sizeof(entry));
    entry.url = "rtmp://127.0.0.1:9/live";
  }
  entries[1].drop_limits = &limits;
  mc_array* array = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  mc_error error = MC_ERROR_INIT;
  limits.audio_after_ms = -1;
  EXPECT_EQ(mc_array_connect(array, entries, 2, nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_NE(std::strstr(error.message, "dropLimits.audioAfter of -1 ms"), nullptr) << error.message;
  EXPECT_EQ(error.server_index, 1);
  limits.struct_size = 0;
  EXPECT_EQ(mc_array_connect(array, entries, 2, nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_NE(std::strstr(error.message, "mc_drop_limits_init()"), nullptr) << error.message;
  mc_array_free(array);
}

TEST(CPriority, IsTakenAndTheFiguresTellWhoYields) {
  RunningNode node;
  mc_server_entry entry;
  mc_server_entry_init(&entry, sizeof(entry));
  EXPECT_EQ(entry.priority, 0);
  const std::string url = node.url();
  entry.url = url.c_str();
  entry.priority = -7;
  mc_array* array = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  ASSERT_EQ(mc_array_connect(array, &entry, 1, nullptr, nullptr), MC_OK);
  mc_statistics* statistics = nullptr;
  ASSERT_EQ(mc_array_statistics(array, &statistics, nullptr), MC_OK);
  EXPECT_EQ(mc_statistics_at(statistics, 0)->yielding, 0);
  mc_statistics_free(statistics);
  mc_array_free(array);
}

struct Wishes {
  static void count(void* user) { static_cast<Wishes*>(user)->made.add(true); }
  static void destroy(void* user) { static_cast<Wishes*>(user)->freed.add(true); }
  Collector<bool> made;
  Collector<bool> freed;
};

TEST(CKeyFrameRequest, ReachesTheHandlerWhenAServerComesBack) {
  Wishes wishes;
  FlappingNode node;
  mc_reconnect_policy policy;
  mc_reconnect_policy_init(&policy, sizeof(policy));
  policy.initial_ms = 20;
  mc_server_entry entry;
  mc_server_entry_init(&entry, sizeof(entry));
  const std::string url = node.url();
  entry.url = url.c_str();
  entry.reconnect = &policy;
  Collector<std::string> codes;
  const auto take = [](void* user, const mc_event* event) {
    static_cast<Collector<std::string>*>(user)->add(event->code);
  };
  const auto waitFor = [&](const char* code) {
    return codes.waitUntil(
        [&](const auto& all) { return std::find(all.begin(), all.end(), code) != all.end(); });
  };
  mc_array* array = nullptr;
  mc_packet_source* source = nullptr;
  ASSERT_EQ(mc_array_new(nullptr, &array, nullptr), MC_OK);
  ASSERT_EQ(mc_array_on_event(array, take, &codes, nullptr, nullptr, nullptr), MC_OK);
  ASSERT_EQ(mc_packet_source_new(&source, nullptr), MC_OK);
  ASSERT_EQ(mc_packet_source_on_key_frame_request(source, Wishes::count, &wishes, Wishes::destroy,
                                                  nullptr),
            MC_OK);
  ASSERT_EQ(mc_array_connect(array, &entry, 1, nullptr, nullptr), MC_OK);
  ASSERT_TRUE(waitFor(MC_CODE_SETUP_SUCCESS));
  mc_stream* stream = mc_array_stream(array);
  ASSERT_EQ(mc_stream_attach(stream, source, nullptr), MC_OK);
  ASSERT_EQ(mc_stream_publish(stream, "cam", nullptr, nullptr), MC_OK);
  ASSERT_TRUE(waitFor(MC_CODE_PUBLISH_SUCCESS));
  const Bytes keyFrame = *videoFrame(0).body;
  ASSERT_EQ(mc_packet_source_push_tag(source, MC_MEDIA_VIDEO, 0, keyFrame.data(), keyFrame.size(),
                                      nullptr),
            MC_OK);
  node.stop();
  ASSERT_TRUE(waitFor(MC_CODE_LOST));
  EXPECT_TRUE(wishes.made.all().empty());
  node.start();
  EXPECT_TRUE(wishes.made.waitUntil([](const auto& all) { return !all.empty(); }));
  mc_packet_source_free(source);
  EXPECT_TRUE(wishes.freed.all().empty()) << "the stream shares the source";
  mc_array_free(array);
  EXPECT_EQ(wishes.freed.all().size(), 1U);
}

TEST(CKeyFrameRequest, FreesWhatAHandlerIsGivenOnce) {
  Wishes wishes;
  mc_packet_source* source = nullptr;
  ASSERT_EQ(mc_packet_source_new(&source, nullptr), MC_OK);
  const auto set = [&](mc_packet_source* where, mc_key_frame_handler handler) {
    return mc_packet_source_on_key_frame_request(where, handler, &wishes, Wishes::destroy, nullptr);
  };
  EXPECT_EQ(set(source, Wishes::count), MC_OK);
  EXPECT_EQ(wishes.freed.all().size(), 0U);
  EXPECT_EQ(set(source, Wishes::count), MC_OK);
  EXPECT_EQ(wishes.freed.all().size(), 1U) << "the first one";
  EXPECT_EQ(set(source, nullptr), MC_OK);
  EXPECT_EQ(wishes.freed.all().size(), 3U) << "the second one, and that of no handler";
  EXPECT_EQ(set(nullptr, Wishes::count), MC_INVALID_ARGUMENT);
  EXPECT_EQ(wishes.freed.all().size(), 4U);
  EXPECT_EQ(set(source, Wishes::count), MC_OK);
  mc_packet_source_free(source);
  EXPECT_EQ(wishes.freed.all().size(), 5U);
  EXPECT_TRUE(wishes.made.all().empty());
}

}  // namespace
}  // namespace multiconnection::test
