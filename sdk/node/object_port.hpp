#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "multiconnection/error.hpp"
#include "node/object_service.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::node {

/// How the program's handles reach the shared objects of a node that runs. Any thread.
class ObjectPort {
 public:
  using Step = std::function<void(SharedObjects&, ObjectActions&)>;

  ObjectPort(std::shared_ptr<reactor::Loop> loop, ObjectService& service)
      : loop_(std::move(loop)), service_(service) {}

  /// Has the step done on the loop's thread. @return Errc::InvalidState when the node has stopped.
  Result<void> post(Step step) {
    const std::lock_guard lock(mutex_);
    if (!loop_) return Error{Errc::InvalidState, "the node does not run"};
    loop_->post([&service = service_, step = std::move(step)] { service.act(step); });
    return {};
  }
  /// Nothing is posted any more; what was is done before the service goes.
  void close() {
    const std::lock_guard lock(mutex_);
    loop_.reset();
  }
  std::uint64_t nextHandle() {
    const std::lock_guard lock(mutex_);
    return ++lastHandle_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<reactor::Loop> loop_;  ///< Null: closed.
  ObjectService& service_;
  std::uint64_t lastHandle_ = 0;
};

}  // namespace multiconnection::node
