#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "multiconnection/statistics.hpp"

namespace multiconnection::tools {

/// What the live table shows at one moment.
struct TableSnapshot {
  std::vector<ServerStatistics> servers;
  std::size_t required = 0;  ///< Servers that the policy asks for.
  std::string code;          ///< Of the array's last event.
  std::chrono::milliseconds elapsed{0};
};

/// The table as lines of at most `columns` bytes, at most `rows` of them: a heading, one line per
/// server, the aggregate. Where the room is short URLs are cut first; servers that do not fit are
/// counted in a line of their own.
std::vector<std::string> tableLines(const TableSnapshot& snapshot, std::size_t columns,
                                    std::size_t rows);

}  // namespace multiconnection::tools
