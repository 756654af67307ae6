#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "integration/array_support.hpp"

namespace multiconnection::test {

/// Media time from one frame to the next.
constexpr std::chrono::milliseconds kFrameTime{10};

/// Frame `number` of the stream of these tests; every tenth is a key frame.
MediaMessage frame(std::uint32_t number);

/// Feeds a stream, several times as fast as it would be played, but no faster than the sound
/// servers take it, until it is stopped. Watches meanwhile what is held for it.
class Pump {
 public:
  /// What was held at most.
  struct Peak {
    std::size_t queueBytes = 0;  ///< For one server.
    std::chrono::milliseconds queueTime{0};
    std::size_t heap = 0;
  };

  Pump(MultiConnection& array, std::size_t faulty);
  ~Pump();
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  void start();
  /// @return how many frames there are.
  std::uint32_t stop();
  /// Waits until so many more frames went out. @return false at the limit.
  bool waitForMore(std::uint32_t frames);
  Peak peak() const { return peak_; }  ///< Once it has stopped.

 private:
  void run();
  /// Whether the sound servers keep up.
  bool look();

  MultiConnection& array_;
  const std::size_t faulty_;
  std::shared_ptr<PacketSource> source_ = PacketSource::create();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::uint32_t frames_ = 0;
  Peak peak_;
  std::thread thread_;
};

}  // namespace multiconnection::test
