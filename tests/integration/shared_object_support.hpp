#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "integration/array_support.hpp"

namespace multiconnection::test {

inline ConnectOptions quick() {
  ConnectOptions options;
  options.reconnect.initial = std::chrono::milliseconds(20);
  options.reconnect.cap = std::chrono::milliseconds(200);
  return options;
}

/// A shared object, and what its listeners were told.
struct Shared {
  Shared(MultiConnection& array, const std::string& name = "board",
         Persistence persistence = Persistence::Temporary, const SharedObjectOptions& options = {})
      : object(array.sharedObject(name, persistence, options).value()) {
    sync = object.onSync([all = syncs](const SyncEvent& event) { all.add(event); });
    status = object.onStatus([all = statuses](const StatusEvent& event) { all.add(event); });
  }
  bool waitReady(std::size_t servers) {
    return waitFor([&](const auto& all) {
      std::set<std::size_t> ready;
      for (const SyncEvent& event : all) {
        if (event.snapshot) ready.insert(event.server.index);
      }
      return ready.size() >= servers;
    });
  }
  bool waitFor(const std::function<bool(const std::vector<SyncEvent>&)>& enough) {
    return syncs.waitUntil(enough);
  }
  /// Waits until each of so many servers has told that of the slot.
  bool waitFor(SyncChange::Code code, const std::string& slot, const AmfValue& value,
               std::size_t servers) {
    return waitFor([&](const auto& all) {
      std::set<std::size_t> told;
      for (const SyncEvent& event : all) {
        for (const SyncChange& change : event.changes) {
          if (change.code == code && change.slot == slot && change.value == value) {
            told.insert(event.server.index);
          }
        }
      }
      return told.size() >= servers;
    });
  }
  bool waitStatus(StatusCode code, std::size_t times = 1) {
    return statuses.waitUntil([&](const auto& all) {
      return std::count_if(all.begin(), all.end(), [&](const StatusEvent& event) {
               return event.code == code;
             }) >= static_cast<std::ptrdiff_t>(times);
    });
  }
  AmfValue on(std::size_t server, const std::string& slot) const {
    return object.servers().at(server).slots[slot];
  }

  MultiSharedObject object;
  Collector<SyncEvent> syncs;
  Collector<StatusEvent> statuses;
  boost::signals2::scoped_connection sync;
  boost::signals2::scoped_connection status;
};

}  // namespace multiconnection::test
