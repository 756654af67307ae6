// Servers that send us elsewhere: redirects are followed, and a stream moves without a gap where
// the server waits for that.
#include <algorithm>
#include <utility>

#include "client/server_slot.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// Between the two connections of a redirect: servers have been seen that need a moment.
constexpr milliseconds kPause{100};
constexpr milliseconds kGoodbye{2000};
/// Tries of a move, unless the policy sets another limit.
constexpr std::size_t kMaxTries = 5;

}  // namespace

void ServerSlot::onRedirected(session::Status status) {
  if (closing_) return raise(status);
  auto place = redirects_.admit(location(), *status.redirect, Clock::now());
  if (!place) {
    status.description += "; " + presentable(place.error().message);
    return onRefused(status);
  }
  redirectTo({std::move(*place), std::move(status.redirectStream)});
}

void ServerSlot::redirectTo(Place place) {
  const bool wasConnected = std::exchange(connected_, false);
  settleTimer_.cancel();
  endSuccession();
  if (settled_) lostPublishing_ = Clock::now();  // both places may be one server
  publishing_ = settled_ = false;
  moving_ = true;
  state_ = ServerState::Connecting;
  since_ = Clock::now();
  place_ = std::move(place);
  if (wasConnected) attemptEnds_ = attemptDeadline();
  leaveDriver();
  noteMoved();
  ++life_;
  tell(StatusCode::Redirected, StatusLevel::Status, "to " + place_->url.redacted());
  const auto deadline = wasConnected ? attemptEnds_ : deadline_;
  moveTimer_.arm(Clock::now() + kPause, [this, deadline] { connectTo(deadline); });
}

void ServerSlot::onMoveRequested(const session::Status& status) {
  if (closing_ || nextPlace_) return;
  redirects_.onArrived();  // it serves us: what it asks for is a chain of its own
  auto place = redirects_.admit(location(), *status.redirect, Clock::now());
  if (!place) {
    return tell(StatusCode::Redirected, StatusLevel::Warning, "it stays: " + place.error().message);
  }
  if (!settled_) return redirectTo({std::move(*place), {}});
  nextPlace_ = Place{std::move(*place), {}};
  ReconnectPolicy policy = owner_.reconnectPolicy(*this);
  if (policy.attempts == 0) policy.attempts = kMaxTries;
  succession_.emplace(policy);
  beginSuccession();
}

void ServerSlot::beginSuccession() {
  successor_ =
      std::make_unique<Successor>(loop_, driverConfig(server(), nextPlace_), config_.timeOffset,
                                  static_cast<Successor::Owner&>(*this));
  successor_->open(attemptDeadline());
}

void ServerSlot::endSuccession() {
  moveTimer_.cancel();
  nextPlace_.reset();
  succession_.reset();
  if (!successor_) return;
  owner_.starve(*successor_);
  leave(successor_->release());
  successor_.reset();
}

void ServerSlot::onSuccessorConnected(Successor& successor) {
  if (!admits(successor.capabilities())) {
    return onSuccessorFailed(successor, "it cannot take the stream's codecs", false);
  }
  successor.publish(streamName(publishName_, false), publishMode_, publishTimeout_);
}

void ServerSlot::onSuccessorPublishing(Successor& successor) { owner_.feed(*this, successor); }

void ServerSlot::onSuccessorJoined(Successor& successor) {
  place_ = std::exchange(nextPlace_, std::nullopt);
  succeed(successor);
  successor_.reset();
  succession_.reset();
  redirects_.onArrived();
  tell(StatusCode::Moved, StatusLevel::Status, "to " + place_->url.redacted());
}

void ServerSlot::succeed(Successor& successor) {
  owner_.onSucceeded(*this, successor);
  fedBefore_ += successor.driver().link()->bytesSent();
  leaveDriver();
  driver_ = successor.release();
  driver_->setObserver(*this);
  driver_->setHandledMethods(handledMethods_);
  noteMoved();
  ++life_;
}

void ServerSlot::onSuccessorFailed(Successor& successor, const std::string& why, bool held) {
  owner_.starve(successor);
  successor_.reset();
  if (held) return redirectTo(*std::exchange(nextPlace_, std::nullopt));
  const auto due = succession_->onDown(Clock::now(), chance());
  std::string reason = "the move to " + nextPlace_->url.redacted() + " failed: " + why;
  if (due) {
    const auto wait = duration_cast<milliseconds>(*due - Clock::now());
    reason += "; tried again in " + std::to_string(wait.count()) + " ms";
    moveTimer_.arm(*due, [this] {
      succession_->onStart();
      beginSuccession();
    });
  } else {
    endSuccession();
  }
  tell(StatusCode::Redirected, StatusLevel::Warning, reason);
}

void ServerSlot::noteMoved() {
  owner_.onMoved(*this);
  endedByServer_ = false;
}

void ServerSlot::leaveDriver() {
  if (!driver_) return;  // between two connections
  if (driver_->link() != nullptr) addCounters(finalCounters_);
  leave(std::move(driver_));
}

void ServerSlot::leave(std::shared_ptr<reactor::SessionDriver> driver) {
  std::erase_if(left_, [](const auto& left) { return left->link() == nullptr; });
  driver->detach();
  driver->close(Clock::now() + kGoodbye);
  left_.push_back(std::move(driver));
}

void ServerSlot::tell(StatusCode code, StatusLevel level, const std::string& reason) {
  StatusEvent event;
  event.code = code;
  event.codeText = std::string(codeName(code));
  event.level = level;
  event.reason = presentable(reason);
  event.server = report();
  event.elapsed = event.server->elapsed;
  owner_.raise(std::move(event));
}

}  // namespace multiconnection::client
