#include "client/status_hub.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "client/server_text.hpp"

namespace multiconnection::client {
namespace {

constexpr std::size_t kMaxWaiting = 10000;

LogLevel logLevelOf(StatusLevel level) {
  switch (level) {
    case StatusLevel::Error:
      return LogLevel::Error;
    case StatusLevel::Warning:
      return LogLevel::Warning;
    case StatusLevel::Status:
      break;
  }
  return LogLevel::Info;
}

}  // namespace

bool haveSameSubject(const StatusEvent& left, const StatusEvent& right) {
  if (left.server.has_value() != right.server.has_value()) return false;
  return left.code == right.code && left.stream == right.stream &&
         left.sharedObject == right.sharedObject &&
         left.sharedObjectConnection == right.sharedObjectConnection &&
         (!left.server || left.server->id == right.server->id);
}

void enqueueMerging(std::deque<StatusEvent>& waiting, StatusEvent event, std::size_t limit) {
  if (waiting.size() >= limit) {
    const auto older = std::find_if(waiting.begin(), waiting.end(), [&](const StatusEvent& other) {
      return haveSameSubject(other, event);
    });
    if (older != waiting.end()) {
      event.repeats += older->repeats + 1;
      waiting.erase(older);
    }
  }
  waiting.push_back(std::move(event));
}

StatusHub::StatusHub(std::shared_ptr<util::SerialExecutor> executor,
                     std::shared_ptr<const LogSink> log)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {
  state_->log = std::move(log);
}

boost::signals2::connection StatusHub::onStatus(const StatusSlot& slot) {
  return state_->array.connect(slot);
}

boost::signals2::connection StatusHub::onServerStatus(const StatusSlot& slot) {
  return state_->server.connect(slot);
}

void StatusHub::raise(StatusEvent event) {
  const LogLevel level = logLevelOf(event.level);
  if (state_->log->takes(level)) {
    std::ostringstream line;
    if (event.stream) line << streamPrefix(*event.stream);
    if (event.sharedObjectConnection) line << streamPrefix(kSharedObjectStream);
    if (!event.sharedObject.empty()) line << "shared object " << event.sharedObject << ": ";
    if (event.server) line << "server " << event.server->index << ": ";
    line << event;
    state_->log->write(level, line.str());
  }
  {
    const std::lock_guard lock(state_->mutex);
    enqueueMerging(state_->waiting, std::move(event), kMaxWaiting);
    if (std::exchange(state_->scheduled, true)) return;
  }
  schedule(executor_, state_);
}

void StatusHub::schedule(const std::shared_ptr<util::SerialExecutor>& executor,
                         const std::shared_ptr<State>& state) {
  // One task at a time, one event each: an application's executor is neither flooded nor held up.
  executor->post([executor, state] {
    if (deliverOne(*state)) schedule(executor, state);
  });
}

bool StatusHub::deliverOne(State& state) {
  StatusEvent event;
  {
    const std::lock_guard lock(state.mutex);
    event = std::move(state.waiting.front());
    state.waiting.pop_front();
  }
  const std::size_t thrown = event.server ? state.server(event) : state.array(event);
  if (thrown != 0) {
    state.log->write(LogLevel::Error, "a status slot threw an exception at " + event.codeText);
  }
  const std::lock_guard lock(state.mutex);
  state.scheduled = !state.waiting.empty();
  if (!state.scheduled) state.delivered.notify_all();
  return state.scheduled;
}

bool StatusHub::waitDelivered(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(state_->mutex);
  return state_->delivered.wait_until(lock, deadline, [this] { return !state_->scheduled; });
}

}  // namespace multiconnection::client
