#include "client/array_client.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "client/server_config.hpp"
#include "multiconnection/version.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::milliseconds;
using Phase = ClientState::Phase;

std::shared_ptr<util::SerialExecutor> executorOf(MultiConnectionOptions& options,
                                                 std::shared_ptr<const LogSink> log) {
  return std::make_shared<util::SerialExecutor>(
      std::move(options.executor), [log = std::move(log)] {
        log->write(LogLevel::Error, "a handler on the event thread threw an exception");
      });
}

Result<std::vector<ServerConfig>> checkAll(const std::vector<ServerEntry>& servers) {
  std::vector<ServerConfig> configs;
  for (const ServerEntry& entry : servers) {
    auto config = checkEntry(entry);
    if (!config) {
      Error error = config.error();
      error.server = configs.size();
      return error;
    }
    configs.push_back(std::move(config).value());
  }
  return configs;
}

milliseconds clamped(milliseconds limit) { return std::clamp(limit, milliseconds(0), kLongest); }

/// The handler of a call may destroy the array and then answer.
CallEngine::ToLoop callsOf(std::weak_ptr<ClientState> weak) {
  return [weak = std::move(weak)](std::function<void(CallEngine&)> task) {
    const auto state = weak.lock();
    if (!state) return;
    const std::lock_guard lock(state->mutex);
    if (state->phase == Phase::Gone) return;
    state->loop->post(
        [state = state.get(), task = std::move(task)] { task(state->engine->calls()); });
  };
}

}  // namespace

ArrayClient::ArrayClient(MultiConnectionOptions options)
    : ownEventThread_(!options.executor),
      state_(std::make_shared<ClientState>()),
      log_(std::make_shared<LogSink>(std::move(options.log), options.logLevel)) {
  state_->executor = executorOf(options, log_);
  hub_ = std::make_shared<StatusHub>(state_->executor, log_);
  state_->startLoop = [this] { return startLoop(); };
  first_ = std::make_shared<StreamClient>(state_, 0);
}

ArrayClient::~ArrayClient() = default;

void ArrayClient::shutDown() {
  state_->executor->close();
  std::vector<std::shared_ptr<StreamClient>> all;
  {
    const Lock lock(state_->mutex);
    state_->phase = Phase::Gone;
    all = streams();
  }
  for (const auto& stream : all) stream->detach();
  if (state_->loop) {
    state_->loop->finish([this] { state_->engine.reset(); });
    state_->loop.reset();
  }
  log_->close();
}

Result<void> ArrayClient::connect(const std::vector<ServerEntry>& servers, ConnectOptions options) {
  if (auto done = checkConnectOptions(servers.size(), options); !done) return done;
  auto configs = checkAll(servers);
  if (!configs) return configs.error();
  if (options.flashVersion.empty()) {
    options.flashVersion =
        std::string("FMLE/3.0 (compatible; MultiConnection ") + kVersionString + ")";
  }
  const Lock lock(state_->mutex);
  if (state_->phase != Phase::Idle) return wrongMoment("connect: the array is open already");
  if (auto started = startLoop(); !started) return started;
  state_->servers.clear();
  for (ServerConfig& config : *configs) state_->servers.add(config);
  state_->phase = Phase::Open;
  for (const auto& stream : streams()) stream->onArrayOpened();
  state_->loop->post([this, list = std::move(configs).value(), options]() mutable {
    state_->engine->connect(std::move(list), options);
  });
  return {};
}

Result<void> ArrayClient::startLoop() {
  if (state_->loop) return {};
  auto loop = reactor::Loop::create();
  if (!loop) return loop.error();
  state_->loop = std::move(loop).value();
  state_->loop->post([this] {
    state_->engine = std::make_unique<ArrayEngine>(
        *state_->loop, hub_, state_->executor, handlers_, callsOf(state_),
        ArrayEngine::Hooks{[this] { onEnded(); }, [this] { onClosed(); }});
  });
  first_->begin();
  passMethods();
  return {};
}

void ArrayClient::close(milliseconds drainLimit) {
  Lock lock(state_->mutex);
  if (state_->phase != Phase::Open) return;
  state_->phase = Phase::Closing;
  ++closesBegun_;
  const auto all = streams();
  auto rests = std::make_shared<ArrayEngine::Rests>();
  for (const auto& stream : all) (*rests)[stream->number()] = stream->onArrayClosing();
  state_->loop->post([this, limit = clamped(drainLimit), rests] {
    state_->engine->close(limit, std::move(*rests));
  });
  lock.unlock();
  for (const auto& stream : all) stream->detach();
}

void ArrayClient::onEnded() {
  const Lock lock(state_->mutex);
  if (state_->phase == Phase::Closing)
    state_->phase = Phase::Idle;  // the slot of Closed may connect
}

void ArrayClient::onClosed() {
  const Lock lock(state_->mutex);
  ++timesClosed_;
  closed_.notify_all();
}

Result<void> ArrayClient::waitClosed(milliseconds limit) {
  if (state_->executor->inTask()) {
    return wrongMoment("waitClosed: a slot that waits for the end would hold up the end");
  }
  Lock lock(state_->mutex);
  const auto deadline = std::chrono::steady_clock::now() + clamped(limit);
  const auto closed = [&, before = timesClosed_] {
    return timesClosed_ != before || (state_->phase == Phase::Idle && timesClosed_ == closesBegun_);
  };
  const bool ended = closed_.wait_until(lock, deadline, closed);
  lock.unlock();
  // The application's executor may run on the thread that waits here: only ours can be waited for.
  if (ended && (!ownEventThread_ || hub_->waitDelivered(deadline))) return {};
  return Error{Errc::TimedOut,
               "waitClosed: not closed within " + std::to_string(limit.count()) + " ms"};
}

Result<ServerId> ArrayClient::addServer(const ServerEntry& entry) {
  auto config = checkEntry(entry);
  if (!config) return config.error();
  const Lock lock(state_->mutex);
  if (state_->phase != Phase::Open) return wrongMoment("addServer: the array is not connected");
  const auto all = streams();
  const bool needsName =
      std::any_of(all.begin(), all.end(), [](const auto& stream) { return stream->needsNames(); });
  if (needsName && config->streamName.empty()) {
    return invalid("addServer: a stream without a name runs, and the server has none of its own");
  }
  state_->servers.add(*config);
  const ServerId id = config->id;
  state_->loop->post(
      [this, added = std::move(config).value()] { state_->engine->addServer(added); });
  return id;
}

Result<void> ArrayClient::closeServer(const Server& server, milliseconds drainLimit, bool forGood) {
  const Lock lock(state_->mutex);
  if (state_->phase != Phase::Open) return wrongMoment("the array is not connected");
  auto ids = state_->servers.resolve(server);
  if (!ids) return ids.error();
  for (const ServerId id : *ids) {
    if (forGood) state_->servers.remove(id);
    state_->loop->post([this, id, limit = clamped(drainLimit), forGood] {
      state_->engine->closeServer(id, limit, forGood);
    });
  }
  return {};
}

Result<void> ArrayClient::startServer(const Server& server) {
  const Lock lock(state_->mutex);
  if (state_->phase != Phase::Open) return wrongMoment("the array is not connected");
  auto ids = state_->servers.resolve(server);
  if (!ids) return ids.error();
  for (const ServerId id : *ids) {
    state_->loop->post([this, id] { state_->engine->startServer(id); });
  }
  return {};
}

Result<void> ArrayClient::callRemote(const std::string& method, const Server& server,
                                     std::vector<AmfValue> arguments, ReplyHandler onReply,
                                     const CallOptions& options) {
  if (method.empty() || method.size() > kMaxNameBytes) {
    return invalid("a method name of " + std::to_string(method.size()) +
                   " bytes: expected 1 to 65535");
  }
  if (auto done = checkTime("deadline", options.deadline); !done) return done;
  const Lock lock(state_->mutex);
  if (state_->phase != Phase::Open) return wrongMoment("callRemote: the array is not connected");
  auto ids = state_->servers.resolve(server);
  if (!ids) return ids.error();
  OutgoingCall call{method, std::move(arguments), nullptr, options.deadline};
  if (onReply) call.onReply = std::make_shared<const ReplyHandler>(std::move(onReply));
  state_->loop->post([this, ids = std::move(ids).value(), call = std::move(call)] {
    state_->engine->callRemote(ids, call);
  });
  return {};
}

void ArrayClient::onCall(std::string method, CallHandler handler) {
  const Lock lock(state_->mutex);
  methods_ = handlers_->set(std::move(method), std::move(handler));
  if (state_->phase != Phase::Gone && state_->loop) passMethods();
}

void ArrayClient::passMethods() {
  state_->loop->post([this, names = methods_] { state_->engine->setHandledMethods(names); });
}

void ArrayClient::ask(const std::function<void(ArrayEngine&)>& question) const {
  reactor::Loop* loop = nullptr;
  {
    const Lock lock(state_->mutex);
    loop = state_->loop.get();
  }
  if (loop != nullptr) loop->run([&] { question(*state_->engine); });
}

std::vector<ServerReport> ArrayClient::servers() const {
  std::vector<ServerReport> all;
  ask([&](ArrayEngine& engine) { all = engine.servers(); });
  return all;
}

std::vector<ServerStatistics> ArrayClient::statistics() const {
  std::vector<ServerStatistics> all;
  ask([&](ArrayEngine& engine) { all = engine.statistics(); });
  return all;
}

std::shared_ptr<StreamClient> ArrayClient::openStream() {
  const Lock lock(state_->mutex);
  if (auto started = startLoop(); !started) {
    throw std::system_error(started.error().code, started.error().message);
  }
  std::erase_if(further_, [](const auto& stream) { return stream.expired(); });
  auto stream = std::make_shared<StreamClient>(state_, nextStream_++);
  further_.push_back(stream);
  stream->begin();
  return stream;
}

Result<std::shared_ptr<SharedObjectClient>> ArrayClient::sharedObject(
    const std::string& name, Persistence persistence, const SharedObjectOptions& options) {
  if (auto done = checkSharedObject(name, options); !done) return done.error();
  std::shared_ptr<SharedObjectClient> held;  // outlives the lock: its end takes that
  const Lock lock(state_->mutex);
  std::erase_if(sharedObjects_, [](const auto& entry) { return entry.second.expired(); });
  held = sharedObjects_[name].lock();
  if (held && !held->isClosed()) {
    if (held->mirror().persistence() == persistence) return held;
    return invalid("shared object \"" + name + "\" is held with the other persistence");
  }
  if (auto started = startLoop(); !started) return started.error();
  auto mirror = std::make_shared<SharedMirror>(name, persistence, options, state_->executor, log_);
  state_->loop->post([this, mirror] { state_->engine->sharedObjects().add(mirror); });
  auto made = std::make_shared<SharedObjectClient>(state_, std::move(mirror));
  sharedObjects_[name] = made;
  return made;
}

std::vector<std::shared_ptr<StreamClient>> ArrayClient::streams() const {
  std::vector<std::shared_ptr<StreamClient>> all{first_};
  for (const auto& weak : further_) {
    if (auto stream = weak.lock()) all.push_back(std::move(stream));
  }
  return all;
}

}  // namespace multiconnection::client
