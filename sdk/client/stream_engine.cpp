#include "client/stream_engine.hpp"

#include <algorithm>
#include <utility>

#include "client/server_text.hpp"
#include "cluster/required.hpp"

namespace multiconnection::client {
namespace {

using cluster::HealthFsm;
using cluster::VerdictFsm;
using std::chrono::milliseconds;

}  // namespace

StreamEngine::StreamEngine(reactor::Loop& loop, std::size_t number, std::shared_ptr<MediaFeed> feed,
                           Owner& owner, Hooks hooks)
    : loop_(loop),
      number_(number),
      feed_(std::move(feed)),
      owner_(owner),
      hooks_(std::move(hooks)),
      publishTimer_(loop),
      pumpTimer_(loop),
      healthTimer_(loop),
      reconnector_(
          loop, owner.discipline(), [this](ServerId server) { tryAgain(server); },
          [this](ServerId server, const std::string& line) { tellAttempt(server, line); }),
      player_(loop, static_cast<Player::Owner&>(*this)) {
  fanout_.onCodec([this](Codec codec) { onCodec(codec); });
}

StreamEngine::~StreamEngine() = default;

void StreamEngine::begin(const std::vector<ServerConfig>& servers, const ConnectOptions& options) {
  finish();
  options_ = options;
  publish_.reset();
  health_.reset();
  healthTimer_.cancel();
  reconnector_.forgetAll();
  slots_.clear();
  for (const ServerConfig& server : servers) addServer(server);
}

void StreamEngine::addServer(const ServerConfig& server) {
  slots_.push_back(
      std::make_unique<ServerSlot>(loop_, server, static_cast<ServerSlot::Owner&>(*this)));
  if (health_) health_->setRequired(required());
}

void StreamEngine::open() {
  for (const auto& slot : slots_) {
    if (slot->isWanted()) start(slot->config().id);
  }
}

void StreamEngine::start(ServerId server) {
  const ServerSlot* slot = find(server);
  if (slot != nullptr && !slot->isRunning()) reconnector_.forget(server);
  open(server);
}

void StreamEngine::open(ServerId server) {
  ServerSlot* slot = find(server);
  if (slot == nullptr || slot->isRunning()) return;
  const auto now = Clock::now();
  slot->open(now, now + std::max(options_.attemptTimeout, options_.setupTimeout), options_);
  if (isFirst()) slot->setHandledMethods(owner_.handledMethods());
  if (health_) health_->setRequired(required());
}

void StreamEngine::closeServer(ServerId server, Clock::time_point deadline, bool forGood) {
  ServerSlot* slot = find(server);
  if (slot == nullptr) return;
  pump();
  if (forGood) {
    slot->retire(deadline);
  } else {
    slot->close(deadline);
  }
  release(*slot);
}

/// The application took the server out: no loss, but a verdict can no longer count on it.
void StreamEngine::release(ServerSlot& slot) {
  reconnector_.forget(slot.config().id);
  fanout_.remove(slot);
  player_.onLost(slot, reasonOf(slot.report()));
  if (health_) {
    health_->onReleased(indexOf(slot));
    health_->setRequired(required());
    checkHealth();
  }
  owner_.onLost(*this, slot);
  if (publish_) onPublishVerdict(publish_->onDown(indexOf(slot)));
}

void StreamEngine::onConnected(ServerSlot& slot) {
  if (use_ != Use::Publish) onServing(slot);
  owner_.onConnected(*this, slot);
  if (use_ == Use::Publish) publishOn(slot);
  player_.onReady(slot.config().id);
}

void StreamEngine::onSetUp(bool succeeded) {
  if (succeeded && isFirst()) {
    beginHealth();
    for (const auto& slot : slots_) {
      if (slot->isConnected()) health_->onUp(indexOf(*slot), Clock::now());
    }
  }
  if (publish_) startPublishClock();
}

std::size_t StreamEngine::required() const {
  const auto wanted = std::count_if(slots_.begin(), slots_.end(),
                                    [](const auto& slot) { return slot->isWanted(); });
  return cluster::requiredOf(options_.policy, static_cast<std::size_t>(wanted));
}

VerdictFsm StreamEngine::askAll(milliseconds limit) const {
  std::vector<std::size_t> servers;
  for (const auto& slot : slots_) {
    if (slot->isWanted()) servers.push_back(indexOf(*slot));
  }
  return {servers, required(), limit};
}

void StreamEngine::publish(const std::string& name, const PublishOptions& options) {
  use_ = Use::Publish;
  streamName_ = name;
  publishOptions_ = options;
  if (!isFirst()) open();
  publish_ = askAll(options.publishTimeout);
  for (const auto& slot : slots_) {
    if (!slot->isRunning()) publish_->onDown(indexOf(*slot));
    if (slot->isReady()) publishOn(*slot);
  }
  if (!owner_.isSettingUp()) startPublishClock();
}

std::vector<Codec> StreamEngine::codecs() const {
  std::vector<Codec> codecs = publishOptions_.codecs;
  codecs.insert(codecs.end(), fanout_.codecs().begin(), fanout_.codecs().end());
  return codecs;
}

bool StreamEngine::admits(const session::ServerCapabilities& capabilities) const {
  using Support = session::ServerCapabilities::Support;
  const auto needed = codecs();
  return std::all_of(needed.begin(), needed.end(), [&](Codec codec) {
    const Support support = capabilities.supports(codec);
    return support == Support::Yes ||
           (support == Support::Unknown && options_.allowUnconfirmedCodecs);
  });
}

void StreamEngine::onMoved(ServerSlot& slot) {
  if (!slot.isConnected()) {
    fanout_.remove(slot);
    player_.onLost(slot, "it sends us elsewhere");
    pump();
  }
  slot.setDropPolicy(dropPolicy(slot));  // of the connection that took over
  owner_.onMoved(*this, slot);
}

void StreamEngine::publishOn(ServerSlot& slot) {
  for (const Codec codec : codecs()) {
    if (!admits(slot, codec)) return;
  }
  slot.setDropPolicy(dropPolicy(slot));
  slot.publish(streamName_, publishOptions_);
}

bool StreamEngine::admits(ServerSlot& slot, Codec codec) {
  using Support = session::ServerCapabilities::Support;
  const Support support = slot.supports(codec);
  if (support == Support::Yes) return true;
  if (support == Support::Unknown && options_.allowUnconfirmedCodecs) {
    slot.warnOfCodec(codec);
    return true;
  }
  slot.refuseCodec(codec, support == Support::No ? "does not take" : "does not say that it takes");
  return false;
}

void StreamEngine::onCodec(Codec codec) {
  for (const auto& slot : slots_) {
    if (slot->isPublishing()) static_cast<void>(admits(*slot, codec));
  }
}

void StreamEngine::startPublishClock() {
  onPublishVerdict(publish_->start(Clock::now()));
  if (const auto deadline = publish_->deadline()) {
    publishTimer_.arm(*deadline, [this] {
      noteOverdue(*publish_, publishOptions_.publishTimeout, true);
      onPublishVerdict(publish_->onTick(Clock::now()));
    });
  }
}

void StreamEngine::onPublishing(ServerSlot& slot) {
  fanout_.add(slot);
  pump();  // a lossless source may have waited for it
}

void StreamEngine::onSettled(ServerSlot& slot) {
  onServing(slot);
  if (publish_) onPublishVerdict(publish_->onUp(indexOf(slot)));
}

void StreamEngine::onPublishRefused(ServerSlot& slot) {
  fanout_.remove(slot);
  if (publish_) onPublishVerdict(publish_->onDown(indexOf(slot)));
  if (health_ && publish_ && publish_->state() == VerdictFsm::State::Succeeded) {
    if (const auto health = health_->onDown(indexOf(slot))) raiseLoss(*health, slot);
  }
  pump();
}

void StreamEngine::onPublishVerdict(std::optional<VerdictFsm::State> verdict) {
  if (!verdict) return;
  publishTimer_.cancel();
  if (*verdict == VerdictFsm::State::Failed) {
    raiseVerdict(*publish_, StatusCode::StreamPublishFailed, StatusLevel::Error, "publishing");
    return;
  }
  // From now on a server is in service while it publishes, not merely while it is connected.
  beginHealth();
  for (const auto& slot : slots_) {
    if (slot->isSettled()) health_->onUp(indexOf(*slot), Clock::now());
  }
  raiseVerdict(*publish_, StatusCode::StreamPublishSuccess, StatusLevel::Status, "publishing");
  hooks_.onPublishing();
}

void StreamEngine::noteOverdue(const VerdictFsm& fsm, milliseconds limit, bool publishing) {
  const std::string within = " within " + std::to_string(limit.count()) + " ms";
  for (const auto& slot : slots_) {
    if (!fsm.awaits(indexOf(*slot))) continue;
    if (!slot->isConnected()) {
      slot->noteOverdue(StatusCode::ConnectFailed, slot->waitingFor() + within);
    } else if (publishing) {
      slot->noteOverdue(StatusCode::StreamFailed, "no answer to publish" + within);
    }
  }
}

void StreamEngine::onEnded(ServerSlot& slot) {
  fanout_.remove(slot);
  owner_.onLost(*this, slot);
  if (publish_) onPublishVerdict(publish_->onDown(indexOf(slot)));
  if (health_ && !closing_ && slot.isWanted()) {
    if (const auto health = health_->onDown(indexOf(slot))) raiseLoss(*health, slot);
  }
  player_.onLost(slot, reasonOf(slot.report()));
  pump();
  owner_.onEnded(*this, slot);
}

void StreamEngine::play(PlayJob job) {
  use_ = Use::Play;
  player_.start(std::move(job));
}

ServerSlot* StreamEngine::findReady(const std::function<bool(const ServerSlot&)>& fits) {
  const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) {
    return slot->isWanted() && owner_.isReady(slot->config().id) && fits(*slot);
  });
  return found == slots_.end() ? nullptr : found->get();
}

bool StreamEngine::isExpected(const std::function<bool(const ServerSlot&)>& fits) const {
  return std::any_of(slots_.begin(), slots_.end(), [&](const auto& slot) {
    const ServerId id = slot->config().id;
    return slot->isWanted() && fits(*slot) && owner_.isTried(id) && !reconnector_.hasGivenUp(id);
  });
}

void StreamEngine::tell(StatusCode code, StatusLevel level, std::string reason) {
  raiseForAll(code, level, std::move(reason), milliseconds(0));
}

void StreamEngine::stop(std::deque<MediaMessage> rest) {
  sendRest(std::move(rest));
  const Use was = std::exchange(use_, Use::None);
  if (was == Use::Publish) {
    for (const auto& slot : slots_) fanout_.remove(*slot);
    onPublishVerdict(publish_->abandon());
    publish_.reset();
    forgetUplink();
  }
  player_.stop();
  if (!isFirst()) reconnector_.forgetAll();  // its connections are for what it did
  for (const auto& slot : slots_) slot->stopStream();
}

void StreamEngine::close(Clock::time_point deadline, std::deque<MediaMessage> rest) {
  closing_ = true;
  sendRest(std::move(rest));
  if (publish_) onPublishVerdict(publish_->abandon());
  publishTimer_.cancel();
  healthTimer_.cancel();
  reconnector_.forgetAll();
  player_.stop();
  for (const auto& slot : slots_) {
    fanout_.remove(*slot);
    slot->close(deadline);
  }
}

void StreamEngine::finish() {
  closing_ = false;
  use_ = Use::None;
  fanout_.reset();
  uplink_ = {};
  player_.stop();
}

void StreamEngine::onCallAnswered(ServerSlot& slot, session::CallInfo&& answer) {
  owner_.onCallAnswered(slot, std::move(answer));
}

void StreamEngine::onCallReceived(ServerSlot& slot, session::CallInfo&& call) {
  owner_.onCallReceived(slot, std::move(call));
}

void StreamEngine::tick(Clock::time_point now) {
  for (const auto& slot : slots_) slot->tick(now, options_.stallTimeout);
  checkUplink(now);
  askForKeyFrame(now);
  const outbox::MessageCounts missed = feed_->dropped();
  if (const auto count = missedLimit_.due(missed.audio + missed.video, now)) {
    owner_.log().write(LogLevel::Warning,
                       (isFirst() ? "stream 0: " : streamPrefix(number_)) + std::to_string(*count) +
                           " messages dropped for every server: more is handed in than goes out");
  }
}

bool StreamEngine::isRunning() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const auto& slot) { return slot->isRunning(); });
}

void StreamEngine::forgetGone() {
  std::erase_if(slots_, [](const auto& slot) { return slot->isGone(); });
}

ServerSlot* StreamEngine::find(ServerId server) const {
  const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) {
    return slot->config().id == server && !slot->isGone();
  });
  return found == slots_.end() ? nullptr : found->get();
}

std::vector<ServerReport> StreamEngine::reports() const {
  std::vector<ServerReport> reports;
  for (const auto& slot : slots_) {
    if (!slot->isGone()) reports.push_back(slot->report());
  }
  return reports;
}

void StreamEngine::addStatistics(std::vector<ServerStatistics>& all) const {
  const outbox::MessageCounts missed = feed_->dropped();  // by every server
  for (const auto& slot : slots_) {
    if (slot->isGone() || (!isFirst() && !slot->wasOpened())) continue;
    ServerStatistics figures = slot->statistics(Clock::now());
    figures.sharedObjectConnection = number_ == kSharedObjectStream;
    figures.stream = figures.sharedObjectConnection ? 0 : number_;
    figures.yielding = uplink_.yields(indexOf(*slot));
    figures.droppedAudio += missed.audio;
    figures.droppedVideo += missed.video;
    all.push_back(std::move(figures));
  }
}

}  // namespace multiconnection::client
