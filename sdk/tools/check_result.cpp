#include "tools/check_result.hpp"

#include <algorithm>
#include <array>

#include "tools/printable.hpp"

namespace multiconnection::tools {
namespace {

constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;

std::string publishText(CheckResult::Publish publish) {
  switch (publish) {
    case CheckResult::Publish::Allowed:
      return "yes";
    case CheckResult::Publish::Refused:
      return "no";
    case CheckResult::Publish::NoAnswer:
      return "no answer";
    default:
      return "-";
  }
}

Row rowOf(const CheckResult& result) {
  const std::string why = result.good() ? "" : result.code + ' ' + result.reason;
  return {std::to_string(result.server),   printable(result.url),
          result.connected ? "yes" : "no", std::to_string(result.elapsed.count()),
          publishText(result.publish),     printable(why)};
}

}  // namespace

std::vector<std::string> tableOf(const std::vector<CheckResult>& results) {
  std::vector<Row> rows{{"#", "server", "connect", "ms", "publish", "why not"}};
  for (const auto& result : results) rows.push_back(rowOf(result));
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < kColumns; ++column) {
      std::size_t width = 0;
      for (const auto& other : rows) width = std::max(width, other[column].size());
      line += row[column] + std::string(width - row[column].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace multiconnection::tools
