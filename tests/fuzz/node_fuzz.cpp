// Whatever clients send: handshake, chunks, the client's state machine and the broadcasts behind
// it, in memory. The input is a series of portions: client number (1 of 3), length (2 bytes,
// little-endian), bytes. The first byte of all tells which clients are past the handshake already.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "node/broadcast.hpp"
#include "node/client_fsm.hpp"
#include "node/server_handshake.hpp"
#include "rtmp/chunk/chunk_reader.hpp"
#include "util/byte_reader.hpp"

namespace {

using namespace multiconnection;
using namespace multiconnection::node;

constexpr std::size_t kQueueBytes = 1 << 16;
constexpr rtmp::ChunkLimits kLimits{1 << 16, 1 << 17, 16};

class Client {
 public:
  Client(Broadcasts& broadcasts, bool pastHandshake)
      : broadcasts_(broadcasts), pastHandshake_(pastHandshake) {}
  ~Client() { leaveAll(); }

  void feed(std::span<const std::uint8_t> bytes) {
    if (ended_) return;
    if (!pastHandshake_) {
      const auto part = bytes.first(std::min(bytes.size(), handshake_.missing()));
      Bytes answer;
      if (!handshake_.feed(part, answer)) return end();
      bytes = bytes.subspan(part.size());
      pastHandshake_ = handshake_.missing() == 0;
    }
    const auto fed = reader_.feed(bytes, [this](rtmp::Message&& message) {
      if (ended_) return;
      ClientActions actions;
      const auto done = fsm_.onMessage(std::move(message), actions);
      for (ClientEvent& event : actions.events) onEvent(std::move(event), actions);
      if (!done) end();
    });
    ClientActions actions;
    fsm_.onBytesReceived(reader_.bytesRead(), actions);
    if (!fed) end();
  }

 private:
  class StreamPlayer final : public Player {
   public:
    StreamPlayer(ClientFsm& fsm, std::uint32_t streamId) : fsm_(fsm), streamId_(streamId) {}
    outbox::Outbox& outbox() override { return outbox_; }
    outbox::WireShape shape() const override {
      return {65536, streamId_, std::chrono::milliseconds(0)};
    }
    void flush() override {
      // Takes what fits; the rest waits and is dropped at the bound.
      std::array<util::ConstBuffer, 4> buffers;
      const std::size_t filled = outbox_.gather(buffers);
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < filled; ++i) bytes += buffers[i].size;
      outbox_.consume(bytes / 2);
      if (outbox_.queueBytes() > kQueueBytes + kLimits.maxMessageBytes + 1000) std::abort();
    }
    void publisherCame() override {
      ClientActions actions;
      fsm_.publisherCame(streamId_, actions);
    }
    void publisherLeft() override {
      ClientActions actions;
      fsm_.publisherLeft(streamId_, actions);
    }

   private:
    ClientFsm& fsm_;
    std::uint32_t streamId_;
    outbox::Outbox outbox_{playerPolicy(kQueueBytes)};
  };
  struct Part {
    Broadcasts::Key key;
    std::unique_ptr<StreamPlayer> player;
  };

  void onEvent(ClientEvent&& event, ClientActions& actions) {
    const Broadcasts::Key key{fsm_.app(), event.name};
    switch (event.kind) {
      case ClientEvent::Kind::PublishRequested:
        if (!broadcasts_.at(key).begin()) {
          return fsm_.publishRefused(event.streamId, "in use", replies_);
        }
        parts_[event.streamId] = {key, nullptr};
        return fsm_.publishStarted(event.streamId, replies_);
      case ClientEvent::Kind::PlayRequested: {
        Part& part = parts_[event.streamId];
        part = {key, std::make_unique<StreamPlayer>(fsm_, event.streamId)};
        fsm_.playStarted(event.streamId, replies_);
        return broadcasts_.at(key).add(*part.player);
      }
      case ClientEvent::Kind::PublishEnded:
      case ClientEvent::Kind::PlayEnded:
        return leave(event.streamId);
      case ClientEvent::Kind::Media: {
        Broadcast& broadcast = broadcasts_.at(parts_.at(event.streamId).key);
        broadcast.push(std::move(event.media));
        return broadcast.flush();
      }
      case ClientEvent::Kind::Connected:
      case ClientEvent::Kind::Refused:
        if (actions.send.empty()) std::abort();
    }
  }
  void leave(std::uint32_t streamId) {
    const Part part = std::move(parts_.at(streamId));
    parts_.erase(streamId);
    Broadcast& broadcast = broadcasts_.at(part.key);
    if (part.player) {
      broadcast.remove(*part.player);
    } else {
      broadcast.end();
    }
    broadcasts_.releaseIfUnused(part.key);
  }
  void leaveAll() {
    while (!parts_.empty()) leave(parts_.begin()->first);
  }
  void end() {
    ended_ = true;
    leaveAll();
  }

  Broadcasts& broadcasts_;
  bool pastHandshake_;
  bool ended_ = false;
  ServerHandshake handshake_{ServerHandshake::Noise{}};
  rtmp::ChunkReader reader_{kLimits};
  ClientFsm fsm_;
  ClientActions replies_;
  std::map<std::uint32_t, Part> parts_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  util::ByteReader in(std::span(data, size));
  const std::uint8_t past = in.u8();
  Broadcasts broadcasts;
  {
    std::array<std::unique_ptr<Client>, 3> clients;
    for (unsigned i = 0; i < clients.size(); ++i) {
      clients[i] = std::make_unique<Client>(broadcasts, (past >> i & 1) != 0);
    }
    while (in.remaining() > 3) {
      const std::uint8_t client = in.u8();
      const std::size_t length = in.u8() + 256U * in.u8();
      clients[client % clients.size()]->feed(in.take(std::min(length, in.remaining())));
    }
  }
  if (broadcasts.size() != 0) std::abort();  // unused ones are released
  return 0;
}
