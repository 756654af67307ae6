#include "client/call_book.hpp"

#include <algorithm>

namespace multiconnection::client {

void CallBook::add(ServerId server, double transaction, Call call) {
  deadlines_.emplace(call.deadline, server, transaction);
  calls_[server].emplace(transaction, std::move(call));
}

std::optional<CallBook::Call> CallBook::take(ServerId server, double transaction) {
  const auto calls = calls_.find(server);
  if (calls == calls_.end()) return std::nullopt;
  auto found = calls->second.extract(transaction);
  if (found.empty()) return std::nullopt;
  deadlines_.erase({found.mapped().deadline, server, transaction});
  return std::move(found.mapped());
}

std::vector<CallBook::Due> CallBook::takeDue(Clock::time_point now) {
  std::vector<Due> due;
  while (!deadlines_.empty() && std::get<0>(*deadlines_.begin()) <= now) {
    const auto [deadline, server, transaction] = *deadlines_.begin();
    if (auto call = take(server, transaction)) {
      due.push_back({server, transaction, *std::move(call)});
    }
  }
  return due;
}

std::vector<CallBook::Call> CallBook::takeAll(ServerId server) {
  const auto calls = calls_.extract(server);
  std::vector<Call> all;
  if (calls.empty()) return all;
  std::vector<double> transactions;
  for (const auto& [transaction, call] : calls.mapped()) {
    deadlines_.erase({call.deadline, server, transaction});
    transactions.push_back(transaction);
  }
  std::sort(transactions.begin(), transactions.end());
  for (const double transaction : transactions) {
    all.push_back(calls.mapped().find(transaction)->second);
  }
  return all;
}

std::optional<CallBook::Clock::time_point> CallBook::nextDeadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return std::get<0>(*deadlines_.begin());
}

}  // namespace multiconnection::client
