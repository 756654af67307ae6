#include "client/stream_client.hpp"

#include <cmath>
#include <utility>

#include "client/server_config.hpp"
#include "rtmp/message/data.hpp"

namespace multiconnection::client {

using Phase = ClientState::Phase;

namespace {

constexpr std::size_t kMaxMessageBytes = 0xFFFFFF;

Result<void> checkPlayOptions(const PlayOptions& options) {
  if (auto done = checkTime("playTimeout", options.playTimeout); !done) return done;
  if (auto done = checkTime("bufferTime", options.bufferTime, true); !done) return done;
  const bool start = options.start >= 0 || options.start == -1 || options.start == -2;
  if (!start || !std::isfinite(options.start)) {
    return invalid("start of " + std::to_string(options.start) + ": expected -2, -1 or 0 and more");
  }
  const bool duration = options.duration >= 0 || options.duration == -1;
  if (!duration || !std::isfinite(options.duration)) {
    return invalid("duration of " + std::to_string(options.duration) +
                   ": expected -1 or 0 and more");
  }
  return {};
}

/// Decodes data messages for their own handler.
MediaHandler withData(MediaHandler handler, DataHandler onData) {
  if (!onData) return handler;
  return [handler = std::move(handler), onData = std::move(onData)](const MediaMessage& message) {
    handler(message);
    if (message.kind != MediaKind::Data) return;
    if (const auto data = rtmp::parseData(*message.body)) onData(data->handler, data->arguments);
  };
}

}  // namespace

StreamClient::StreamClient(std::shared_ptr<ClientState> state, std::size_t number)
    : state_(std::move(state)), number_(number), feed_(std::make_shared<MediaFeed>([this] {
        // Without the lock: sources are attached after the loop began and released before it ends.
        state_->loop->post([self = shared_from_this()] {
          if (self->engine_ != nullptr) self->engine_->pump();
        });
      })) {}

void StreamClient::begin() {
  state_->loop->post([self = shared_from_this()] {
    const auto calling = [weak = self->weak_from_this()](void (StreamClient::*member)()) {
      return [weak, member] {
        if (const auto stream = weak.lock()) (*stream.*member)();
      };
    };
    self->engine_ = &self->state_->engine->addStream(
        self->number_, self->feed_,
        {calling(&StreamClient::onPublishing), calling(&StreamClient::onKeyFrameWanted)});
  });
}

void StreamClient::post(Task task) {
  if (state_->phase == Phase::Gone || !state_->loop) return;
  state_->loop->post([self = shared_from_this(), task = std::move(task)] {
    if (self->engine_ != nullptr) task(*self->engine_);
  });
}

void StreamClient::drop() {
  Lock lock(state_->mutex);
  if (state_->phase != Phase::Gone && state_->loop) {
    state_->loop->post([self = shared_from_this(),
                        rest = std::make_shared<std::deque<MediaMessage>>(feed_->takeAll())] {
      self->engine_ = nullptr;
      self->state_->engine->dropStream(self->number_, std::move(*rest));
    });
  }
  releaseSource(lock);
}

void StreamClient::onArrayOpened() { use_ = Use::None; }

std::deque<MediaMessage> StreamClient::onArrayClosing() {
  use_ = Use::None;
  return feed_->takeAll();
}

Result<void> StreamClient::checkUse(const std::string& name) const {
  if (auto done = checkStreamName(name); !done) return done;
  if (state_->phase != Phase::Open) return wrongMoment("the array is not connected");
  if (use_ != Use::None) return wrongMoment("the stream is publishing or playing already");
  if (state_->servers.size() == 0) return wrongMoment("the array holds no server any more");
  if (name.empty() && !state_->servers.namedEverywhere()) {
    return invalid("an empty stream name, and a server without one of its own");
  }
  return {};
}

Result<void> StreamClient::publish(const std::string& name, const PublishOptions& options) {
  if (auto done = checkTime("publishTimeout", options.publishTimeout); !done) return done;
  if (auto done = checkTime("settleTime", options.settleTime, true); !done) return done;
  const Lock lock(state_->mutex);
  if (auto done = checkUse(name); !done) return done;
  use_ = Use::Publish;
  nameless_ = name.empty();
  published_ = false;
  post([this, name, options, number = ++publishes_](StreamEngine& engine) {
    enginePublishes_ = number;
    engine.publish(name, options);
  });
  return {};
}

Result<void> StreamClient::play(const std::string& name, MediaHandler handler,
                                const PlayOptions& options) {
  if (!handler) return invalid("play: no handler for the media");
  if (auto done = checkPlayOptions(options); !done) return done;
  const Lock lock(state_->mutex);
  if (auto done = checkUse(name); !done) return done;
  auto job = jobOf(name, std::move(handler), options);
  if (!job) return job.error();
  use_ = Use::Play;
  nameless_ = name.empty();
  post([job = std::make_shared<PlayJob>(std::move(job).value())](StreamEngine& engine) {
    engine.play(std::move(*job));
  });
  return {};
}

Result<PlayJob> StreamClient::jobOf(const std::string& name, MediaHandler handler,
                                    const PlayOptions& options) {
  PlayJob job;
  job.request = {name, options.start, options.duration, options.reset, options.bufferTime};
  job.timeout = options.playTimeout;
  if (options.server) {
    auto ids = state_->servers.resolve(*options.server);
    if (!ids) return ids.error();
    if (ids->size() != 1) return invalid("play: expected one server, not all of them");
    job.only = ids->front();
  }
  const auto onRoom = [weak = weak_from_this()] {
    const auto stream = weak.lock();
    if (!stream) return;
    const Lock held(stream->state_->mutex);
    stream->post([](StreamEngine& engine) { engine.player().resume(); });
  };
  job.inbox = std::make_unique<MediaInbox>(state_->executor,
                                           withData(std::move(handler), options.onData), onRoom);
  return job;
}

Result<void> StreamClient::ask(std::function<void(Player&)> verb) {
  const Lock lock(state_->mutex);
  if (state_->phase != Phase::Open || use_ != Use::Play) {
    return wrongMoment("the stream does not play");
  }
  post([verb = std::move(verb)](StreamEngine& engine) {
    if (engine.player().isActive()) verb(engine.player());
  });
  return {};
}

Result<void> StreamClient::send(const std::string& handler,
                                const std::vector<AmfValue>& arguments) {
  if (handler.empty()) return invalid("send: an empty handler");
  rtmp::Message message = rtmp::makeData({handler, arguments}, 0, 0);
  if (message.body.size() > kMaxMessageBytes) {
    return invalid("send: a message of " + std::to_string(message.body.size()) +
                   " bytes: at most 16777215");
  }
  const Lock lock(state_->mutex);
  if (state_->phase != Phase::Open || use_ != Use::Publish) {
    return wrongMoment("send: the stream does not publish");
  }
  return feed_->offer(
      {MediaKind::Data, feed_->time(), std::make_shared<const Bytes>(std::move(message.body))});
}

Result<void> StreamClient::stop() {
  Lock lock(state_->mutex);
  if (state_->phase != Phase::Open || use_ == Use::None) {
    return wrongMoment("stop: the stream neither publishes nor plays");
  }
  use_ = Use::None;
  post([rest = std::make_shared<std::deque<MediaMessage>>(feed_->takeAll())](StreamEngine& engine) {
    engine.stop(std::move(*rest));
  });
  if (pump_) releaseSource(lock);
  return {};
}

Result<void> StreamClient::checkAttach(bool given) const {
  if (!given) return invalid("attach: the source is null");
  if (state_->phase == Phase::Gone) return wrongMoment("attach: the array is gone");
  if (pump_ || packets_) return wrongMoment("attach: another source is attached");
  return {};
}

Result<void> StreamClient::attach(std::shared_ptr<PullSource> source, PullOptions options) {
  const Lock lock(state_->mutex);
  if (auto done = checkAttach(source != nullptr); !done) return done;
  if (auto begun = beginSource(options.pace); !begun) return begun;
  const auto onEnd = options.onEnd;
  pump_ = std::make_unique<SourcePump>(
      std::move(source), std::move(options), *feed_,
      [this, onEnd](Result<void> outcome) { onSourceEnd(onEnd, std::move(outcome)); });
  if (published_ && use_ == Use::Publish) pump_->start();
  return {};
}

Result<void> StreamClient::attach(std::shared_ptr<PacketSource> source) {
  const Lock lock(state_->mutex);
  if (auto done = checkAttach(source != nullptr); !done) return done;
  if (auto begun = beginSource(PullOptions::Pace::RealTime); !begun) return begun;
  auto done = source->connectSink(
      [this](MediaMessage message) { return feed_->offer(std::move(message)); });
  if (!done) return done;
  packets_ = std::move(source);
  return {};
}

Result<void> StreamClient::beginSource(PullOptions::Pace pace) {
  if (auto started = state_->startLoop(); !started) return started;
  if (use_ != Use::Publish) feed_->reset();
  post([pace](StreamEngine& engine) { engine.beginSource(pace); });
  return {};
}

void StreamClient::onPublishing() {
  const Lock lock(state_->mutex);
  if (enginePublishes_ != publishes_) return;  // another publish() is on its way
  published_ = true;
  if (pump_ && use_ == Use::Publish) pump_->start();
}

void StreamClient::onKeyFrameWanted() {
  const auto attached = [this] {
    const Lock lock(state_->mutex);
    return packets_;
  };
  const auto source = attached();
  if (!source) return;
  state_->executor->post([weak = weak_from_this(), attached, source] {
    const auto stream = weak.lock();
    if (stream && attached() == source) source->requestKeyFrame();
  });
}

void StreamClient::onSourceEnd(const std::function<void(Result<void>)>& onEnd,
                               Result<void> outcome) {
  const Lock lock(state_->mutex);
  post([executor = state_->executor, onEnd, outcome = std::move(outcome)](StreamEngine& engine) {
    engine.afterFeed([executor, onEnd, outcome] {
      if (onEnd) executor->post([onEnd, outcome] { onEnd(outcome); });
    });
  });
}

void StreamClient::detach() {
  Lock lock(state_->mutex);
  releaseSource(lock);
}

void StreamClient::releaseSource(Lock& lock) {
  const auto packets = std::exchange(packets_, nullptr);
  auto pump = std::exchange(pump_, nullptr);
  if (pump) pump->stop();
  lock.unlock();  // the pump's thread may be inside a call that needs the lock
  if (packets) packets->disconnectSink();
  pump.reset();
}

}  // namespace multiconnection::client
