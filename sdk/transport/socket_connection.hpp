#pragma once

#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "transport/connection.hpp"
#include "transport/socket_calls.hpp"

namespace boost::asio {
class io_context;
}

namespace multiconnection::transport {

/// Takes a connected stream socket over, and closes it whatever happens.
Result<std::unique_ptr<Connection>> adoptSocket(boost::asio::io_context& io, NativeSocket socket,
                                                std::string peerName);

/// The same for TCP: tunes the socket and asks it for the peer's name.
Result<std::unique_ptr<Connection>> adoptTcp(boost::asio::io_context& io, NativeSocket socket);

}  // namespace multiconnection::transport
