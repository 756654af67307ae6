#include "client/array_engine.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace multiconnection::client {
namespace {

using cluster::VerdictFsm;
using std::chrono::milliseconds;

constexpr milliseconds kTick{500};
/// How long the connections of a stream that nobody holds any more may drain.
constexpr milliseconds kDropLimit{2000};

}  // namespace

ArrayEngine::ArrayEngine(reactor::Loop& loop, std::shared_ptr<StatusHub> hub,
                         std::shared_ptr<util::SerialExecutor> executor,
                         std::shared_ptr<const CallHandlers> handlers, CallEngine::ToLoop toLoop,
                         Hooks hooks)
    : loop_(loop),
      hub_(std::move(hub)),
      hooks_(std::move(hooks)),
      setupTimer_(loop),
      tickTimer_(loop),
      sweepTimer_(loop),
      calls_(
          loop, std::move(executor), std::move(handlers),
          [this](ServerId server) { return first().find(server); }, std::move(toLoop)),
      sharedObjects_(loop,
                     {[this](ServerId server, bool own) { return findConnection(server, own); },
                      [this](ServerId server) {
                        if (!closing_ && first().isWanted(server)) ownConnections().open(server);
                      },
                      [this](ServerId server) { closeOwn(server); },
                      [this](StatusEvent&& event) { raise(std::move(event)); }}) {}

ArrayEngine::~ArrayEngine() = default;

StreamEngine& ArrayEngine::addStream(std::size_t number, std::shared_ptr<MediaFeed> feed,
                                     StreamEngine::Hooks hooks) {
  auto& stream = streams_[number];
  stream = std::make_unique<StreamEngine>(
      loop_, number, std::move(feed), static_cast<StreamEngine::Owner&>(*this), std::move(hooks));
  stream->begin(servers_, options_);
  return *stream;
}

void ArrayEngine::dropStream(std::size_t number, std::deque<MediaMessage> rest) {
  const auto found = streams_.find(number);
  dropped_.push_back(std::move(found->second));
  streams_.erase(found);
  dropped_.back()->close(Clock::now() + kDropLimit, std::move(rest));
  sweepLater();
}

void ArrayEngine::connect(std::vector<ServerConfig> servers, const ConnectOptions& options) {
  options_ = options;
  closing_ = false;
  servers_ = std::move(servers);
  for (const auto& [number, stream] : streams_) stream->begin(servers_, options_);
  if (streams_.count(kSharedObjectStream) != 0) ownConnections().share();
  setup_ = first().askAll(options.setupTimeout);
  setup_->start(Clock::now());
  setupTimer_.arm(*setup_->deadline(), [this] {
    first().noteOverdue(*setup_, options_.setupTimeout, false);
    onSetupVerdict(setup_->onTick(Clock::now()));
  });
  first().open();
  sharedObjects_.begin(servers_);
  armTick();
}

void ArrayEngine::addServer(const ServerConfig& server) {
  servers_.push_back(server);
  for (const auto& [number, stream] : streams_) stream->addServer(server);
  sharedObjects_.addServer(server);
  startServer(server.id);
}

void ArrayEngine::startServer(ServerId server) {
  if (closing_) return;
  sharedObjects_.startServer(server);
  for (const auto& [number, stream] : streams_) {
    const bool wanted = isOwn(*stream) ? sharedObjects_.usesOwn(server) : stream->isInUse();
    if (stream->isFirst() || wanted) stream->start(server);
  }
  armTick();
}

void ArrayEngine::closeServer(ServerId server, milliseconds drainLimit, bool forGood) {
  const auto deadline = Clock::now() + drainLimit;
  if (forGood) sharedObjects_.removeServer(server);
  for (const auto& [number, stream] : streams_) stream->closeServer(server, deadline, forGood);
  if (!forGood) return;
  std::erase_if(servers_, [&](const ServerConfig& known) { return known.id == server; });
  sweepLater();
}

void ArrayEngine::callRemote(const std::vector<ServerId>& servers, const OutgoingCall& call) {
  for (const ServerId server : servers) calls_.call(server, call);
}

void ArrayEngine::setHandledMethods(std::set<std::string> names) {
  handledMethods_ = std::move(names);
  for (const auto& slot : first().slots()) slot->setHandledMethods(handledMethods_);
}

void ArrayEngine::onCallAnswered(ServerSlot& slot, session::CallInfo&& answer) {
  calls_.onAnswered(slot, std::move(answer));
}

void ArrayEngine::onCallReceived(ServerSlot& slot, session::CallInfo&& call) {
  calls_.onReceived(slot, std::move(call));
}

void ArrayEngine::onSharedObject(StreamEngine& stream, ServerSlot& slot,
                                 rtmp::SharedObjectMessage&& message) {
  if (isShared(stream)) sharedObjects_.onMessage(slot, isOwn(stream), message);
}

StreamEngine& ArrayEngine::ownConnections() {
  const auto found = streams_.find(kSharedObjectStream);
  if (found != streams_.end()) return *found->second;
  const auto nothing = [] {};
  StreamEngine& stream =
      addStream(kSharedObjectStream, std::make_shared<MediaFeed>(nothing), {nothing, nothing});
  stream.share();
  return stream;
}

ServerSlot* ArrayEngine::findConnection(ServerId server, bool own) const {
  const auto stream = streams_.find(own ? kSharedObjectStream : 0);
  return stream == streams_.end() ? nullptr : stream->second->find(server);
}

void ArrayEngine::closeOwn(ServerId server) {
  const auto stream = streams_.find(kSharedObjectStream);
  if (stream == streams_.end()) return;
  stream->second->closeServer(server, Clock::now() + kDropLimit, false);
}

bool ArrayEngine::isSettingUp() const { return setup_->state() == VerdictFsm::State::Pending; }

bool ArrayEngine::isReady(ServerId server) const {
  const ServerSlot* slot = first().find(server);
  return slot != nullptr && slot->isReady();
}

bool ArrayEngine::isTried(ServerId server) const { return first().isTried(server); }

void ArrayEngine::onConnected(StreamEngine& stream, ServerSlot& slot) {
  if (isOwn(stream)) return sharedObjects_.onConnected(slot, true);
  if (!stream.isFirst()) return;
  onSetupVerdict(setup_->onUp(slot.config().index));
  for (const auto& [number, other] : streams_) {
    if (!other->isFirst()) other->player().onReady(slot.config().id);
  }
  sharedObjects_.onConnected(slot, false);
}

void ArrayEngine::onLost(StreamEngine& stream, ServerSlot& slot) {
  if (stream.isFirst()) onSetupVerdict(setup_->onDown(slot.config().index));
}

void ArrayEngine::onMoved(StreamEngine& stream, ServerSlot& slot) {
  if (stream.isFirst()) calls_.onEnded(slot);
  if (isShared(stream)) sharedObjects_.onMoved(slot, isOwn(stream));
}

void ArrayEngine::onEnded(StreamEngine& stream, ServerSlot& slot) {
  if (stream.isFirst()) {
    calls_.onEnded(slot);
    for (const auto& [number, other] : streams_) other->player().reconsider();
  }
  if (isShared(stream)) sharedObjects_.onEnded(slot, isOwn(stream));
  // It was closed with the last shared object, and there is another one by now.
  const ServerId server = slot.config().id;
  const bool wantedAgain = isOwn(stream) && !closing_ && !slot.isWanted() && !slot.isGone();
  if (wantedAgain && sharedObjects_.usesOwn(server) && first().isWanted(server)) {
    stream.open(server);
  }
  sweepLater();
  closeIfAllEnded();
}

void ArrayEngine::onSetupVerdict(std::optional<VerdictFsm::State> verdict) {
  if (!verdict) return;
  setupTimer_.cancel();
  const bool succeeded = *verdict == VerdictFsm::State::Succeeded;
  if (succeeded) {
    first().raiseVerdict(*setup_, StatusCode::SetupSuccess, StatusLevel::Status, "connected");
  } else {
    first().raiseVerdict(*setup_, StatusCode::SetupFailed, StatusLevel::Error, "connected");
  }
  for (const auto& [number, stream] : streams_) stream->onSetUp(succeeded);
}

/// A server or stream is forgotten from outside its own calls.
void ArrayEngine::sweepLater() {
  sweepTimer_.arm(Clock::now(), [this] {
    for (const auto& [number, stream] : streams_) stream->forgetGone();
    std::erase_if(dropped_, [](const auto& stream) { return !stream->isRunning(); });
  });
}

void ArrayEngine::armTick() {
  tickTimer_.arm(Clock::now() + kTick, [this] {
    const auto now = Clock::now();
    for (const auto& [number, stream] : streams_) stream->tick(now);
    for (const auto& stream : dropped_) stream->tick(now);
    armTick();  // until closed: servers may be away and come back
  });
}

void ArrayEngine::close(milliseconds drainLimit, Rests rests) {
  closing_ = true;
  onSetupVerdict(setup_->abandon());
  setupTimer_.cancel();
  const auto deadline = Clock::now() + drainLimit;
  for (const auto& [number, stream] : streams_) stream->close(deadline, std::move(rests[number]));
  for (const auto& stream : dropped_) stream->close(deadline, {});
  closeIfAllEnded();
}

bool ArrayEngine::isRunning() const {
  const auto runs = [](const auto& stream) { return stream->isRunning(); };
  return std::any_of(streams_.begin(), streams_.end(),
                     [&](const auto& entry) { return runs(entry.second); }) ||
         std::any_of(dropped_.begin(), dropped_.end(), runs);
}

void ArrayEngine::closeIfAllEnded() {
  if (!closing_ || isRunning()) return;
  closing_ = false;
  tickTimer_.cancel();
  for (const auto& [number, stream] : streams_) stream->finish();
  servers_.clear();
  sharedObjects_.end();
  hooks_.onEnded();
  first().raiseForAll(StatusCode::Closed, StatusLevel::Status, "closed by the application",
                      milliseconds(0));
  hooks_.onClosed();
}

std::vector<ServerReport> ArrayEngine::servers() const { return first().reports(); }

std::vector<ServerStatistics> ArrayEngine::statistics() const {
  std::vector<ServerStatistics> all;
  for (const auto& [number, stream] : streams_) stream->addStatistics(all);
  return all;
}

}  // namespace multiconnection::client
