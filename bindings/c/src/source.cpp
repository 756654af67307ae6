#include "multiconnection_c/source.h"

#include "codecs.hpp"
#include "handles.hpp"

namespace multiconnection::c {
namespace {

using std::chrono::milliseconds;

Result<Codec> checkedCodec(mc_codec number) {
  const auto codec = codecOf(number);
  if (!codec) return invalid("codec " + std::to_string(number) + " is none of MC_CODEC_*");
  return *codec;
}

Result<Bytes> bytesOf(const std::uint8_t* data, std::size_t size, const char* name) {
  if (data == nullptr && size != 0) return missing(name);
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

mc_video_format defaultVideoFormat() {
  mc_video_format format{};
  format.struct_size = sizeof(format);
  format.codec = MC_CODEC_H264;
  return format;
}
mc_audio_format defaultAudioFormat() {
  mc_audio_format format{};
  format.struct_size = sizeof(format);
  format.codec = MC_CODEC_AAC;
  return format;
}
mc_packet defaultPacket() {
  mc_packet packet{};
  packet.struct_size = sizeof(packet);
  packet.codec = MC_CODEC_H264;
  return packet;
}

Result<void> setVideoFormat(mc_packet_source* handle, const mc_video_format* format) {
  if (handle == nullptr) return missing("source");
  if (format == nullptr) return missing("format");
  const auto given = readSized(format, "mc_video_format", defaultVideoFormat());
  if (!given) return given.error();
  const auto codec = checkedCodec(given->codec);
  if (!codec) return codec.error();
  auto configuration = bytesOf(given->configuration, given->configuration_size, "configuration");
  if (!configuration) return configuration.error();
  VideoFormat video;
  video.codec = *codec;
  video.configuration = *std::move(configuration);
  video.width = given->width;
  video.height = given->height;
  video.frameRate = given->frame_rate;
  video.bitrateBps = given->bitrate_bps;
  return handle->source->setVideoFormat(std::move(video));
}

Result<void> setAudioFormat(mc_packet_source* handle, const mc_audio_format* format) {
  if (handle == nullptr) return missing("source");
  if (format == nullptr) return missing("format");
  const auto given = readSized(format, "mc_audio_format", defaultAudioFormat());
  if (!given) return given.error();
  const auto codec = checkedCodec(given->codec);
  if (!codec) return codec.error();
  auto configuration = bytesOf(given->configuration, given->configuration_size, "configuration");
  if (!configuration) return configuration.error();
  AudioFormat audio;
  audio.codec = *codec;
  audio.configuration = *std::move(configuration);
  audio.sampleRate = given->sample_rate;
  audio.channels = given->channels;
  audio.bitrateBps = given->bitrate_bps;
  return handle->source->setAudioFormat(std::move(audio));
}

Result<void> push(mc_packet_source* handle, const mc_packet* packet) {
  if (handle == nullptr) return missing("source");
  if (packet == nullptr) return missing("packet");
  const auto given = readSized(packet, "mc_packet", defaultPacket());
  if (!given) return given.error();
  const auto codec = checkedCodec(given->codec);
  if (!codec) return codec.error();
  auto data = bytesOf(given->data, given->size, "data");
  if (!data) return data.error();
  EncodedPacket encoded;
  encoded.codec = *codec;
  encoded.decodeTime = milliseconds(given->decode_time_ms);
  encoded.presentationTime = milliseconds(given->presentation_time_ms);
  encoded.keyFrame = given->key_frame != 0;
  encoded.data = *std::move(data);
  return handle->source->push(encoded);
}

Result<void> pushTag(mc_packet_source* handle, mc_media_kind kind, std::int64_t timestamp,
                     const std::uint8_t* body, std::size_t size) {
  if (handle == nullptr) return missing("source");
  if (kind != MC_MEDIA_AUDIO && kind != MC_MEDIA_VIDEO && kind != MC_MEDIA_DATA) {
    return invalid("kind " + std::to_string(kind) + " is none of MC_MEDIA_*");
  }
  auto bytes = bytesOf(body, size, "body");
  if (!bytes) return bytes.error();
  MediaMessage message;
  message.kind = static_cast<MediaKind>(kind);
  message.timestamp = milliseconds(timestamp);
  message.body = std::make_shared<const Bytes>(*std::move(bytes));
  return handle->source->push(std::move(message));
}

Result<void> onKeyFrameRequest(mc_packet_source* handle, mc_key_frame_handler handler,
                               UserData&& data) {
  if (handle == nullptr) return missing("source");
  const SharedUser user = share(std::move(data));
  if (handler == nullptr) {
    handle->source->onKeyFrameRequest(nullptr);
  } else {
    handle->source->onKeyFrameRequest([handler, user] { handler(user->get()); });
  }
  return {};
}

}  // namespace
}  // namespace multiconnection::c

using namespace multiconnection;
using namespace multiconnection::c;

extern "C" {

void mc_video_format_init(mc_video_format* format, size_t size) {
  initSized(format, size, defaultVideoFormat());
}
void mc_audio_format_init(mc_audio_format* format, size_t size) {
  initSized(format, size, defaultAudioFormat());
}
void mc_packet_init(mc_packet* packet, size_t size) { initSized(packet, size, defaultPacket()); }

mc_result mc_packet_source_new(mc_packet_source** source, mc_error* error) {
  if (source != nullptr) *source = nullptr;
  return guarded(error, [&]() -> Result<void> {
    if (source == nullptr) return missing("source");
    *source = new mc_packet_source{PacketSource::create()};
    return {};
  });
}
void mc_packet_source_free(mc_packet_source* source) { delete source; }

mc_result mc_packet_source_set_video_format(mc_packet_source* source, const mc_video_format* format,
                                            mc_error* error) {
  return guarded(error, [&] { return setVideoFormat(source, format); });
}
mc_result mc_packet_source_set_audio_format(mc_packet_source* source, const mc_audio_format* format,
                                            mc_error* error) {
  return guarded(error, [&] { return setAudioFormat(source, format); });
}
mc_result mc_packet_source_on_key_frame_request(mc_packet_source* source,
                                                mc_key_frame_handler handler, void* user,
                                                mc_destroy destroy, mc_error* error) {
  return guarded(error,
                 [&] { return onKeyFrameRequest(source, handler, UserData(user, destroy)); });
}
mc_result mc_packet_source_push(mc_packet_source* source, const mc_packet* packet,
                                mc_error* error) {
  return guarded(error, [&] { return push(source, packet); });
}
mc_result mc_packet_source_push_tag(mc_packet_source* source, mc_media_kind kind, int64_t timestamp,
                                    const uint8_t* body, size_t size, mc_error* error) {
  return guarded(error, [&] { return pushTag(source, kind, timestamp, body, size); });
}

}  // extern "C"
