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

  /// Each queues one. When about 10,000 wait, changes are added to the newest event of the same
  /// server, and messages are dropped.
  void raise(SyncEvent event);
  void raise(StatusEvent event);
  void raise(SharedMessage message);

 private:
  using Item = std::variant<SyncEvent, StatusEvent, SharedMessage>;
  struct State {
    std::mutex mutex;
    std::deque<Item> waiting;
    bool scheduled = false;  ///< A task is on its way, or runs.
    boost::signals2::signal<void(const SyncEvent&), CallEach> sync;
    boost::signals2::signal<void(const StatusEvent&), CallEach> status;
    std::map<std::string, std::shared_ptr<const SharedMessageHandler>> handlers;
    std::uint64_t dropped = 0;
    RateLimit lines{kLinePeriod};
    std::shared_ptr<const LogSink> log;
  };
  void enqueue(Item item);
  static void schedule(const std::shared_ptr<util::SerialExecutor>& executor,
                       const std::shared_ptr<State>& state);
  static bool deliverOne(State& state);
  static std::size_t deliver(State& state, const Item& item);

  std::shared_ptr<util::SerialExecutor> executor_;
  std::shared_ptr<State> state_;
};

/// Adds to an event what a later one of the same server brought: of a slot that changed in both the
/// first old value and the last new one stay.
void addChanges(SyncEvent& event, SyncEvent&& later);

}  // namespace multiconnection::client
