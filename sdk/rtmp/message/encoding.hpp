#pragma once

namespace multiconnection::rtmp {

/// How the values of commands, data messages and shared objects are written.
enum class Encoding {
  Amf0,
  /// Message types 17, 15 and 16, for a peer that agreed to objectEncoding 3 only: AMF0 in which
  /// objects, arrays, dates, documents and byte arrays are AMF3; in shared objects every value is.
  Amf3,
};

}  // namespace multiconnection::rtmp
