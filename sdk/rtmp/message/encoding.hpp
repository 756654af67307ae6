#pragma once

namespace multiconnection::rtmp {

/// How the values of commands, data and shared objects are written; connect negotiates it.
enum class Encoding { Amf0, Amf3 };

}  // namespace multiconnection::rtmp
