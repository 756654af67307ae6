#include "tools/link_script.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "tools/option_values.hpp"

namespace multiconnection::tools {
namespace {

using Action = LinkStep::Action;

constexpr double kMaxSeconds = 31'536'000;
constexpr double kMaxMilliseconds = 3'600'000;
constexpr double kMaxRate = 1e12;
constexpr double kMaxBuffer = 1 << 30;

constexpr std::array<std::pair<std::string_view, Action>, 9> kActions{{{"up", Action::Up},
                                                                       {"down", Action::Down},
                                                                       {"both", Action::Both},
                                                                       {"stall", Action::Stall},
                                                                       {"resume", Action::Resume},
                                                                       {"reset", Action::Reset},
                                                                       {"vanish", Action::Vanish},
                                                                       {"refuse", Action::Refuse},
                                                                       {"listen", Action::Listen}}};

Error invalid(std::string text) { return {Errc::InvalidArgument, std::move(text)}; }

/// A number with a unit behind it, in the smaller unit; nothing when it is none from 0 to `most`.
std::optional<double> readQuantity(
    std::string_view text, double most,
    std::initializer_list<std::pair<std::string_view, double>> units) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : units) {
    if (unit != name) continue;
    const double value = number * factor;
    return value >= 0 && value <= most ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

std::string_view takeWord(std::string_view& text) {
  constexpr std::string_view kSpaces = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kSpaces));
  text.remove_prefix(word.size());
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return word;
}

std::string_view withoutTrailingSpace(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

Result<void> change(LinkConditions& conditions, std::string_view part) {
  const auto equals = part.find('=');
  const std::string_view name = part.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
  const auto bad = [part](const char* why) { return invalid(quotedValue(part) + ": " + why); };
  if (name == "rate") {
    const auto rate = readQuantity(value, kMaxRate, {{"", 1}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}});
    if (!rate) return bad("it is bits per second, e.g. 500k or 2M; 0: no limit");
    conditions.bitsPerSecond = static_cast<std::uint64_t>(*rate);
  } else if (name == "delay" || name == "jitter") {
    const auto time = readQuantity(value, kMaxMilliseconds, {{"", 1}});
    if (!time) return bad("it is milliseconds, at most 3600000");
    (name == "delay" ? conditions.delay : conditions.jitter) =
        std::chrono::milliseconds(std::llround(*time));
  } else if (name == "buffer") {
    const auto bytes = readQuantity(value, kMaxBuffer, {{"", 1}, {"k", 1e3}, {"M", 1e6}});
    if (!bytes || *bytes < 1) return bad("it is bytes, e.g. 65536 or 2M, at most 1073741824");
    conditions.bufferBytes = static_cast<std::size_t>(*bytes);
  } else if (name == "corruption") {
    const auto share = readQuantity(value, 1, {{"", 1}});
    if (!share) return bad("it is the share of bytes that are changed, 0 to 1");
    conditions.corruption = *share;
  } else {
    return bad("it is rate, delay, jitter, buffer or corruption, with =VALUE");
  }
  return {};
}

Result<LinkStep> parseStep(std::string_view line) {
  LinkStep step;
  const std::string_view kind = takeWord(line);
  if (kind != "at" && kind != "every") return invalid("it begins with at or every");
  const std::string_view time = takeWord(line);
  const auto ms = readQuantity(time, kMaxSeconds * 1000, {{"s", 1000}, {"ms", 1}});
  if (!ms) return invalid(quotedValue(time) + ": it is a time, e.g. 5s, 1.5s or 200ms");
  step.at = std::chrono::milliseconds(std::llround(*ms));
  if (kind == "every") {
    if (step.at.count() == 0) return invalid(quotedValue(time) + ": it must be more than 0");
    step.every = step.at;
  }
  step.text = withoutTrailingSpace(line);
  const std::string_view name = takeWord(line);
  const auto found = std::find_if(kActions.begin(), kActions.end(),
                                  [name](const auto& action) { return action.first == name; });
  if (found == kActions.end()) {
    return invalid(quotedValue(name) +
                   ": it is up, down, both, stall, resume, reset, vanish, refuse or listen");
  }
  step.action = found->second;
  line = withoutTrailingSpace(line);
  const bool changes =
      step.action == Action::Up || step.action == Action::Down || step.action == Action::Both;
  if (!changes && !line.empty()) return invalid(quotedValue(line) + " is too much");
  if (changes) {
    if (const auto read = withChanges({}, line); !read) return read.error();
  }
  step.changes = line;
  return step;
}

}  // namespace

Result<LinkConditions> withChanges(LinkConditions base, std::string_view text) {
  while (true) {
    const auto comma = text.find(',');
    if (auto changed = change(base, text.substr(0, comma)); !changed) return changed.error();
    if (comma == std::string_view::npos) return base;
    text.remove_prefix(comma + 1);
  }
}

Result<std::vector<LinkStep>> parseLinkScript(std::string_view script) {
  std::vector<LinkStep> steps;
  for (std::size_t number = 1; !script.empty(); ++number) {
    const std::string_view whole = script.substr(0, script.find('\n'));
    script.remove_prefix(std::min(whole.size() + 1, script.size()));
    std::string_view rest = whole;
    const std::string_view word = takeWord(rest);
    if (word.empty() || word.front() == '#') continue;
    auto step = parseStep(whole);
    if (!step) {
      return invalid("line " + std::to_string(number) + ' ' + quotedValue(whole) + ": " +
                     step.error().message);
    }
    step->line = number;
    steps.push_back(std::move(*step));
  }
  return steps;
}

LinkSchedule::LinkSchedule(std::vector<LinkStep> steps) : waiting_(std::move(steps)) {}

std::vector<LinkStep>::const_iterator LinkSchedule::first() const {
  return std::min_element(waiting_.begin(), waiting_.end(),
                          [](const LinkStep& a, const LinkStep& b) {
                            return std::pair(a.at, a.line) < std::pair(b.at, b.line);
                          });
}

LinkSchedule::Time LinkSchedule::next() const {
  return waiting_.empty() ? Time::max() : first()->at;
}

std::vector<LinkStep> LinkSchedule::take(Time now) {
  std::vector<LinkStep> due;
  while (next() <= now) {
    const auto place = waiting_.begin() + (first() - waiting_.cbegin());
    due.push_back(*place);
    if (place->every.count() == 0) {
      waiting_.erase(place);
    } else {
      place->at += place->every;
    }
  }
  return due;
}

}  // namespace multiconnection::tools
