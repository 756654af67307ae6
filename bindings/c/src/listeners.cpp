#include "listeners.hpp"

#include <string>

namespace multiconnection::c {

SharedUser Listener::user() const {
  const std::lock_guard lock(mutex_);
  return user_;
}

void Listener::stop() noexcept {
  SharedUser last;  // ends behind the lock: it may run the application's function
  const std::lock_guard lock(mutex_);
  last.swap(user_);
}

void Listeners::Registration::end() noexcept {
  connection.disconnect();
  listener->stop();
}

Result<void> Listeners::remove(mc_listener name) {
  Registration removed;
  {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find(name);
    if (found == all_.end()) return invalid("no listener " + std::to_string(name));
    removed = std::move(found->second);
    all_.erase(found);
  }
  removed.end();
  return {};
}

void Listeners::removeAll() {
  std::map<mc_listener, Registration> removed;
  {
    const std::lock_guard lock(mutex_);
    removed.swap(all_);
  }
  for (auto& [name, registration] : removed) registration.end();
}

}  // namespace multiconnection::c
