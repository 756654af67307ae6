#pragma once

#include <memory>

#include "transport/connection.hpp"

namespace multiconnection::transport {

struct StreamKeys;

/// `connection` with everything encrypted on its way out, and decrypted on its way in. What is
/// handed to write() is not changed, and nothing is held back: bytes that write() did not take were
/// not encrypted, so that others may come in their place.
std::unique_ptr<Connection> makeCipherConnection(std::unique_ptr<Connection> connection,
                                                 const StreamKeys& keys);

}  // namespace multiconnection::transport
