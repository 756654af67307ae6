#include "client/array_engine.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::client {
namespace {

using cluster::HealthFsm;
using cluster::VerdictFsm;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr milliseconds kTick{500};
/// A lossless source is read on while every server's queue is below this.
constexpr std::size_t kHighWaterBytes = 1u << 20;
/// Media that came in one burst is sent by and by, so that it does not look like a slow server's.
constexpr milliseconds kBurst{100};
/// Rounds of reading a lossless source before other work of the loop gets its turn.
constexpr std::size_t kPumpRounds = 8;

std::string ofServers(std::size_t count, std::size_t all) {
  return std::to_string(count) + " of " + std::to_string(all) + " servers";
}

}  // namespace

ArrayEngine::ArrayEngine(reactor::Loop& loop, std::shared_ptr<StatusHub> hub, MediaFeed& feed,
                         Hooks hooks)
    : loop_(loop),
      hub_(std::move(hub)),
      feed_(feed),
      hooks_(std::move(hooks)),
      setupTimer_(loop),
      publishTimer_(loop),
      playTimer_(loop),
      tickTimer_(loop) {}

ArrayEngine::~ArrayEngine() = default;

void ArrayEngine::connect(std::vector<ServerConfig> servers, const ConnectOptions& options) {
  options_ = options;
  closing_ = false;
  use_ = Use::None;
  publish_.reset();
  health_.reset();
  slots_.clear();
  const std::size_t required = options.policy.required(servers.size());
  setup_.emplace(servers.size(), required, options.setupTimeout);
  for (ServerConfig& server : servers) {
    slots_.push_back(std::make_unique<ServerSlot>(loop_, std::move(server),
                                                  static_cast<ServerSlot::Owner&>(*this)));
  }
  const auto now = Clock::now();
  setup_->start(now);
  setupTimer_.arm(*setup_->deadline(), [this] {
    noteOverdue(*setup_, options_.setupTimeout, false);
    onSetupVerdict(setup_->onTick(Clock::now()));
  });
  const auto deadline = now + std::max(options.attemptTimeout, options.setupTimeout);
  for (const auto& slot : slots_) slot->open(now, deadline, options.flashVersion);
  armTick();
}

void ArrayEngine::onConnected(ServerSlot& slot) {
  if (health_ && use_ != Use::Publish) health_->onUp(indexOf(slot));
  onSetupVerdict(setup_->onUp(indexOf(slot)));
  if (use_ == Use::Publish) publishOn(slot);
  if (use_ == Use::Play) playSomewhere();
}

void ArrayEngine::onSetupVerdict(std::optional<VerdictFsm::State> verdict) {
  if (!verdict) return;
  setupTimer_.cancel();
  if (*verdict == VerdictFsm::State::Succeeded) {
    health_.emplace(slots_.size(), options_.policy.required(slots_.size()));
    for (const auto& slot : slots_) {
      if (slot->isConnected()) health_->onUp(indexOf(*slot));
    }
    raiseVerdict(*setup_, StatusCode::SetupSuccess, StatusLevel::Status, "connected");
  } else {
    raiseVerdict(*setup_, StatusCode::SetupFailed, StatusLevel::Error, "connected");
  }
  if (publish_) startPublishClock();
}

void ArrayEngine::publish(const std::string& name, const PublishOptions& options) {
  use_ = Use::Publish;
  streamName_ = name;
  publishOptions_ = options;
  publish_.emplace(slots_.size(), options_.policy.required(slots_.size()), options.publishTimeout);
  for (const auto& slot : slots_) {
    if (slot->hasEnded()) publish_->onDown(indexOf(*slot));
    if (slot->isConnected()) publishOn(*slot);
  }
  if (setup_->state() != VerdictFsm::State::Pending) startPublishClock();
}

void ArrayEngine::publishOn(ServerSlot& slot) {
  slot.setDropPolicy(dropPolicy());
  slot.publish(streamName_, publishOptions_.settleTime);
}

void ArrayEngine::startPublishClock() {
  onPublishVerdict(publish_->start(Clock::now()));
  if (const auto deadline = publish_->deadline()) {
    publishTimer_.arm(*deadline, [this] {
      noteOverdue(*publish_, publishOptions_.publishTimeout, true);
      onPublishVerdict(publish_->onTick(Clock::now()));
    });
  }
}

void ArrayEngine::onPublishing(ServerSlot& slot) { fanout_.add(slot); }

void ArrayEngine::onSettled(ServerSlot& slot) {
  if (health_) health_->onUp(indexOf(slot));
  if (publish_) onPublishVerdict(publish_->onUp(indexOf(slot)));
}

void ArrayEngine::onPublishRefused(ServerSlot& slot) {
  fanout_.remove(slot);
  if (publish_) onPublishVerdict(publish_->onDown(indexOf(slot)));
  if (health_ && publish_ && publish_->state() == VerdictFsm::State::Succeeded) {
    if (const auto health = health_->onDown(indexOf(slot))) raiseHealth(*health, slot);
  }
  pump();
}

void ArrayEngine::onPublishVerdict(std::optional<VerdictFsm::State> verdict) {
  if (!verdict) return;
  publishTimer_.cancel();
  if (*verdict == VerdictFsm::State::Failed) {
    raiseVerdict(*publish_, StatusCode::StreamPublishFailed, StatusLevel::Error, "publishing");
    return;
  }
  // From now on a server is in service while it publishes, not merely while it is connected.
  health_.emplace(slots_.size(), options_.policy.required(slots_.size()));
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (publish_->isUp(i)) health_->onUp(i);
  }
  raiseVerdict(*publish_, StatusCode::StreamPublishSuccess, StatusLevel::Status, "publishing");
  hooks_.onPublishing();
}

void ArrayEngine::noteOverdue(const VerdictFsm& fsm, milliseconds limit, bool publishing) {
  const std::string within = " within " + std::to_string(limit.count()) + " ms";
  for (const auto& slot : slots_) {
    if (fsm.isUp(indexOf(*slot)) || fsm.isDown(indexOf(*slot))) continue;
    if (!slot->isConnected()) {
      slot->noteOverdue(StatusCode::ConnectFailed, slot->waitingFor() + within);
    } else if (publishing) {
      slot->noteOverdue(StatusCode::StreamFailed, "no answer to publish" + within);
    }
  }
}

void ArrayEngine::raiseVerdict(const VerdictFsm& fsm, StatusCode code, StatusLevel level,
                               const char* what) {
  std::size_t up = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) up += fsm.isUp(i) ? 1 : 0;
  const std::size_t required = options_.policy.required(slots_.size());
  std::string reason = ofServers(up, slots_.size()) + " " + what;
  if (level == StatusLevel::Error) reason += ", " + std::to_string(required) + " needed";
  raiseArray(code, level, std::move(reason),
             duration_cast<milliseconds>(Clock::now() - fsm.started()));
}

void ArrayEngine::raiseArray(StatusCode code, StatusLevel level, std::string reason,
                             milliseconds elapsed) {
  StatusEvent event;
  event.code = code;
  event.codeText = std::string(codeName(code));
  event.level = level;
  event.reason = std::move(reason);
  event.elapsed = elapsed;
  for (const auto& slot : slots_) event.servers.push_back(slot->report());
  hub_->raise(std::move(event));
}

void ArrayEngine::raise(StatusEvent&& event) { hub_->raise(std::move(event)); }

void ArrayEngine::onEnded(ServerSlot& slot) {
  fanout_.remove(slot);
  onSetupVerdict(setup_->onDown(indexOf(slot)));
  if (publish_) onPublishVerdict(publish_->onDown(indexOf(slot)));
  if (health_ && !closing_) {
    if (const auto health = health_->onDown(indexOf(slot))) raiseHealth(*health, slot);
  }
  if (player_ == &slot) {
    playTimer_.cancel();
    player_ = nullptr;
    if (!closing_) playSomewhere();
  }
  pump();
  closeIfAllEnded();
}

void ArrayEngine::raiseHealth(HealthFsm::State health, const ServerSlot& slot) {
  const ServerReport report = slot.report();
  const std::string reason = "lost server " + std::to_string(report.index) + " " + report.url +
                             ": " + (report.reason.empty() ? report.codeText : report.reason) +
                             "; " + ofServers(health_->count(), slots_.size()) + " in service, " +
                             std::to_string(health_->required()) + " needed";
  const bool lost = health == HealthFsm::State::Lost;
  raiseArray(lost ? StatusCode::Lost : StatusCode::Degraded,
             lost ? StatusLevel::Error : StatusLevel::Warning, reason, report.elapsed);
}

void ArrayEngine::play(const std::string& name, std::unique_ptr<MediaInbox> inbox,
                       const PlayOptions& options) {
  use_ = Use::Play;
  streamName_ = name;
  inbox_ = std::move(inbox);
  playOptions_ = options;
  playSomewhere();
}

void ArrayEngine::playSomewhere() {
  if (use_ != Use::Play || player_ != nullptr) return;
  const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                 [](const auto& candidate) { return candidate->isConnected(); });
  if (slot == slots_.end()) return;
  player_ = slot->get();
  player_->play(streamName_);
  playTimer_.arm(Clock::now() + playOptions_.playTimeout, [this] {
    player_->giveUp(
        StatusCode::PlayFailed,
        "no answer to play within " + std::to_string(playOptions_.playTimeout.count()) + " ms");
  });
}

void ArrayEngine::onPlayAnswered(ServerSlot&) { playTimer_.cancel(); }

void ArrayEngine::onPlayRefused(ServerSlot&) {
  playTimer_.cancel();
  player_ = nullptr;
  use_ = Use::None;
}

void ArrayEngine::onMedia(ServerSlot& slot, MediaMessage&& message) {
  if (player_ == &slot && inbox_ && !inbox_->push(std::move(message))) slot.setReading(false);
}

void ArrayEngine::resumePlay() {
  if (player_ != nullptr) player_->setReading(true);
}

void ArrayEngine::stopStream() {
  pumpAll();
  const Use was = std::exchange(use_, Use::None);
  if (was == Use::Publish) {
    for (const auto& slot : slots_) fanout_.remove(*slot);
    onPublishVerdict(publish_->abandon());
    publish_.reset();
  }
  playTimer_.cancel();
  if (player_ != nullptr) player_->setReading(true);  // a full inbox may have paused it
  player_ = nullptr;
  inbox_.reset();
  for (const auto& slot : slots_) slot->stopStream();
}

void ArrayEngine::beginSource(PullOptions::Pace pace) {
  pace_ = pace;
  fanout_.reset();
  for (const auto& slot : slots_) slot->setDropPolicy(dropPolicy());
}

outbox::DropPolicy ArrayEngine::dropPolicy() const {
  outbox::DropPolicy policy;
  policy.lossless = lossless();
  return policy;
}

void ArrayEngine::pump() { pumpRounds(kPumpRounds); }

void ArrayEngine::pumpRounds(std::size_t limit) {
  if (std::exchange(pumping_, true)) return;
  std::size_t rounds = 0;
  while (takeFromFeed()) {
    fanout_.flush();
    if (++rounds < limit) continue;
    loop_.post([this] { pump(); });
    break;
  }
  pumping_ = false;
  if (feed_.size() != 0) return;
  for (const auto& done : std::exchange(afterFeed_, {})) done();
}

void ArrayEngine::pumpAll() {
  pace_ = PullOptions::Pace::RealTime;  // nobody is waited for any more; the policies stay
  pumpRounds(feed_.size());
}

bool ArrayEngine::takeFromFeed() {
  std::optional<milliseconds> first;
  MediaMessage message;
  while ((!lossless() || fanout_.maxQueueBytes() < kHighWaterBytes) && feed_.take(message)) {
    const milliseconds now = message.timestamp;
    fanout_.push(std::move(message));
    if (now - first.value_or(now) >= kBurst) return true;
    first = first.value_or(now);
  }
  return first.has_value();
}

void ArrayEngine::afterFeed(std::function<void()> done) {
  afterFeed_.push_back(std::move(done));
  pump();
}

void ArrayEngine::onQueueEmpty() {
  if (lossless()) pump();
}

void ArrayEngine::armTick() {
  tickTimer_.arm(Clock::now() + kTick, [this] {
    for (const auto& slot : slots_) slot->tick(Clock::now(), options_.stallTimeout);
    if (anyOpen()) armTick();
  });
}

void ArrayEngine::close(milliseconds drainLimit) {
  closing_ = true;
  pumpAll();
  if (publish_) onPublishVerdict(publish_->abandon());
  onSetupVerdict(setup_->abandon());
  setupTimer_.cancel();
  publishTimer_.cancel();
  playTimer_.cancel();
  const auto deadline = Clock::now() + drainLimit;
  for (const auto& slot : slots_) {
    fanout_.remove(*slot);
    slot->close(deadline);
  }
  closeIfAllEnded();
}

bool ArrayEngine::anyOpen() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const auto& slot) { return !slot->hasEnded(); });
}

void ArrayEngine::closeIfAllEnded() {
  if (!closing_ || anyOpen()) return;
  closing_ = false;
  use_ = Use::None;
  tickTimer_.cancel();
  fanout_.reset();
  inbox_.reset();
  player_ = nullptr;
  hooks_.onEnded();
  raiseArray(StatusCode::Closed, StatusLevel::Status, "closed by the application", milliseconds(0));
  hooks_.onClosed();
}

std::vector<ServerStatistics> ArrayEngine::statistics() const {
  std::vector<ServerStatistics> all;
  all.reserve(slots_.size());
  for (const auto& slot : slots_) all.push_back(slot->statistics(Clock::now()));
  return all;
}

}  // namespace multiconnection::client
