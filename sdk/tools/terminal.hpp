#pragma once

#include <cstddef>
#include <cstdio>

namespace multiconnection::tools {

/// Columns and rows of the window.
struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// Whether the stream is a terminal that can move its cursor.
bool isTerminal(std::FILE* stream);
/// The size now, or 80 x 24 where it is unknown.
TerminalSize terminalSize(std::FILE* stream);

}  // namespace multiconnection::tools
