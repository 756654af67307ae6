// Servers that fall behind, as C programs see them.
#include <gtest/gtest.h>
#include <multiconnection.h>

#include <cstring>

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

}  // namespace
}  // namespace multiconnection::test
