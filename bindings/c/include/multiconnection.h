#ifndef MULTICONNECTION_H
#define MULTICONNECTION_H

/**
 * @file
 * MultiConnection for C: one NetConnection, NetStream and SharedObject over an array of RTMP
 * servers. C99; C++ may include it, too. Library multiconnection_c, CMake target
 * MultiConnection::c.
 *
 * This is a stable interface: what is here keeps its meaning, its layout and its symbol version.
 *
 * Results.   A function that can fail returns an mc_result; MC_OK is 0. Its last parameter takes
 *            the reason in words and may be NULL. No C++ exception leaves the library.
 * Handles.   Opaque. NULL is MC_INVALID_ARGUMENT, and nothing to the functions that free.
 * Structs.   The first member is the size that the caller knows. The functions named *_init set it
 *            and every default. The library ignores what it does not know, and takes the default
 *            for what the caller does not know. Structs given to a callback are as large as the
 *            library's; read no member beyond their struct_size.
 * Text.      UTF-8, ended by a zero byte. The library copies what it is given. What a callback is
 *            given is valid until it returns; what a function returns, as long as its handle.
 * Values.    A function with an `mc_value*` parameter takes the value over, also when it fails; one
 *            with `const mc_value*` only reads it.
 * Threads.   Every function may be called from any thread and from a callback, unless it says
 *            otherwise. Callbacks run one after another on one thread of the library, or where the
 *            executor runs them; no lock is held meanwhile.
 * User data. A callback gets the `user` pointer it was registered with. `destroy`, where there is
 *            one, is called once with it when no callback will use it any more; also at once, when
 *            the registration fails. It may be NULL.
 */

#include "multiconnection_c/array.h"
#include "multiconnection_c/base.h"
#include "multiconnection_c/call.h"
#include "multiconnection_c/event.h"
#include "multiconnection_c/shared_object.h"
#include "multiconnection_c/source.h"
#include "multiconnection_c/stream.h"
#include "multiconnection_c/value.h"

#endif
