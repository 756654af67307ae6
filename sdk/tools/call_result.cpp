#include "tools/call_result.hpp"

#include <nlohmann/json.hpp>

#include "tools/event_text.hpp"
#include "tools/json_values.hpp"
#include "tools/printable.hpp"
#include "tools/text_table.hpp"

namespace multiconnection::tools {
namespace {

using Outcome = CallResult::Outcome;

Outcome outcomeOf(const Error& error) {
  if (error.code == Errc::Refused) return Outcome::Error;
  if (error.code == Errc::TimedOut) return Outcome::TimedOut;
  if (error.code == Errc::Closed) return Outcome::Closed;
  return error.code == Errc::InvalidState ? Outcome::NotConnected : Outcome::NotCalled;
}

/// The values or the error as JSON; in words where there is neither.
std::string contentOf(const CallResult& result) {
  if (result.outcome == Outcome::Error && !result.errorInfo.isUndefined()) {
    return printable(textOfJson(jsonOfAmf(result.errorInfo)));
  }
  if (!result.good()) return printable(result.reason);
  std::string text;
  for (const AmfValue& value : result.values) {
    if (!text.empty()) text += ' ';
    text += textOfJson(jsonOfAmf(value));
  }
  return printable(text);
}

}  // namespace

CallResult resultOf(const Reply& reply) {
  CallResult result;
  result.server = reply.server.index;
  result.url = reply.server.url;
  result.elapsed = reply.elapsed;
  if (reply) {
    result.outcome = Outcome::Result;
    result.values = reply.values;
    return result;
  }
  result.outcome = outcomeOf(reply.error());
  result.errorInfo = reply.errorInfo;
  result.reason = reply.error().message;
  // Why it is not connected says more than that it is not.
  if (result.outcome == Outcome::NotConnected && !reply.server.codeText.empty()) {
    result.reason = reply.server.codeText + ' ' + reply.server.reason;
  }
  return result;
}

std::string_view outcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::Result:
      return "result";
    case Outcome::Error:
      return "error";
    case Outcome::TimedOut:
      return "timed_out";
    case Outcome::NotConnected:
      return "not_connected";
    case Outcome::Closed:
      return "closed";
    case Outcome::NotCalled:
      break;
  }
  return "not_called";
}

std::string textOfCall(const CallResult& result) {
  std::string text =
      textOfOutcome(result.server, result.url, outcomeName(result.outcome), result.elapsed);
  const std::string content = contentOf(result);
  return content.empty() ? text : text + ": " + content;
}

std::vector<std::string> tableOf(const std::vector<CallResult>& results) {
  std::vector<std::vector<std::string>> rows{{"#", "server", "outcome", "ms", "value"}};
  for (const auto& result : results) {
    rows.push_back({std::to_string(result.server), printable(result.url),
                    wordsOf(outcomeName(result.outcome)), std::to_string(result.elapsed.count()),
                    contentOf(result)});
  }
  return alignedLines(rows);
}

std::string textOfVerdict(const CallVerdict& verdict) {
  return std::to_string(verdict.results) + " of " + std::to_string(verdict.servers) +
         " servers returned a result (" + std::to_string(verdict.needed) + " needed)";
}

}  // namespace multiconnection::tools
