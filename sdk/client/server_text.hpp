#pragma once

#include <string>

#include "multiconnection/status.hpp"
#include "session/server_capabilities.hpp"

namespace multiconnection::client {

/// Cuts what a server says, which may be 16 MiB long, while 10,000 events may wait.
void shorten(std::string& text);
/// Whether a status code is none that we know, so that anything may stand in it.
bool isForeign(const std::string& code);
/// "FMS/3,0,1,123, AMF0, takes av01 hvc1", for a log.
std::string capabilitiesText(const session::ServerCapabilities& capabilities);
/// Why the server is where it is: in words, or at least by its code.
std::string reasonOf(const ServerReport& report);

}  // namespace multiconnection::client
