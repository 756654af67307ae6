#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/status.hpp"

namespace multiconnection {

/// Whether a shared object outlives its users.
enum class Persistence {
  Temporary,   ///< It is gone, with its slots, some time after its last user left.
  Persistent,  ///< The server keeps it.
};

/// What happens to changes that others make on one server: the servers do not know each other.
enum class MirrorMode {
  /// Nothing: each server's copy is its own. Our own writes go to all.
  Independent,
  /// It is written to the other servers. Several mirroring clients may work at once: where they
  /// contradict each other again and again over one slot, the value that comes last in the order of
  /// its AMF0 bytes stays.
  Mirror,
  /// The lowest-index server that is ready has the say: its changes are written to the others, and
  /// those of the others are undone.
  PrimaryWins,
};

/// How sharedObject() goes about it.
struct SharedObjectOptions {
  MirrorMode mode = MirrorMode::Independent;
  /// Time for a server's answer to `use`; some never answer. More than 0.
  std::chrono::milliseconds useTimeout{3000};
  /// Messages with writes to each server per second; of the values that a slot gets in between the
  /// last one is sent, and not before the one before was acknowledged. 0: each write at once.
  /// At most 1000.
  double updatesPerSecond = 0;
  // Limits: of what is written, and the first and last also of what a server may send.
  std::size_t maxSlots = 1024;               ///< 1 to 65,536.
  std::size_t maxSlotBytes = 256 * 1024;     ///< Of one slot, as AMF0. 1 to 16,000,000.
  std::size_t maxObjectBytes = 1024 * 1024;  ///< Of all slots with their names. As maxSlotBytes.
};

/// What happened to one slot of a shared object on one server.
struct SyncChange {
  enum class Code {
    Success,  ///< Our own write was accepted.
    Change,   ///< Somebody else set it, or the server's content came as a whole.
    Reject,   ///< Our own write was refused, or somebody else's was taken instead.
    Delete,   ///< It is gone, whoever deleted it.
    Clear,    ///< Every slot is gone; what follows in the same event is the whole content.
  };
  Code code = Code::Change;
  std::string slot;   ///< Empty: Clear.
  AmfValue value;     ///< What the slot is on that server now; Undefined: it is not there.
  AmfValue oldValue;  ///< What it was; of Reject: what was refused.
};
/// "success", "change", "reject", "delete", "clear".
MC_API std::string_view codeName(SyncChange::Code code) noexcept;

/// What one message of one server brought.
struct SyncEvent {
  std::string name;     ///< Of the shared object.
  ServerReport server;  ///< Whose copy it is about.
  std::vector<SyncChange> changes;
  /// The answer to `use`: the server is ready, `changes` tell its whole content (they may be
  /// empty).
  bool snapshot = false;
};
MC_API std::ostream& operator<<(std::ostream& out, const SyncEvent& event);

/// What send() of this or another client brought.
struct SharedMessage {
  std::string name;     ///< Of the shared object.
  ServerReport server;  ///< By which it came: each server passes it on.
  std::string handler;
  std::vector<AmfValue> arguments;
};
/// Takes those of one handler name, on the event thread or executor.
using SharedMessageHandler = std::function<void(const SharedMessage&)>;

/// How a shared object stands on one server.
struct SharedObjectReport {
  enum class State {
    Off,      ///< The entry wants none there, or the server ends connections at shared objects.
    Waiting,  ///< There is no connection.
    Using,    ///< `use` was sent; no answer yet.
    Ready,
    Failed,  ///< It was refused, or not answered in time: until the next connection.
  };
  ServerId server = 0;
  std::size_t index = 0;
  State state = State::Waiting;
  bool ownConnection = false;      ///< Beside the one that the stream uses.
  std::uint32_t version = 0;       ///< As the server counts; servers count differently.
  std::size_t unacknowledged = 0;  ///< Writes of ours that wait for the server.
  AmfObject slots;                 ///< The server's copy, without those writes.
};
/// "off", "waiting", "using", "ready", "failed".
MC_API std::string_view stateName(SharedObjectReport::State state) noexcept;

}  // namespace multiconnection
