#include "client/media_inbox.hpp"

#include <utility>

namespace multiconnection::client {
namespace {

constexpr std::size_t kFullBytes = 8u << 20;
constexpr std::size_t kRoomBytes = kFullBytes / 2;
/// Messages in a row, before the events that wait get their turn.
constexpr int kMessagesPerTask = 64;
/// About what a message takes beside its body: empty ones are not free.
constexpr std::size_t kMessageOverhead = 128;

std::size_t costOf(const MediaMessage& message) { return message.body->size() + kMessageOverhead; }

}  // namespace

MediaInbox::MediaInbox(std::shared_ptr<util::SerialExecutor> executor, MediaHandler handler,
                       std::function<void()> onRoom)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {
  state_->handler = std::move(handler);
  state_->onRoom = std::move(onRoom);
}

bool MediaInbox::push(MediaMessage message) {
  bool idle = false;
  bool full = false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->bytes += costOf(message);
    state_->waiting.push_back(std::move(message));
    state_->full = state_->full || state_->bytes > kFullBytes;
    idle = !std::exchange(state_->scheduled, true);
    full = state_->full;
  }
  if (idle) schedule(executor_, state_);
  return !full;
}

void MediaInbox::schedule(const std::shared_ptr<util::SerialExecutor>& executor,
                          const std::shared_ptr<State>& state) {
  executor->post([executor, state] {
    bool more = true;
    try {
      more = deliverSome(*state);
    } catch (...) {
      schedule(executor, state);  // the next message does not suffer
      throw;
    }
    if (more) schedule(executor, state);
  });
}

bool MediaInbox::deliverSome(State& state) {
  for (int count = 0; count < kMessagesPerTask; ++count) {
    MediaMessage message;
    bool room = false;
    {
      const std::lock_guard lock(state.mutex);
      if (state.waiting.empty()) {
        state.scheduled = false;
        return false;
      }
      message = std::move(state.waiting.front());
      state.waiting.pop_front();
      state.bytes -= costOf(message);
      room = state.full && state.bytes <= kRoomBytes;
      if (room) state.full = false;
    }
    if (room) state.onRoom();
    state.handler(message);
  }
  return true;
}

}  // namespace multiconnection::client
