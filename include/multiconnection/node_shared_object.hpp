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
    Create,  ///< Use one that is not there: SharedObject.ObjectCreationFailed. Not asked of
             ///< persistent ones that are kept in files.
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

/// What a Node's shared objects may hold, and who may use them.
struct NodeObjectOptions {
  std::size_t maxSlots = 1024;               ///< Of one object.
  std::size_t maxSlotBytes = 256 * 1024;     ///< Of one slot, with its name, as AMF0.
  std::size_t maxObjectBytes = 1024 * 1024;  ///< Of all slots, and of one send. At most 8,000,000.
  std::size_t maxObjectsPerApp = 10000;      ///< In memory: those in use, and temporary ones.
  std::size_t maxObjectsPerClient = 1000;    ///< That one client uses.
  /// Whether a client may do that; empty: yes. Runs on the node's thread and must not block, nor
  /// call into the node.
  std::function<bool(const NodeObjectRequest&)> allow{};
};

}  // namespace multiconnection
