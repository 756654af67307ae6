#include "client/array_client.hpp"

#include <algorithm>
#include <utility>

#include "multiconnection/version.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxNameBytes = 65535;
constexpr milliseconds kLongest = std::chrono::hours(24);

Error invalid(std::string what) { return {Errc::InvalidArgument, std::move(what)}; }
Error wrongMoment(std::string what) { return {Errc::InvalidState, std::move(what)}; }

Result<void> checkTime(const char* name, milliseconds value, bool zeroAllowed = false) {
  if (value.count() > (zeroAllowed ? -1 : 0) && value <= kLongest) return {};
  return invalid(std::string(name) + " of " + std::to_string(value.count()) +
                 " ms: expected more than 0, at most 24 h");
}

Result<ServerConfig> checkEntry(const ServerEntry& entry) {
  auto url = RtmpUrl::parse(entry.url);
  if (!url) return url.error();
  if (entry.chunkSize < 128 || entry.chunkSize > 0xFFFFFF) {
    return invalid("chunk size " + std::to_string(entry.chunkSize) + ": expected 128 to 16777215");
  }
  if (entry.streamName.size() > kMaxNameBytes) {
    return invalid("a stream name of " + std::to_string(entry.streamName.size()) +
                   " bytes: at most 65535");
  }
  ServerConfig config;
  config.url = std::move(url).value();
  config.streamName = entry.streamName;
  config.chunkSize = entry.chunkSize;
  RtmpUrl shown = config.url;
  shown.streamName = entry.streamName;
  config.redactedUrl = shown.redacted();
  return config;
}

}  // namespace

ArrayClient::ArrayClient(MultiConnectionOptions options)
    : ownEventThread_(!options.executor),
      executor_(std::make_shared<util::SerialExecutor>(
          std::move(options.executor),
          [log = options.log] {
            if (log) log(LogLevel::Error, "a task on the event thread threw an exception");
          })),
      hub_(std::make_shared<StatusHub>(executor_, options.log)),
      feed_([this] { loop_->post([this] { engine_->pump(); }); }) {}

ArrayClient::~ArrayClient() {
  executor_->close();
  {
    std::unique_lock lock(mutex_);
    releaseSource(lock);
  }
  if (loop_) loop_->finish([this] { engine_.reset(); });
}

Result<std::vector<ServerConfig>> ArrayClient::check(const std::vector<ServerEntry>& servers,
                                                     const ConnectOptions& options) {
  if (servers.empty()) return invalid("the array holds no server");
  const std::size_t required = options.policy.required(servers.size());
  if (required == 0 || required > servers.size()) {
    return invalid("a quorum of " + std::to_string(required) + " of " +
                   std::to_string(servers.size()) + " servers");
  }
  for (const auto& done : {checkTime("setupTimeout", options.setupTimeout),
                           checkTime("attemptTimeout", options.attemptTimeout),
                           checkTime("stallTimeout", options.stallTimeout)}) {
    if (!done) return done.error();
  }
  std::vector<ServerConfig> configs;
  for (const ServerEntry& entry : servers) {
    auto config = checkEntry(entry);
    if (!config) {
      Error error = config.error();
      error.server = configs.size();
      return error;
    }
    config->index = configs.size();
    configs.push_back(std::move(config).value());
  }
  return configs;
}

Result<void> ArrayClient::connect(const std::vector<ServerEntry>& servers, ConnectOptions options) {
  auto configs = check(servers, options);
  if (!configs) return configs.error();
  if (options.flashVersion.empty()) {
    options.flashVersion =
        std::string("FMLE/3.0 (compatible; MultiConnection ") + kVersionString + ")";
  }
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::Idle) return wrongMoment("connect: the array is open already");
  namedEverywhere_ = true;
  for (ServerConfig& config : *configs) {
    config.id = nextId_++;
    namedEverywhere_ = namedEverywhere_ && !config.streamName.empty();
  }
  startLoop();
  phase_ = Phase::Open;
  use_ = Use::None;
  loop_->post([this, list = std::move(configs).value(), options]() mutable {
    engine_->connect(std::move(list), options);
  });
  return {};
}

void ArrayClient::startLoop() {
  if (loop_) return;
  loop_ = std::make_unique<reactor::Loop>();
  loop_->post([this] {
    engine_ = std::make_unique<ArrayEngine>(
        *loop_, hub_, feed_,
        ArrayEngine::Hooks{[this] { onPublishing(); }, [this] { onEnded(); },
                           [this] { onClosed(); }});
  });
}

void ArrayClient::close(milliseconds drainLimit) {
  std::unique_lock lock(mutex_);
  if (phase_ != Phase::Open) return;
  phase_ = Phase::Closing;
  ++closesBegun_;
  use_ = Use::None;
  const milliseconds limit = std::clamp(drainLimit, milliseconds(0), kLongest);
  loop_->post([this, limit] { engine_->close(limit); });
  releaseSource(lock);
}

void ArrayClient::onEnded() {
  const std::lock_guard lock(mutex_);
  phase_ = Phase::Idle;  // before Closed is told: its slot may connect again
}

void ArrayClient::onClosed() {
  const std::lock_guard lock(mutex_);
  ++timesClosed_;
  closed_.notify_all();
}

Result<void> ArrayClient::waitClosed(milliseconds limit) {
  if (executor_->inTask()) {
    return wrongMoment("waitClosed: a slot that waits for the end would hold up the end");
  }
  std::unique_lock lock(mutex_);
  const auto deadline =
      std::chrono::steady_clock::now() + std::clamp(limit, milliseconds(0), kLongest);
  const auto closed = [&, before = timesClosed_] {
    return timesClosed_ != before || (phase_ == Phase::Idle && timesClosed_ == closesBegun_);
  };
  const bool ended = closed_.wait_until(lock, deadline, closed);
  lock.unlock();
  // The application's executor may run on the thread that waits here: only ours can be waited for.
  if (ended && (!ownEventThread_ || hub_->waitDelivered(deadline))) return {};
  return Error{Errc::TimedOut,
               "waitClosed: not closed within " + std::to_string(limit.count()) + " ms"};
}

std::vector<ServerStatistics> ArrayClient::statistics() const {
  reactor::Loop* loop = nullptr;
  {
    const std::lock_guard lock(mutex_);
    loop = loop_.get();
  }
  std::vector<ServerStatistics> all;
  if (loop != nullptr) loop->run([&] { all = engine_->statistics(); });
  const outbox::MessageCounts missed = feed_.dropped();  // by every server
  for (ServerStatistics& server : all) {
    server.droppedAudio += missed.audio;
    server.droppedVideo += missed.video;
  }
  return all;
}

Result<void> ArrayClient::checkStreamUse(const std::string& name) const {
  if (name.size() > kMaxNameBytes) {
    return invalid("a stream name of " + std::to_string(name.size()) + " bytes: at most 65535");
  }
  if (phase_ != Phase::Open) return wrongMoment("the array is not connected");
  if (use_ != Use::None) return wrongMoment("the stream is publishing or playing already");
  if (name.empty() && !namedEverywhere_) {
    return invalid("an empty stream name, and a server without one of its own");
  }
  return {};
}

Result<void> ArrayClient::publish(const std::string& name, const PublishOptions& options) {
  if (auto done = checkTime("publishTimeout", options.publishTimeout); !done) return done;
  if (auto done = checkTime("settleTime", options.settleTime, true); !done) return done;
  const std::lock_guard lock(mutex_);
  if (auto done = checkStreamUse(name); !done) return done;
  use_ = Use::Publish;
  published_ = false;
  loop_->post([this, name, options, number = ++publishes_] {
    enginePublishes_ = number;
    engine_->publish(name, options);
  });
  return {};
}

Result<void> ArrayClient::play(const std::string& name, MediaHandler handler,
                               const PlayOptions& options) {
  if (!handler) return invalid("play: no handler for the media");
  if (auto done = checkTime("playTimeout", options.playTimeout); !done) return done;
  const std::lock_guard lock(mutex_);
  if (auto done = checkStreamUse(name); !done) return done;
  use_ = Use::Play;
  auto inbox = std::make_unique<MediaInbox>(
      executor_, std::move(handler), [this] { loop_->post([this] { engine_->resumePlay(); }); });
  loop_->post([this, name, options, inbox = std::make_shared<decltype(inbox)>(std::move(inbox))] {
    engine_->play(name, std::move(*inbox), options);
  });
  return {};
}

Result<void> ArrayClient::stop() {
  std::unique_lock lock(mutex_);
  if (phase_ != Phase::Open || use_ == Use::None) {
    return wrongMoment("stop: the stream neither publishes nor plays");
  }
  use_ = Use::None;
  loop_->post([this] { engine_->stopStream(); });
  if (pump_) releaseSource(lock);
  return {};
}

Result<void> ArrayClient::checkAttach(bool given) const {
  if (!given) return invalid("attach: the source is null");
  if (pump_ || packets_) return wrongMoment("attach: another source is attached");
  return {};
}

Result<void> ArrayClient::attach(std::shared_ptr<PullSource> source, PullOptions options) {
  const std::lock_guard lock(mutex_);
  if (auto done = checkAttach(source != nullptr); !done) return done;
  beginSource(options.pace);
  const auto onEnd = options.onEnd;
  pump_ = std::make_unique<SourcePump>(
      std::move(source), std::move(options), feed_,
      [this, onEnd](Result<void> outcome) { onSourceEnd(onEnd, std::move(outcome)); });
  if (published_ && use_ == Use::Publish) pump_->start();
  return {};
}

Result<void> ArrayClient::attach(std::shared_ptr<PacketSource> source) {
  const std::lock_guard lock(mutex_);
  if (auto done = checkAttach(source != nullptr); !done) return done;
  beginSource(PullOptions::Pace::RealTime);
  auto done =
      source->connectSink([this](MediaMessage message) { return feed_.offer(std::move(message)); });
  if (!done) return done;
  packets_ = std::move(source);
  return {};
}

void ArrayClient::beginSource(PullOptions::Pace pace) {
  if (use_ != Use::Publish) feed_.reset();
  startLoop();
  loop_->post([this, pace] { engine_->beginSource(pace); });
}

void ArrayClient::onPublishing() {
  const std::lock_guard lock(mutex_);
  if (enginePublishes_ != publishes_) return;  // another publish() is on its way
  published_ = true;
  if (pump_ && use_ == Use::Publish) pump_->start();
}

void ArrayClient::onSourceEnd(const std::function<void(Result<void>)>& onEnd,
                              Result<void> outcome) {
  loop_->post([this, onEnd, outcome = std::move(outcome)] {
    engine_->afterFeed([this, onEnd, outcome] {
      if (onEnd) executor_->post([onEnd, outcome] { onEnd(outcome); });
    });
  });
}

void ArrayClient::detach() {
  std::unique_lock lock(mutex_);
  releaseSource(lock);
}

void ArrayClient::releaseSource(std::unique_lock<std::mutex>& lock) {
  const auto packets = std::exchange(packets_, nullptr);
  auto pump = std::exchange(pump_, nullptr);
  if (pump) pump->stop();
  lock.unlock();  // the pump's thread may be inside a call that needs the lock
  if (packets) packets->disconnectSink();
  pump.reset();
}

}  // namespace multiconnection::client
