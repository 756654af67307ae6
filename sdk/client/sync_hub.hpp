#pragma once

#include <boost/signals2/signal.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "client/log_sink.hpp"
#include "client/status_hub.hpp"
#include "multiconnection/shared_object.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::client {

/// Carries what happens to one shared object from the loop to the application: in order, one at a
/// time, on the event thread or the application's executor. Any thread.
class SyncHub {
 public:
  SyncHub(std::shared_ptr<util::SerialExecutor> executor, std::shared_ptr<const LogSink> log);

  boost::signals2::connection onSync(const SyncSlot& slot);
  /// Whether anybody is told of changes.
  bool isHeard() const { return !state_->sync.empty(); }
  boost::signals2::connection onStatus(const SharedObjectStatusSlot& slot);
  void onMessage(const std::string& handler, SharedMessageHandler onMessage);

  /// Each queues one. When about 10,000 wait, or 64 MiB, changes are added to the newest event of
  /// the same server, a status takes the place of an older one like it, and messages are dropped.
  void raise(SyncEvent event);
  void raise(StatusEvent event);
  void raise(SharedMessage message);

 private:
  using Happening = std::variant<SyncEvent, StatusEvent, SharedMessage>;
  struct Item {
    Happening what;
    std::size_t bytes = 0;  ///< Of its values, roughly.
  };
  struct State {
    // With the mutex held.
    bool isFull() const;
    void add(Happening what);
    Happening take(const std::deque<Item>::iterator& item);
    /// @return false when there is none of that server.
    bool addToNewest(SyncEvent& event);
    /// Takes out the oldest one like it, which then counts as a repeat.
    void replaceOldest(StatusEvent& event);

    std::mutex mutex;
    std::deque<Item> waiting;
    std::size_t waitingBytes = 0;
    bool scheduled = false;  ///< A task is on its way, or runs.
    boost::signals2::signal<void(const SyncEvent&), CallEach> sync;
    boost::signals2::signal<void(const StatusEvent&), CallEach> status;
    std::map<std::string, std::shared_ptr<const SharedMessageHandler>> handlers;
    std::uint64_t dropped = 0;
    RateLimit lines{kLinePeriod};
    std::shared_ptr<const LogSink> log;
  };
  /// Queues it; when much waits only if `join(State&, Happening&)` has not seen to it.
  template <class Join>
  void enqueue(Happening what, Join join);
  static void schedule(const std::shared_ptr<util::SerialExecutor>& executor,
                       const std::shared_ptr<State>& state);
  static bool deliverOne(State& state);
  static std::size_t deliver(State& state, const Happening& what);

  std::shared_ptr<util::SerialExecutor> executor_;
  std::shared_ptr<State> state_;
};

/// Adds to an event what a later one of the same server brought: of a slot that changed in both the
/// first old value and the last new one stay.
void addChanges(SyncEvent& event, SyncEvent&& later);

}  // namespace multiconnection::client
