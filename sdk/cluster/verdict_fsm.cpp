#include "cluster/verdict_fsm.hpp"

namespace multiconnection::cluster {

VerdictFsm::VerdictFsm(std::size_t servers, std::size_t required, std::chrono::milliseconds limit)
    : marks_(servers, Mark::Unknown), required_(required), limit_(limit) {}

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

std::optional<VerdictFsm::State> VerdictFsm::mark(std::size_t server, Mark mark) {
  Mark& current = marks_[server];
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
