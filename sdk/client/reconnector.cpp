#include "client/reconnector.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace multiconnection::client {

using State = cluster::ReconnectFsm::State;

namespace {

std::string attemptsText(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " attempt" : " attempts");
}

std::chrono::milliseconds::rep millisecondsTo(Reconnector::Clock::time_point later,
                                              Reconnector::Clock::time_point earlier) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(later - earlier).count();
}

}  // namespace

Reconnector::Reconnector(reactor::Loop& loop, Discipline& discipline,
                         std::function<void(ServerId)> start,
                         std::function<void(ServerId, const std::string&)> tell)
    : discipline_(discipline), start_(std::move(start)), tell_(std::move(tell)), timer_(loop) {}

void Reconnector::onDown(ServerId server, const ReconnectPolicy& policy, const std::string& why) {
  Entry& entry = entries_.try_emplace(server, Entry{cluster::ReconnectFsm(policy)}).first->second;
  const auto due = entry.fsm.onDown(Clock::now(), chance());
  entry.begins = due.value_or(Clock::time_point());
  entry.granted = false;
  if (policy.enabled) tellDown(server, entry, why);
  arm();
}

void Reconnector::tellDown(ServerId server, Entry& entry, const std::string& why) {
  const auto now = Clock::now();
  const bool over = entry.fsm.state() == State::GivenUp;
  entry.told = entry.lines.due(++entry.downs, now).has_value() || over;
  if (!entry.told) return;
  entry.troubleTold = !over;
  std::string line = "failed: " + why + "; tried again in ";
  if (over) {
    line = "given up after " + attemptsText(entry.fsm.attempts()) + ": " + why;
  } else {
    line += std::to_string(millisecondsTo(entry.begins, now)) + " ms";
  }
  tell_(server, line);
}

double Reconnector::chance() {
  return std::uniform_real_distribution<double>(0, 1)(discipline_.random);
}

void Reconnector::onUp(ServerId server) {
  const auto found = entries_.find(server);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  const auto now = Clock::now();
  const auto since = entry.fsm.troubledSince().value_or(now);
  if (entry.fsm.state() == State::Trying && std::exchange(entry.troubleTold, false)) {
    tell_(server, "back after " + attemptsText(entry.fsm.attempts()) + ", " +
                      std::to_string(millisecondsTo(now, since)) + " ms");
  }
  entry.fsm.onUp(now);
}

void Reconnector::forget(ServerId server) { entries_.erase(server); }

void Reconnector::forgetAll() {
  entries_.clear();
  timer_.cancel();
}

std::optional<Reconnector::Clock::time_point> Reconnector::due(ServerId server) const {
  const auto entry = entries_.find(server);
  if (entry == entries_.end() || entry->second.fsm.state() != State::Waiting) return std::nullopt;
  return entry->second.begins;
}

std::optional<Reconnector::Clock::time_point> Reconnector::troubledSince(ServerId server) const {
  const auto entry = entries_.find(server);
  return entry == entries_.end() ? std::nullopt : entry->second.fsm.troubledSince();
}

bool Reconnector::isTrying() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [this](const auto& entry) { return isTrying(entry.first); });
}

bool Reconnector::isTrying(ServerId server) const {
  const auto entry = entries_.find(server);
  if (entry == entries_.end()) return false;
  const State state = entry->second.fsm.state();
  return state == State::Waiting || state == State::Trying;
}

bool Reconnector::hasGivenUp(ServerId server) const {
  const auto entry = entries_.find(server);
  return entry != entries_.end() && entry->second.fsm.state() == State::GivenUp;
}

void Reconnector::arm() {
  std::optional<Clock::time_point> first;
  for (const auto& [server, entry] : entries_) {
    if (entry.fsm.state() == State::Waiting && (!first || entry.begins < *first)) {
      first = entry.begins;
    }
  }
  if (first) timer_.arm(*first, [this] { begin(); });
}

void Reconnector::begin() {
  const auto now = Clock::now();
  std::vector<ServerId> starting;
  for (auto& [server, entry] : entries_) {
    if (entry.fsm.state() != State::Waiting || entry.begins > now) continue;
    if (!std::exchange(entry.granted, true)) entry.begins = discipline_.budget.take(now);
    if (entry.begins > now) continue;
    entry.fsm.onStart();
    if (entry.told) tell_(server, "attempt " + std::to_string(entry.fsm.attempts()) + " begins");
    starting.push_back(server);
  }
  arm();
  for (const ServerId server : starting) start_(server);  // may fail at once: back to onDown()
}

}  // namespace multiconnection::client
