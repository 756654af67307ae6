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
  const Result<void> done = mirror_->change(step, actions);
  if (done) wake();
  return done;
}

void SharedObjectClient::wake() {
  if (!mirror_->wantsFlush()) return;
  const std::lock_guard lock(state_->mutex);
  if (state_->phase == Phase::Gone || !state_->loop) return;
  state_->loop->post(
      [state = state_.get(), mirror = mirror_] { state->engine->sharedObjects().flush(*mirror); });
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
  const std::lock_guard lock(state_->mutex);
  if (state_->phase == Phase::Gone || !state_->loop) return;
  state_->loop->post(
      [state = state_.get(), mirror = mirror_] { state->engine->sharedObjects().drop(mirror); });
}

}  // namespace multiconnection::client
