#include "client/server_slot.hpp"

#include <utility>

#include "client/server_text.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::size_t kMaxWaitingCallBytes = 16u << 20;

}  // namespace

ServerSlot::ServerSlot(reactor::Loop& loop, ServerConfig config, Owner& owner)
    : loop_(loop), config_(std::move(config)), owner_(owner), settleTimer_(loop), moveTimer_(loop) {
  for (std::size_t place = 0; place <= config_.backups.size(); ++place) {
    const ServerConfig& server = serverAt(place);
    secrets_.addQueryOf(server.url.app);
    secrets_.addQueryOf(server.options.app);
    secrets_.addStreamName(server.streamName);
    secrets_.addStreamName(server.key);
  }
}

ServerSlot::~ServerSlot() {
  if (driver_) driver_->abort();
  for (const auto& driver : left_) driver->abort();
}

void ServerSlot::open(Clock::time_point now, Clock::time_point deadline,
                      const ConnectOptions& options) {
  endLife();
  ++life_;
  opened_ = since_ = now;
  running_ = wanted_ = onlyRefused_ = true;
  dismissed_ = false;
  options_ = &options;
  attemptEnds_ = deadline;
  if (!config_.backups.empty()) {
    failover_ = std::make_unique<Failover>(loop_, config_.backups.size() + 1, config_.failover,
                                           owner_.reconnectPolicy(*this),
                                           static_cast<Failover::Owner&>(*this));
  }
  redirects_.begin(config_.url);
  connectTo(turnDeadline());
}

reactor::DriverConfig ServerSlot::driverConfig(const ServerConfig& given,
                                               const std::optional<Place>& place) {
  const ServerConfig server = place ? movedTo(given, place->url) : given;
  secrets_.addQueryOf(server.url.app);
  reactor::DriverConfig config;
  config.host = server.url.host;
  config.port = server.url.port;
  config.handshake = handshakeOptions(server);
  config.connect = connectParameters(server, *options_);
  keepSecret(config.connect);
  return config;
}

void ServerSlot::connectTo(Clock::time_point deadline) {
  state_ = ServerState::Connecting;
  deadline_ = deadline;
  driver_ = std::make_shared<reactor::SessionDriver>(
      loop_, driverConfig(server(), place_), static_cast<reactor::SessionDriver::Observer&>(*this));
  driver_->setHandledMethods(handledMethods_);
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
  endSuccession();
  if (failover_) failover_->close();
  failover_.reset();
  place_.reset();
  connected_ = publishing_ = settled_ = closing_ = moving_ = endedByServer_ = false;
  warnedOf_.clear();
  codeText_.clear();
  reason_.clear();
}

std::string ServerSlot::streamName(const std::string& common, bool asGiven) {
  if (!place_ || place_->streamName.empty()) return streamNameOn(server(), common, asGiven);
  secrets_.addStreamName(place_->streamName);
  return place_->streamName;
}

std::string ServerSlot::streamNameOn(const ServerConfig& server, const std::string& common,
                                     bool asGiven) {
  const bool own = !asGiven && !server.streamName.empty();
  std::string name = (own ? server.streamName : common) + server.key;
  secrets_.addStreamName(name);
  return name;
}

void ServerSlot::publish(const std::string& name, const PublishOptions& options) {
  settleTime_ = options.settleTime;
  publishTimeout_ = options.publishTimeout;
  const auto limit = answerLimit();
  settleTimer_.arm(Clock::now() + limit, [this, limit] {
    const std::string why = "no answer to publish within " + std::to_string(limit.count()) + " ms";
    if (!failOver(why)) giveUp(StatusCode::StreamFailed, why);
  });
  publishing_ = true;
  settled_ = false;
  publishName_ = name;
  publishMode_ = static_cast<session::PublishMode>(options.mode);
  static_assert(static_cast<int>(PublishMode::AppendWithGap) ==
                static_cast<int>(session::PublishMode::AppendWithGap));
  // asked of connected servers only
  static_cast<void>(driver_->publish(streamName(name, false), publishMode_));
}

session::ServerCapabilities::Support ServerSlot::supports(Codec codec) const {
  return driver_->session().connection().capabilities().supports(codec);
}

void ServerSlot::refuseCodec(Codec codec, const std::string& why) {
  const std::string reason = "the server " + why + " " + std::string(codecName(codec));
  if (failOver(reason, true)) return;
  if (publishing_) stopStream();
  enter(ServerState::Connected,
        {std::string(codeName(StatusCode::CodecUnsupported)), "error", reason});
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
  endSuccession();
  if (failover_) failover_->onStopped();
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
  const bool between = driver_ == nullptr;
  endSuccession();
  if (failover_) failover_->close();
  closing_ = true;
  state_ = ServerState::Closing;
  if (!between) return driver_->close(deadline);
  moveTimer_.arm(Clock::now(), [this] {
    codeText_.clear();
    endWith(ServerState::Closed, StatusCode::ConnectClosed, "", StatusLevel::Status);
  });
}

void ServerSlot::giveUp(StatusCode code, const std::string& reason) {
  if (!running_) return;
  if (driver_ && driver_->link() != nullptr) addCounters(finalCounters_);
  if (driver_) driver_->abort();
  endWith(ServerState::Failed, code, reason, StatusLevel::Error);
}

void ServerSlot::noteOverdue(StatusCode code, const std::string& reason) {
  codeText_ = std::string(codeName(code));
  reason_ = reason;
}

void ServerSlot::tick(Clock::time_point now, milliseconds stallTimeout) {
  const reactor::RtmpLink* link = driver_ && running_ ? driver_->link() : nullptr;
  if (wasOpened()) {
    const std::uint64_t own = link == nullptr ? 0 : link->bytesSent();
    meter_.note(now, finalCounters_.bytesSent + own - fedBefore_);
  }
  if (link == nullptr) return;
  logDrops(now, false);
  if (link->isStalled(now, stallTimeout)) {
    const std::string why = "no byte moved for " + std::to_string(stallTimeout.count()) +
                            " ms while " + std::to_string(link->outbox().queueBytes()) +
                            " bytes waited";
    if (!failOver(why)) giveUp(StatusCode::StreamStalled, why);
  } else if (failover_ && !closing_) {
    noteServing();
    failover_->tick(now, stallTimeout);
  }
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

void ServerSlot::sendSharedObject(const rtmp::SharedObjectMessage& message) {
  const bool relayed = message.events.front().type == rtmp::SharedObjectEventType::SendMessage;
  if (relayed && driver_->link()->outbox().controlBytes() > kMaxWaitingCallBytes) {
    return log(LogLevel::Warning, "a message of shared object " + message.name +
                                      " is dropped: it has not taken the earlier ones yet");
  }
  driver_->sendSharedObject(message);
}

void ServerSlot::setHandledMethods(const std::set<std::string>& names) {
  handledMethods_ = names;
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
  sink.write(level, streamPrefix(owner_.number()) + "server " + std::to_string(config_.index) +
                        ' ' + config_.redactedUrl + ": " + presentable(text));
}

void ServerSlot::logDrops(Clock::time_point now, bool ended) {
  if (!driver_ || driver_->link() == nullptr) return;
  const outbox::Outbox& outbox = driver_->link()->outbox();
  const outbox::MessageCounts& dropped = outbox.dropped();
  const std::uint64_t total = dropped.audio + dropped.video + dropped.data;
  if (outbox.withoutVideo()) {  // an event has told of it
    static_cast<void>(dropLimit_.rest(total));
    return;
  }
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

std::string ServerSlot::waitingFor() const {
  if (driver_) return driver_->waitingFor();
  return "no connection to " + location().redacted();
}

outbox::Outbox& ServerSlot::outbox() { return driver_->link()->outbox(); }

outbox::WireShape ServerSlot::shape() const {
  outbox::WireShape shape = driver_->shape();
  shape.timeOffset = config_.timeOffset;
  return shape;
}

void ServerSlot::flush() { driver_->link()->flush(); }

}  // namespace multiconnection::client
