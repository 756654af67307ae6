#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "transport/connection.hpp"
#include "transport/operation.hpp"

namespace boost::asio {
class io_context;
}

namespace multiconnection::transport {

class Resolver;

struct ConnectTarget {
  std::string host;  ///< A name or a numeric address, an IPv6 address without brackets.
  std::uint16_t port;
};

using ConnectHandler = std::function<void(Result<std::unique_ptr<Connection>>)>;
/// Told each step of an attempt, in words: "127.0.0.1: Connection refused".
using StepHandler = std::function<void(std::string step)>;

/// Looks the name up and connects to its addresses the way of RFC 8305 ("happy eyeballs"): IPv6 and
/// IPv4 by turns, the next one after 250 ms or as soon as one has failed; the first to answer wins.
/// One handler call follows, at the latest at `deadline`: the connection, or an Error that names
/// host, port and each address tried, with Errc::TimedOut for the deadline, the resolver's code, or
/// the system's own code of the most telling failure. `resolver` must outlive the operation.
/// @param onStep  of each step, the first ones from inside the call; must not end the operation.
std::unique_ptr<Operation> connectTcp(boost::asio::io_context& io, Resolver& resolver,
                                      const ConnectTarget& target,
                                      std::chrono::steady_clock::time_point deadline,
                                      ConnectHandler handler, StepHandler onStep = {});

}  // namespace multiconnection::transport
