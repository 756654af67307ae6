#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/client_state.hpp"
#include "client/shared_mirror.hpp"
#include "multiconnection/shared_object.hpp"

namespace multiconnection::client {

/// What MultiSharedObject forwards to: works on the mirror at once and has the loop send what that
/// wants sent. Any thread.
class SharedObjectClient {
 public:
  SharedObjectClient(std::shared_ptr<ClientState> state, std::shared_ptr<SharedMirror> mirror)
      : state_(std::move(state)), mirror_(std::move(mirror)) {}
  ~SharedObjectClient() { close(); }
  SharedObjectClient(const SharedObjectClient&) = delete;
  SharedObjectClient& operator=(const SharedObjectClient&) = delete;

  Result<void> set(const std::vector<AmfObject::Member>& slots);
  Result<void> clear();
  Result<void> send(const std::string& handler, const std::vector<AmfValue>& arguments);
  /// The first listener is told what there is: it may come later than the servers' answers.
  boost::signals2::connection onSync(const SyncSlot& slot);
  void close();
  bool isClosed() const { return closed_; }
  SharedMirror& mirror() { return *mirror_; }
  const SharedMirror& mirror() const { return *mirror_; }

 private:
  /// Runs `step(Mirror&, Mirror::Actions&)`. @return what it returns; Errc::InvalidState once
  /// nothing can come of it.
  template <class Step>
  Result<void> change(const char* what, Step step);
  Result<void> check(const char* what) const;
  void wake();
  /// Runs `task(SharedObjectEngine&)` on the loop's thread, unless nothing can come of it.
  template <class Task>
  void post(Task task);

  const std::shared_ptr<ClientState> state_;
  const std::shared_ptr<SharedMirror> mirror_;
  std::atomic<bool> closed_{false};
};

}  // namespace multiconnection::client
