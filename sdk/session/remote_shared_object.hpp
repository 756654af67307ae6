#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/sync.hpp"
#include "rtmp/message/shared_object.hpp"
#include "session/actions.hpp"
#include "session/shared_slots.hpp"

namespace multiconnection::session {

/// What a step of a server's copy wants done.
struct SharedObjectActions {
  struct Message {
    std::string handler;
    std::vector<AmfValue> arguments;
  };
  std::vector<rtmp::SharedObjectMessage> send;
  std::vector<SyncChange> changes;
  bool snapshot = false;                 ///< `changes`, which may be none, are the answer to `use`.
  bool first = false;                    ///< And the first one of this server.
  std::vector<std::string> deletedAway;  ///< Slots that others deleted while we were away.
  /// What the server refused of `changes` that it would refuse again.
  std::vector<std::pair<std::string, AmfValue>> refused;
  std::vector<Status> statuses;
  std::vector<Message> messages;
};

/// One server's copy of a remote SharedObject, over any number of connections.
///
///   Waiting --onConnected--> Using --answered--> Ready
///      ^                       |---refused, no answer in time--> Failed --answered late--> Ready
///      |--onLost, release (from any)
///
/// Writes wait, the last value of each slot, while the copy is not Ready. What a lost connection
/// left unanswered is sent again over the next one, unless the server has it already, or somebody
/// else changed the slot meanwhile. What the server had accepted is sent again where it lost it; a
/// persistent object whose version did not go back has lost nothing: what lacks there was deleted.
///
/// Servers differ: Red5 and crtmpserver order the events of their answer to `use` differently, Red5
/// leaves Clear out for persistent objects, and version numbers start and step in different ways.
class RemoteSharedObject {
 public:
  using Clock = std::chrono::steady_clock;
  using State = SharedObjectReport::State;

  /// Writes under way to one server; more wait, and collapse.
  static constexpr std::size_t kMaxOutstanding = 1024;
  /// That wait for a server of which nothing is known.
  static constexpr std::size_t kMaxDeletions = 65536;

  RemoteSharedObject(std::string name, Persistence persistence, SharedObjectOptions options)
      : name_(std::move(name)), persistence_(persistence), options_(options) {}

  /// There is a connection: uses the object on it.
  void onConnected(Clock::time_point now, SharedObjectActions& out);
  void onLost();
  void onMessage(const rtmp::SharedObjectMessage& message, Clock::time_point now,
                 SharedObjectActions& out);
  std::optional<Clock::time_point> deadline() const;
  /// To be called at the deadline.
  void onTick(Clock::time_point now, SharedObjectActions& out);

  /// Writes slots, in one message if that can be. Deleting one that is not there does nothing.
  /// @param together  whether the refusal of one is that of all.
  void write(const std::vector<SlotWrite>& slots, Clock::time_point now, SharedObjectActions& out,
             bool together = true);
  /// Only when Ready.
  void sendMessage(const std::string& handler, std::vector<AmfValue> arguments,
                   SharedObjectActions& out) const;
  /// Leaves the object, if it is used.
  void release(SharedObjectActions& out);

  State state() const { return state_; }
  bool isReady() const { return state_ == State::Ready; }
  /// Whether the server has told its content once.
  bool isKnown() const { return known_; }
  std::uint32_t version() const { return version_; }
  /// The server's value; Undefined: it has none.
  const AmfValue& committed(const std::string& slot) const;
  /// The value once all that was written here is accepted.
  const AmfValue& effective(const std::string& slot) const;
  bool hasOwnWrite(const std::string& slot) const;
  const SharedSlots& slots() const { return slots_; }
  /// Writes that wait or are under way.
  std::size_t unacknowledged() const { return slots_.outstanding() + slots_.queued(); }
  /// From sending a write to its answer: the longest of late.
  Clock::duration latency() const { return latency_; }

 private:
  void onEvent(const rtmp::SharedObjectEvent& event, std::uint32_t version, Clock::time_point now,
               SharedObjectActions& out);
  void onChange(const rtmp::SharedObjectEvent& event, std::uint32_t version,
                SharedObjectActions& out);
  void onSuccess(const std::string& name, std::uint32_t version, Clock::time_point now,
                 SharedObjectActions& out);
  void onRemove(const std::string& name, std::uint32_t version, Clock::time_point now,
                SharedObjectActions& out);
  void noteLatency(Clock::duration latency);
  void endDeletion(const std::string& name, Clock::time_point now);
  void onStatus(const rtmp::SharedObjectMessage& message, std::size_t place, std::size_t& said,
                SharedObjectActions& out);
  void onRefusal(const rtmp::SharedObjectMessage& message, std::size_t place, std::size_t& said,
                 SharedObjectActions& out);
  bool isNoneRefused(const rtmp::SharedObjectMessage& message, std::size_t place) const;
  static std::optional<std::string> refusedSlot(const rtmp::SharedObjectMessage& message,
                                                std::size_t place);
  /// All of the oldest message, or what it has of one slot; but what the server has taken of it.
  /// @return how many writes.
  std::size_t reject(const std::optional<std::string>& only, const std::set<std::string>& taken,
                     SharedObjectActions& out);
  void takeSnapshot(const rtmp::SharedObjectMessage& message, SharedObjectActions& out);
  void takeSlot(const std::string& name, const AmfValue& value, std::uint32_t version, bool livedOn,
                SharedObjectActions& out);
  void settleQueued(const std::string& name, const AmfValue& before, bool livedOn,
                    SharedObjectActions& out);
  void limitSize(SharedObjectActions& out);
  bool lacks(const std::string& name) const;
  void flush(Clock::time_point now, SharedObjectActions& out);
  bool sendQueued(Clock::time_point now, SharedObjectActions& out);
  std::optional<Clock::time_point> sendDue() const;
  rtmp::SharedObjectMessage message() const;

  std::string name_;
  Persistence persistence_;
  SharedObjectOptions options_;
  State state_ = State::Waiting;
  bool known_ = false;
  bool ignoring_ = false;  ///< Until the next connection: the copy is too large.
  std::uint32_t version_ = 0;
  SharedSlots slots_;
  std::optional<Clock::time_point> useDeadline_;
  std::optional<Clock::time_point> lastSent_;  ///< Writes, over this connection.
  Clock::duration latency_{0};
};

}  // namespace multiconnection::session
