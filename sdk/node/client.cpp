#include "node/client.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "node/client_faults.hpp"
#include "node/client_players.hpp"
#include "node/object_service.hpp"

namespace multiconnection::node {
namespace {

/// Beside the largest message, for parts of others that are interleaved with it.
constexpr std::size_t kInterleavedBytes = 1 << 20;

ClientSettings settingsOf(const ClientHost& host) {
  ClientSettings settings;
  settings.maxStreams = host.options.maxStreamsPerClient;
  settings.maxCallValues = host.options.maxCallValues;
  settings.recordings = host.recordings != nullptr;
  return settings;
}

}  // namespace

Client::Client(ClientHost& host, std::uint64_t id,
               std::unique_ptr<transport::Connection> connection,
               const ServerHandshake::Noise& noise)
    : host_(host),
      id_(id),
      peer_(connection->peerName()),
      connection_(std::move(connection)),
      handshake_(noise),
      setupTimer_(host.loop),
      fsm_(settingsOf(host)),
      calls_(host.loop, [this](double transaction) { fsm_.forgetCall(transaction); }),
      objectTimer_(host.loop),
      rateTimer_(host.loop) {
  if (host_.faults) {
    faults_ = std::make_unique<Faults>(*this, *host_.faults);
    connection_ = faults_->impair(std::move(connection_));
  }
  fsm_.setHandled([this](const std::string& name) { return bool(host_.methodOf(name)); });
}

Client::~Client() {
  if (link_) link_->end();
}

void Client::start() {
  setupTimer_.arm(std::chrono::steady_clock::now() + host_.options.setupTimeout, [this] {
    end(link_ ? "no connect in time" : "no end of the handshake in time");
  });
  if (faults_) return faults_->onAccept([this] { onHandshakeReadable(); });
  onHandshakeReadable();
}

void Client::onHandshakeReadable() {
  std::array<std::uint8_t, 1 + 2 * ServerHandshake::kPacketBytes> buffer;
  while (handshake_.missing() != 0) {
    // Never beyond the handshake: what follows is the link's to read.
    std::error_code error;
    const std::size_t count =
        connection_->read(std::span(buffer).first(handshake_.missing()), error);
    if (error) return end("closed during the handshake");
    if (count == 0) {
      connection_->waitReadable([this] { onHandshakeReadable(); });
      return;
    }
    const auto fed = handshake_.feed(std::span(buffer).first(count), handshakeOut_);
    if (!fed) return end(fed.error().message);
    if (faults_ && !handshakeOut_.empty()) {
      return faults_->onHandshake([this] {
        writeHandshake();
        if (!ended_) onHandshakeReadable();
      });
    }
    writeHandshake();
    if (ended_) return;
  }
  if (handshakeOut_.empty()) beginSession();
}

void Client::writeHandshake() {
  if (handshakeOut_.empty()) return;
  const transport::ConstBuffer rest{handshakeOut_.data(), handshakeOut_.size()};
  std::error_code error;
  const std::size_t count = connection_->write({&rest, 1}, error);
  if (error) return end("lost during the handshake");
  handshakeOut_.erase(handshakeOut_.begin(),
                      handshakeOut_.begin() + static_cast<std::ptrdiff_t>(count));
  if (handshakeOut_.empty()) return;
  connection_->waitWritable([this] {
    writeHandshake();
    if (!ended_ && handshakeOut_.empty() && handshake_.missing() == 0) beginSession();
  });
}

void Client::beginSession() {
  const std::size_t largest = host_.options.maxMessageBytes;
  rtmp::ChunkLimits limits;
  limits.maxMessageBytes = largest;
  limits.maxPartialBytes = largest + kInterleavedBytes;
  link_ = std::make_shared<reactor::RtmpLink>(
      host_.loop, std::move(connection_), static_cast<reactor::RtmpLink::Observer&>(*this), limits);
  link_->outbox().setPolicy(playerPolicy(host_.options.maxQueueBytes));
  link_->start();
}

void Client::onMessage(rtmp::Message&& message) {
  limitCommands(message);
  if (faults_) return faults_->onMessage(std::move(message));
  handle(std::move(message));
}

void Client::handle(rtmp::Message&& message) {
  ClientActions actions;
  const auto done = fsm_.onMessage(std::move(message), actions);
  perform(std::move(actions));
  if (!done) end("protocol violation: " + done.error().message);
}

void Client::onReceived(std::uint64_t total) {
  ClientActions actions;
  if (!faults_ || faults_->acknowledges()) fsm_.onBytesReceived(total, actions);
  perform(std::move(actions));
  // All messages of one read leave for the players together.
  for (const auto& [id, part] : parts_) {
    if (!part.player && part.broadcast != nullptr) part.broadcast->flush();
  }
}

void Client::onDrained() {
  for (const auto& [id, part] : parts_) {
    if (part.player) part.player->onDrained();
  }
  objectAnswers_ = 0;
  if (objectRequests_.empty()) return;
  // Not from here: others shall have their turn in between.
  objectTimer_.arm(std::chrono::steady_clock::now(), [this] { serveObjects(); });
}

void Client::onEnded(const Error& why) { end(why.message); }

void Client::perform(ClientActions&& actions) {
  if (!actions.send.empty()) {
    for (const rtmp::Outgoing& outgoing : actions.send) {
      link_->send(outgoing.message, outgoing.chunkStream);
    }
    link_->flush();
  }
  for (ClientEvent& event : actions.events) onEvent(std::move(event));
}

void Client::onEvent(ClientEvent&& event) {
  using Kind = ClientEvent::Kind;
  switch (event.kind) {
    case Kind::Connected:
      setupTimer_.cancel();
      return host_.report(eventOf(NodeEvent::Kind::Connected));
    case Kind::Refused:
      // The timer still runs: it ends a client that does not close by itself.
      return link_->finishWriting();
    case Kind::PublishRequested:
      return publish(std::move(event));
    case Kind::PlayRequested:
      return play(std::move(event), false);
    case Kind::SwitchRequested:
      return switchStream(std::move(event));
    case Kind::PublishEnded:
    case Kind::PlayEnded:
      return leave(event.streamId);
    case Kind::Media:
      if (const auto part = parts_.find(event.streamId); part != parts_.end()) {
        if (part->second.recorder) part->second.recorder->push(event.media);
        part->second.broadcast->push(std::move(event.media));
      }
      return;
    case Kind::LengthRequested:
      return tellLength(std::move(event));
    case Kind::CallReceived:
      return onCall(std::move(event));
    case Kind::CallAnswered: {
      const AmfValue value = event.arguments.empty() ? AmfValue() : event.arguments.front();
      if (event.wanted) return calls_.answer(event.transaction, value);
      const auto why = value["description"].as<std::string>("the client's method failed");
      return calls_.answer(event.transaction, Error{Errc::Refused, why});
    }
    case Kind::BandwidthRequested:
      return measureBandwidth();
    case Kind::ObjectRequested:
      return onObject(std::move(event));
    default:
      return onPlayerEvent(event);
  }
}

void Client::onPlayerEvent(const ClientEvent& event) {
  const auto found = parts_.find(event.streamId);
  if (found == parts_.end() || !found->second.player) return;
  StreamPlayer& player = *found->second.player;
  switch (event.kind) {
    case ClientEvent::Kind::SeekRequested:
      return player.seek(event.position);
    case ClientEvent::Kind::PauseRequested: {
      ClientActions actions;
      fsm_.pauseDone(event.streamId, event.wanted, actions);
      perform(std::move(actions));
      return player.setPaused(event.wanted);
    }
    case ClientEvent::Kind::AudioRequested:
      return player.filter().setAudio(event.wanted);
    case ClientEvent::Kind::VideoRequested:
      return player.filter().setVideo(event.wanted);
    case ClientEvent::Kind::BufferRequested:
      return player.setBuffer(event.position);
    default:
      return;
  }
}

void Client::onCall(ClientEvent&& event) {
  const auto handler = host_.methodOf(event.name);
  // The state machine asked for it a moment ago; another thread may have taken it away.
  const Result<AmfValue> result =
      handler ? handler({id_, peer_, fsm_.app(), event.name, std::move(event.arguments)})
              : Error{Errc::InvalidState, "no method '" + event.name + "'"};
  ClientActions actions;
  fsm_.answerCall(event.transaction, result, actions);
  perform(std::move(actions));
}

void Client::call(const std::string& method, std::vector<AmfValue> arguments,
                  Node::ReplyHandler onReply, std::chrono::milliseconds deadline) {
  if (fsm_.state() != ClientFsm::State::Connected) {
    if (onReply) onReply(Error{Errc::InvalidState, "the client is not connected yet"});
    return;
  }
  if (onReply && calls_.full()) {
    return onReply(Error{Errc::LimitExceeded, "the client has too many calls to answer already"});
  }
  ClientActions actions;
  const auto transaction =
      fsm_.call(method, std::move(arguments), static_cast<bool>(onReply), actions);
  if (!transaction) {
    if (onReply) onReply(transaction.error());
    return;
  }
  if (onReply) calls_.add(*transaction, deadline, std::move(onReply));
  perform(std::move(actions));
}

void Client::measureBandwidth() {
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  constexpr std::size_t kPayloadBytes = 32 * 1024;
  static constexpr std::chrono::milliseconds kDeadline{10000};
  if (std::exchange(measuring_, true)) return;
  // An empty call for the latency, then a large one: what it takes longer is for its bytes.
  const auto begin = Clock::now();
  call(
      "onBWCheck", {},
      [this, begin](const Result<AmfValue>&) {
        const auto middle = Clock::now();
        const Milliseconds latency = middle - begin;
        if (ended_) return;
        call(
            "onBWCheck", {std::string(kPayloadBytes, 'x')},
            [this, middle, latency](const auto&) {
              if (ended_) return;
              measuring_ = false;
              const Milliseconds taken = Clock::now() - middle;
              const double payloadKbit = kPayloadBytes * 8 / 1000.0;
              const double ms = std::max(1.0, (taken - latency).count());
              call("onBWDone", {payloadKbit / ms * 1000, payloadKbit, ms / 1000, latency.count()},
                   {}, {});
            },
            kDeadline);
      },
      kDeadline);
}

void Client::limitCommands(const rtmp::Message& message) {
  if (message.type != rtmp::MessageType::CommandAmf0 &&
      message.type != rtmp::MessageType::CommandAmf3) {
    return;
  }
  spend(commands_, 1, host_.options.maxCommandsPerSecond);
}

void Client::spend(std::size_t& spent, std::size_t cost, std::size_t limit) {
  constexpr std::chrono::seconds kWindow{1};
  const auto now = std::chrono::steady_clock::now();
  if (now >= second_ + kWindow) {
    second_ = now;
    commands_ = 0;
    objectCost_ = 0;
  }
  spent += cost;
  if (spent < limit || std::exchange(tooFast_, true)) return;
  setReading();
  rateTimer_.arm(second_ + kWindow, [this] {
    tooFast_ = false;
    setReading();
  });
}

void Client::setReading() {
  const bool wanted = !tooFast_ && objectRequests_.empty();
  if (std::exchange(reading_, wanted) != wanted) link_->setReading(wanted);
}

void Client::shutDown() {
  if (link_ && !ended_) {
    ClientActions actions;
    fsm_.shutDown(actions);
    perform(std::move(actions));
  }
  end("the node stops");
}

void Client::end(const std::string& reason) {
  if (std::exchange(ended_, true)) return;
  setupTimer_.cancel();
  rateTimer_.cancel();
  objectTimer_.cancel();
  if (faults_) faults_->onEnd();
  while (!parts_.empty()) leave(parts_.begin()->first);
  if (host_.objects) host_.objects->onEnd(id_);
  calls_.close({Errc::Closed, "the client went: " + reason});
  if (link_) link_->end();
  connection_.reset();
  const bool wasConnected = fsm_.state() == ClientFsm::State::Connected;
  host_.report(
      eventOf(wasConnected ? NodeEvent::Kind::Closed : NodeEvent::Kind::Refused, "", reason));
  host_.onEnded(id_);
}

NodeEvent Client::eventOf(NodeEvent::Kind kind, const std::string& streamName,
                          const std::string& reason, const std::string& query) const {
  return {kind, id_, peer_, fsm_.app(), streamName, reason, query};
}

}  // namespace multiconnection::node
