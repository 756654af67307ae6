#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "fault/world.hpp"

namespace multiconnection::test {

/// The name server of this process's world: 127.0.0.1:53. Every name is that of 127.0.0.1.
class NameServer {
 public:
  static Result<std::unique_ptr<NameServer>> start();
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  void set(World::Names names) { names_ = names; }

 private:
  explicit NameServer(int socket);
  void serve();

  const int socket_;
  std::atomic<World::Names> names_ = World::Names::Answered;
  std::thread thread_;
};

}  // namespace multiconnection::test
