#pragma once

#include <string_view>

#include "multiconnection/export.hpp"

namespace multiconnection {

enum class LogLevel {
  Debug,    ///< Each step of an attempt: names, addresses, handshake.
  Info,     ///< What goes as it should: servers, their capabilities, verdicts, starts and ends.
  Warning,  ///< What costs something: dropped frames, a missing answer, a server that was lost.
  Error,    ///< What the application or its user must act on.
};
/// "debug", "info", "warning" or "error".
MC_API std::string_view logLevelName(LogLevel level) noexcept;

}  // namespace multiconnection
