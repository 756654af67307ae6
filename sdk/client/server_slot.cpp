#include "client/server_slot.hpp"

#include <system_error>
#include <utility>

#include "client/server_text.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::size_t kMaxWaitingCallBytes = 16u << 20;

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

ServerSlot::ServerSlot(reactor::Loop& loop, ServerConfig config, Owner& owner)
    : loop_(loop), config_(std::move(config)), owner_(owner), settleTimer_(loop) {
  secrets_.addQueryOf(config_.url.app);
  secrets_.addQueryOf(config_.options.app);
  secrets_.addStreamName(config_.streamName);
  secrets_.addStreamName(config_.key);
}

ServerSlot::~ServerSlot() {
  if (driver_) driver_->abort();
}

void ServerSlot::open(Clock::time_point now, Clock::time_point deadline,
                      const ConnectOptions& options) {
  endLife();
  ++life_;
  opened_ = since_ = now;
  state_ = ServerState::Connecting;
  running_ = wanted_ = true;
  dismissed_ = false;
  reactor::DriverConfig config;
  config.host = config_.url.host;
  config.port = config_.url.port;
  config.handshake = handshakeOptions(config_);
  config.connect = connectParameters(config_, options);
  keepSecret(config.connect);
  driver_ = std::make_shared<reactor::SessionDriver>(
      loop_, std::move(config), static_cast<reactor::SessionDriver::Observer&>(*this));
  driver_->open(deadline);
}

/// Servers repeat what they were told in what they say.
void ServerSlot::keepSecret(const session::ConnectParameters& told) {
  for (const AmfValue& argument : told.arguments) secrets_.addTextsOf(argument);
  for (const auto& [name, value] : told.fields) secrets_.addTextsOf(value);
  for (const auto& url : {told.tcUrl, told.swfUrl, told.pageUrl}) secrets_.addQueryOf(url);
  secrets_.addTextsOf(told.token);
}

void ServerSlot::endLife() {
  if (driver_) {
    if (driver_->link() != nullptr) addCounters(finalCounters_);  // it still says goodbye
    driver_->abort();
  }
  settleTimer_.cancel();
  connected_ = publishing_ = settled_ = closing_ = false;
  warnedOf_.clear();
  codeText_.clear();
  reason_.clear();
}

std::string ServerSlot::streamName(const std::string& common, bool asGiven) {
  const bool own = !asGiven && !config_.streamName.empty();
  std::string name = (own ? config_.streamName : common) + config_.key;
  secrets_.addStreamName(name);
  return name;
}

void ServerSlot::publish(const std::string& name, const PublishOptions& options) {
  settleTime_ = options.settleTime;
  publishing_ = true;
  settled_ = false;
  const auto mode = static_cast<session::PublishMode>(options.mode);
  static_assert(static_cast<int>(PublishMode::AppendWithGap) ==
                static_cast<int>(session::PublishMode::AppendWithGap));
  // asked of connected servers only
  static_cast<void>(driver_->publish(streamName(name, false), mode));
}

session::ServerCapabilities::Support ServerSlot::supports(Codec codec) const {
  return driver_->session().connection().capabilities().supports(codec);
}

void ServerSlot::refuseCodec(Codec codec, const std::string& why) {
  if (publishing_) stopStream();
  enter(ServerState::Connected, {std::string(codeName(StatusCode::CodecUnsupported)), "error",
                                 "the server " + why + " " + std::string(codecName(codec))});
  owner_.onPublishRefused(*this);
}

void ServerSlot::warnOfCodec(Codec codec) {
  if (!warnedOf_.insert(codec).second) return;
  raise({std::string(codeName(StatusCode::CodecUnconfirmed)), "warning",
         "the server does not say whether it takes " + std::string(codecName(codec))});
}

void ServerSlot::play(session::PlayRequest request, bool asGiven) {
  request.name = streamName(request.name, asGiven);
  static_cast<void>(driver_->play(std::move(request)));  // asked of connected servers only
}

void ServerSlot::refusePlay(const std::string& reason) {
  if (!running_) return;
  if (!connected_) return giveUp(StatusCode::PlayFailed, reason);
  stopStream();
  enter(ServerState::Connected, {std::string(codeName(StatusCode::PlayFailed)), "error", reason});
}

void ServerSlot::stopStream() {
  warnedOf_.clear();
  publishing_ = settled_ = false;
  settleTimer_.cancel();
  if (!connected_) return;
  state_ = ServerState::Connected;
  driver_->stopStream();
}

void ServerSlot::retire(Clock::time_point deadline) {
  retired_ = true;
  close(deadline);
}

void ServerSlot::close(Clock::time_point deadline) {
  settleTimer_.cancel();
  wanted_ = false;
  if (!running_ || closing_) return;
  closing_ = true;
  state_ = ServerState::Closing;
  driver_->close(deadline);
}

void ServerSlot::giveUp(StatusCode code, const std::string& reason) {
  if (!running_) return;
  if (driver_->link() != nullptr) addCounters(finalCounters_);
  driver_->abort();
  endWith(ServerState::Failed, code, reason, StatusLevel::Error);
}

void ServerSlot::noteOverdue(StatusCode code, const std::string& reason) {
  codeText_ = std::string(codeName(code));
  reason_ = reason;
}

void ServerSlot::tick(Clock::time_point now, milliseconds stallTimeout) {
  const reactor::RtmpLink* link = driver_ && running_ ? driver_->link() : nullptr;
  if (wasOpened()) {
    meter_.note(now, finalCounters_.bytesSent + (link == nullptr ? 0 : link->bytesSent()));
  }
  if (link == nullptr) return;
  logDrops(now, false);
  if (!link->blocked() || now - link->lastProgress() < stallTimeout) return;
  giveUp(StatusCode::StreamStalled, "no byte moved for " + std::to_string(stallTimeout.count()) +
                                        " ms while " + std::to_string(link->outbox().queueBytes()) +
                                        " bytes waited");
}

Result<double> ServerSlot::startCall(const std::string& method, std::vector<AmfValue> arguments) {
  const std::size_t waiting = driver_->link()->outbox().controlBytes();
  if (waiting > kMaxWaitingCallBytes) {
    return Error{Errc::LimitExceeded, "the server has not taken " + std::to_string(waiting) +
                                          " bytes of earlier calls yet"};
  }
  return driver_->startCall(method, std::move(arguments));
}

void ServerSlot::answerCall(double transaction, bool accepted, AmfValue value) {
  driver_->answerCall(transaction, accepted, std::move(value));
}

void ServerSlot::notify(const std::string& method, std::vector<AmfValue> arguments) {
  if (driver_->link()->outbox().controlBytes() > kMaxWaitingCallBytes) return;
  driver_->notify(method, std::move(arguments));
}

void ServerSlot::setHandledMethods(const std::set<std::string>& names) {
  if (driver_) driver_->setHandledMethods(names);
}

std::string ServerSlot::presentable(std::string text) const {
  text = secrets_.hiddenIn(std::move(text));
  shorten(text);
  return text;
}

void ServerSlot::log(LogLevel level, const std::string& text) const {
  const LogSink& sink = owner_.log();
  if (!sink.takes(level)) return;
  const std::string stream =
      owner_.number() == 0 ? "" : "stream " + std::to_string(owner_.number()) + ": ";
  sink.write(level, stream + "server " + std::to_string(config_.index) + ' ' + config_.redactedUrl +
                        ": " + presentable(text));
}

void ServerSlot::logDrops(Clock::time_point now, bool ended) {
  if (!driver_ || driver_->link() == nullptr) return;
  const outbox::MessageCounts& dropped = driver_->link()->outbox().dropped();
  const std::uint64_t total = dropped.audio + dropped.video + dropped.data;
  if (const auto count = ended ? dropLimit_.rest(total) : dropLimit_.due(total, now)) {
    log(LogLevel::Warning, std::to_string(*count) + " messages dropped, " + std::to_string(total) +
                               " in all: it takes less than is published");
  }
}

void ServerSlot::logUnanswered(const std::string& method, const std::string& why) {
  const auto count = unansweredLimit_.due(++unanswered_, Clock::now());
  if (!count) return;
  log(LogLevel::Warning, "call of " + method + ": " + why + "; " + std::to_string(*count) +
                             " without an answer since the last such line");
}

void ServerSlot::setReading(bool wanted) {
  if (driver_ && driver_->link() != nullptr) driver_->link()->setReading(wanted);
}

void ServerSlot::setDropPolicy(const outbox::DropPolicy& policy) {
  if (driver_ && driver_->link() != nullptr) driver_->link()->outbox().setPolicy(policy);
}

std::string ServerSlot::waitingFor() const { return driver_ ? driver_->waitingFor() : ""; }

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
      if (std::exchange(served_, true)) ++finalCounters_.reconnects;
      connected_ = true;
      log(LogLevel::Info,
          "accepted connect: " + capabilitiesText(driver_->session().connection().capabilities()));
      enter(ServerState::Connected, event.status);
      return owner_.onConnected(*this);
    case session::Event::Kind::ConnectRefused:
      return onRefused(event.status);
    case session::Event::Kind::PublishStarted:
      if (!publishing_) return;
      enter(ServerState::Publishing, event.status);
      settleTimer_.arm(Clock::now() + settleTime_, [this] {
        settled_ = true;
        lostPublishing_.reset();
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
  dismissed_ = !served_;
  // The server will close; it is told goodbye in order, but counts as ended now.
  driver_->close(Clock::now() + milliseconds(1000));
  codeText_ = status.code;
  endWith(ServerState::Failed, statusCode(status.code), status.description,
          connected_ ? StatusLevel::Warning : StatusLevel::Error);
}

void ServerSlot::onPublishRefused(const session::Status& status) {
  settleTimer_.cancel();
  publishing_ = settled_ = false;
  if (statusCode(status.code) == StatusCode::PublishBadName && mayHoldName()) {
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
  owner_.addAttempts(report);
  return report;
}

outbox::Outbox& ServerSlot::outbox() { return driver_->link()->outbox(); }

outbox::WireShape ServerSlot::shape() const {
  outbox::WireShape shape = driver_->shape();
  shape.timeOffset = config_.timeOffset;
  return shape;
}

void ServerSlot::flush() { driver_->link()->flush(); }

}  // namespace multiconnection::client
