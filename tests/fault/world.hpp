#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "multiconnection/error.hpp"

namespace multiconnection::test {

/// A world of this process's own: network namespaces with a cable between them, a name server, a
/// disk that can be filled, a clock that can be set. All of it ends with the process.
class World {
 public:
  static constexpr const char* kFarAddress = "10.77.0.2";    ///< At the cable's other end.
  static constexpr const char* kLostAddress = "10.78.0.1";   ///< The way there ends in nothing.
  static constexpr const char* kNoWayAddress = "192.0.2.1";  ///< There is no way at all.
  static constexpr const char* kName = "server.test";        ///< The name server knows it.
  enum class Names { Answered, Unknown, Silent };

  /// Before any other thread runs.
  static Result<std::unique_ptr<World>> create();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Runs a task at the far end: what listens there, or starts a thread, stays there.
  void atFarEnd(const std::function<void()>& task);
  void cutCable(bool cut);
  void setNames(Names names);
  /// Folders for recordings: with room for everything, and with hardly any.
  std::string disk() const;
  std::string smallDisk() const;

 private:
  class Impl;
  explicit World(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Sets what every part of this process takes for the system's clock, that far from the right time.
void shiftSystemClock(std::chrono::seconds by);

/// While it lives, this process opens no file and no socket.
class NoMoreFiles {
 public:
  NoMoreFiles();
  ~NoMoreFiles();
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;

 private:
  unsigned long before_ = 0;
};

/// Bytes in use; 0 under a sanitizer, which has a heap of its own.
std::size_t heapInUse();

/// What this process holds.
struct Holdings {
  std::size_t threads = 0;
  std::size_t files = 0;
  std::size_t heap = 0;
  static Holdings now();
};

}  // namespace multiconnection::test
