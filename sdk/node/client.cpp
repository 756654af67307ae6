#include "node/client.hpp"

#include <array>
#include <chrono>
#include <utility>

namespace multiconnection::node {
namespace {

/// Beside the largest message, for parts of others that are interleaved with it.
constexpr std::size_t kInterleavedBytes = 1 << 20;

}  // namespace

/// A stream of the client that plays.
class Client::StreamPlayer final : public Player {
 public:
  StreamPlayer(Client& client, std::uint32_t streamId) : client_(client), streamId_(streamId) {}

  outbox::Outbox& outbox() override { return client_.link_->outbox(); }
  outbox::WireShape shape() const override {
    return {ClientSettings().chunkSize, streamId_, std::chrono::milliseconds(0)};
  }
  void flush() override { client_.link_->flush(); }

  void publisherCame() override {
    // A player that was not told of the end yet need not hear of the new beginning.
    if (std::exchange(untoldEnd_, false)) return;
    ClientActions actions;
    client_.fsm_.publisherCame(streamId_, actions);
    client_.perform(std::move(actions));
  }
  void publisherLeft() override {
    untoldEnd_ = true;
    tellPublisherLeft();
  }
  /// Players stop reading at this notice, which overtakes media: it waits until all is sent.
  void tellPublisherLeft() {
    if (!untoldEnd_ || !client_.link_->outbox().mediaEmpty()) return;
    untoldEnd_ = false;
    ClientActions actions;
    client_.fsm_.publisherLeft(streamId_, actions);
    client_.perform(std::move(actions));
  }

 private:
  Client& client_;
  std::uint32_t streamId_;
  bool untoldEnd_ = false;
};

Client::Client(ClientHost& host, std::uint64_t id,
               std::unique_ptr<transport::Connection> connection,
               const ServerHandshake::Noise& noise)
    : host_(host),
      id_(id),
      peer_(connection->peerName()),
      connection_(std::move(connection)),
      handshake_(noise),
      setupTimer_(host.loop) {}

Client::~Client() {
  if (link_) link_->end();
}

void Client::start() {
  setupTimer_.arm(std::chrono::steady_clock::now() + host_.options.setupTimeout, [this] {
    end(link_ ? "no connect in time" : "no end of the handshake in time");
  });
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
  ClientActions actions;
  const auto done = fsm_.onMessage(std::move(message), actions);
  perform(std::move(actions));
  if (!done) end("protocol violation: " + done.error().message);
}

void Client::onReceived(std::uint64_t total) {
  ClientActions actions;
  fsm_.onBytesReceived(total, actions);
  perform(std::move(actions));
  // All messages of one read leave for the players together.
  for (const auto& [id, part] : parts_) {
    if (!part.player) part.broadcast->flush();
  }
}

void Client::onDrained() {
  for (const auto& [id, part] : parts_) {
    if (part.player) part.player->tellPublisherLeft();
  }
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
  switch (event.kind) {
    case ClientEvent::Kind::Connected:
      setupTimer_.cancel();
      return report(NodeEvent::Kind::Connected, "", "");
    case ClientEvent::Kind::Refused:
      // The timer still runs: it ends a client that does not close by itself.
      return link_->finishWriting();
    case ClientEvent::Kind::PublishRequested:
      return publish(std::move(event));
    case ClientEvent::Kind::PlayRequested:
      return play(std::move(event));
    case ClientEvent::Kind::PublishEnded:
    case ClientEvent::Kind::PlayEnded:
      return leave(event.streamId);
    case ClientEvent::Kind::Media:
      if (const auto part = parts_.find(event.streamId); part != parts_.end()) {
        part->second.broadcast->push(std::move(event.media));
      }
  }
}

void Client::publish(ClientEvent&& event) {
  const Broadcasts::Key key{fsm_.app(), event.name};
  Broadcast& broadcast = host_.broadcasts.at(key);
  ClientActions actions;
  if (broadcast.begin()) {
    parts_[event.streamId] = {key, &broadcast, nullptr};
    fsm_.publishStarted(event.streamId, actions);
    report(NodeEvent::Kind::PublishStarted, event.name, "");
  } else {
    fsm_.publishRefused(event.streamId, "the name " + event.name + " is in use", actions);
  }
  perform(std::move(actions));
}

void Client::play(ClientEvent&& event) {
  const Broadcasts::Key key{fsm_.app(), event.name};
  Broadcast& broadcast = host_.broadcasts.at(key);
  Part& part = parts_[event.streamId];
  part = {key, &broadcast, std::make_unique<StreamPlayer>(*this, event.streamId)};
  ClientActions actions;
  fsm_.playStarted(event.streamId, actions);
  perform(std::move(actions));
  report(NodeEvent::Kind::PlayStarted, event.name, "");
  broadcast.add(*part.player);
}

void Client::leave(std::uint32_t streamId) {
  const auto found = parts_.find(streamId);
  if (found == parts_.end()) return;
  const Part part = std::move(found->second);
  parts_.erase(found);
  if (part.player) {
    part.broadcast->remove(*part.player);
  } else {
    part.broadcast->end();
  }
  host_.broadcasts.releaseIfUnused(part.key);
  report(part.player ? NodeEvent::Kind::PlayEnded : NodeEvent::Kind::PublishEnded, part.key.second,
         "");
}

void Client::end(const std::string& reason) {
  if (std::exchange(ended_, true)) return;
  setupTimer_.cancel();
  while (!parts_.empty()) leave(parts_.begin()->first);
  if (link_) link_->end();
  connection_.reset();
  const bool wasConnected = fsm_.state() == ClientFsm::State::Connected;
  report(wasConnected ? NodeEvent::Kind::Closed : NodeEvent::Kind::Refused, "", reason);
  host_.onEnded(id_);
}

void Client::endLater(std::string reason) {
  host_.loop.post([weak = weak_from_this(), reason = std::move(reason)] {
    if (const auto client = weak.lock()) client->end(reason);
  });
}

void Client::report(NodeEvent::Kind kind, const std::string& streamName,
                    const std::string& reason) {
  host_.report({kind, id_, peer_, fsm_.app(), streamName, reason});
}

}  // namespace multiconnection::node
