// What a connection says, and what that means for the server.
#include <system_error>
#include <utility>

#include "client/server_slot.hpp"
#include "client/server_text.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

StatusLevel levelOf(const std::string& name) {
  if (name == "error") return StatusLevel::Error;
  return name == "warning" ? StatusLevel::Warning : StatusLevel::Status;
}

/// A server that closes with our bytes unread resets the connection.
bool closedByServer(const Error& why) {
  return why.code == Errc::Closed || why.code == std::errc::connection_reset ||
         why.code == std::errc::broken_pipe;
}

}  // namespace

void ServerSlot::onProgress(ServerState state) {
  if (!closing_) state_ = state;
}

void ServerSlot::onEvent(session::Event&& event) {
  if (!running_) return;
  event.status.description = presentable(std::move(event.status.description));
  shorten(event.status.code);
  if (isForeign(event.status.code)) event.status.code = presentable(std::move(event.status.code));
  switch (event.kind) {
    case session::Event::Kind::Connected:
      if (std::exchange(served_, true) && !moving_) ++finalCounters_.reconnects;
      moving_ = false;
      connected_ = true;
      log(LogLevel::Info,
          "accepted connect: " + capabilitiesText(driver_->session().connection().capabilities()));
      enter(ServerState::Connected, event.status);
      owner_.onConnected(*this);
      return noteServing();
    case session::Event::Kind::ConnectRefused:
      return onRefused(event.status);
    case session::Event::Kind::Redirected:
      return onRedirected(std::move(event.status));
    case session::Event::Kind::MoveRequested:
      raise(event.status);
      return onMoveRequested(event.status);
    case session::Event::Kind::PublishStarted:
      if (!publishing_) return;
      enter(ServerState::Publishing, event.status);
      settleTimer_.arm(Clock::now() + settleTime_, [this] {
        settled_ = true;
        redirects_.onArrived();
        lostPublishing_.reset();
        noteServing();
        owner_.onSettled(*this);
      });
      return owner_.onPublishing(*this);
    case session::Event::Kind::PublishRefused:
      return onPublishRefused(event.status);
    case session::Event::Kind::PlayStarted:
      enter(ServerState::Playing, event.status);
      return owner_.onPlayAnswered(*this);
    case session::Event::Kind::PlayRefused:
      enter(ServerState::Connected, event.status);
      return owner_.onPlayRefused(*this);
    case session::Event::Kind::MediaReceived:
      return owner_.onMedia(*this, std::move(event.media));
    case session::Event::Kind::CallAnswered:
      return owner_.onCallAnswered(*this, std::move(event.call));
    case session::Event::Kind::CallReceived:
      return owner_.onCallReceived(*this, std::move(event.call));
    case session::Event::Kind::SharedObjectReceived:
      return owner_.onSharedObject(*this, std::move(event.sharedObject));
    case session::Event::Kind::PlayEnded:
      raise(event.status);
      return owner_.onPlayEnded(*this);
    case session::Event::Kind::Unpublished:
    case session::Event::Kind::Informed:
      raise(event.status);
      if (event.status.code == "StreamIsRecorded") owner_.onRecorded(*this);
      return;
  }
}

void ServerSlot::onRefused(const session::Status& status) {
  if (closing_) return raise(status);  // its goodbye to ours: the end follows
  endedByServer_ = connected_;
  if (failOver(status.code + ": " + status.description, true)) return;
  dismissed_ = !served_ && onlyRefused_;
  // The server will close; it is told goodbye in order, but counts as ended now.
  driver_->close(Clock::now() + milliseconds(1000));
  codeText_ = status.code;
  endWith(ServerState::Failed, statusCode(status.code), status.description,
          connected_ ? StatusLevel::Warning : StatusLevel::Error);
}

void ServerSlot::onPublishRefused(const session::Status& status) {
  const bool held = statusCode(status.code) == StatusCode::PublishBadName && mayHoldName();
  if (failOver(status.code + ": " + status.description, !held)) return;
  settleTimer_.cancel();
  endSuccession();
  publishing_ = settled_ = false;
  // Another server of the entry may take the stream when it is back: all begins anew.
  if (failover_ && !closing_ && !onlyRefused_) {
    return giveUp(statusCode(status.code), status.code + ": " + status.description);
  }
  if (held) {
    owner_.onNameHeld(*this);
    return enter(
        ServerState::Connected,
        {std::string(codeName(StatusCode::PublishNameHeld)), "warning",
         "the server still holds the name for our lost connection: " + status.description});
  }
  enter(ServerState::Connected, status);
  owner_.onPublishRefused(*this);
}

bool ServerSlot::mayHoldName() const {
  return lostPublishing_ &&
         Clock::now() - *lostPublishing_ < owner_.reconnectPolicy(*this).ghostTime;
}

void ServerSlot::enter(ServerState state, const session::Status& status) {
  if (!closing_) state_ = state;
  since_ = Clock::now();
  codeText_ = status.code;
  reason_ = state == ServerState::Connected && status.level != "error" ? "" : status.description;
  raise(status);
}

void ServerSlot::onDrained() { owner_.onQueueEmpty(); }

void ServerSlot::onEnded(const Error& why) {
  endedByServer_ = running_ && connected_;
  if (running_ && failOver(why.message)) return;
  if (driver_->link() != nullptr) addCounters(finalCounters_);
  if (!running_) return;
  codeText_.clear();
  if (closing_) {
    const reactor::RtmpLink* link = driver_->link();
    const std::size_t unsent = link == nullptr ? 0 : link->outbox().queueBytes();
    endWith(ServerState::Closed, StatusCode::ConnectClosed,
            unsent == 0 ? "" : std::to_string(unsent) + " bytes were not sent by the drain limit",
            unsent == 0 ? StatusLevel::Status : StatusLevel::Warning);
  } else if (!connected_) {
    const bool dismissed = state_ == ServerState::Opening && closedByServer(why);
    endWith(ServerState::Failed, StatusCode::ConnectFailed,
            dismissed ? why.message + " instead of an answer to connect: unknown application?"
                      : why.message,
            StatusLevel::Error);
  } else {
    const bool refused = publishing_ && !settled_ && closedByServer(why);
    endWith(ServerState::Failed, StatusCode::ConnectClosed,
            !refused ? why.message
                     : why.message + " right after publish: " +
                           (mayHoldName() ? "is the name still held for our lost connection?"
                                          : "stream name refused or in use?"),
            StatusLevel::Error);
  }
}

void ServerSlot::endWith(ServerState state, StatusCode code, const std::string& reason,
                         StatusLevel level) {
  settleTimer_.cancel();
  endSuccession();
  if (failover_) failover_->close();
  logDrops(since_, true);
  if (state == ServerState::Failed && settled_) lostPublishing_ = Clock::now();
  running_ = connected_ = publishing_ = settled_ = false;
  state_ = state;
  since_ = Clock::now();
  if (code != StatusCode::Unknown) codeText_ = std::string(codeName(code));
  reason_ = reason;
  if (state == ServerState::Failed) {
    finalCounters_.lastError = reason;
    owner_.onDown(*this);
  }
  raiseCode(code, level);
  owner_.onEnded(*this);
}

void ServerSlot::raise(const session::Status& status) {
  StatusEvent event;
  event.code = statusCode(status.code);
  event.codeText = status.code;
  event.level = levelOf(status.level);
  event.reason = status.description;
  event.server = report();
  event.elapsed = duration_cast<milliseconds>(Clock::now() - opened_);
  owner_.raise(std::move(event));
}

void ServerSlot::raiseCode(StatusCode code, StatusLevel level) {
  StatusEvent event;
  event.code = code;
  event.codeText = codeText_;
  event.level = level;
  event.reason = reason_;
  event.server = report();
  event.elapsed = event.server->elapsed;
  owner_.raise(std::move(event));
}

ServerReport ServerSlot::report() const {
  ServerReport report;
  report.id = config_.id;
  report.index = config_.index;
  report.url = config_.redactedUrl;
  report.state = state_;
  report.code = statusCode(codeText_);
  report.codeText = codeText_;
  const bool pending = codeText_.empty() && running_;
  report.reason = pending && driver_ && !closing_ ? driver_->waitingFor() + " yet" : reason_;
  report.elapsed = duration_cast<milliseconds>((pending ? Clock::now() : since_) - opened_);
  if (failover_) report.backup = failover_->active();
  if (report.backup != 0) report.movedTo = server().redactedUrl;
  if (place_) report.movedTo = place_->url.redacted();
  owner_.addAttempts(report);
  return report;
}

}  // namespace multiconnection::client
