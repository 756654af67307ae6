#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "rtmp/message/encoding.hpp"
#include "rtmp/message/shared_object.hpp"

namespace multiconnection::node {

/// A client's number; 0 is the program that embeds the node.
using UserId = std::uint64_t;
inline constexpr UserId kProgram = 0;

struct ObjectLimits {
  std::size_t maxSlots = 1024;
  std::size_t maxSlotBytes = 256 * 1024;     ///< Of one, with its name, as AMF0.
  std::size_t maxObjectBytes = 1024 * 1024;  ///< Of all slots; and of one send.
};

/// What a slot takes, or all of them.
struct ObjectSize {
  std::size_t bytes = 0;   ///< As it travels: names with their lengths, and values, as AMF0.
  std::size_t values = 0;  ///< As readers count: slots, and values with all that is inside them.
  /// In memory, about.
  std::size_t memory() const { return bytes + values * sizeof(AmfValue); }
};

/// The same message for some users.
struct ObjectDelivery {
  std::vector<UserId> to;
  rtmp::Message message;
};

/// A slot that is different now.
struct SlotChange {
  std::string slot;
  std::optional<AmfValue> value;  ///< Nothing: it is gone.
};

/// What one round did.
struct ObjectStep {
  std::uint32_t version = 0;
  bool cleared = false;  ///< Of every slot, before the changes.
  std::vector<SlotChange> changes;
  std::vector<UserId> writers;  ///< Once for each message that asked for changes.
  std::vector<ObjectDelivery> deliveries;
};

/// Slots by name.
using SlotMap = std::map<std::string, AmfValue>;

/// One shared object and its users. Decisions only.
///
/// Messages are carried out in rounds: finish() ends one and tells every user in one message what
/// it brought, in its order. Of several changes of a slot in one round, others see the last.
/// Requests are answered to who made them:
///
///     request           its author      all other users
///     use               11, 8, 4*       -
///     set               5               4
///     set, unchanged    5               -
///     set null          5, 9            9
///     delete            9               9
///     send              6               6
///     a refused write   7, 4*           -      (4: what the slots are instead)
class SharedObject {
 public:
  using Event = rtmp::SharedObjectEvent;
  using EventType = rtmp::SharedObjectEventType;

  SharedObject(std::string name, bool persistent, const ObjectLimits& limits)
      : name_(std::move(name)), persistent_(persistent), limits_(limits) {}

  bool persistent() const { return persistent_; }
  const SlotMap& slots() const { return slots_; }
  bool hasUsers() const { return !users_.empty(); }
  bool isUsedBy(UserId user) const { return users_.count(user) != 0; }
  const std::map<UserId, rtmp::Encoding>& users() const { return users_; }
  const ObjectSize& size() const { return size_; }

  /// What a file holds; before anything else.
  void restore(SlotMap slots, std::uint32_t version);
  /// The slots are these after all: what was told since is taken back, and everybody gets them.
  /// @param refused  whose changes were taken back, once for each message.
  ObjectStep reset(SlotMap slots, const std::vector<UserId>& refused);

  void use(UserId user, rtmp::Encoding encoding);
  void release(UserId user) { users_.erase(user); }
  /// Whether all sets and deletes among the events keep the limits, those of readers too.
  /// @param room  memory that the object may take beside what it has.
  /// @return which limit they do not keep.
  std::optional<std::string> overLimit(const std::vector<Event>& events, std::size_t room) const;
  /// The same for what the event sends to all users.
  std::optional<std::string> sendOverLimit(const Event& event) const;
  /// Sets, deletes or sends; others are passed over.
  void carryOut(UserId user, const Event& event);
  void clear();
  /// Tells the author of a message that none of its writes was done.
  void refuse(UserId user, const std::vector<Event>& events);
  void noteWriter(UserId user) { writers_.push_back(user); }
  ObjectStep finish();

 private:
  /// What happened in this round.
  struct Happening {
    enum class What {
      Write,     ///< `event` is the change or removal; its author gets the answer instead.
      Send,      ///< `event` is for all.
      Clear,     ///< See Send.
      Snapshot,  ///< `user` is told all slots, as they are at the end of the round; what the round
                 ///< brought behind it is told again, since answers to the user stand between.
      Private    ///< `event` is for `user` alone.
    };
    What what = What::Private;
    UserId user = kProgram;
    Event event;
    bool superseded = false;
    bool joined = false;  ///< Snapshot: what came before is not the user's concern.
  };
  using What = Happening::What;

  void set(UserId user, const Event& event);
  void remove(UserId user, const std::string& slot);
  void note(What what, UserId user, Event event) {
    round_.push_back({what, user, std::move(event)});
  }
  void noteWrite(UserId user, Event event);
  void appendSnapshot(std::vector<Event>& events) const;
  /// What the user is to be told; nothing: one without part in the round.
  std::vector<Event> view(std::optional<UserId> user) const;
  std::size_t divisionOf(const std::vector<Event>& events) const;
  void deliver(std::vector<UserId> to, rtmp::Encoding encoding, std::vector<Event> events,
               ObjectStep& step) const;
  void deliverAll(ObjectStep& step) const;

  const std::string name_;
  const bool persistent_;
  const ObjectLimits limits_;
  SlotMap slots_;
  std::map<std::string, ObjectSize> sizes_;  ///< Of the slots.
  ObjectSize size_;
  std::uint32_t version_ = 1;
  std::map<UserId, rtmp::Encoding> users_;

  std::vector<Happening> round_;
  std::map<std::string, std::size_t> written_;  ///< Slot -> its last write in the round.
  std::set<UserId> snapshots_;                  ///< Who gets one at the end of the round.
  std::vector<UserId> writers_;
};

/// The status that a client gets of an object it does not use.
rtmp::Message makeObjectStatus(const std::string& name, bool persistent, const std::string& code,
                               rtmp::Encoding encoding);

/// Whether the event asks for a change of the object.
bool isWrite(const rtmp::SharedObjectEvent& event);

inline constexpr char kNoReadAccess[] = "SharedObject.NoReadAccess";
inline constexpr char kNoWriteAccess[] = "SharedObject.NoWriteAccess";
inline constexpr char kBadPersistence[] = "SharedObject.BadPersistence";
inline constexpr char kCreationFailed[] = "SharedObject.ObjectCreationFailed";
inline constexpr char kNoObjectFound[] = "SharedObject.NoObjectFound";

}  // namespace multiconnection::node
