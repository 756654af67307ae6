#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/node_shared_object.hpp"
#include "node/shared_object.hpp"

namespace multiconnection::node {

/// App and name.
using ObjectKey = std::pair<std::string, std::string>;
using ObjectDone = std::function<void(const Result<void>&)>;

/// A client, as far as its objects are concerned.
struct ObjectClient {
  UserId id = 0;
  std::string peer;
  std::string app;
  rtmp::Encoding encoding = rtmp::Encoding::Amf0;
};

/// A message of a client.
struct ObjectRequest {
  rtmp::SharedObjectMessage message;
  std::size_t bytes = 0;  ///< That it took.
  bool has(rtmp::SharedObjectEventType type) const;
};

/// What the owner must do, in this order.
struct ObjectAction {
  enum class Kind {
    Tell,      ///< Deliver what `step` says.
    Store,     ///< The same, once its changes, if there are any, are on disk.
    Load,      ///< Read the object; to be answered by loaded().
    Forget,    ///< Nobody uses it: what was stored suffices.
    Used,      ///< By client `user`: an event.
    Released,  ///< See Used.
  };
  Kind kind = Kind::Tell;
  ObjectKey key;
  ObjectStep step{};
  std::vector<ObjectDone> done{};  ///< Of the program's writes in `step`.
  UserId user = kProgram;
};
using ObjectActions = std::vector<ObjectAction>;

/// What a file holds of an object.
struct StoredObject {
  bool exists = false;
  SlotMap slots;
  std::uint32_t version = 1;
};

/// All shared objects of a node, who uses them and what they may. Decisions only.
class SharedObjects {
 public:
  struct Settings {
    NodeObjectOptions options{};
    bool stored = false;  ///< Persistent objects are loaded and stored; else they stay here.
  };
  explicit SharedObjects(Settings settings);

  void onMessage(const ObjectClient& client, const std::shared_ptr<const ObjectRequest>& request,
                 ObjectActions& out);
  /// The client's connection is over.
  void onEnd(UserId client, ObjectActions& out);

  void loaded(const ObjectKey& key, Result<StoredObject> content, ObjectActions& out);
  /// Changes could not be stored: the object is what it was before them; where that is not known,
  /// nobody uses it any more. `lost` are all steps that were not told because of that.
  void notStored(const ObjectKey& key, const Result<StoredObject>& content,
                 const std::vector<ObjectAction>& lost, const Error& why, ObjectActions& out);
  /// While too much waits for the disk, persistent objects are neither written nor used anew, and a
  /// refusal does not tell the slots: answers wait for the disk, too.
  void setDiskBusy(bool busy) { diskBusy_ = busy; }

  // The program's part; a handle keeps its object. What it does with one that is being loaded
  // waits.

  void open(const ObjectKey& key, bool persistent, std::uint64_t handle, ObjectActions& out);
  void close(const ObjectKey& key, std::uint64_t handle, ObjectActions& out);
  /// @param clears  all slots, before the events.
  void write(const ObjectKey& key, std::uint64_t handle, bool clears,
             std::vector<SharedObject::Event> events, ObjectDone done, ObjectActions& out);
  void lock(const ObjectKey& key, std::uint64_t handle, ObjectActions& out);
  void unlock(const ObjectKey& key, std::uint64_t handle, ObjectActions& out);
  using ReadHandler = std::function<void(const Result<AmfObject>&)>;
  void read(const ObjectKey& key, std::uint64_t handle, ReadHandler handler, ObjectActions& out);

  std::size_t size() const { return objects_.size(); }

 private:
  struct Entry;
  /// Runs once the object is there; with null when it cannot be.
  using Task = std::function<void(Entry* entry, const Error& why, ObjectActions& out)>;
  struct Held {
    ObjectClient client;
    std::shared_ptr<const ObjectRequest> request;
    bool refused = false;  ///< Beyond what may wait: to be answered so in its turn.
  };
  struct Entry {
    SharedObject object;
    bool loading = false;
    bool allowed = false;        ///< To be created.
    UserId admitted = kProgram;  ///< The client that will use it, and is counted so already.
    std::size_t memory = 0;      ///< As it is counted.
    std::map<std::uint64_t, std::size_t> handles{};  ///< Handle -> how often it locks.
    std::size_t locks = 0;
    std::vector<std::pair<std::uint64_t, Task>> tasks{};  ///< By handle; while loading.
    std::vector<Held> held{};                             ///< While loading or locked.
    std::size_t heldBytes = 0;
    std::vector<ObjectDone> done{};  ///< Of writes of the program in this round.
  };
  using Objects = std::map<ObjectKey, Entry>;

  Entry* create(const ObjectKey& key, bool persistent, ObjectActions& out);
  Entry* entryFor(const ObjectClient& client, const ObjectRequest& request, ObjectActions& out);
  void hold(const ObjectKey& key, Entry& entry, const ObjectClient& client,
            std::shared_ptr<const ObjectRequest> request);
  void process(const ObjectKey& key, Entry& entry, const ObjectClient& client,
               const ObjectRequest& request, ObjectActions& out);
  void answerRefused(const ObjectKey& key, Entry& entry, const Held& held, ObjectActions& out);
  bool use(const ObjectKey& key, Entry& entry, const ObjectClient& client, ObjectActions& out);
  const char* whyNoUse(const ObjectKey& key, bool persistent, const ObjectClient& client) const;
  void release(const ObjectKey& key, Entry& entry, UserId user, ObjectActions& out);
  bool mayWrite(const ObjectKey& key, Entry& entry, const ObjectClient& client,
                const ObjectRequest& request);
  /// Whether answers about it have to wait for a disk that is too slow.
  bool isBehind(bool persistent) const;
  bool maySend(const ObjectKey& key, const Entry& entry, const ObjectClient& client,
               const SharedObject::Event& event) const;
  bool allows(NodeObjectRequest::Kind kind, const ObjectKey& key, bool persistent,
              const ObjectClient& client, const SharedObject::Event* event = nullptr) const;
  std::size_t room() const;
  void count(const ObjectKey& key, Entry& entry);
  void uncountUse(UserId client);
  void forgetAdmitted(Entry& entry);
  void giveUp(const ObjectKey& key, const Error& why, ObjectActions& out);
  void erase(Objects::iterator place, ObjectActions& out);
  /// Unless it is locked, tells what happened; forgets the object when nobody needs it.
  void finish(const ObjectKey& key, ObjectActions& out);
  void processHeld(const ObjectKey& key, ObjectActions& out);
  void withObject(const ObjectKey& key, std::uint64_t handle, Task task, ObjectActions& out);
  void dropHeld(UserId client);
  static void refuse(const ObjectKey& key, bool persistent, const ObjectClient& client,
                     const char* code, ObjectActions& out);

  Settings settings_;
  Objects objects_;
  std::map<std::string, std::size_t> perApp_;
  std::map<UserId, std::size_t> perClient_;  ///< How many it uses.
  std::size_t memory_ = 0;                   ///< Of all, about.
  bool diskBusy_ = false;
};

}  // namespace multiconnection::node
