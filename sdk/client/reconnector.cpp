#include "client/reconnector.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace multiconnection::client {

using State = cluster::ReconnectFsm::State;

Reconnector::Reconnector(reactor::Loop& loop, Discipline& discipline,
                         std::function<void(ServerId)> start)
    : discipline_(discipline), start_(std::move(start)), timer_(loop) {}

std::optional<Reconnector::Clock::time_point> Reconnector::onDown(ServerId server,
                                                                  const ReconnectPolicy& policy) {
  Entry& entry = entries_.try_emplace(server, Entry{cluster::ReconnectFsm(policy)}).first->second;
  const auto due = entry.fsm.onDown(Clock::now(), chance());
  entry.begins = due.value_or(Clock::time_point());
  entry.granted = false;
  arm();
  return due;
}

double Reconnector::chance() {
  return std::uniform_real_distribution<double>(0, 1)(discipline_.random);
}

void Reconnector::onUp(ServerId server) {
  const auto entry = entries_.find(server);
  if (entry != entries_.end()) entry->second.fsm.onUp(Clock::now());
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
  return std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second.fsm.state() == State::Waiting || entry.second.fsm.state() == State::Trying;
  });
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
    starting.push_back(server);
  }
  arm();
  for (const ServerId server : starting) start_(server);  // may fail at once: back to onDown()
}

}  // namespace multiconnection::client
