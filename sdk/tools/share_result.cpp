#include "tools/share_result.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/event_text.hpp"
#include "tools/json_values.hpp"
#include "tools/printable.hpp"

namespace multiconnection::tools {
namespace {

using State = SharedObjectReport::State;
using Outcome = ShareResult::Outcome;

std::string textOfAmf(const AmfValue& value) {
  return value.isUndefined() ? "undefined" : printable(textOfJson(jsonOfAmf(value)));
}

std::string serverText(std::size_t server, const std::string& url) {
  return "server " + std::to_string(server) + ' ' + printable(url);
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Of writes. The report may be ahead of the events, which alone tell of a refusal; but a server
/// need not tell of a slot that was to be deleted and is not there.
std::size_t missingAnswers(const SharedObjectReport& report, const ShareWitness& witness) {
  const auto missing =
      std::count_if(witness.unanswered.begin(), witness.unanswered.end(), [&](const auto& write) {
        const bool deletes = write.second.isNull();
        return !deletes || report.slots.find(write.first) != nullptr;
      });
  return std::max(report.unacknowledged, static_cast<std::size_t>(missing));
}

bool messageIsMissing(const ShareWitness& witness) {
  return witness.expectsMessage && !witness.heardMessage;
}

Outcome outcomeOf(const SharedObjectReport& report, const ShareWitness& witness) {
  switch (report.state) {
    case State::Off:
      return Outcome::Off;
    case State::Waiting:
      return witness.connected ? Outcome::Closed : Outcome::NotConnected;
    case State::Using:
      return Outcome::TimedOut;
    case State::Failed:
      return witness.useTimedOut ? Outcome::TimedOut : Outcome::Refused;
    case State::Ready:
      break;
  }
  if (!witness.refusedSlots.empty()) return Outcome::Refused;
  const bool missing = missingAnswers(report, witness) != 0 || messageIsMissing(witness);
  return missing ? Outcome::TimedOut : Outcome::Acknowledged;
}

std::string reasonOf(const SharedObjectReport& report, const ShareWitness& witness) {
  std::vector<std::string> parts;
  if (!witness.refusedSlots.empty()) parts.push_back("refused " + listed(witness.refusedSlots));
  if (report.state == State::Ready) {
    if (const std::size_t missing = missingAnswers(report, witness); missing != 0) {
      parts.push_back(std::to_string(missing) + " writes without an answer");
    }
    if (messageIsMissing(witness)) parts.emplace_back("the message did not come back");
  }
  if (!witness.trouble.empty()) parts.push_back(witness.trouble);
  if (parts.empty()) parts.push_back("the object is " + std::string(stateName(report.state)));
  return listed(parts);
}

/// "change userName = "Foo" (was "Bar")"
std::string textOfChange(const SyncChange& change) {
  std::string text(codeName(change.code));
  if (change.code == SyncChange::Code::Clear) return text;
  text += ' ' + printable(change.slot);
  if (change.code != SyncChange::Code::Delete) text += " = " + textOfAmf(change.value);
  if (change.oldValue.isUndefined()) return text;
  const bool refused = change.code == SyncChange::Code::Reject;
  return text + (refused ? " (refused " : " (was ") + textOfAmf(change.oldValue) + ')';
}

}  // namespace

void ShareWitness::note(const SyncChange& change) {
  const AmfValue* const write = unanswered.find(change.slot);
  if (write == nullptr) return;
  const auto taken = write->isNull() ? SyncChange::Code::Delete : SyncChange::Code::Success;
  if (change.code == SyncChange::Code::Reject) {
    refusedSlots.push_back(change.slot);
  } else if (change.code != taken) {
    return;
  }
  unanswered.erase(change.slot);
}

bool isSettled(const SharedObjectReport& report, const ShareWitness& witness) {
  switch (report.state) {
    case State::Off:
      return true;
    case State::Failed:
      return witness.objectTold;  // which says why
    case State::Waiting:
      return !witness.connected;  // one that was there is tried again
    case State::Using:
      return false;
    case State::Ready:
      break;
  }
  return missingAnswers(report, witness) == 0 && !messageIsMissing(witness);
}

ShareResult resultOf(const SharedObjectReport& report, const ShareWitness& witness) {
  ShareResult result;
  result.server = report.index;
  result.outcome = outcomeOf(report, witness);
  result.version = report.version;
  result.ownConnection = report.ownConnection;
  if (!result.good()) result.reason = reasonOf(report, witness);
  return result;
}

std::string_view outcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::Acknowledged:
      return "acknowledged";
    case Outcome::Refused:
      return "refused";
    case Outcome::TimedOut:
      return "timed_out";
    case Outcome::NotConnected:
      return "not_connected";
    case Outcome::Closed:
      return "closed";
    case Outcome::Off:
      return "off";
    case Outcome::NotDecided:
      break;
  }
  return "not_decided";
}

bool SharedValue::divergent() const {
  return std::any_of(copies.begin(), copies.end(),
                     [this](const Copy& copy) { return copy.value != copies.front().value; });
}

std::string textOfShare(const ShareResult& result) {
  std::string text =
      textOfOutcome(result.server, result.url, outcomeName(result.outcome), result.elapsed);
  if (result.ownConnection) text += ", over a connection of its own";
  return result.reason.empty() ? text : text + ": " + printable(result.reason);
}

std::string textOfShareVerdict(std::size_t acknowledged, std::size_t servers) {
  return std::to_string(acknowledged) + " of " + std::to_string(servers) + " servers acknowledged";
}

std::vector<std::string> textsOfValue(const SharedValue& value) {
  std::vector<std::string> lines;
  const bool divergent = value.divergent();
  for (const auto& copy : value.copies) {
    const std::string text = printable(value.slot) + " = " + textOfAmf(copy.value);
    if (!divergent) return {text};
    lines.push_back(serverText(copy.server, copy.url) + ' ' + text);
  }
  return lines;
}

std::vector<std::string> textsOfSync(const SyncEvent& event) {
  const std::string server = serverText(event.server.index, event.server.url) + ' ';
  std::vector<std::string> lines;
  if (event.snapshot) lines.push_back(server + "is in sync");
  for (const auto& change : event.changes) lines.push_back(server + textOfChange(change));
  return lines;
}

std::string textOfMessage(const SharedMessage& message) {
  std::string text = serverText(message.server.index, message.server.url) + " message " +
                     printable(message.handler);
  for (const auto& argument : message.arguments) {
    text += (&argument == &message.arguments.front() ? ": " : " ") + textOfAmf(argument);
  }
  return text;
}

}  // namespace multiconnection::tools
