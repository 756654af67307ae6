#pragma once

#include <optional>
#include <string_view>

#include "multiconnection/amf_value.hpp"
#include "rtmp/message/command.hpp"
#include "session/actions.hpp"

namespace multiconnection::session {

/// Of Enhanced RTMP, on the NetConnection: member tcUrl says where to go.
inline constexpr std::string_view kReconnectRequest = "NetConnection.Connect.ReconnectRequest";

/// The info object in that value; nothing when it has no code.
std::optional<Status> statusIn(const AmfValue& value);
/// The first object with a code among a command's values; servers differ in where they put it.
Status statusOf(const rtmp::Command& command);

}  // namespace multiconnection::session
