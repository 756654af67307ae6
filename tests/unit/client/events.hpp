#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "multiconnection/multi_connection.hpp"

namespace multiconnection {

constexpr std::chrono::seconds kLimit{30};

/// Collects events and waits for them. The slots share what it collects: one may still run when it
/// goes, before the array does.
class Events {
 public:
  explicit Events(MultiConnection& array) {
    array.onStatus([seen = seen_](const StatusEvent& event) { seen->add(event); });
    array.onServerStatus([seen = seen_](const StatusEvent& event) { seen->add(event); });
  }
  bool waitFor(StatusCode code, std::size_t times = 1, std::chrono::milliseconds limit = kLimit) {
    std::unique_lock lock(seen_->mutex);
    return seen_->changed.wait_for(lock, limit, [&] { return seen_->count(code) >= times; });
  }
  std::size_t count(StatusCode code) {
    const std::lock_guard lock(seen_->mutex);
    return seen_->count(code);
  }
  StatusEvent first(StatusCode code) {
    const std::lock_guard lock(seen_->mutex);
    for (const StatusEvent& event : seen_->events) {
      if (event.code == code) return event;
    }
    return {};
  }

 private:
  struct Seen {
    void add(const StatusEvent& event) {
      const std::lock_guard lock(mutex);
      events.push_back(event);
      changed.notify_all();
    }
    std::size_t count(StatusCode code) const {
      std::size_t count = 0;
      for (const StatusEvent& event : events) count += event.code == code ? 1 : 0;
      return count;
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<StatusEvent> events;
  };
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

inline std::string url(std::uint16_t port) {
  return "rtmp://127.0.0.1:" + std::to_string(port) + "/live";
}

}  // namespace multiconnection
