#pragma once

#include <cstddef>
#include <string>

#include "multiconnection/status.hpp"
#include "session/server_capabilities.hpp"

namespace multiconnection::client {

/// The stream that is none: its connections are for shared objects.
constexpr std::size_t kSharedObjectStream = static_cast<std::size_t>(-1);
/// Begins a line about a stream that is not the first: "stream 2: ".
std::string streamPrefix(std::size_t number);
/// Cuts what a server says, which may be 16 MiB long, while 10,000 events may wait.
void shorten(std::string& text);
/// Whether a status code is none that we know, so that anything may stand in it.
bool isForeign(const std::string& code);
/// "FMS/3,0,1,123, AMF0, takes av01 hvc1", for a log.
std::string capabilitiesText(const session::ServerCapabilities& capabilities);
/// Why the server is where it is: in words, or at least by its code.
std::string reasonOf(const ServerReport& report);

}  // namespace multiconnection::client
