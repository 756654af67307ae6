#ifndef MULTICONNECTION_C_BASE_H
#define MULTICONNECTION_C_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(MULTICONNECTION_C_BUILDING)
#define MC_C_API __declspec(dllexport)
#elif defined(_WIN32)
#define MC_C_API __declspec(dllimport)
#else
#define MC_C_API __attribute__((visibility("default")))
#endif

/** Version of this interface. It grows with additions; what was there before stays. */
#define MC_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the library in use, "major.minor.patch". */
MC_C_API const char* mc_version(void);
/** MC_ABI_VERSION of the library in use: at least the one this program was compiled with. */
MC_C_API uint32_t mc_abi_version(void);

/** One of MC_OK, MC_INVALID_ARGUMENT, ...; a later version may add some. */
typedef int32_t mc_result;
enum {
  MC_OK = 0,
  MC_INVALID_ARGUMENT = 1, /**< The call can never work as written; nothing was started. */
  MC_INVALID_STATE = 2,    /**< Right call, wrong moment; nothing was changed. */
  MC_UNSUPPORTED = 3,      /**< Valid, but something RTMP or this library cannot carry. */
  MC_CORRUPT_DATA = 4,     /**< Bytes break their format. */
  MC_LIMIT_EXCEEDED = 5,   /**< A bound was reached (size, count, depth, queue). */
  MC_TIMED_OUT = 6,        /**< The deadline passed first. */
  MC_REFUSED = 7,          /**< The peer said no. */
  MC_CLOSED = 8,           /**< The peer, or the owner, ended it. */
  MC_SYSTEM = 9,           /**< The system's own error: mc_error.system_code. */
  MC_OUT_OF_MEMORY = 10,
  MC_INTERNAL = 11 /**< A mistake in the library. */
};
/** The result's name in words, e.g. "invalid argument"; never NULL. */
MC_C_API const char* mc_result_text(mc_result result);

/** Why a function failed. Begin with MC_ERROR_INIT; only failures write into it. */
typedef struct mc_error {
  size_t struct_size;
  mc_result result;
  int32_t system_code;  /**< errno's value when `result` is MC_SYSTEM; else 0. */
  int64_t server_index; /**< The server it speaks of; -1: none. */
  char message[512];    /**< One line for a person; names the offending value. */
} mc_error;
#define MC_ERROR_INIT                     \
  {                                       \
    sizeof(mc_error), MC_OK, 0, -1, { 0 } \
  }

/** Frees what a `user` pointer stands for. */
typedef void (*mc_destroy)(void* user);

#ifdef __cplusplus
}
#endif

#endif
