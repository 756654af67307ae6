// Servers that say anything of a shared object, as bytes of a message or event by event, to an
// owner who does anything meanwhile. The first byte picks mode, pace and persistence; then steps
// follow, of which each begins with a byte that says what happens, and to which server.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "shared_object/mirror.hpp"
#include "util/byte_reader.hpp"

namespace {

using namespace multiconnection;
using shared_object::Mirror;
using EventType = rtmp::SharedObjectEventType;

constexpr ServerId kServers = 3;
/// Of one step to all servers: a message of each write under way that is sent again apart.
constexpr std::size_t kMaxSent = kServers * (session::RemoteSharedObject::kMaxOutstanding + 2);

void require(bool holds) {
  if (!holds) std::abort();
}

/// The sums that are kept, made anew.
void check(const session::RemoteSharedObject& copy, const SharedObjectOptions& options) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::size_t effectiveBytes = 0;
  std::size_t outstanding = 0;
  std::size_t queued = 0;
  for (const std::string& name : copy.slots().names()) {
    const auto& slot = *copy.slots().find(name);
    count += !slot.committed.isUndefined();
    bytes += session::slotBytes(name, slot.committed);
    effectiveBytes += session::slotBytes(name, slot.effective());
    outstanding += slot.outstanding.size();
    queued += slot.queued.has_value();
  }
  require(count == copy.slots().committedCount());
  require(bytes == copy.slots().committedBytes());
  require(effectiveBytes == copy.slots().effectiveBytes());
  require(outstanding == copy.slots().outstanding());
  require(queued == copy.slots().queued());
  require(outstanding <= session::RemoteSharedObject::kMaxOutstanding);
  require(count <= options.maxSlots && bytes <= options.maxObjectBytes);
  require(copy.isReady() || outstanding == 0 || copy.state() == SharedObjectReport::State::Failed);
}

class Fuzz {
 public:
  Fuzz(util::ByteReader input, const SharedObjectOptions& options, Persistence persistence)
      : input_(input), options_(options), mirror_("so", persistence, options) {
    mirror_.begin({0, 1, 2}, now_);
  }

  void run() {
    while (input_.ok() && input_.remaining() != 0) {
      const std::uint8_t choice = input_.u8();
      Mirror::Actions out;
      step(choice >> 2U, choice % kServers, out);
      std::size_t sent = 0;
      for (const auto& [server, done] : out) sent += done.send.size();
      require(sent <= kMaxSent);
      for (ServerId server = 0; server < kServers; ++server) {
        check(*mirror_.copy(server), options_);
      }
    }
  }

 private:
  std::string slot() { return std::string(1, static_cast<char>('a' + input_.u8() % 5)); }
  AmfValue value() {
    const std::uint8_t kind = input_.u8();
    if (kind % 4 == 0) return {};
    if (kind % 4 == 1) return nullptr;
    if (kind % 4 == 2) return static_cast<double>(kind);
    return std::string(kind, 'v');
  }

  void step(unsigned what, ServerId server, Mirror::Actions& out) {
    switch (what % 10) {
      case 0:
        return mirror_.onConnected(server, now_, out);
      case 1:
        return mirror_.onLost(server);
      case 2:
        return static_cast<void>(mirror_.set({{slot(), value()}, {slot(), value()}}, now_, out));
      case 3:
        return mirror_.clear(now_, out);
      case 4:
        return static_cast<void>(mirror_.send("say", {value()}, out));
      case 5:
        return mirror_.release(server, out);
      case 6:
        return passTime(out);
      case 7:
        return says(server, bytes(), out);
      default:
        return says(server, events(), out);
    }
  }
  void passTime(Mirror::Actions& out) {
    now_ += std::chrono::milliseconds(input_.u16());
    mirror_.onTick(now_, out);
    require(!mirror_.deadline() || *mirror_.deadline() > now_);
  }
  void says(ServerId server, const rtmp::SharedObjectMessage& message, Mirror::Actions& out) {
    mirror_.onMessage(server, message, now_, out);
  }
  /// As they come over the wire.
  rtmp::SharedObjectMessage bytes() {
    const std::size_t size = input_.u8();
    const auto body = input_.take(std::min(size, input_.remaining()));
    const auto message = rtmp::parseSharedObject(
        {rtmp::MessageType::SharedObjectAmf0, 0, 0, Bytes(body.begin(), body.end())},
        {.maxRepeatedBytes = 1U << 12U});
    return message ? *message : rtmp::SharedObjectMessage{};
  }
  rtmp::SharedObjectMessage events() {
    rtmp::SharedObjectMessage message{"so", input_.u8(), false, {}};
    for (unsigned count = input_.u8() % 8; count != 0; --count) {
      const auto type = static_cast<EventType>(1 + input_.u8() % 11);
      if (type == EventType::Status) {
        message.events.push_back({type, "SharedObject.NoWriteAccess", {}, {}, "error"});
      } else if (type == EventType::Change) {
        message.events.push_back({type, slot(), value(), {}, {}});
      } else {
        message.events.push_back({type, slot(), {}, {}, {}});
      }
    }
    return message;
  }

  util::ByteReader input_;
  SharedObjectOptions options_;
  Mirror mirror_;
  Mirror::Clock::time_point now_{std::chrono::hours(1)};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  SharedObjectOptions options;
  options.mode = static_cast<MirrorMode>(data[0] % 3);
  options.updatesPerSecond = (data[0] & 4U) != 0 ? 10 : 0;
  options.maxSlots = 4;
  options.maxSlotBytes = 200;
  options.maxObjectBytes = 500;
  Fuzz(util::ByteReader(std::span(data + 1, size - 1)), options,
       (data[0] & 8U) != 0 ? Persistence::Persistent : Persistence::Temporary)
      .run();
  return 0;
}
