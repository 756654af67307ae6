// Whatever clients send: handshake, chunks, the client's state machine, the broadcasts and shared
// objects behind it in memory, and recordings in a folder of their own. The input is a series of
// portions: client number (1 of 3), length (2 bytes, little-endian), bytes. The first byte of all
// tells which clients are past the handshake already.
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "node/broadcast.hpp"
#include "node/client_fsm.hpp"
#include "node/recording_name.hpp"
#include "node/recording_reader.hpp"
#include "node/recording_writer.hpp"
#include "node/server_handshake.hpp"
#include "node/shared_objects.hpp"
#include "rtmp/chunk/chunk_reader.hpp"
#include "util/byte_reader.hpp"

namespace {

using namespace multiconnection;
using namespace multiconnection::node;

constexpr std::size_t kQueueBytes = 1 << 16;
constexpr rtmp::ChunkLimits kLimits{1 << 16, 1 << 17, 16};

/// Removed at the end; nothing may appear beside what is in it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "node-fuzz-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    outer_ = name;
    std::filesystem::create_directory(outer_ / "root");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(outer_); }
  util::ConfinedFolder open() const {
    return std::move(util::ConfinedFolder::open((outer_ / "root").string())).value();
  }
  void clear() const {
    namespace fs = std::filesystem;
    if (std::distance(fs::directory_iterator(outer_), fs::directory_iterator()) != 1) std::abort();
    for (const auto& entry : fs::directory_iterator(outer_ / "root")) fs::remove_all(entry);
  }

 private:
  std::filesystem::path outer_;
};

const Folder& folder() {
  static const Folder kFolder;
  return kFolder;
}

ClientSettings settings() {
  ClientSettings settings;
  settings.recordings = true;
  return settings;
}

NodeObjectOptions objectOptions() {
  NodeObjectOptions options;
  options.maxSlots = 4;
  options.maxSlotBytes = 200;
  options.maxObjectBytes = 500;
  options.maxObjectsPerApp = 3;
  options.maxObjectsPerClient = 2;
  options.allow = [](const NodeObjectRequest& request) { return request.slot.size() != 3; };
  return options;
}

class Client {
 public:
  /// @param busy  paths that are being recorded, by any client.
  Client(UserId id, Broadcasts& broadcasts, SharedObjects& objects, std::set<std::string>& busy,
         bool pastHandshake)
      : id_(id),
        broadcasts_(broadcasts),
        objects_(objects),
        busy_(busy),
        pastHandshake_(pastHandshake) {
    fsm_.setHandled([](const std::string& name) { return name.size() % 2 == 0; });
  }
  ~Client() { end(); }

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
    std::unique_ptr<StreamPlayer> player{};
    std::unique_ptr<RecordingWriter> writer{};
    std::string path{};  ///< Of the writer.
    std::unique_ptr<RecordingReader> reader{};
  };

  void onEvent(ClientEvent&& event, ClientActions& actions) {
    switch (event.kind) {
      case ClientEvent::Kind::PublishRequested:
        return publish(event);
      case ClientEvent::Kind::PlayRequested:
        return play(event);
      case ClientEvent::Kind::SwitchRequested:
        leave(event.streamId);
        return play(event);
      case ClientEvent::Kind::PublishEnded:
      case ClientEvent::Kind::PlayEnded:
        return leave(event.streamId);
      case ClientEvent::Kind::Media:
        return onMedia(parts_.at(event.streamId), std::move(event.media));
      case ClientEvent::Kind::SeekRequested:
        return seek(parts_.at(event.streamId), event);
      case ClientEvent::Kind::PauseRequested:
        return fsm_.pauseDone(event.streamId, event.wanted, replies_);
      case ClientEvent::Kind::AudioRequested:
      case ClientEvent::Kind::VideoRequested:
      case ClientEvent::Kind::BufferRequested:
        parts_.at(event.streamId);
        return;
      case ClientEvent::Kind::LengthRequested:
      case ClientEvent::Kind::CallReceived:
        fsm_.answerCall(event.transaction, AmfValue(event.arguments), replies_);
        static_cast<void>(fsm_.call(event.name, std::move(event.arguments), true, replies_));
        return;
      case ClientEvent::Kind::ObjectRequested: {
        ObjectActions objectActions;
        objects_.onMessage({id_, "", fsm_.app(), fsm_.encoding()}, std::move(event.object),
                           objectActions);
        return check(objectActions);
      }
      case ClientEvent::Kind::CallAnswered:
      case ClientEvent::Kind::BandwidthRequested:
        return;
      case ClientEvent::Kind::Connected:
      case ClientEvent::Kind::Refused:
        if (actions.send.empty()) std::abort();
    }
  }
  void publish(const ClientEvent& event) {
    const Broadcasts::Key key{fsm_.app(), event.name};
    Part part{key};
    if (event.record) {
      const auto path = recordingPath(key.first, key.second);
      if (!path || busy_.count(*path) != 0 || broadcasts_.isPublished(key)) {
        return fsm_.publishRefused(event.streamId, "NoAccess", "", replies_);
      }
      auto writer = RecordingWriter::open(root_, *path, *event.record);
      if (!writer) return fsm_.publishRefused(event.streamId, "NoAccess", "", replies_);
      part.writer = std::make_unique<RecordingWriter>(std::move(writer).value());
      part.path = *path;
      busy_.insert(*path);
    }
    if (!broadcasts_.at(key).begin()) {
      return fsm_.publishRefused(event.streamId, "BadName", "in use", replies_);
    }
    fsm_.publishStarted(event.streamId, event.record.has_value(), replies_);
    parts_[event.streamId] = std::move(part);
  }
  void play(const ClientEvent& event) {
    const Broadcasts::Key key{fsm_.app(), event.name};
    Part& part = parts_[event.streamId] = Part{key};
    const auto path = recordingPath(key.first, key.second);
    auto reader = path ? RecordingReader::open(root_, *path)
                       : Result<std::unique_ptr<RecordingReader>>(path.error());
    if (reader && event.play.from != PlayRequest::From::Live) {
      part.reader = std::move(reader).value();
      fsm_.playStarted(event.streamId, true, replies_);
      while (true) {
        const auto done = part.reader->index(3);
        if (!done) std::abort();  // what we wrote ourselves is never corrupt
        if (*done) break;
      }
      return seek(part, event);
    }
    part.player = std::make_unique<StreamPlayer>(fsm_, event.streamId);
    fsm_.playStarted(event.streamId, false, replies_);
    broadcasts_.at(key).add(*part.player);
  }
  void seek(Part& part, const ClientEvent& event) {
    if (!part.reader) std::abort();  // live streams cannot be sought
    if (event.position > part.reader->duration()) {
      return fsm_.seekFailed(event.streamId, part.reader->duration(), replies_);
    }
    if (!part.reader->seek(event.position) || !part.reader->read(1000)) std::abort();
    fsm_.seekDone(event.streamId, event.position, replies_);
  }
  void onMedia(Part& part, MediaMessage&& media) {
    if (part.writer && !part.writer->append({&media, 1})) std::abort();
    Broadcast& broadcast = broadcasts_.at(part.key);
    broadcast.push(std::move(media));
    broadcast.flush();
  }
  void leave(std::uint32_t streamId) {
    const Part part = std::move(parts_.at(streamId));
    parts_.erase(streamId);
    if (part.reader) return;
    if (part.writer && !part.writer->finish()) std::abort();
    busy_.erase(part.path);
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
    ObjectActions actions;
    objects_.onEnd(id_, actions);
    check(actions);
  }
  /// Clients must understand what they are told of objects.
  static void check(const ObjectActions& actions) {
    for (const ObjectAction& action : actions) {
      for (const ObjectDelivery& delivery : action.step.deliveries) {
        if (delivery.to.empty() || !rtmp::parseSharedObject(delivery.message)) std::abort();
      }
    }
  }

  const UserId id_;
  Broadcasts& broadcasts_;
  SharedObjects& objects_;
  std::set<std::string>& busy_;
  bool pastHandshake_;
  bool ended_ = false;
  ServerHandshake handshake_{ServerHandshake::Noise{}};
  rtmp::ChunkReader reader_{kLimits};
  util::ConfinedFolder root_ = folder().open();
  ClientFsm fsm_{settings()};
  ClientActions replies_;
  std::map<std::uint32_t, Part> parts_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  util::ByteReader in(std::span(data, size));
  const std::uint8_t past = in.u8();
  Broadcasts broadcasts;
  std::set<std::string> busy;
  SharedObjects objects({objectOptions(), false});
  {
    std::array<std::unique_ptr<Client>, 3> clients;
    for (unsigned i = 0; i < clients.size(); ++i) {
      clients[i] = std::make_unique<Client>(i + 1, broadcasts, objects, busy, (past >> i & 1) != 0);
    }
    while (in.remaining() > 3) {
      const std::uint8_t client = in.u8();
      const std::size_t length = in.u8() + 256U * in.u8();
      clients[client % clients.size()]->feed(in.take(std::min(length, in.remaining())));
    }
  }
  folder().clear();
  if (broadcasts.size() != 0) std::abort();  // unused ones are released
  if (objects.size() > 3) std::abort();      // so are temporary objects; others are bounded
  return 0;
}
