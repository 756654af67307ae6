#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"

namespace multiconnection::session {

/// A slot as the application writes it.
struct SlotWrite {
  std::string slot;
  AmfValue value;         ///< Undefined: the slot is to be deleted.
  std::size_t bytes = 0;  ///< As slotBytes() has it; 0 for a deletion.
};

/// Of a slot's name and value as AMF0; 0 when it is not there.
std::size_t slotBytes(const std::string& slot, const AmfValue& value);
/// As `==`, but that NaN equals itself.
bool sameValue(const AmfValue& left, const AmfValue& right);

/// The slots of one server's copy of a shared object: what the server has, what was sent to it and
/// is not answered, and what waits.
class SharedSlots {
 public:
  using Clock = std::chrono::steady_clock;

  /// A write under way.
  struct Request {
    AmfValue value;
    std::size_t bytes = 0;
    std::uint64_t message = 0;  ///< Those of one message share it.
    std::uint64_t group = 0;
    Clock::time_point sent{};
  };
  struct Queued {
    AmfValue value;
    std::size_t bytes = 0;
    std::uint64_t order = 0;
    std::uint64_t group = 0;
    bool alone = false;  ///< Goes with those of its group only.
  };
  struct Slot {
    AmfValue committed;  ///< The server's; Undefined: it has none.
    std::size_t bytes = 0;
    std::uint32_t version = 0;  ///< Of the object when it was set.
    bool ours = false;          ///< The last value that the server took is ours.
    std::deque<Request> outstanding;
    std::optional<Queued> queued;
    /// Sent over a connection that was lost: the server may have taken any.
    std::vector<AmfValue> tried;

    /// Once all that was written is accepted.
    const AmfValue& effective() const;
    std::size_t effectiveBytes() const;
  };

  const Slot* find(const std::string& name) const;
  std::vector<std::string> names() const;

  void commit(const std::string& name, const AmfValue& value, std::uint32_t version, bool ours);
  /// Forgets what the server has of all slots.
  void clear();
  /// For writes that belong together: a server may refuse all of a message because of one.
  std::uint64_t newGroup() { return ++groups_; }
  /// Replaces what waits for that slot already.
  void enqueue(const SlotWrite& write, std::uint64_t group, bool alone = false);
  void dropQueued(const std::string& name);
  void forgetTried(const std::string& name);
  /// What waits, oldest first, becomes one message under way; as many as `limit` allows in all, and
  /// `maxBytes`, but one at least when nothing is under way. What is to go alone does. A deletion
  /// waits for the writes of its slot that are under way, since servers need not answer one that
  /// finds nothing; it is forgotten when it would.
  std::vector<SlotWrite> startQueued(std::size_t limit, std::size_t maxBytes,
                                     Clock::time_point now);
  /// The oldest one of that slot; nothing when there is none.
  std::optional<Request> takeOutstanding(const std::string& name);
  /// Those of the oldest message, by slot; only that of `slot`, when it has one there. Those that
  /// are accepted stay.
  std::vector<std::pair<std::string, Request>> takeOldestMessage(
      const std::optional<std::string>& slot, const std::set<std::string>& accepted);
  /// The connection is gone: the last write of each slot waits again.
  void requeue();

  std::size_t outstanding() const { return outstanding_; }
  std::size_t queued() const { return queued_; }
  std::size_t committedCount() const { return committedCount_; }
  std::size_t committedBytes() const { return committedBytes_; }
  std::size_t effectiveCount() const { return effectiveCount_; }
  std::size_t effectiveBytes() const { return effectiveBytes_; }
  AmfObject committed() const;
  AmfObject effective() const;

 private:
  using Slots = std::map<std::string, Slot>;

  /// What may be sent, oldest first.
  std::vector<Slots::iterator> waiting();
  /// Runs `change` on the slot, keeps the sums, and forgets the slot if nothing is left of it.
  template <class Change>
  auto change(const std::string& name, Change change);

  Slots slots_;
  std::size_t outstanding_ = 0;
  std::size_t outstandingBytes_ = 0;
  std::size_t queued_ = 0;
  std::size_t committedCount_ = 0;
  std::size_t committedBytes_ = 0;
  std::size_t effectiveCount_ = 0;
  std::size_t effectiveBytes_ = 0;
  std::uint64_t orders_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t groups_ = 0;
};

}  // namespace multiconnection::session
