#pragma once

#include <boost/signals2/signal.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "client/log_sink.hpp"
#include "multiconnection/multi_connection.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::client {

/// Calls every slot; one that throws hides nothing from the next.
struct CallEach {
  using result_type = std::size_t;  ///< How many slots threw.
  template <class Iterator>
  std::size_t operator()(Iterator slot, Iterator end) const {
    std::size_t thrown = 0;
    for (; slot != end; ++slot) {
      try {
        *slot;
      } catch (...) {
        ++thrown;
      }
    }
    return thrown;
  }
};

/// Carries events from the loop to the application's slots: in order, one at a time, on the event
/// thread or the application's executor. Any thread.
class StatusHub {
 public:
  StatusHub(std::shared_ptr<util::SerialExecutor> executor, std::shared_ptr<const LogSink> log);

  boost::signals2::connection onStatus(const StatusSlot& slot);
  boost::signals2::connection onServerStatus(const StatusSlot& slot);
  /// Queues the event; at most about 10,000 wait, then equal older ones merge into it.
  void raise(StatusEvent event);
  const LogSink& log() const { return *state_->log; }
  /// Waits until every event raised so far went through its slots. @return whether that was so in
  /// time. Not from inside a slot.
  bool waitDelivered(std::chrono::steady_clock::time_point deadline);

 private:
  using Signal = boost::signals2::signal<void(const StatusEvent&), CallEach>;
  struct State {
    std::mutex mutex;
    std::condition_variable delivered;
    std::deque<StatusEvent> waiting;
    bool scheduled = false;  ///< A task is on its way, or runs.
    Signal array;
    Signal server;
    std::shared_ptr<const LogSink> log;
  };
  static void schedule(const std::shared_ptr<util::SerialExecutor>& executor,
                       const std::shared_ptr<State>& state);
  static bool deliverOne(State& state);

  std::shared_ptr<util::SerialExecutor> executor_;
  std::shared_ptr<State> state_;
};

/// Whether both are about the same: code, server, stream, shared object.
bool haveSameSubject(const StatusEvent& left, const StatusEvent& right);

/// Puts the newest event behind the waiting ones; when there are too many, the oldest one with the
/// same code of the same server goes, and is counted in the new one.
void enqueueMerging(std::deque<StatusEvent>& waiting, StatusEvent event, std::size_t limit);

}  // namespace multiconnection::client
