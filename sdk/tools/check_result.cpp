#include "tools/check_result.hpp"

#include <algorithm>

#include "multiconnection/multi_connection.hpp"
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

/// Marked with "?" is of what the server said nothing, while it spoke of others.
std::string codecsText(const CheckResult& result) {
  if (!result.connected) return "-";
  if (result.codecs.empty() && result.refusedCodecs.empty()) return "not said";
  const std::vector<Codec> all = ConnectOptions{}.codecs;
  if (result.codecs.size() == all.size()) return "all";
  const auto in = [](const std::vector<Codec>& codecs, Codec codec) {
    return std::find(codecs.begin(), codecs.end(), codec) != codecs.end();
  };
  std::string text;
  for (const Codec codec : all) {
    if (in(result.refusedCodecs, codec)) continue;
    if (!text.empty()) text += ' ';
    text += codecName(codec);
    if (!in(result.codecs, codec)) text += '?';
  }
  return text.empty() ? "none" : text;
}

std::vector<std::string> rowOf(const CheckResult& result) {
  const std::string why = result.good() ? "" : result.code + ' ' + result.reason;
  return {std::to_string(result.server),
          printable(result.url),
          result.connected ? "yes" : "no",
          std::to_string(result.elapsed.count()),
          publishText(result.publish),
          codecsText(result),
          printable(why)};
}

}  // namespace

std::vector<std::string> tableOf(const std::vector<CheckResult>& results) {
  std::vector<std::vector<std::string>> rows{
      {"#", "server", "connect", "ms", "publish", "codecs", "why not"}};
  for (const auto& result : results) rows.push_back(rowOf(result));
  return alignedLines(rows);
}

}  // namespace multiconnection::tools
