#ifndef MULTICONNECTION_C_ARRAY_H
#define MULTICONNECTION_C_ARRAY_H

#include "multiconnection_c/base.h"
#include "multiconnection_c/event.h"
#include "multiconnection_c/source.h"
#include "multiconnection_c/stream.h"
#include "multiconnection_c/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One logical NetConnection over an array of RTMP servers. */
typedef struct mc_array mc_array;

typedef int32_t mc_log_level;
enum { MC_LOG_DEBUG = 0, MC_LOG_INFO = 1, MC_LOG_WARNING = 2, MC_LOG_ERROR = 3 };
/**
 * Takes a line for the log, without line breaks and secrets, from any thread of the library,
 * several at once too. It must not block, nor call into the library.
 */
typedef void (*mc_log_handler)(void* user, mc_log_level level, const char* line);

/** Something to be run by the application's executor. */
typedef struct mc_task mc_task;
/**
 * Takes tasks from any thread and calls mc_task_run() for one after another, later, never inside
 * the call itself; e.g. on the thread of a GUI.
 */
typedef void (*mc_executor)(void* user, mc_task* task);
/** Runs the task and frees it. */
MC_C_API void mc_task_run(mc_task* task);
/** Frees a task that will not be run. */
MC_C_API void mc_task_free(mc_task* task);

/** What an array needs from its application, once. */
typedef struct mc_array_options {
  size_t struct_size;
  mc_executor executor; /**< NULL (default): callbacks run on a thread of the library. */
  mc_log_handler log;   /**< NULL (default): nothing is logged. */
  void* user;           /**< What `executor` and `log` are given. */
  mc_destroy destroy;   /**< Called with `user` when neither is used any more. */
  /** Lines below it are not made. Default: MC_LOG_INFO. */
  mc_log_level log_level;
  int32_t reserved; /**< 0. */
} mc_array_options;
MC_C_API void mc_array_options_init(mc_array_options* options, size_t struct_size);

/**
 * Makes an array; nothing is connected yet.
 * @param options  NULL: the defaults.
 * @param array  takes the handle; NULL when the function fails.
 */
MC_C_API mc_result mc_array_new(const mc_array_options* options, mc_array** array, mc_error* error);
/**
 * Ends the array without draining its queues, and its stream. Waits for a callback that runs on
 * another thread; may be called from one. No callback starts afterwards.
 */
MC_C_API void mc_array_free(mc_array* array);

/** Names one registered handler; never 0. */
typedef uint64_t mc_listener;

/**
 * Registers a handler for events of the array as a whole: Setup, Publish, Degraded, Lost,
 * Recovered, Closed.
 * Earlier events are not replayed.
 * @param listener  takes a name for mc_array_remove_listener(); may be NULL.
 */
MC_C_API mc_result mc_array_on_event(mc_array* array, mc_event_handler handler, void* user,
                                     mc_destroy destroy, mc_listener* listener, mc_error* error);
/** Registers a handler for events of single servers: NetConnection.* and NetStream.*. */
MC_C_API mc_result mc_array_on_server_event(mc_array* array, mc_event_handler handler, void* user,
                                            mc_destroy destroy, mc_listener* listener,
                                            mc_error* error);
/**
 * Takes a handler away. It does not start again; one that runs right now on another thread goes on.
 * @return MC_INVALID_ARGUMENT when there is no such listener.
 */
MC_C_API mc_result mc_array_remove_listener(mc_array* array, mc_listener listener, mc_error* error);

/** When a server that failed or was lost is tried again. Times are 0 to 24 h. */
typedef struct mc_reconnect_policy {
  size_t struct_size;
  int32_t enabled;    /**< 0: it is not. Default: 1. */
  uint32_t attempts;  /**< Tries in a row before it is given up. 0 (default): no limit. */
  int64_t initial_ms; /**< Before the first try. Default: 1000. */
  double factor;      /**< What each wait is multiplied by for the next. 1 to 100; 1.5. */
  int64_t cap_ms;     /**< The longest wait, jitter aside. Default: 30000. */
  double jitter;      /**< How far a wait is moved by chance, as a part of it. 0 to 0.9; 0.2. */
  int64_t give_up_after_ms; /**< Time in trouble before it is given up. 0 (default): no limit. */
  int64_t healthy_after_ms; /**< After so long, the next trouble is a new one: 30000. */
  int64_t ghost_time_ms;    /**< So long it may hold a name for a lost connection: 60000. */
} mc_reconnect_policy;
MC_C_API void mc_reconnect_policy_init(mc_reconnect_policy* policy, size_t struct_size);

/** A server that stands in for the one of an entry, as long as that cannot serve. */
typedef struct mc_backup {
  size_t struct_size;
  const char* url;         /**< As that of an entry; required. */
  const char* stream_name; /**< Stream name there; NULL (default): as at the entry. A secret. */
  const char* key;         /**< Put behind it there; NULL (default): as at the entry. A secret. */
} mc_backup;
MC_C_API void mc_backup_init(mc_backup* backup, size_t struct_size);

/** What the next backup does while a server before it serves. */
typedef int32_t mc_standby;
enum {
  MC_STANDBY_COLD = 0, /**< Nothing: it is connected when it is needed. */
  MC_STANDBY_WARM = 1, /**< It is connected, and publishes when it is needed. */
  MC_STANDBY_HOT = 2   /**< It publishes too, and takes over without a gap. */
};

/**
 * How far one server may fall behind before it is spared frames; every other one gets all of them.
 * Ages are media time: the newest frame handed in, minus the oldest one of its kind that waits for
 * this server. No frame is ever sent whose reference was left out. 0 to 24 h each.
 */
typedef struct mc_drop_limits {
  size_t struct_size;
  int64_t disposable_after_ms; /**< Video: frames that no other needs go. Default: 700. */
  int64_t video_after_ms;      /**< Video: all up to the next key frame goes. Default: 900. */
  int64_t audio_after_ms;      /**< The oldest audio goes, too. Default: 2000. */
  int64_t audio_only_after_ms; /**< The same in a stream without video. Default: 900. */
  uint64_t max_bytes;          /**< All that waits. 64 KiB to 1 GiB; 16 MiB. */
} mc_drop_limits;
MC_C_API void mc_drop_limits_init(mc_drop_limits* limits, size_t struct_size);

/** How the array's shared objects reach a server. */
typedef int32_t mc_placement;
enum {
  MC_PLACEMENT_SAME_CONNECTION = 0, /**< Over that of the stream: the server sees one client. */
  MC_PLACEMENT_OWN_CONNECTION = 1,  /**< All of them over one of their own. */
  MC_PLACEMENT_OFF = 2              /**< Not at all. */
};

/** One server of the array: where it is and how it is spoken to. */
typedef struct mc_server_entry {
  size_t struct_size;
  const char* url; /**< rtmp://host[:port]/app[/instance]; required. */
  /** Stream name on this server; NULL (default): that of mc_stream_publish(). A secret. */
  const char* stream_name;
  /** Put behind the stream name here, e.g. "?token=x"; NULL (default): nothing. A secret. */
  const char* key;
  int64_t time_offset_ms; /**< Added to the timestamp of everything published here. 0 to 24 h. */
  uint32_t chunk_size;    /**< Bytes a chunk of our messages carries. Default: 65536. */
  uint32_t reserved;      /**< 0. */
  /** Only read. NULL (default): as mc_connect_options says. */
  const mc_reconnect_policy* reconnect;
  /** Servers that stand in for this one, in the order in which they are tried: `backup_count`, 16
      at most, all with the same struct_size. Only read. */
  const mc_backup* backups;
  size_t backup_count;
  /** How long an earlier server has to be connected again before the stream goes back to it, at a
      key frame; -1: the stream stays where it is. Default: 10000. */
  int64_t fail_back_after_ms;
  mc_standby standby;                /**< Default: MC_STANDBY_WARM. */
  int32_t reserved_2;                /**< 0. */
  const mc_drop_limits* drop_limits; /**< Only read. NULL: the defaults. */
  /**
   * Where several servers fall behind at once, the way to all of them is too narrow: then those of
   * lower priority go without video, one after another, until the others get all of theirs.
   */
  int32_t priority;
  int32_t reserved_3;          /**< 0. */
  mc_placement shared_objects; /**< Default: MC_PLACEMENT_SAME_CONNECTION. */
  int32_t reserved_4;          /**< 0. */
} mc_server_entry;
MC_C_API void mc_server_entry_init(mc_server_entry* entry, size_t struct_size);

/** When an array counts as connected, or as publishing. */
typedef int32_t mc_policy;
enum { MC_POLICY_ALL = 0, MC_POLICY_ANY = 1, MC_POLICY_QUORUM = 2 };

/** How mc_array_connect() goes about it. */
typedef struct mc_connect_options {
  size_t struct_size;
  mc_policy policy;           /**< Default: MC_POLICY_ALL. */
  uint32_t quorum;            /**< MC_POLICY_QUORUM: how many servers it takes. */
  int64_t setup_timeout_ms;   /**< Time for the array to reach its verdict. Default: 3000. */
  int64_t attempt_timeout_ms; /**< Time for one server's whole attempt. Default: 10000. */
  int64_t stall_timeout_ms;   /**< A server that takes nothing for so long is lost: 5000. */
  const char* flash_version;  /**< flashVer of the connect command; NULL: the library's own. */
  const char* swf_url;  /**< Member swfUrl of the connect command; NULL (default): left out. */
  const char* page_url; /**< Member pageUrl of the connect command; NULL (default): left out. */
  /** Further members of the connect command's object: an object, which is only read; or NULL. */
  const mc_value* fields;
  /** Arguments of connect behind its object; they are only read. */
  mc_value* const* arguments;
  size_t argument_count;
  const mc_reconnect_policy* reconnect; /**< Only read. NULL: the defaults. */
  /** A server that was lost counts as back once it has stayed for so long. Default: 5000. */
  int64_t recovery_time_ms;
} mc_connect_options;
MC_C_API void mc_connect_options_init(mc_connect_options* options, size_t struct_size);

/**
 * Starts connecting to all servers at once and returns. Exactly one of MC_CODE_SETUP_SUCCESS and
 * MC_CODE_SETUP_FAILED follows, at the latest after setup_timeout_ms.
 * @param servers  `count` entries, all with the same struct_size.
 * @param options  NULL: the defaults.
 * @return MC_INVALID_ARGUMENT, naming it, for an empty array, a bad URL, policy, chunk size or
 * time; MC_INVALID_STATE unless closed.
 */
MC_C_API mc_result mc_array_connect(mc_array* array, const mc_server_entry* servers, size_t count,
                                    const mc_connect_options* options, mc_error* error);

/**
 * Ends everything in order: queues drain and streams unpublish for at most `drain_limit_ms`, then
 * the connections end. Returns at once; exactly one MC_CODE_CLOSED follows, unless nothing was
 * open. The array may then connect again.
 */
MC_C_API mc_result mc_array_close(mc_array* array, int64_t drain_limit_ms, mc_error* error);
/**
 * Waits for the end that mc_array_close() started, and, without an executor, until MC_CODE_CLOSED
 * went through the handlers.
 * @return MC_TIMED_OUT when it lasts longer; MC_INVALID_STATE in a callback.
 */
MC_C_API mc_result mc_array_wait_closed(mc_array* array, int64_t limit_ms, mc_error* error);

/** The array's stream: belongs to the array and ends with it. NULL for NULL. */
MC_C_API mc_stream* mc_array_stream(mc_array* array);

/** One server's figures at one moment. Counters start at mc_array_connect(). */
typedef struct mc_server_statistics {
  size_t struct_size;
  uint64_t id;
  uint64_t index;
  const char* url; /**< Redacted. */
  mc_server_state state;
  const char* code;   /**< Last decisive status code; may be "". */
  const char* reason; /**< May be "". */
  int64_t elapsed_ms; /**< Since it was started last. */
  uint64_t bytes_sent;
  uint64_t bytes_received;
  uint64_t bytes_acknowledged; /**< By the peer's Acknowledgement messages; 0 = none came. */
  uint64_t audio_messages;     /**< Sent, sequence headers included. */
  uint64_t video_messages;     /**< Sent, sequence headers included. */
  uint64_t data_messages;      /**< Sent, metadata included. */
  uint64_t dropped_audio;
  uint64_t dropped_video;
  uint64_t queue_bytes;  /**< Waiting in the library's queue. */
  int64_t queue_time_ms; /**< Media time waiting there. */
  int64_t lag_ms;        /**< Newest media handed in, minus last fully sent. */
  uint64_t bitrate_bps;  /**< Sent, over about the last second. */
  uint64_t stream;       /**< Whose connection: 0: the array's, or a further stream's number. */
  /** Codecs beyond H.264, AAC and MP3 that it said it takes; valid as long as this struct. */
  const mc_codec* codecs;
  size_t codec_count;
  /** Codecs that it does not take by what it said. Of those in neither list it said nothing. */
  const mc_codec* refused_codecs;
  size_t refused_codec_count;
  int64_t in_state_ms;      /**< How long it has been in this state. */
  const char* last_error;   /**< Why it failed or was lost last; may be "". */
  uint64_t reconnects;      /**< Times it came back after it was lost. */
  int64_t troubled_ms;      /**< How long it has been in trouble; -1: it is not. */
  int64_t next_try_ms;      /**< Until it is tried again; -1: it is not, or is just being tried. */
  uint64_t bitrate_10s_bps; /**< Sent, over ten seconds, reconnects included. */
  uint64_t bitrate_60s_bps; /**< The same over a minute. */
  int64_t round_trip_us;    /**< What TCP measured of late; -1: the system does not tell. */
  int32_t enhanced;         /**< 1: it said what it takes of Enhanced RTMP. */
  int32_t amf3;             /**< 1: AMF3 was asked for, and it confirmed that. */
  uint64_t backup;          /**< Which server of the entry: 0 its own, else backups[backup - 1]. */
  int32_t standby;          /**< 1: another server of the entry is ready to take over. */
  int32_t reserved;
  int32_t yielding; /**< 1: it goes without video: see mc_server_entry's priority. */
  int32_t reserved_2;
} mc_server_statistics;

/** A consistent snapshot of every server. */
typedef struct mc_statistics mc_statistics;
/**
 * Takes a snapshot; cheap enough for ten a second.
 * @param statistics  takes the handle; NULL when the function fails.
 */
MC_C_API mc_result mc_array_statistics(mc_array* array, mc_statistics** statistics,
                                       mc_error* error);
MC_C_API size_t mc_statistics_count(const mc_statistics* statistics);
/** One server's figures, valid until mc_statistics_free(); NULL beyond the last. */
MC_C_API const mc_server_statistics* mc_statistics_at(const mc_statistics* statistics,
                                                      size_t place);
MC_C_API void mc_statistics_free(mc_statistics* statistics);

#ifdef __cplusplus
}
#endif

#endif
