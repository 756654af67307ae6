#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"

namespace multiconnection {

/// What a client of a Node wants to do with a shared object.
struct NodeObjectRequest {
  enum class Kind {
    Use,     ///< Refused with SharedObject.NoReadAccess.
    Create,  ///< Use one that is not there: SharedObject.ObjectCreationFailed.
    Write,   ///< Set or delete a slot: SharedObject.NoWriteAccess and the value it has. All that
             ///< stand in the same message are refused with it.
    Send     ///< Call a handler of all users: not answered.
  };
  Kind kind = Kind::Use;
  std::uint64_t client = 0;
  std::string peer;  ///< Address and port.
  std::string app;
  std::string name;  ///< Of the object.
  bool persistent = false;
  std::string slot{};                 ///< Write; the handler of Send.
  AmfValue value{};                   ///< Write: the new one; Undefined deletes.
  std::vector<AmfValue> arguments{};  ///< Send.
};

/// What a Node's shared objects may hold, and who may use them. An object has at most 65,534 values
/// with all that is inside them, slots counted, nested 32 deep: what everybody can read.
struct NodeObjectOptions {
  std::size_t maxSlots = 1024;               ///< Of one object.
  std::size_t maxSlotBytes = 256 * 1024;     ///< Of one slot, with its name, as AMF0.
  std::size_t maxObjectBytes = 1024 * 1024;  ///< Of all slots, and of one send. At most 8,000,000.
  /// Of all objects in memory together, about: what is in them, and what waits for them.
  std::uint64_t maxTotalBytes = 256 * 1024 * 1024;
  std::size_t maxObjectsPerApp = 10000;    ///< In memory: those in use, and temporary ones.
  std::size_t maxObjectsPerClient = 1000;  ///< That one client uses.
  /// That one client asks for per second; each KiB that it is answered counts as one more. After so
  /// many it is read from again in the next second.
  std::size_t maxEventsPerSecond = 100000;
  /// Persistent ones with a file; more cannot be written.
  std::uint64_t maxFiles = 10000;
  /// A write is acknowledged when it would survive the loss of power, not only the end of the
  /// process: much slower.
  bool syncWrites = false;
  /// Whether a client may do that; empty: yes. Runs on the node's thread and must not block, nor
  /// call into the node.
  std::function<bool(const NodeObjectRequest&)> allow{};
};

/// A shared object of a Node as the program that embeds it sees it: see Node::sharedObject().
/// Copies stand for the same handle; while one is held, a temporary object stays.
///
/// @par Thread safety
/// Every member from any thread, also inside the handlers of the node; nothing waits. What is asked
/// for is done in its order on the node's thread, on which handlers run. When the node has stopped,
/// every member returns Errc::InvalidState.
class MC_API NodeSharedObject {
 public:
  /// Gets what became of a write, once it is on disk where that is to be: Errc::LimitExceeded
  /// beyond NodeObjectOptions, Errc::InvalidState when the object exists with the other
  /// persistence, the system's error when it cannot be stored. Not called when the node stops
  /// before.
  using DoneHandler = std::function<void(const Result<void>&)>;
  using ReadHandler = std::function<void(const Result<AmfObject>&)>;

  /// Sets a slot; Null and Undefined delete it. All users are told.
  Result<void> set(const std::string& slot, AmfValue value, DoneHandler onDone = {});
  /// The same for several, of which the users hear in one message.
  Result<void> set(const AmfObject& slots, DoneHandler onDone = {});
  Result<void> remove(const std::string& slot, DoneHandler onDone = {});
  Result<void> clear(DoneHandler onDone = {});
  /// Calls a handler of all users.
  Result<void> send(const std::string& handler, std::vector<AmfValue> arguments = {});
  /// All slots, with the writes that were asked for before.
  Result<void> read(ReadHandler onRead);

  /// From here to unlock(), which must follow as often, what clients ask for waits; then they get
  /// it and what is written here in one message. What waits is bounded: writes beyond are refused.
  Result<void> lock();
  Result<void> unlock();

 private:
  friend class Node;
  class Impl;
  explicit NodeSharedObject(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace multiconnection
