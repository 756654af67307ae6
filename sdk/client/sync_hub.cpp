#include "client/sync_hub.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::client {
namespace {

constexpr std::size_t kMaxWaiting = 10000;
constexpr std::size_t kMaxWaitingBytes = std::size_t{64} << 20;
constexpr std::size_t kValueBytes = sizeof(AmfValue);

std::size_t bytesOf(const AmfValue& value) {
  std::size_t bytes = kValueBytes;
  if (const auto* text = value.get<std::string>()) {
    bytes += text->size();
  } else if (const auto* document = value.get<AmfXml>()) {
    bytes += document->text.size();
  } else if (const auto* raw = value.get<std::vector<std::uint8_t>>()) {
    bytes += raw->size();
  } else if (const auto* array = value.get<AmfArray>()) {
    for (const AmfValue& element : *array) bytes += bytesOf(element);
  } else if (const auto* object = value.get<AmfObject>()) {
    for (const auto& [name, member] : *object) bytes += name.size() + bytesOf(member);
  }
  return bytes;
}

std::size_t bytesOf(const SyncEvent& event) {
  std::size_t bytes = 0;
  for (const SyncChange& change : event.changes) {
    bytes += change.slot.size() + bytesOf(change.value) + bytesOf(change.oldValue);
  }
  return bytes;
}

std::size_t bytesOf(const StatusEvent& event) { return event.reason.size(); }

std::size_t bytesOf(const SharedMessage& message) {
  std::size_t bytes = 0;
  for (const AmfValue& argument : message.arguments) bytes += bytesOf(argument);
  return bytes;
}

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
  // The one before goes when nothing is locked: what it holds may use this.
  std::shared_ptr<const SharedMessageHandler> other;
  if (onMessage) other = std::make_shared<const SharedMessageHandler>(std::move(onMessage));
  const std::lock_guard lock(state_->mutex);
  const bool wanted = other != nullptr;
  state_->handlers[handler].swap(other);
  if (!wanted) state_->handlers.erase(handler);
}

bool SyncHub::State::isFull() const {
  return waiting.size() >= kMaxWaiting || waitingBytes >= kMaxWaitingBytes;
}

void SyncHub::State::add(Happening what) {
  const std::size_t bytes = std::visit([](const auto& held) { return bytesOf(held); }, what);
  waiting.push_back({std::move(what), bytes});
  waitingBytes += bytes;
}

SyncHub::Happening SyncHub::State::take(const std::deque<Item>::iterator& item) {
  Happening what = std::move(item->what);
  waitingBytes -= item->bytes;
  waiting.erase(item);
  return what;
}

bool SyncHub::State::addToNewest(SyncEvent& event) {
  const auto newest = std::find_if(waiting.rbegin(), waiting.rend(), [&](const Item& item) {
    const auto* other = std::get_if<SyncEvent>(&item.what);
    return other != nullptr && other->server.id == event.server.id;
  });
  if (newest == waiting.rend()) return false;
  auto& joined = std::get<SyncEvent>(newest->what);
  addChanges(joined, std::move(event));
  waitingBytes -= std::exchange(newest->bytes, bytesOf(joined));
  waitingBytes += newest->bytes;
  return true;
}

void SyncHub::State::replaceOldest(StatusEvent& event) {
  const auto oldest = std::find_if(waiting.begin(), waiting.end(), [&](const Item& item) {
    const auto* other = std::get_if<StatusEvent>(&item.what);
    return other != nullptr && haveSameSubject(*other, event);
  });
  if (oldest == waiting.end()) return;
  event.repeats += std::get<StatusEvent>(take(oldest)).repeats + 1;
}

template <class Join>
void SyncHub::enqueue(Happening what, Join join) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->isFull() && join(*state_, what)) return;
    state_->add(std::move(what));
    if (std::exchange(state_->scheduled, true)) return;
  }
  schedule(executor_, state_);
}

void SyncHub::raise(SyncEvent event) {
  enqueue(std::move(event), [](State& state, Happening& what) {
    return state.addToNewest(std::get<SyncEvent>(what));
  });
}

void SyncHub::raise(StatusEvent event) {
  enqueue(std::move(event), [](State& state, Happening& what) {
    state.replaceOldest(std::get<StatusEvent>(what));
    return false;
  });
}

void SyncHub::raise(SharedMessage message) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->handlers.count(message.handler) == 0) return;
  }
  const std::string name = message.name;
  std::optional<std::uint64_t> dropped;
  enqueue(std::move(message), [&](State& state, Happening& /*what*/) {
    dropped = state.lines.due(++state.dropped, RateLimit::Clock::now());
    return true;
  });
  if (!dropped) return;
  state_->log->write(LogLevel::Warning, "shared object " + name + ": " + std::to_string(*dropped) +
                                            " messages dropped, too much waits");
}

void SyncHub::schedule(const std::shared_ptr<util::SerialExecutor>& executor,
                       const std::shared_ptr<State>& state) {
  // One task at a time, one event each: an application's executor is neither flooded nor held up.
  executor->post([executor, state] {
    if (deliverOne(*state)) schedule(executor, state);
  });
}

bool SyncHub::deliverOne(State& state) {
  Happening what;
  {
    const std::lock_guard lock(state.mutex);
    what = state.take(state.waiting.begin());
  }
  if (deliver(state, what) != 0) {
    state.log->write(LogLevel::Error, "a slot of a shared object threw an exception");
  }
  const std::lock_guard lock(state.mutex);
  state.scheduled = !state.waiting.empty();
  return state.scheduled;
}

/// @return how many slots threw.
std::size_t SyncHub::deliver(State& state, const Happening& what) {
  if (const auto* event = std::get_if<SyncEvent>(&what)) return state.sync(*event);
  if (const auto* event = std::get_if<StatusEvent>(&what)) return state.status(*event);
  const auto& message = std::get<SharedMessage>(what);
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
