#include "codecs.hpp"
#include "events.hpp"
#include "handles.hpp"

namespace multiconnection::c {
namespace {

/// The codecs as C knows them, kept where a view may point to.
const std::vector<mc_codec>& keep(const std::vector<Codec>& codecs, mc_statistics& where) {
  std::vector<mc_codec>& numbers = where.codecs.emplace_back();
  for (const Codec codec : codecs) numbers.push_back(numberOf(codec));
  return numbers;
}

mc_server_statistics viewOf(const ServerStatistics& server) {
  mc_server_statistics view{};
  view.struct_size = sizeof(view);
  view.id = server.id;
  view.index = server.index;
  view.url = server.url.c_str();
  view.state = stateOf(server.state);
  view.code = server.codeText.c_str();
  view.reason = server.reason.c_str();
  view.elapsed_ms = server.elapsed.count();
  view.bytes_sent = server.bytesSent;
  view.bytes_received = server.bytesReceived;
  view.bytes_acknowledged = server.bytesAcknowledged;
  view.audio_messages = server.audioMessages;
  view.video_messages = server.videoMessages;
  view.data_messages = server.dataMessages;
  view.dropped_audio = server.droppedAudio;
  view.dropped_video = server.droppedVideo;
  view.queue_bytes = server.queueBytes;
  view.queue_time_ms = server.queueTime.count();
  view.lag_ms = server.lag.count();
  view.bitrate_bps = server.bitrateBps;
  view.stream = server.stream;
  view.in_state_ms = server.inState.count();
  view.last_error = server.lastError.c_str();
  view.reconnects = server.reconnects;
  view.backup = server.backup;
  view.standby = server.standby ? 1 : 0;
  view.troubled_ms = countOrNone(server.troubledFor);
  view.next_try_ms = countOrNone(server.nextTry);
  view.bitrate_10s_bps = server.bitrate10sBps;
  view.bitrate_60s_bps = server.bitrate60sBps;
  view.round_trip_us = countOrNone(server.roundTripTime);
  view.enhanced = server.enhanced ? 1 : 0;
  view.amf3 = server.amf3 ? 1 : 0;
  view.yielding = server.yielding ? 1 : 0;
  return view;
}

Result<void> takeStatistics(mc_array* array, mc_statistics** statistics) {
  if (array == nullptr) return missing("array");
  if (statistics == nullptr) return missing("statistics");
  auto taken = std::make_unique<mc_statistics>();
  taken->servers = array->array.statistics();
  for (const ServerStatistics& server : taken->servers) {
    mc_server_statistics& view = taken->views.emplace_back(viewOf(server));
    // Their elements stay where they are when more is kept.
    const auto& codecs = keep(server.codecs, *taken);
    view.codecs = codecs.data();
    view.codec_count = codecs.size();
    const auto& refused = keep(server.refusedCodecs, *taken);
    view.refused_codecs = refused.data();
    view.refused_codec_count = refused.size();
  }
  *statistics = taken.release();
  return {};
}

}  // namespace
}  // namespace multiconnection::c

extern "C" {

mc_result mc_array_statistics(mc_array* array, mc_statistics** statistics, mc_error* error) {
  if (statistics != nullptr) *statistics = nullptr;
  return multiconnection::c::guarded(
      error, [&] { return multiconnection::c::takeStatistics(array, statistics); });
}
size_t mc_statistics_count(const mc_statistics* statistics) {
  return statistics == nullptr ? 0 : statistics->views.size();
}
const mc_server_statistics* mc_statistics_at(const mc_statistics* statistics, size_t place) {
  return place < mc_statistics_count(statistics) ? &statistics->views[place] : nullptr;
}
void mc_statistics_free(mc_statistics* statistics) { delete statistics; }

}  // extern "C"
