#include "multiconnection_c/stream.h"

#include "handles.hpp"
#include "values.hpp"

namespace multiconnection::c {
namespace {

using std::chrono::milliseconds;

mc_publish_options defaultPublishOptions() {
  const PublishOptions defaults;
  mc_publish_options options{};
  options.struct_size = sizeof(options);
  options.publish_timeout_ms = defaults.publishTimeout.count();
  options.settle_time_ms = defaults.settleTime.count();
  return options;
}

Result<void> publish(mc_stream* handle, const char* name, const mc_publish_options* options) {
  if (handle == nullptr) return missing("stream");
  const auto given = readSized(options, "mc_publish_options", defaultPublishOptions());
  if (!given) return given.error();
  PublishOptions translated;
  translated.publishTimeout = milliseconds(given->publish_timeout_ms);
  translated.settleTime = milliseconds(given->settle_time_ms);
  static_assert(MC_PUBLISH_LIVE == int(PublishMode::Live) &&
                MC_PUBLISH_RECORD == int(PublishMode::Record) &&
                MC_PUBLISH_APPEND == int(PublishMode::Append) &&
                MC_PUBLISH_APPEND_WITH_GAP == int(PublishMode::AppendWithGap));
  if (given->mode < MC_PUBLISH_LIVE || given->mode > MC_PUBLISH_APPEND_WITH_GAP) {
    return invalid("mode " + std::to_string(given->mode) + " is none of MC_PUBLISH_*");
  }
  translated.mode = static_cast<PublishMode>(given->mode);
  return handle->stream.publish(textOr(name), translated);
}

Result<void> attach(mc_stream* handle, mc_packet_source* source) {
  if (handle == nullptr) return missing("stream");
  if (source == nullptr) return missing("source");
  return handle->stream.attach(source->source);
}

Result<void> send(mc_stream* handle, const char* handler, TakenValues& arguments) {
  if (handle == nullptr) return missing("stream");
  if (handler == nullptr) return missing("handler");
  if (!arguments.complete()) return missing("an argument");
  return handle->stream.send(handler, arguments.contents());
}

}  // namespace
}  // namespace multiconnection::c

using namespace multiconnection;
using namespace multiconnection::c;

extern "C" {

void mc_publish_options_init(mc_publish_options* options, size_t size) {
  initSized(options, size, defaultPublishOptions());
}

mc_result mc_stream_publish(mc_stream* stream, const char* name, const mc_publish_options* options,
                            mc_error* error) {
  return guarded(error, [&] { return publish(stream, name, options); });
}
mc_result mc_stream_attach(mc_stream* stream, mc_packet_source* source, mc_error* error) {
  return guarded(error, [&] { return attach(stream, source); });
}
mc_result mc_stream_detach(mc_stream* stream, mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (stream == nullptr) return missing("stream");
    stream->stream.detach();
    return {};
  });
}
mc_result mc_stream_stop(mc_stream* stream, mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (stream == nullptr) return missing("stream");
    return stream->stream.stop();
  });
}
mc_result mc_stream_send(mc_stream* stream, const char* handler, mc_value* const* arguments,
                         size_t count, mc_error* error) {
  TakenValues taken(arguments, count);
  return guarded(error, [&] { return send(stream, handler, taken); });
}
int64_t mc_stream_time_ms(const mc_stream* stream) {
  return stream == nullptr ? 0 : stream->stream.time().count();
}

}  // extern "C"
