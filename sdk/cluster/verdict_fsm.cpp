#include "cluster/verdict_fsm.hpp"

namespace multiconnection::cluster {

VerdictFsm::VerdictFsm(const std::vector<std::size_t>& servers, std::size_t required,
                       std::chrono::milliseconds limit)
    : required_(required), limit_(limit) {
  for (const std::size_t server : servers) marks_.emplace(server, Mark::Unknown);
}

std::optional<VerdictFsm::State> VerdictFsm::start(Clock::time_point now) {
  if (state_ != State::Idle) return std::nullopt;
  started_ = now;
  state_ = State::Pending;
  return evaluate();
}

std::optional<VerdictFsm::State> VerdictFsm::onUp(std::size_t server) {
  return mark(server, Mark::Up);
}

std::optional<VerdictFsm::State> VerdictFsm::onDown(std::size_t server) {
  return mark(server, Mark::Down);
}

std::optional<VerdictFsm::State> VerdictFsm::onTick(Clock::time_point now) {
  const auto due = deadline();
  if (!due || now < *due) return std::nullopt;
  return decide(State::Failed);
}

std::optional<VerdictFsm::State> VerdictFsm::abandon() {
  if (state_ != State::Idle && state_ != State::Pending) return std::nullopt;
  return decide(State::Failed);
}

std::optional<VerdictFsm::Clock::time_point> VerdictFsm::deadline() const {
  if (state_ != State::Pending) return std::nullopt;
  return started_ + limit_;
}

bool VerdictFsm::is(std::size_t server, Mark mark) const {
  const auto found = marks_.find(server);
  return found != marks_.end() && found->second == mark;
}

std::optional<VerdictFsm::State> VerdictFsm::mark(std::size_t server, Mark mark) {
  const auto found = marks_.find(server);
  if (found == marks_.end()) return std::nullopt;
  Mark& current = found->second;
  up_ -= current == Mark::Up ? 1 : 0;
  down_ -= current == Mark::Down ? 1 : 0;
  current = mark;
  up_ += mark == Mark::Up ? 1 : 0;
  down_ += mark == Mark::Down ? 1 : 0;
  return evaluate();
}

std::optional<VerdictFsm::State> VerdictFsm::evaluate() {
  if (state_ != State::Pending) return std::nullopt;
  if (up_ >= required_) return decide(State::Succeeded);
  if (marks_.size() - down_ < required_) return decide(State::Failed);
  return std::nullopt;
}

std::optional<VerdictFsm::State> VerdictFsm::decide(State verdict) {
  state_ = verdict;
  return verdict;
}

}  // namespace multiconnection::cluster
