#include <gtest/gtest.h>
#include <multiconnection.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <future>
#include <set>
#include <thread>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

template <class T>
T made(void (*initialise)(T*, std::size_t)) {
  T made;
  initialise(&made, sizeof(made));
  return made;
}

/// The text must outlive the entry.
mc_server_entry entryOf(const char* url) {
  auto entry = made(mc_server_entry_init);
  entry.url = url;
  return entry;
}

/// What an event said; the event itself is gone by then.
struct Seen {
  std::string code;
  std::string text;
  mc_level level;
  std::optional<std::uint64_t> server;
  std::vector<std::string> servers;
};

class EventLog {
 public:
  static void take(void* user, const mc_event* event) {
    Seen seen{event->code, event->text, event->level, std::nullopt, {}};
    EXPECT_EQ(event->struct_size, sizeof(mc_event));
    EXPECT_EQ(event->repeats, 0U);
    if (event->server != nullptr) seen.server = event->server->index;
    for (std::size_t i = 0; i < event->server_count; ++i) {
      EXPECT_EQ(event->servers[i]->index, i);
      seen.servers.emplace_back(event->servers[i]->url);
    }
    static_cast<EventLog*>(user)->events.add(seen);
  }
  bool waitFor(const char* code, std::size_t times = 1) {
    return events.waitUntil([&](const auto& all) {
      std::size_t count = 0;
      for (const Seen& seen : all) count += seen.code == code ? 1 : 0;
      return count >= times;
    });
  }
  Seen first(const std::string& code) const {
    for (const Seen& seen : events.all()) {
      if (seen.code == code) return seen;
    }
    return {};
  }
  Collector<Seen> events;
};

/// An array of C with both its handlers.
struct CArray {
  CArray() {
    EXPECT_EQ(mc_array_new(nullptr, &handle, &error), MC_OK) << error.message;
    EXPECT_EQ(mc_array_on_event(handle, EventLog::take, &log, nullptr, nullptr, &error), MC_OK);
    EXPECT_EQ(mc_array_on_server_event(handle, EventLog::take, &log, nullptr, nullptr, &error),
              MC_OK);
  }
  ~CArray() { mc_array_free(handle); }
  CArray(const CArray&) = delete;
  CArray& operator=(const CArray&) = delete;

  bool connect(const std::vector<std::string>& urls) {
    std::vector<mc_server_entry> entries;
    for (const std::string& url : urls) entries.push_back(entryOf(url.c_str()));
    return mc_array_connect(handle, entries.data(), entries.size(), nullptr, &error) == MC_OK &&
           log.waitFor(MC_CODE_SETUP_SUCCESS);
  }

  EventLog log;
  mc_error error = MC_ERROR_INIT;
  mc_array* handle = nullptr;
};

TEST(CArray, PublishesFramesToEveryServer) {
  RunningNode nodes[2];
  std::deque<Viewer> viewers;
  for (const RunningNode& node : nodes) {
    ASSERT_TRUE(node.started);
    viewers.emplace_back(node.url(), "cam");
    ASSERT_TRUE(viewers.back().connected);
  }
  CArray array;
  ASSERT_TRUE(array.connect({nodes[0].url(), nodes[1].url()})) << array.error.message;
  const Seen setup = array.log.first(MC_CODE_SETUP_SUCCESS);
  EXPECT_EQ(setup.servers, (std::vector<std::string>{nodes[0].url(), nodes[1].url()}));
  EXPECT_EQ(setup.server, std::nullopt);
  EXPECT_EQ(setup.level, MC_LEVEL_STATUS);

  mc_packet_source* source = nullptr;
  ASSERT_EQ(mc_packet_source_new(&source, nullptr), MC_OK);
  mc_stream* stream = mc_array_stream(array.handle);
  ASSERT_EQ(mc_stream_attach(stream, source, nullptr), MC_OK);
  ASSERT_EQ(mc_stream_publish(stream, "cam", nullptr, nullptr), MC_OK);
  ASSERT_TRUE(array.log.waitFor(MC_CODE_PUBLISH_SUCCESS));

  // Annex B: SPS, PPS and a key frame; the configuration is made from them.
  auto format = made(mc_video_format_init);
  format.width = 320;
  ASSERT_EQ(mc_packet_source_set_video_format(source, &format, nullptr), MC_OK);
  const std::uint8_t keyFrame[] = {0,    0,    0, 1, 0x67, 0x42, 0xC0, 0x1E,
                                   0xD9, 0,    0, 0, 1,    0x68, 0xCB, 0x83,
                                   0xCB, 0x20, 0, 0, 0,    1,    0x65, 0x88};
  auto packet = made(mc_packet_init);
  packet.key_frame = 1;
  packet.decode_time_ms = 40;
  packet.presentation_time_ms = 80;
  packet.data = keyFrame;
  packet.size = sizeof(keyFrame);
  mc_error error = MC_ERROR_INIT;
  ASSERT_EQ(mc_packet_source_push(source, &packet, &error), MC_OK) << error.message;
  const std::uint8_t body[] = {0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 0x9A};
  ASSERT_EQ(mc_packet_source_push_tag(source, MC_MEDIA_VIDEO, 80, body, sizeof(body), nullptr),
            MC_OK);
  mc_packet_source_free(source);  // the stream has its share
  mc_value* cue[] = {mc_value_new_string("now")};
  ASSERT_EQ(mc_stream_send(stream, "cue", cue, 1, nullptr), MC_OK);
  const Bytes cueBody = {2, 0, 3, 'c', 'u', 'e', 2, 0, 3, 'n', 'o', 'w'};  // AMF0 strings

  for (Viewer& viewer : viewers) {
    ASSERT_TRUE(viewer.waitForVideo(2));
    const auto frames = viewer.videoFrames();
    EXPECT_EQ(frames[0].timestamp.count(), 40);
    EXPECT_EQ((*frames[0].body)[4], 40) << "composition time: presentation less decoding";
    EXPECT_EQ(*frames[1].body, Bytes(std::begin(body), std::end(body)));
    EXPECT_EQ(frames[1].timestamp.count(), 80);
    EXPECT_TRUE(viewer.media.waitUntil([&](const auto& all) {
      return std::any_of(all.begin(), all.end(),
                         [&](const MediaMessage& message) { return *message.body == cueBody; });
    }));
  }
  EXPECT_EQ(mc_stream_time_ms(stream), 80);
  EXPECT_EQ(mc_stream_stop(stream, nullptr), MC_OK);
  EXPECT_EQ(mc_stream_detach(stream, nullptr), MC_OK);
  ASSERT_EQ(mc_array_close(array.handle, 1000, nullptr), MC_OK);
  EXPECT_EQ(mc_array_wait_closed(array.handle, 10000, nullptr), MC_OK);
  EXPECT_TRUE(array.log.waitFor(MC_CODE_CLOSED));
}

TEST(CArray, ARefusedServerIsNamed) {
  const RunningNode node;
  RunningNode gone;
  const std::string taken = node.url();
  const std::string refused = gone.url();
  gone.node.stop();
  CArray array;
  const mc_server_entry entries[] = {entryOf(taken.c_str()), entryOf(refused.c_str())};
  auto options = made(mc_connect_options_init);
  options.policy = MC_POLICY_QUORUM;
  options.quorum = 2;
  ASSERT_EQ(mc_array_connect(array.handle, entries, 2, &options, &array.error), MC_OK);
  ASSERT_TRUE(array.log.waitFor(MC_CODE_SETUP_FAILED));
  ASSERT_TRUE(array.log.waitFor(MC_CODE_CONNECT_FAILED));
  const Seen failure = array.log.first(MC_CODE_CONNECT_FAILED);
  EXPECT_EQ(failure.server, 1U);
  EXPECT_EQ(failure.level, MC_LEVEL_ERROR);
  EXPECT_TRUE(failure.servers.empty());
  EXPECT_NE(failure.text.find(refused), std::string::npos) << failure.text;
}

TEST(CArray, StatisticsAreASnapshotThatOutlivesTheArray) {
  const RunningNode node;
  mc_statistics* statistics = nullptr;
  {
    CArray array;
    ASSERT_EQ(mc_array_statistics(array.handle, &statistics, nullptr), MC_OK);
    EXPECT_EQ(mc_statistics_count(statistics), 0U);
    mc_statistics_free(statistics);
    ASSERT_TRUE(array.connect({node.url()}));
    ASSERT_EQ(mc_array_statistics(array.handle, &statistics, nullptr), MC_OK);
  }
  ASSERT_EQ(mc_statistics_count(statistics), 1U);
  const mc_server_statistics* server = mc_statistics_at(statistics, 0);
  EXPECT_EQ(server->struct_size, sizeof(*server));
  EXPECT_EQ(server->url, node.url());
  EXPECT_EQ(server->state, MC_STATE_CONNECTED);
  EXPECT_STREQ(mc_server_state_text(server->state), "connected");
  EXPECT_GT(server->bytes_sent, 0U);
  EXPECT_EQ(std::vector<mc_codec>(server->codecs, server->codecs + server->codec_count),
            (std::vector<mc_codec>{MC_CODEC_HEVC, MC_CODEC_AV1, MC_CODEC_VP8, MC_CODEC_VP9,
                                   MC_CODEC_OPUS, MC_CODEC_FLAC, MC_CODEC_AC3, MC_CODEC_EAC3}));
  EXPECT_EQ(server->refused_codec_count, 0U);
  EXPECT_EQ(mc_statistics_at(statistics, 1), nullptr);
  mc_statistics_free(statistics);
}

TEST(CArray, ArgumentsThatCannotWorkAreNamed) {
  CArray array;
  mc_error& error = array.error;
  EXPECT_EQ(mc_array_connect(array.handle, nullptr, 0, nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "the array holds no server");
  EXPECT_EQ(mc_array_connect(array.handle, nullptr, 2, nullptr, &error), MC_INVALID_ARGUMENT);

  mc_server_entry entries[] = {entryOf("rtmp://127.0.0.1/live"), made(mc_server_entry_init)};
  EXPECT_EQ(mc_array_connect(array.handle, entries, 2, nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "url is NULL");
  EXPECT_EQ(error.server_index, 1);
  EXPECT_EQ(mc_array_connect(array.handle, entries, 1, nullptr, nullptr), MC_OK)
      << "the reason may be left out";
  EXPECT_EQ(mc_array_connect(array.handle, entries, 1, nullptr, &error), MC_INVALID_STATE);

  auto options = made(mc_connect_options_init);
  options.policy = 77;
  EXPECT_EQ(mc_array_connect(array.handle, entries, 1, &options, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "policy 77 is none of MC_POLICY_*");
  options = made(mc_connect_options_init);
  options.setup_timeout_ms = -1;
  EXPECT_EQ(mc_array_connect(array.handle, entries, 1, &options, &error), MC_INVALID_ARGUMENT);
  EXPECT_NE(std::strstr(error.message, "-1"), nullptr) << error.message;
  auto publish = made(mc_publish_options_init);
  publish.mode = 77;
  EXPECT_EQ(mc_stream_publish(mc_array_stream(array.handle), "cam", &publish, &error),
            MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "mode 77 is none of MC_PUBLISH_*");
  mc_value* cue[] = {mc_value_new_string("now")};
  EXPECT_EQ(mc_stream_send(mc_array_stream(array.handle), "cue", cue, 1, &error), MC_INVALID_STATE)
      << "it is not publishing";
  EXPECT_EQ(mc_array_remove_listener(array.handle, 77, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "no listener 77");
}

TEST(CArray, NullHandlesAreInvalidArguments) {
  mc_error error = MC_ERROR_INIT;
  const std::vector<mc_result> results = {
      mc_array_new(nullptr, nullptr, &error),
      mc_array_on_event(nullptr, EventLog::take, nullptr, nullptr, nullptr, &error),
      mc_array_on_server_event(nullptr, EventLog::take, nullptr, nullptr, nullptr, &error),
      mc_array_remove_listener(nullptr, 1, &error),
      mc_array_connect(nullptr, nullptr, 0, nullptr, &error),
      mc_array_close(nullptr, 0, &error),
      mc_array_wait_closed(nullptr, 0, &error),
      mc_array_statistics(nullptr, nullptr, &error),
      mc_stream_publish(nullptr, "x", nullptr, &error),
      mc_stream_attach(nullptr, nullptr, &error),
      mc_stream_detach(nullptr, &error),
      mc_stream_stop(nullptr, &error),
      mc_stream_send(nullptr, "x", nullptr, 0, &error),
      mc_packet_source_new(nullptr, &error),
      mc_packet_source_set_video_format(nullptr, nullptr, &error),
      mc_packet_source_set_audio_format(nullptr, nullptr, &error),
      mc_packet_source_push(nullptr, nullptr, &error),
      mc_packet_source_push_tag(nullptr, MC_MEDIA_DATA, 0, nullptr, 0, &error)};
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i], MC_INVALID_ARGUMENT) << "function " << i;
  }
  mc_array_free(nullptr);
  mc_packet_source_free(nullptr);
  mc_statistics_free(nullptr);
  mc_task_run(nullptr);
  mc_task_free(nullptr);
  EXPECT_EQ(mc_array_stream(nullptr), nullptr);
  EXPECT_EQ(mc_stream_time_ms(nullptr), 0);
  EXPECT_EQ(mc_statistics_count(nullptr), 0U);
  EXPECT_EQ(mc_statistics_at(nullptr, 0), nullptr);
  EXPECT_EQ(mc_event_is(nullptr, MC_CODE_CLOSED), 0);
}

TEST(CPacketSource, RefusesWhatItCannotCarry) {
  mc_packet_source* source = nullptr;
  ASSERT_EQ(mc_packet_source_new(&source, nullptr), MC_OK);
  mc_error error = MC_ERROR_INIT;
  auto packet = made(mc_packet_init);
  EXPECT_EQ(mc_packet_source_push(source, &packet, &error), MC_INVALID_STATE)
      << "no format yet: " << error.message;
  packet.codec = 4711;
  EXPECT_EQ(mc_packet_source_push(source, &packet, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "codec 4711 is none of MC_CODEC_*");
  packet.codec = MC_CODEC_AAC;
  packet.size = 5;
  EXPECT_EQ(mc_packet_source_push(source, &packet, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "data is NULL");
  auto audio = made(mc_audio_format_init);
  audio.codec = MC_CODEC_H264;
  EXPECT_EQ(mc_packet_source_set_audio_format(source, &audio, &error), MC_INVALID_ARGUMENT);
  EXPECT_EQ(mc_packet_source_push_tag(source, 7, 0, nullptr, 0, &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "kind 7 is none of MC_MEDIA_*");
  mc_packet_source_free(source);
}

}  // namespace
}  // namespace multiconnection::test
