#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/sync.hpp"
#include "session/remote_shared_object.hpp"
#include "shared_object/write_history.hpp"

namespace multiconnection::shared_object {

/// One shared object over the servers of an array: writes go to all copies, and what others change
/// on one goes to the other ones as the mode has it.
class Mirror {
 public:
  using Clock = std::chrono::steady_clock;
  /// What a step wants done, by server.
  using Actions = std::vector<std::pair<ServerId, session::SharedObjectActions>>;

  Mirror(std::string name, Persistence persistence, SharedObjectOptions options)
      : name_(std::move(name)), persistence_(persistence), options_(options) {}

  const std::string& name() const { return name_; }
  Persistence persistence() const { return persistence_; }
  const SharedObjectOptions& options() const { return options_; }

  /// The array connects: these are its servers, in their order.
  void begin(const std::vector<ServerId>& servers, Clock::time_point now);
  /// The array is closed: what the servers had is forgotten.
  void end();
  /// @param place  how many of the others it comes behind.
  void addServer(ServerId server, std::size_t place, Clock::time_point now);
  void removeServer(ServerId server) {
    std::erase_if(copies_, [&](const Copy& copy) { return copy.server == server; });
  }

  void onConnected(ServerId server, Clock::time_point now, Actions& out);
  void onLost(ServerId server);
  void onMessage(ServerId server, const rtmp::SharedObjectMessage& message, Clock::time_point now,
                 Actions& out);
  std::optional<Clock::time_point> deadline() const;
  void onTick(Clock::time_point now, Actions& out);
  /// Leaves the object on that server.
  void release(ServerId server, Actions& out);

  /// @return as MultiSharedObject::set(). Null and Undefined delete.
  Result<void> set(const std::vector<AmfObject::Member>& slots, Clock::time_point now,
                   Actions& out);
  void clear(Clock::time_point now, Actions& out);
  /// @return as MultiSharedObject::send().
  Result<void> send(const std::string& handler, const std::vector<AmfValue>& arguments,
                    Actions& out);

  AmfValue get(const std::string& slot) const;
  AmfObject data() const;
  std::size_t bytes() const;
  std::vector<std::string> divergent() const;
  /// Null when there is no such server.
  const session::RemoteSharedObject* copy(ServerId server) const;

 private:
  using Remote = session::RemoteSharedObject;
  using Done = session::SharedObjectActions;
  struct Copy {
    ServerId server = 0;
    Remote remote;
    std::map<std::string, AmfValue> refused;  ///< Not written again.
  };
  using Copies = std::vector<Copy>;
  /// Writes for the other servers, by place.
  using Writes = std::map<std::size_t, std::vector<session::SlotWrite>>;

  Copy makeCopy(ServerId server) const;
  void writeUnsent(Clock::time_point now);
  void noteWritten(const std::vector<session::SlotWrite>& slots);
  Copies::iterator find(ServerId server);
  const Copy* primary() const;
  /// Whose values are read.
  const Copy* view() const;
  Result<void> check(const std::vector<session::SlotWrite>& slots) const;
  std::size_t countOf(const std::string& slot, std::size_t& bytes) const;
  void writeAll(const std::vector<session::SlotWrite>& slots, Clock::time_point now, Actions& out);
  void perform(const Writes& writes, Clock::time_point now, Actions& out);

  // What the mode makes of a message.
  Writes propagate(Copy& from, const Done& done, Clock::time_point now);
  static void noteRefusals(Copy& from, const Done& done);
  void fillFirst(const Copy& from, Writes& writes) const;
  void mirror(const Copy& from, const Done& done, Clock::time_point now, Writes& writes);
  void followPrimary(const Copy& from, const Done& done, Clock::time_point now, Writes& writes);
  void undo(const Copy& from, const std::string& slot, Clock::time_point now, Writes& writes);
  void fill(const Copy& from, const Done& done, Writes& writes) const;
  void spread(const Copy& from, const std::string& slot, Clock::time_point now, Writes& writes);
  /// Writes `value` where it is not yet.
  void write(const Copy& to, const std::string& slot, const AmfValue& value, Writes& writes) const;
  /// Whether writing `value` once more may be one turn of an endless dispute with another mirroring
  /// client. Then the slot is left alone until reconcile().
  bool isDisputed(const Copy& from, const std::string& slot, const AmfValue& value,
                  Clock::time_point now);
  void reconcile(Clock::time_point now, Actions& out);
  std::size_t rankOf(const std::string& slot, const AmfValue& value) const;
  const AmfValue& valueElsewhere(const Copy& from, const std::string& slot) const;
  std::set<std::string> namesElsewhere(const Copy& from) const;
  static std::vector<std::string> changedSlots(const Copy& from, const Done& done);
  Clock::duration window() const;
  std::size_t placeOf(const Copy& copy) const {
    return static_cast<std::size_t>(&copy - copies_.data());
  }

  const std::string name_;
  const Persistence persistence_;
  const SharedObjectOptions options_;
  Copies copies_;  ///< In the array's order.
  /// Written while there were no servers.
  std::map<std::string, session::SlotWrite> unsent_;
  std::set<std::string> written_;  ///< Slots that the application has set.
  static constexpr std::size_t kManyWritten = 4096;
  std::size_t manyWritten_ =
      kManyWritten;  ///< When those that nobody has any more are to be forgotten.
  std::map<std::string, WriteHistory> histories_;
  struct Dispute {
    ServerId server = 0;  ///< Whose value is to go everywhere.
    Clock::time_point due{};
  };
  std::map<std::string, Dispute> disputes_;
};

}  // namespace multiconnection::shared_object
