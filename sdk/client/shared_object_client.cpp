#include "client/shared_object_client.hpp"

#include "client/server_config.hpp"

namespace multiconnection::client {

using Phase = ClientState::Phase;
using shared_object::Mirror;

Result<void> SharedObjectClient::check(const char* what) const {
  if (closed_) return wrongMoment(std::string(what) + ": the shared object is closed");
  const std::lock_guard lock(state_->mutex);
  if (state_->phase == Phase::Gone) return wrongMoment(std::string(what) + ": the array is gone");
  return {};
}

template <class Step>
Result<void> SharedObjectClient::change(const char* what, Step step) {
  if (auto done = check(what); !done) return done;
  Mirror::Actions actions;
  Result<void> done = mirror_->change(step, actions);
  if (done) wake();
  return done;
}

template <class Task>
void SharedObjectClient::post(Task task) {
  const std::lock_guard lock(state_->mutex);
  if (state_->phase == Phase::Gone || !state_->loop) return;
  state_->loop->post([state = state_.get(), task] { task(state->engine->sharedObjects()); });
}

void SharedObjectClient::wake() {
  if (!mirror_->wantsFlush()) return;
  post([mirror = mirror_](SharedObjectEngine& engine) { engine.flush(*mirror); });
}

boost::signals2::connection SharedObjectClient::onSync(const SyncSlot& slot) {
  const bool isFirst = !mirror_->hub.isHeard();
  auto connection = mirror_->hub.onSync(slot);
  if (isFirst) {
    post([mirror = mirror_](SharedObjectEngine& engine) { engine.tellContent(*mirror); });
  }
  return connection;
}

Result<void> SharedObjectClient::set(const std::vector<AmfObject::Member>& slots) {
  return change("set", [&](Mirror& mirror, Mirror::Actions& out) {
    return mirror.set(slots, Mirror::Clock::now(), out);
  });
}

Result<void> SharedObjectClient::clear() {
  return change("clear", [&](Mirror& mirror, Mirror::Actions& out) -> Result<void> {
    mirror.clear(Mirror::Clock::now(), out);
    return {};
  });
}

Result<void> SharedObjectClient::send(const std::string& handler,
                                      const std::vector<AmfValue>& arguments) {
  return change("send", [&](Mirror& mirror, Mirror::Actions& out) {
    return mirror.send(handler, arguments, out);
  });
}

void SharedObjectClient::close() {
  if (closed_.exchange(true)) return;
  // What its slots hold does not end on the loop's thread.
  post([mirror = mirror_, executor = state_->executor](SharedObjectEngine& engine) {
    engine.drop(mirror);
    executor->post([mirror] {});
  });
}

}  // namespace multiconnection::client
