#include "tools/check_result.hpp"

#include "tools/printable.hpp"
#include "tools/text_table.hpp"

namespace multiconnection::tools {
namespace {

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

std::vector<std::string> rowOf(const CheckResult& result) {
  const std::string why = result.good() ? "" : result.code + ' ' + result.reason;
  return {std::to_string(result.server),   printable(result.url),
          result.connected ? "yes" : "no", std::to_string(result.elapsed.count()),
          publishText(result.publish),     printable(why)};
}

}  // namespace

std::vector<std::string> tableOf(const std::vector<CheckResult>& results) {
  std::vector<std::vector<std::string>> rows{
      {"#", "server", "connect", "ms", "publish", "why not"}};
  for (const auto& result : results) rows.push_back(rowOf(result));
  return alignedLines(rows);
}

}  // namespace multiconnection::tools
