#pragma once

#include <boost/signals2/connection.hpp>
#include <boost/signals2/slot.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/sync.hpp"

namespace multiconnection {
namespace client {
class ArrayClient;
class SharedObjectClient;
}  // namespace client

using SyncSlot = boost::signals2::slot<void(const SyncEvent&)>;
using SharedObjectStatusSlot = boost::signals2::slot<void(const StatusEvent&)>;

/// One remote SharedObject, mirrored on every server of the array: named slots with values, and
/// messages to all that use it. Made by MultiConnection::sharedObject(); copies of the handle stand
/// for the same object, which ends with the last of them, or with close().
///
/// @code
/// auto board = array.sharedObject("info_so", Persistence::Persistent);
/// if (!board) return fail(board.error());
/// board->onSync([](const SyncEvent& sync) {
///   for (const SyncChange& change : sync.changes) paint(change.slot, change.value);
/// });
/// board->set("userName", "Foo");
/// @endcode
///
/// Writes go to every server that has the object; for one that is not ready the last value of each
/// slot waits. What a lost server had not acknowledged is sent again when it is back, unless
/// somebody else changed the slot there meanwhile: then that stands, and Reject tells of it. What
/// it had acknowledged is sent again where the server lost it.
///
/// @par Thread safety
/// Every member may be called from any thread and from a slot. A handle may outlive the array: then
/// its calls return Errc::InvalidState.
class MC_API MultiSharedObject {
 public:
  const std::string& name() const;
  Persistence persistence() const;

  /// Sets a slot; Null and Undefined delete it. Each server tells Success (of a deletion: Delete)
  /// or Reject by onSync(). It is sent even if the slot has the value already; only the deletion of
  /// a slot that a server does not have is neither sent nor told. Before connect() it waits for the
  /// servers.
  /// @return Errc::InvalidArgument for an empty or too long (65,535 bytes) slot name;
  /// Errc::LimitExceeded, naming it, beyond a limit of SharedObjectOptions or for a value of more
  /// than 32 levels; Errc::InvalidState after close(). Then nothing is written.
  Result<void> set(std::string slot, AmfValue value);
  /// The same for several slots, which travel in one message: others see them change at once.
  Result<void> set(const AmfObject& slots);
  /// Deletes a slot. @return as set().
  Result<void> remove(std::string slot);
  /// Deletes every slot that any server has. @return Errc::InvalidState after close().
  Result<void> clear();
  /// Has every user of the object on every server call `handler`, this one included. Servers that
  /// are not ready miss it: it is never sent again.
  /// @return Errc::InvalidArgument for an empty or too long handler; Errc::LimitExceeded above
  /// maxObjectBytes; Errc::InvalidState after close(), and when no server is ready.
  Result<void> send(const std::string& handler, const std::vector<AmfValue>& arguments = {});

  /// The slot's value: what was written here last, until a server has answered; else that of the
  /// lowest-index server that is ready. Undefined when it is not there.
  AmfValue get(const std::string& slot) const;
  /// All slots, as get() sees them.
  AmfObject data() const;
  /// The object on every server, by index.
  std::vector<SharedObjectReport> servers() const;
  /// Names of the slots that are not the same on all servers that are ready.
  std::vector<std::string> divergent() const;
  /// Bytes of all slots with their names, as AMF0.
  std::size_t bytes() const;

  /// Takes what each message of each server changed: one call per message, in its order. The first
  /// listener is told what each server that is ready has, as a snapshot, so that it may come late;
  /// otherwise earlier ones are not repeated. Keep the handle in a
  /// boost::signals2::scoped_connection.
  boost::signals2::connection onSync(const SyncSlot& slot);
  /// Takes SharedObject.* of single servers and MultiSharedObject.*; they are server status of the
  /// array as well.
  boost::signals2::connection onStatus(const SharedObjectStatusSlot& slot);
  /// Takes what send() of any client has `handler` called with; an empty one takes it away. It runs
  /// once for each server that passes the message on.
  void onMessage(const std::string& handler, SharedMessageHandler onMessage);

  /// Leaves the object on every server, which `waiting` writes do not outlast. Later calls return
  /// Errc::InvalidState.
  void close();
  /// Whether close() was called on any handle for the object.
  bool isClosed() const;

 private:
  friend class MultiConnection;
  explicit MultiSharedObject(std::shared_ptr<client::SharedObjectClient> client);
  std::shared_ptr<client::SharedObjectClient> client_;
};

}  // namespace multiconnection
