#ifndef MULTICONNECTION_C_CALL_H
#define MULTICONNECTION_C_CALL_H

#include "multiconnection_c/array.h"
#include "multiconnection_c/base.h"
#include "multiconnection_c/event.h"
#include "multiconnection_c/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Which servers of the array a call is about: one of the functions below makes it. Only
 * mc_server_all() may stand for several; any other must fit one server.
 */
typedef struct mc_server {
  size_t struct_size;
  int32_t kind; /**< One of MC_SERVER_*. */
  int32_t reserved;
  uint64_t number;  /**< Index or id. */
  const char* text; /**< URL or host; must live until the call returns. */
} mc_server;
enum {
  MC_SERVER_ALL = 0,
  MC_SERVER_INDEX = 1,
  MC_SERVER_ID = 2,
  MC_SERVER_URL = 3,
  MC_SERVER_HOST = 4
};

static inline mc_server mc_server_make(int32_t kind, uint64_t number, const char* text) {
  mc_server server;
  server.struct_size = sizeof(server);
  server.kind = kind;
  server.reserved = 0;
  server.number = number;
  server.text = text;
  return server;
}
static inline mc_server mc_server_all(void) { return mc_server_make(MC_SERVER_ALL, 0, NULL); }
/** By its position: mc_server_report.index. */
static inline mc_server mc_server_index(uint64_t index) {
  return mc_server_make(MC_SERVER_INDEX, index, NULL);
}
/** By its mc_server_report.id. */
static inline mc_server mc_server_id(uint64_t id) { return mc_server_make(MC_SERVER_ID, id, NULL); }
/** By its URL, exactly as it was given. */
static inline mc_server mc_server_url(const char* url) {
  return mc_server_make(MC_SERVER_URL, 0, url);
}
/** By "host" or "host:port". */
static inline mc_server mc_server_host(const char* host) {
  return mc_server_make(MC_SERVER_HOST, 0, host);
}

/** One server's answer, or why there is none. */
typedef struct mc_reply {
  size_t struct_size;
  const mc_server_report* server; /**< Who answers; its state at that moment. */
  /**
   * MC_OK: the server returned. MC_REFUSED: it answered _error, see error_info; MC_TIMED_OUT:
   * nothing came within the deadline; MC_CLOSED: the connection ended first; MC_INVALID_STATE:
   * there was none; MC_LIMIT_EXCEEDED: too many calls wait for it already.
   */
  mc_result result;
  int32_t reserved;
  const char* message;           /**< Why there is no answer, in words; "" with MC_OK. */
  const mc_value* value;         /**< The first value returned; never NULL. */
  const mc_value* const* values; /**< All of them. */
  size_t value_count;
  const mc_value* error_info; /**< What came with _error; never NULL. */
  int64_t elapsed_ms;         /**< Since the call was sent. */
} mc_reply;
/** Takes a reply; it is valid until the handler returns. */
typedef void (*mc_reply_handler)(void* user, const mc_reply* reply);

/** How mc_array_call() goes about it. */
typedef struct mc_call_options {
  size_t struct_size;
  int64_t deadline_ms; /**< Time for each server's answer: some never answer. Default: 10000. */
  mc_reply_handler on_reply; /**< NULL (default): the servers are told that none is wanted. */
  void* user;                /**< What `on_reply` is given. */
  mc_destroy destroy;        /**< Called with `user` behind the last reply. */
} mc_call_options;
MC_C_API void mc_call_options_init(mc_call_options* options, size_t struct_size);

/**
 * Calls a method of the servers' applications. `on_reply` is called exactly once for each server
 * addressed, whatever happens to it, by mc_array_close() at the latest; not any more once
 * mc_array_free() was called.
 * @param server  NULL: all.
 * @param arguments  `count` values, which are taken over, also when the call fails.
 * @param options  NULL: the defaults.
 * @return MC_INVALID_ARGUMENT for a method that is missing or has more than 65,535 bytes, bad
 * arguments or deadline, and when there is no such server; MC_INVALID_STATE unless connected. Then
 * `on_reply` is not called.
 */
MC_C_API mc_result mc_array_call(mc_array* array, const char* method, const mc_server* server,
                                 mc_value* const* arguments, size_t count,
                                 const mc_call_options* options, mc_error* error);

/** A call that came from a server. */
typedef struct mc_remote_call {
  size_t struct_size;
  const mc_server_report* server; /**< Who calls. */
  const char* method;
  const mc_value* const* arguments;
  size_t argument_count;
} mc_remote_call;
/**
 * Answers a server's call.
 * @param error  where to write `message` when the call fails.
 * @return the answer, which is taken over; NULL: the server is answered _error with the message.
 */
typedef mc_value* (*mc_call_handler)(void* user, const mc_remote_call* call, mc_error* error);

/**
 * Takes the calls of that method that servers make, in place of the handler before. In any state.
 * @param handler  NULL: takes it away; then such calls are refused.
 */
MC_C_API mc_result mc_array_on_call(mc_array* array, const char* method, mc_call_handler handler,
                                    void* user, mc_destroy destroy, mc_error* error);

#ifdef __cplusplus
}
#endif

#endif
