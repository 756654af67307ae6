#ifndef MULTICONNECTION_C_SOURCE_H
#define MULTICONNECTION_C_SOURCE_H

#include "multiconnection_c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A live source that the application feeds: encoded frames, or ready FLV tag bodies. A stream that
 * it is attached to shares it: freeing the handle then does not end the source.
 */
typedef struct mc_packet_source mc_packet_source;

/** The codec of a track; a later version may add some. */
typedef int32_t mc_codec;
enum {
  MC_CODEC_H264 = 1,
  MC_CODEC_HEVC = 2,
  MC_CODEC_AV1 = 3,
  MC_CODEC_VP8 = 4,
  MC_CODEC_VP9 = 5,
  MC_CODEC_AAC = 101,
  MC_CODEC_MP3 = 102,
  MC_CODEC_OPUS = 103,
  MC_CODEC_FLAC = 104,
  MC_CODEC_AC3 = 105,
  MC_CODEC_EAC3 = 106
};

/** What a player must know of a video track before its first frame. */
typedef struct mc_video_format {
  size_t struct_size;
  mc_codec codec; /**< Default: MC_CODEC_H264. */
  int32_t width;  /**< Pixels; 0 = unknown, as for the next three. */
  int32_t height;
  int32_t bitrate_bps;
  double frame_rate; /**< Frames per second. */
  /**
   * What the codec's decoder begins with. NULL: it is made from the first key frame. H.264, HEVC:
   * the decoder configuration record (ISO/IEC 14496-15), or the parameter sets in Annex B form;
   * NULL for Annex B frames only. AV1: AV1CodecConfigurationRecord, or OBUs with a sequence header.
   * VP8, VP9: VPCodecConfigurationRecord with its version and flags.
   */
  const uint8_t* configuration;
  size_t configuration_size;
} mc_video_format;
MC_C_API void mc_video_format_init(mc_video_format* format, size_t struct_size);

/** What a player must know of an audio track before its first frame. */
typedef struct mc_audio_format {
  size_t struct_size;
  mc_codec codec;      /**< Default: MC_CODEC_AAC. */
  int32_t sample_rate; /**< Hz. */
  int32_t channels;
  int32_t bitrate_bps; /**< 0 = unknown. */
  /**
   * AAC: AudioSpecificConfig. Opus: identification header ("OpusHead"); may be NULL for mono and
   * stereo. FLAC: "fLaC" with the STREAMINFO block, or its 34 bytes alone. Others: NULL.
   */
  const uint8_t* configuration;
  size_t configuration_size;
} mc_audio_format;
MC_C_API void mc_audio_format_init(mc_audio_format* format, size_t struct_size);

/** One encoded frame as an encoder or demuxer gives it. */
typedef struct mc_packet {
  size_t struct_size;
  mc_codec codec;
  int32_t key_frame;            /**< Video: 1 when decodable on its own (IDR), else 0. */
  int64_t decode_time_ms;       /**< Since the start of the stream. */
  int64_t presentation_time_ms; /**< Video: where it differs from decode_time_ms. */
  /**
   * H.264, HEVC: one access unit, NAL units length-prefixed as the configuration says, or Annex B.
   * AV1: one temporal unit of OBUs. VP8, VP9: one frame, or superframe. AAC: one raw frame, no
   * ADTS. Opus: one packet; MP3, FLAC, AC-3, E-AC-3: whole frames.
   */
  const uint8_t* data;
  size_t size;
} mc_packet;
MC_C_API void mc_packet_init(mc_packet* packet, size_t struct_size);

/** What an FLV tag body carries: the values of FLV tag types and RTMP message types. */
typedef int32_t mc_media_kind;
enum { MC_MEDIA_AUDIO = 8, MC_MEDIA_VIDEO = 9, MC_MEDIA_DATA = 18 };

/** @param source  takes the handle; NULL when the function fails. */
MC_C_API mc_result mc_packet_source_new(mc_packet_source** source, mc_error* error);
MC_C_API void mc_packet_source_free(mc_packet_source* source);

/**
 * Announces a track, or its change: metadata and a sequence header go out before its next frame.
 * @return MC_INVALID_ARGUMENT for a configuration that cannot be read.
 */
MC_C_API mc_result mc_packet_source_set_video_format(mc_packet_source* source,
                                                     const mc_video_format* format,
                                                     mc_error* error);
MC_C_API mc_result mc_packet_source_set_audio_format(mc_packet_source* source,
                                                     const mc_audio_format* format,
                                                     mc_error* error);

/** Asked to make the next video frame a key frame. */
typedef void (*mc_key_frame_handler)(void* user);
/**
 * Takes the stream's wish for a key frame, e.g. for a server that came back: one call stands for
 * all servers that wait for one. At most one call a second, none once a key frame came by itself.
 * On the array's event thread, or by its executor, while the source is attached.
 * @param handler  NULL: nothing is told.
 * @param destroy  called with `user` when the handler was replaced, or the source has ended, and
 * it does not run; also when the function fails. May be NULL.
 */
MC_C_API mc_result mc_packet_source_on_key_frame_request(mc_packet_source* source,
                                                         mc_key_frame_handler handler, void* user,
                                                         mc_destroy destroy, mc_error* error);

/**
 * Hands one frame over. Copies it; never blocks; costs the same for one server and for many. What
 * is pushed before the source is attached to a stream is dropped.
 * @return MC_INVALID_STATE before the track's format is set; MC_CORRUPT_DATA for a frame that is
 * not what its codec says; MC_LIMIT_EXCEEDED when the hand-over queue (2 s of media, or 64 MiB) is
 * full: the frame was dropped, and counted.
 */
MC_C_API mc_result mc_packet_source_push(mc_packet_source* source, const mc_packet* packet,
                                         mc_error* error);
/**
 * Hands a ready FLV tag body over, in the manner of mc_packet_source_push(); such a track needs no
 * format. An onMetaData replaces the metadata.
 * @param kind  one of MC_MEDIA_AUDIO, MC_MEDIA_VIDEO, MC_MEDIA_DATA.
 * @param timestamp_ms  decoding time since the start of the stream; 0 or more.
 * @param body  at most 16,777,215 bytes.
 */
MC_C_API mc_result mc_packet_source_push_tag(mc_packet_source* source, mc_media_kind kind,
                                             int64_t timestamp_ms, const uint8_t* body, size_t size,
                                             mc_error* error);

#ifdef __cplusplus
}
#endif

#endif
