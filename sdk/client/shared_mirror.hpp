#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/sync_hub.hpp"
#include "shared_object/mirror.hpp"

namespace multiconnection::client {

/// A mirror that any thread may use. What a step wants sent waits, in order, for the loop; only the
/// loop's own steps have something to tell.
class SharedMirror {
 public:
  using Mirror = shared_object::Mirror;
  using Outgoing = std::pair<ServerId, rtmp::SharedObjectMessage>;

  SharedMirror(std::string name, Persistence persistence, const SharedObjectOptions& options,
               std::shared_ptr<util::SerialExecutor> executor, std::shared_ptr<const LogSink> log)
      : hub(std::move(executor), std::move(log)), mirror_(std::move(name), persistence, options) {}

  const std::string& name() const { return mirror_.name(); }
  Persistence persistence() const { return mirror_.persistence(); }

  /// Runs `step(Mirror&, Mirror::Actions&)`, and queues what it wants sent.
  template <class Step>
  auto change(Step step, Mirror::Actions& actions) {
    const std::lock_guard lock(mutex_);
    struct Queue {
      ~Queue() { self.queue(actions); }
      SharedMirror& self;
      Mirror::Actions& actions;
    } queue{*this, actions};
    return step(mirror_, actions);
  }
  /// Runs `question(const Mirror&)`.
  template <class Question>
  auto read(Question question) const {
    const std::lock_guard lock(mutex_);
    return question(mirror_);
  }

  /// Something waits to be sent, or for its time, and nobody has been told yet.
  bool wantsFlush();

  // Loop's thread.
  std::deque<Outgoing> takeOutgoing();
  /// The connection is gone, and with it what waits for that.
  void onLost(ServerId server);
  /// What a report says of a server beside its copy.
  struct Place {
    std::size_t index = 0;
    bool own = false;
    bool off = false;
  };
  void setPlace(ServerId server, const Place& place);
  void forgetPlace(ServerId server);

  std::vector<SharedObjectReport> reports() const;

  SyncHub hub;

 private:
  void queue(Mirror::Actions& actions);

  mutable std::mutex mutex_;
  Mirror mirror_;
  std::deque<Outgoing> outgoing_;
  bool flushTold_ = false;
  std::map<ServerId, Place> places_;
};

}  // namespace multiconnection::client
