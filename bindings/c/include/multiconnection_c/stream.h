#ifndef MULTICONNECTION_C_STREAM_H
#define MULTICONNECTION_C_STREAM_H

#include "multiconnection_c/base.h"
#include "multiconnection_c/source.h"
#include "multiconnection_c/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One logical NetStream over an array; mc_array_stream() gives it. */
typedef struct mc_stream mc_stream;

/** What servers do with a published stream besides handing it on, if they can. */
typedef int32_t mc_publish_mode;
enum {
  MC_PUBLISH_LIVE = 0,           /**< Nothing. */
  MC_PUBLISH_RECORD = 1,         /**< Keep it, in place of an earlier recording of that name. */
  MC_PUBLISH_APPEND = 2,         /**< Keep it behind the earlier recording. */
  MC_PUBLISH_APPEND_WITH_GAP = 3 /**< The same, with the time between the two left as a gap. */
};

/** How mc_stream_publish() goes about it. */
typedef struct mc_publish_options {
  size_t struct_size;
  /** Time for the verdict, from the later of the call and the Setup verdict. Default: 5000. */
  int64_t publish_timeout_ms;
  /**
   * A server counts as publishing once it has stayed open this long after Publish.Start: several
   * servers refuse by accepting and then closing. Default: 250.
   */
  int64_t settle_time_ms;
  mc_publish_mode mode; /**< Default: MC_PUBLISH_LIVE. */
  int32_t reserved;     /**< 0. */
} mc_publish_options;
MC_C_API void mc_publish_options_init(mc_publish_options* options, size_t struct_size);

/**
 * Publishes under `name` on every server (entries with a stream name of their own: under
 * that). Exactly one of MC_CODE_PUBLISH_SUCCESS and MC_CODE_PUBLISH_FAILED follows. Servers that
 * become ready later join at the next key frame.
 * @param name  may be NULL when every entry has a name of its own.
 * @param options  NULL: the defaults.
 * @return MC_INVALID_ARGUMENT for a name that is missing or has more than 65,535 bytes, and for bad
 * times; MC_INVALID_STATE before mc_array_connect(), after mc_array_close(), or while publishing.
 */
MC_C_API mc_result mc_stream_publish(mc_stream* stream, const char* name,
                                     const mc_publish_options* options, mc_error* error);

/**
 * Attaches a source, before or after mc_stream_publish(). The stream shares it.
 * @return MC_INVALID_STATE when another one is attached.
 */
MC_C_API mc_result mc_stream_attach(mc_stream* stream, mc_packet_source* source, mc_error* error);
/** Takes the source off; without one it does nothing. */
MC_C_API mc_result mc_stream_detach(mc_stream* stream, mc_error* error);

/**
 * Ends publishing on every server in order; the connections stay.
 * @return MC_INVALID_STATE when the stream does not publish.
 */
MC_C_API mc_result mc_stream_stop(mc_stream* stream, mc_error* error);

/**
 * Sends a data message to every server that publishes, in order with the media. "@setDataFrame"
 * with "onMetaData" and an object replaces the stream's metadata.
 * @param arguments  `count` values, which are taken over, also when the function fails.
 * @return MC_INVALID_ARGUMENT for a handler or argument that is missing, or more than 16,777,215
 * bytes; MC_INVALID_STATE unless publishing; MC_LIMIT_EXCEEDED as mc_packet_source_push().
 */
MC_C_API mc_result mc_stream_send(mc_stream* stream, const char* handler,
                                  mc_value* const* arguments, size_t count, mc_error* error);

/** Newest timestamp handed in; 0 before the first. */
MC_C_API int64_t mc_stream_time_ms(const mc_stream* stream);

#ifdef __cplusplus
}
#endif

#endif
