#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "client/array_engine.hpp"
#include "client/server_list.hpp"
#include "reactor/loop.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::client {

/// What the array's and its streams' public halves share: whether calls make sense now, and the way
/// to the loop. A stream's handle may outlive the array.
struct ClientState {
  enum class Phase {
    Idle,
    Open,
    Closing,
    Gone  ///< The array was destroyed: nothing is posted any more.
  };

  std::mutex mutex;  ///< Guards what follows.
  Phase phase = Phase::Idle;
  ServerList servers;
  /// Since startLoop(); outlives every source that is attached.
  std::unique_ptr<reactor::Loop> loop;
  /// The array's, for the first call that needs the loop; not once it is gone.
  std::function<Result<void>()> startLoop;

  std::shared_ptr<util::SerialExecutor> executor;
  std::unique_ptr<ArrayEngine> engine;  ///< Loop's thread only.
};

}  // namespace multiconnection::client
