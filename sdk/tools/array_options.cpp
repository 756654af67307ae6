#include "tools/array_options.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "tools/output.hpp"

namespace multiconnection::tools {
namespace {

/// "0.042", seconds since `start`.
std::string secondsSince(std::chrono::steady_clock::time_point start) {
  using std::chrono::milliseconds;
  const auto passed = std::chrono::steady_clock::now() - start;
  const auto count = std::chrono::duration_cast<milliseconds>(passed).count();
  std::string thousandths = std::to_string(1000 + count % 1000);
  return std::to_string(count / 1000) + '.' + thousandths.substr(1);
}

}  // namespace

MultiConnectionOptions arrayOptions(TaskLoop& loop, std::optional<LogLevel> log) {
  MultiConnectionOptions options;
  options.executor = [&loop](std::function<void()> task) { loop.post(std::move(task)); };
  if (!log) return options;
  options.logLevel = *log;
  options.log = [start = std::chrono::steady_clock::now()](LogLevel level, std::string_view line) {
    complain(secondsSince(start) + ' ' + std::string(logLevelName(level)) + ": " +
             std::string(line));
  };
  return options;
}

}  // namespace multiconnection::tools
