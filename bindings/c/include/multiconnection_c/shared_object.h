#ifndef MULTICONNECTION_C_SHARED_OBJECT_H
#define MULTICONNECTION_C_SHARED_OBJECT_H

#include "multiconnection_c/array.h"
#include "multiconnection_c/base.h"
#include "multiconnection_c/event.h"
#include "multiconnection_c/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One remote SharedObject, mirrored on every server of an array: named slots with values, and
 * messages to all that use it.
 *
 * @code
 * mc_shared_object* board = NULL;
 * mc_shared_object_open(array, "info_so", NULL, &board, &error);
 * mc_shared_object_on_sync(board, paint, NULL, NULL, NULL, &error);
 * mc_shared_object_set(board, "userName", mc_value_new_string("Foo"), &error);
 * @endcode
 *
 * A handle may outlive its array: then its functions return MC_INVALID_STATE.
 */
typedef struct mc_shared_object mc_shared_object;

/** What happens to changes that others make on one server: the servers do not know each other. */
typedef int32_t mc_mirror_mode;
enum {
  MC_MIRROR_INDEPENDENT = 0, /**< Nothing: each server's copy is its own. */
  MC_MIRROR_CHANGES = 1,     /**< It is written to the other servers. */
  MC_MIRROR_PRIMARY_WINS = 2 /**< The lowest-index server that is ready has the say. */
};

/** How mc_shared_object_open() goes about it. */
typedef struct mc_shared_object_options {
  size_t struct_size;
  int32_t persistent;     /**< 1: the servers keep it. Default: 0, it is temporary. */
  mc_mirror_mode mode;    /**< Default: MC_MIRROR_INDEPENDENT. */
  int64_t use_timeout_ms; /**< Time for a server's answer: some never answer. Default: 3000. */
  /** Messages with writes to each server per second, 1000 at most; 0 (default): each at once. */
  double updates_per_second;
  uint64_t max_slots;        /**< 1 to 65,536; 1024. */
  uint64_t max_slot_bytes;   /**< Of one slot, as AMF0. 1 to 16,000,000; 256 KiB. */
  uint64_t max_object_bytes; /**< Of all slots with their names; 1 MiB. */
} mc_shared_object_options;
MC_C_API void mc_shared_object_options_init(mc_shared_object_options* options, size_t struct_size);

/**
 * Uses an object on every server, as soon as each is connected; in any state of the array. The same
 * name gives the same object while a handle of it is held; then the options of the first call hold.
 * @param options  NULL: the defaults.
 * @param object  takes the handle; NULL when the function fails.
 * @return MC_INVALID_ARGUMENT, naming it, for a name that no object can have, options out of range,
 * and a name that is held with another persistence.
 */
MC_C_API mc_result mc_shared_object_open(mc_array* array, const char* name,
                                         const mc_shared_object_options* options,
                                         mc_shared_object** object, mc_error* error);
/**
 * Gives the handle up; with the last one of its name the object is left on every server. Handlers
 * registered by it do not start again; one that runs right now on another thread goes on.
 */
MC_C_API void mc_shared_object_free(mc_shared_object* object);

/** Its name; valid as long as the handle. "" for NULL. */
MC_C_API const char* mc_shared_object_name(const mc_shared_object* object);

/**
 * Sets a slot on every server that has the object; for one that is not ready the last value of each
 * slot waits. Null and undefined delete it. Takes `value` over, also when it fails.
 * @return MC_INVALID_ARGUMENT for a slot without a name, or with one of more than 65,535 bytes, and
 * for a value of NULL; MC_LIMIT_EXCEEDED, naming it, beyond a limit of the options; MC_UNSUPPORTED
 * for a value that AMF0 cannot carry; MC_INVALID_STATE after mc_shared_object_close().
 */
MC_C_API mc_result mc_shared_object_set(mc_shared_object* object, const char* slot, mc_value* value,
                                        mc_error* error);
/**
 * The same for each member of an object, in one message: others see them change at once. Takes
 * `slots` over, also when it fails.
 */
MC_C_API mc_result mc_shared_object_set_all(mc_shared_object* object, mc_value* slots,
                                            mc_error* error);
/** Deletes a slot. @return as mc_shared_object_set(). */
MC_C_API mc_result mc_shared_object_remove(mc_shared_object* object, const char* slot,
                                           mc_error* error);
/** Deletes every slot that any server has. */
MC_C_API mc_result mc_shared_object_clear(mc_shared_object* object, mc_error* error);
/**
 * Has every user of the object on every server call `handler`, this one included. Servers that are
 * not ready miss it.
 * @param arguments  `count` values, which are taken over, also when the function fails.
 * @return MC_INVALID_ARGUMENT for a handler or argument that is missing, or a handler of more than
 * 65,535 bytes; MC_LIMIT_EXCEEDED above max_object_bytes; MC_INVALID_STATE when no server is ready.
 */
MC_C_API mc_result mc_shared_object_send(mc_shared_object* object, const char* handler,
                                         mc_value* const* arguments, size_t count, mc_error* error);

/**
 * The slot's value: what was written here last, until a server has answered; else that of the
 * lowest-index server that is ready; undefined when it is not there. To be freed by the caller.
 * @return NULL for NULL, and when memory is short.
 */
MC_C_API mc_value* mc_shared_object_get(const mc_shared_object* object, const char* slot);
/** All slots, in the same manner, as an object. */
MC_C_API mc_value* mc_shared_object_data(const mc_shared_object* object);
/** The names of the slots that are not the same on all servers that are ready, as an array. */
MC_C_API mc_value* mc_shared_object_divergent(const mc_shared_object* object);
/** Bytes of all slots with their names, as AMF0. */
MC_C_API uint64_t mc_shared_object_bytes(const mc_shared_object* object);

/** How the object stands on one server; a later version may add some. */
typedef int32_t mc_shared_object_state;
enum {
  MC_SHARED_OBJECT_OFF = 0,     /**< There is none there. */
  MC_SHARED_OBJECT_WAITING = 1, /**< There is no connection. */
  MC_SHARED_OBJECT_USING = 2,   /**< It was asked for; no answer yet. */
  MC_SHARED_OBJECT_READY = 3,
  MC_SHARED_OBJECT_FAILED = 4 /**< Refused, or not answered in time. */
};
typedef struct mc_shared_object_report {
  size_t struct_size;
  uint64_t server_id;
  uint64_t index;
  mc_shared_object_state state;
  int32_t own_connection;  /**< 1: over one beside that of the stream. */
  uint32_t version;        /**< As the server counts; servers count differently. */
  uint32_t reserved;       /**< 0. */
  uint64_t unacknowledged; /**< Writes of ours that wait for the server. */
  const mc_value* slots;   /**< The server's copy, without those writes. */
} mc_shared_object_report;

/** A consistent snapshot of the object on every server. */
typedef struct mc_shared_object_reports mc_shared_object_reports;
/** @param reports  takes the handle; NULL when the function fails. */
MC_C_API mc_result mc_shared_object_servers(const mc_shared_object* object,
                                            mc_shared_object_reports** reports, mc_error* error);
MC_C_API size_t mc_shared_object_reports_count(const mc_shared_object_reports* reports);
/** One server's report, by index, valid until the snapshot is freed; NULL beyond the last. */
MC_C_API const mc_shared_object_report* mc_shared_object_reports_at(
    const mc_shared_object_reports* reports, size_t place);
MC_C_API void mc_shared_object_reports_free(mc_shared_object_reports* reports);

/** What happened to one slot on one server. */
typedef int32_t mc_change_code;
enum {
  MC_CHANGE_SUCCESS = 0, /**< Our own write was accepted. */
  MC_CHANGE_CHANGE = 1,  /**< Somebody else set it, or the content came as a whole. */
  MC_CHANGE_REJECT = 2,  /**< Our own write was refused, or somebody else's was taken instead. */
  MC_CHANGE_DELETE = 3,  /**< It is gone, whoever deleted it. */
  MC_CHANGE_CLEAR = 4    /**< Every slot is gone; the whole content follows. */
};
typedef struct mc_change {
  size_t struct_size;
  mc_change_code code;
  int32_t reserved;
  const char* slot;          /**< "" for MC_CHANGE_CLEAR. */
  const mc_value* value;     /**< What it is there now; undefined: it is not there. Never NULL. */
  const mc_value* old_value; /**< What it was; of MC_CHANGE_REJECT: what was refused. Never NULL. */
} mc_change;
/** What one message of one server brought. */
typedef struct mc_sync {
  size_t struct_size;
  const char* name;               /**< Of the shared object. */
  const mc_server_report* server; /**< Whose copy it is about. */
  const mc_change* const* changes;
  size_t change_count; /**< May be 0 in a snapshot. */
  int32_t snapshot;    /**< 1: the server is ready, the changes tell its whole content. */
  int32_t reserved;
} mc_sync;
/** Takes what one message of one server brought; it is valid until the handler returns. */
typedef void (*mc_sync_handler)(void* user, const mc_sync* sync);

/**
 * Registers a handler for changes, called once per message of each server. Earlier ones are not
 * repeated.
 * @param listener  takes a name for mc_shared_object_remove_listener(); may be NULL.
 */
MC_C_API mc_result mc_shared_object_on_sync(mc_shared_object* object, mc_sync_handler handler,
                                            void* user, mc_destroy destroy, mc_listener* listener,
                                            mc_error* error);
/** Registers a handler for events of the object on single servers: SharedObject.* and others. */
MC_C_API mc_result mc_shared_object_on_status(mc_shared_object* object, mc_event_handler handler,
                                              void* user, mc_destroy destroy, mc_listener* listener,
                                              mc_error* error);
/** Takes one of these two away, as mc_array_remove_listener() does. */
MC_C_API mc_result mc_shared_object_remove_listener(mc_shared_object* object, mc_listener listener,
                                                    mc_error* error);

/** What mc_shared_object_send() of this or another client brought. */
typedef struct mc_shared_message {
  size_t struct_size;
  const char* name;               /**< Of the shared object. */
  const mc_server_report* server; /**< By which it came: each server passes it on. */
  const char* handler;
  const mc_value* const* arguments;
  size_t argument_count;
} mc_shared_message;
/** Takes a message; it is valid until the handler returns. */
typedef void (*mc_shared_message_handler)(void* user, const mc_shared_message* message);
/**
 * Takes the messages of one handler name, in place of the function before; once for each server
 * that passes one on.
 * @param function  NULL: takes it away.
 */
MC_C_API mc_result mc_shared_object_on_message(mc_shared_object* object, const char* handler,
                                               mc_shared_message_handler function, void* user,
                                               mc_destroy destroy, mc_error* error);

/** Leaves the object on every server. Later calls return MC_INVALID_STATE. */
MC_C_API mc_result mc_shared_object_close(mc_shared_object* object, mc_error* error);

#ifdef __cplusplus
}
#endif

#endif
