#include "client/sync_hub.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::client {
namespace {

constexpr std::size_t kMaxWaiting = 10000;

}  // namespace

void addChanges(SyncEvent& event, SyncEvent&& later) {
  if (later.snapshot) {  // tells all there is
    event.changes = std::move(later.changes);
    event.snapshot = true;
    return;
  }
  for (SyncChange& change : later.changes) {
    const auto same = std::find_if(
        event.changes.begin(), event.changes.end(),
        [&](const auto& old) { return old.code == change.code && old.slot == change.slot; });
    if (same != event.changes.end()) {
      change.oldValue = std::move(same->oldValue);
      event.changes.erase(same);
    }
    event.changes.push_back(std::move(change));
  }
  event.server = std::move(later.server);
}

SyncHub::SyncHub(std::shared_ptr<util::SerialExecutor> executor, std::shared_ptr<const LogSink> log)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {
  state_->log = std::move(log);
}

boost::signals2::connection SyncHub::onSync(const SyncSlot& slot) {
  return state_->sync.connect(slot);
}

boost::signals2::connection SyncHub::onStatus(const SharedObjectStatusSlot& slot) {
  return state_->status.connect(slot);
}

void SyncHub::onMessage(const std::string& handler, SharedMessageHandler onMessage) {
  const std::lock_guard lock(state_->mutex);
  if (onMessage) {
    state_->handlers[handler] = std::make_shared<const SharedMessageHandler>(std::move(onMessage));
  } else {
    state_->handlers.erase(handler);
  }
}

void SyncHub::raise(SyncEvent event) {
  {
    const std::lock_guard lock(state_->mutex);
    auto& waiting = state_->waiting;
    if (waiting.size() >= kMaxWaiting) {
      const auto newest = std::find_if(waiting.rbegin(), waiting.rend(), [&](const Item& item) {
        const auto* other = std::get_if<SyncEvent>(&item);
        return other != nullptr && other->server.id == event.server.id;
      });
      if (newest != waiting.rend())
        return addChanges(std::get<SyncEvent>(*newest), std::move(event));
    }
  }
  enqueue(std::move(event));
}

void SyncHub::raise(StatusEvent event) { enqueue(std::move(event)); }

void SyncHub::raise(SharedMessage message) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->handlers.count(message.handler) == 0) return;
    if (state_->waiting.size() >= kMaxWaiting) {
      const auto count = state_->lines.due(++state_->dropped, RateLimit::Clock::now());
      if (count) {
        state_->log->write(LogLevel::Warning, "shared object " + message.name + ": " +
                                                  std::to_string(*count) + " messages dropped, " +
                                                  std::to_string(kMaxWaiting) + " wait");
      }
      return;
    }
  }
  enqueue(std::move(message));
}

void SyncHub::enqueue(Item item) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->waiting.push_back(std::move(item));
    if (std::exchange(state_->scheduled, true)) return;
  }
  schedule(executor_, state_);
}

void SyncHub::schedule(const std::shared_ptr<util::SerialExecutor>& executor,
                       const std::shared_ptr<State>& state) {
  // One task at a time, one event each: an application's executor is neither flooded nor held up.
  executor->post([executor, state] {
    if (deliverOne(*state)) schedule(executor, state);
  });
}

bool SyncHub::deliverOne(State& state) {
  Item item;
  {
    const std::lock_guard lock(state.mutex);
    item = std::move(state.waiting.front());
    state.waiting.pop_front();
  }
  if (deliver(state, item) != 0) {
    state.log->write(LogLevel::Error, "a slot of a shared object threw an exception");
  }
  const std::lock_guard lock(state.mutex);
  state.scheduled = !state.waiting.empty();
  return state.scheduled;
}

/// @return how many slots threw.
std::size_t SyncHub::deliver(State& state, const Item& item) {
  if (const auto* event = std::get_if<SyncEvent>(&item)) return state.sync(*event);
  if (const auto* event = std::get_if<StatusEvent>(&item)) return state.status(*event);
  const auto& message = std::get<SharedMessage>(item);
  std::shared_ptr<const SharedMessageHandler> handler;
  {
    const std::lock_guard lock(state.mutex);
    const auto found = state.handlers.find(message.handler);
    if (found == state.handlers.end()) return 0;
    handler = found->second;
  }
  try {
    (*handler)(message);
    return 0;
  } catch (...) {
    return 1;
  }
}

}  // namespace multiconnection::client
