#pragma once

#include "transport/socket_calls.hpp"

namespace multiconnection::transport {

/// Call once before the first handshake, from any thread: librtmp initialises itself lazily and
/// unlocked.
void prepareLibrtmp();

/// librtmp's client side of the handshake over a blocking socket, which it closes in the end. When
/// librtmp has accepted the server's answers it writes one more, small message: whoever sees a byte
/// behind the handshake knows. Blocks until the handshake is over.
void runLibrtmpClient(NativeSocket socket);

}  // namespace multiconnection::transport
