// Entries with backups: which of their servers is used, and how another one takes over.
#include <algorithm>
#include <utility>

#include "client/server_slot.hpp"

namespace multiconnection::client {

ServerSlot::Clock::time_point ServerSlot::attemptDeadline() const {
  return Clock::now() + std::max(options_->attemptTimeout, options_->setupTimeout);
}

ServerSlot::Clock::time_point ServerSlot::turnDeadline() const {
  if (!failover_) return attemptEnds_;
  const auto turn =
      Clock::now() + options_->setupTimeout / static_cast<int>(config_.backups.size() + 1);
  return failover_->isLast() ? std::max(attemptEnds_, turn) : turn;
}

std::chrono::milliseconds ServerSlot::answerLimit() const {
  if (!failover_ || failover_->isLast()) return publishTimeout_;
  return publishTimeout_ / static_cast<int>(config_.backups.size() + 2);
}

void ServerSlot::noteServing() {
  const bool serving = publishing_ ? settled_ : connected_;
  if (failover_ && serving && !closing_) failover_->onActiveUp();
}

bool ServerSlot::failOver(const std::string& why, bool refused) {
  if (!failover_ || closing_) return false;
  onlyRefused_ = onlyRefused_ && refused;
  auto next = failover_->onActiveDown();
  if (!next) return false;
  finalCounters_.lastError = why;
  if (connected_) attemptEnds_ = attemptDeadline();
  const std::string to = server().redactedUrl + (next->ready ? " takes over" : " is tried");
  changeServer(std::move(*next), StatusCode::FailedOver, StatusLevel::Warning, why + "; " + to);
  return true;
}

void ServerSlot::goBackTo(Failover::Next next) {
  changeServer(std::move(next), StatusCode::FailedBack, StatusLevel::Status,
               "back to " + server().redactedUrl);
}

void ServerSlot::changeServer(Failover::Next next, StatusCode code, StatusLevel level,
                              const std::string& reason) {
  settleTimer_.cancel();
  endSuccession();
  place_.reset();
  redirects_.begin(server().url);
  since_ = Clock::now();
  if (next.fed) return goOnWith(*next.ready, code, level, reason);
  connected_ = false;
  if (settled_) lostPublishing_ = since_;
  publishing_ = settled_ = false;
  codeText_.clear();
  reason_.clear();
  leaveDriver();
  noteMoved();
  ++life_;
  if (next.ready) {
    state_ = ServerState::Connected;
    codeText_ = std::string(codeName(StatusCode::ConnectSuccess));
    connected_ = true;
    driver_ = next.ready->release();
    driver_->setObserver(*this);
    driver_->setHandledMethods(handledMethods_);
    tell(code, level, reason);
    owner_.onConnected(*this);
    return noteServing();
  }
  moving_ = true;
  state_ = ServerState::Connecting;
  tell(code, level, reason);
  moveTimer_.arm(since_, [this] { connectTo(turnDeadline()); });
}

/// Whatever the slot was about: from now on it publishes.
void ServerSlot::goOnWith(Successor& successor, StatusCode code, StatusLevel level,
                          const std::string& reason) {
  const bool wasSettled = settled_;
  connected_ = publishing_ = settled_ = true;
  moving_ = false;
  lostPublishing_.reset();
  state_ = ServerState::Publishing;
  codeText_ = std::string(codeName(StatusCode::PublishStart));
  reason_.clear();
  succeed(successor);
  tell(code, level, reason);
  noteServing();
  if (!wasSettled) owner_.onSettled(*this);
}

std::unique_ptr<Successor> ServerSlot::connectionTo(std::size_t place, Successor::Owner& owner) {
  return std::make_unique<Successor>(loop_, driverConfig(serverAt(place), std::nullopt),
                                     config_.timeOffset, owner);
}

void ServerSlot::publishOn(Successor& successor, std::size_t place) {
  successor.publish(streamNameOn(serverAt(place), publishName_, false), publishMode_,
                    publishTimeout_);
}

void ServerSlot::onBackupStep(std::size_t place, LogLevel level, const std::string& step) {
  log(level, serverAt(place).redactedUrl + ": " + step);
}

}  // namespace multiconnection::client
