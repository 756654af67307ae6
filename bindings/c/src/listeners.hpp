#pragma once

#include <boost/signals2/connection.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "boundary.hpp"
#include "multiconnection_c/array.h"

namespace multiconnection::c {

/// The user pointer of one registered handler. After stop() the handler does not start again.
class Listener {
 public:
  explicit Listener(SharedUser user) noexcept : user_(std::move(user)) {}
  /// Empty once stopped.
  SharedUser user() const;
  void stop() noexcept;

 private:
  mutable std::mutex mutex_;
  SharedUser user_;
};

/// The listeners registered at one handle.
class Listeners {
 public:
  /// @param connect  `connection connect(shared_ptr<Listener>)`: the slot asks it for its user.
  /// @param name  takes the listener's, before the slot can run: it may remove itself by it.
  template <class Connect>
  void add(UserData&& user, mc_listener* name, Connect&& connect) {
    auto listener = std::make_shared<Listener>(share(std::move(user)));
    const std::lock_guard lock(mutex_);
    const mc_listener number = ++last_;
    Registration& registration = all_[number];
    registration.listener = listener;
    if (name != nullptr) *name = number;
    registration.connection = std::forward<Connect>(connect)(listener);
  }
  Result<void> remove(mc_listener name);
  void removeAll();

 private:
  struct Registration {
    void end() noexcept;
    std::shared_ptr<Listener> listener;
    boost::signals2::connection connection;
  };
  std::mutex mutex_;  ///< Guards what follows.
  std::map<mc_listener, Registration> all_;
  mc_listener last_ = 0;
};

}  // namespace multiconnection::c
