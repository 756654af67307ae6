#pragma once

#include <string>
#include <vector>

namespace multiconnection::tools {

/// Rows of equally many cells as lines whose columns stand below each other, two spaces apart.
/// Cells of servers and users have to be printable().
std::vector<std::string> alignedLines(const std::vector<std::vector<std::string>>& rows);

}  // namespace multiconnection::tools
