#pragma once

#include <optional>

#include "multiconnection/multi_connection.hpp"
#include "tools/task_loop.hpp"

namespace multiconnection::tools {

/// The loop is the array's executor; lines of `log` and above go to standard error.
MultiConnectionOptions arrayOptions(TaskLoop& loop, std::optional<LogLevel> log);

}  // namespace multiconnection::tools
