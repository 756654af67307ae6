#pragma once

#include <string>

#include "multiconnection/node.hpp"
#include "tools/json_events.hpp"

namespace multiconnection::tools {

/// "client 3 127.0.0.1:40000 PublishStarted live/demo"
std::string textOfNodeEvent(const NodeEvent& event);
/// The same as a JSON line: "client".
std::string jsonOfNodeEvent(const NodeEvent& event, WallTime time);

}  // namespace multiconnection::tools
