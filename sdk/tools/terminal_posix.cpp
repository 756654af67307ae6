#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "tools/terminal.hpp"

namespace multiconnection::tools {

bool isTerminal(std::FILE* stream) {
  const char* type = std::getenv("TERM");
  if (type == nullptr || *type == '\0' || std::string_view(type) == "dumb") return false;
  return isatty(fileno(stream)) == 1;
}

TerminalSize terminalSize(std::FILE* stream) {
  winsize window{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) {
    return {};
  }
  return {window.ws_col, window.ws_row};
}

}  // namespace multiconnection::tools
