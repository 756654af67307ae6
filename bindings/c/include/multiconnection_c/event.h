#ifndef MULTICONNECTION_C_EVENT_H
#define MULTICONNECTION_C_EVENT_H

#include "multiconnection_c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where one server's connection stands; a later version may add some. */
typedef int32_t mc_server_state;
enum {
  MC_STATE_IDLE = 0,        /**< Nothing started yet. */
  MC_STATE_CONNECTING = 1,  /**< Looking up the name, or opening TCP. */
  MC_STATE_HANDSHAKING = 2, /**< TCP is open; the RTMP handshake runs. */
  MC_STATE_OPENING = 3,     /**< The connect command was sent. */
  MC_STATE_CONNECTED = 4,   /**< NetConnection.Connect.Success. */
  MC_STATE_PUBLISHING = 5,  /**< NetStream.Publish.Start; media flows. */
  MC_STATE_PLAYING = 6,     /**< NetStream.Play.Start. */
  MC_STATE_CLOSING = 7,     /**< Unpublishing in order. */
  MC_STATE_CLOSED = 8,      /**< Ended by the application. */
  MC_STATE_FAILED = 9       /**< Could not connect, was refused, or was lost. */
};
/** Lower-case name of the state, e.g. "publishing"; "unknown" for any other number. */
MC_C_API const char* mc_server_state_text(mc_server_state state);

/** One server as an event tells of it. */
typedef struct mc_server_report {
  size_t struct_size;
  uint64_t id;    /**< Never used again within one array. */
  uint64_t index; /**< Position in the array at mc_array_connect(); a later server: the next one. */
  const char* url; /**< Stream keys, passwords and query values print as ***. */
  mc_server_state state;
  const char* code;    /**< Its last decisive status code, e.g. "NetConnection.Connect.Rejected". */
  const char* reason;  /**< Why, in words a person can act on; may be "". */
  int64_t elapsed_ms;  /**< From the start of the operation to this state. */
  const char* text;    /**< All of this in one line. */
  int64_t troubled_ms; /**< How long it has been in trouble; -1: it is not. */
  int64_t next_try_ms; /**< Until it is tried again; -1: it is not, or is just being tried. */
  /** Where the connection is: where the server sent us, or a backup; "": at url. */
  const char* moved_to;
  uint64_t backup; /**< Which server of the entry: 0 its own, else backups[backup - 1]. */
} mc_server_report;

typedef int32_t mc_level;
enum { MC_LEVEL_STATUS = 0, MC_LEVEL_WARNING = 1, MC_LEVEL_ERROR = 2 };

/** One NetStatus info object: of the array, or of one server. */
typedef struct mc_event {
  size_t struct_size;
  const char* code; /**< The dotted text; compare with mc_event_is(). */
  mc_level level;
  uint32_t repeats;               /**< Equal earlier events that this one stands for; normally 0. */
  const char* reason;             /**< Why, in words a person can act on; may be "". */
  const mc_server_report* server; /**< The one server it speaks of; NULL: the array. */
  const mc_server_report* const* servers; /**< Events of the array: every server. */
  size_t server_count;                    /**< How many; 0 where `server` is not NULL. */
  int64_t elapsed_ms; /**< Since the connect or publish, where that makes sense. */
  const char* text;   /**< All of this in one line, every server included. */
  uint64_t stream;    /**< Number of the stream it speaks of; 0: the array's first, or none. */
  const char* shared_object; /**< Name of the shared object it speaks of; "": none. */
  /** 1: it speaks of the connection that the shared objects have for themselves there. */
  int32_t shared_object_connection;
  int32_t reserved;
} mc_event;

/** 1 when the event has that code, else 0. */
MC_C_API int32_t mc_event_is(const mc_event* event, const char* code);

/* Codes of the array. */
#define MC_CODE_SETUP_SUCCESS "NetConnection.Setup.Success"
#define MC_CODE_SETUP_FAILED "NetConnection.Setup.Failed"
#define MC_CODE_PUBLISH_SUCCESS "MultiStream.Publish.Success"
#define MC_CODE_PUBLISH_FAILED "MultiStream.Publish.Failed"
#define MC_CODE_DEGRADED "MultiConnection.Degraded"
#define MC_CODE_LOST "MultiConnection.Lost"
#define MC_CODE_RECOVERED "MultiConnection.Recovered"
#define MC_CODE_CLOSED "MultiConnection.Closed"
/* Codes of one server that most programs look at; every other one comes with its text, too. */
#define MC_CODE_CONNECT_SUCCESS "NetConnection.Connect.Success"
#define MC_CODE_CONNECT_FAILED "NetConnection.Connect.Failed"
#define MC_CODE_CONNECT_REJECTED "NetConnection.Connect.Rejected"
#define MC_CODE_CONNECT_CLOSED "NetConnection.Connect.Closed"
#define MC_CODE_PUBLISH_START "NetStream.Publish.Start"
#define MC_CODE_PUBLISH_BAD_NAME "NetStream.Publish.BadName"
#define MC_CODE_PUBLISH_NAME_HELD "MultiStream.Publish.NameHeld"
#define MC_CODE_REDIRECTED "MultiConnection.Server.Redirected"
#define MC_CODE_MOVED "MultiConnection.Server.Moved"
#define MC_CODE_FAILED_OVER "MultiConnection.Server.FailedOver"
#define MC_CODE_FAILED_BACK "MultiConnection.Server.FailedBack"
#define MC_CODE_YIELDING "MultiConnection.Server.Yielding"
#define MC_CODE_RESUMED "MultiConnection.Server.Resumed"
#define MC_CODE_SHARED_OBJECT_NO_WRITE_ACCESS "SharedObject.NoWriteAccess"
#define MC_CODE_SHARED_OBJECT_TIMED_OUT "MultiSharedObject.Use.TimedOut"
#define MC_CODE_SHARED_OBJECT_OWN_CONNECTION "MultiSharedObject.Use.OwnConnection"
#define MC_CODE_SHARED_OBJECT_OFF "MultiSharedObject.Use.Off"

/** Takes an event; it is valid until the handler returns. */
typedef void (*mc_event_handler)(void* user, const mc_event* event);

#ifdef __cplusplus
}
#endif

#endif
