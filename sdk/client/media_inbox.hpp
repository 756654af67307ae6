#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "multiconnection/multi_connection.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::client {

/// Carries a played stream from the loop to the application's handler, in order, on the event
/// thread or executor; asks for a pause when the handler does not keep up.
class MediaInbox {
 public:
  /// @param onRoom  called on the event thread when a full inbox has room again.
  MediaInbox(std::shared_ptr<util::SerialExecutor> executor, MediaHandler handler,
             std::function<void()> onRoom);

  /// From the loop. @return whether more may come; false: wait for onRoom.
  bool push(MediaMessage message);

 private:
  struct State {
    MediaHandler handler;
    std::function<void()> onRoom;
    std::mutex mutex;
    std::deque<MediaMessage> waiting;
    std::size_t bytes = 0;
    bool scheduled = false;
    bool full = false;
  };
  static void schedule(const std::shared_ptr<util::SerialExecutor>& executor,
                       const std::shared_ptr<State>& state);
  static bool deliverSome(State& state);

  std::shared_ptr<util::SerialExecutor> executor_;
  std::shared_ptr<State> state_;
};

}  // namespace multiconnection::client
