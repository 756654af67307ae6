#include "multiconnection/log.hpp"

namespace multiconnection {

std::string_view logLevelName(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Error:
      break;
  }
  return "error";
}

}  // namespace multiconnection
