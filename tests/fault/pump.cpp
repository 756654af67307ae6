#include "fault/pump.hpp"

#include <algorithm>

#include "fault/world.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPause = 2ms;             ///< From one frame to the next, in real time.
constexpr std::uint32_t kLookEvery = 5;  ///< Frames.
/// A sound server that is further behind is waited for: this is no test of the machine's speed.
constexpr auto kNear = 150ms;

}  // namespace

MediaMessage frame(std::uint32_t number) {
  return {MediaKind::Video, number * kFrameTime, videoFrame(number).body};
}

Pump::Pump(MultiConnection& array, std::size_t faulty) : array_(array), faulty_(faulty) {
  EXPECT_TRUE(array_.stream().attach(source_));
}

Pump::~Pump() { stop(); }

void Pump::start() {
  EXPECT_TRUE(source_->push(videoHeader()));
  thread_ = std::thread([this] { run(); });
}

std::uint32_t Pump::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  return frames_;
}

bool Pump::waitForMore(std::uint32_t frames) {
  std::unique_lock lock(mutex_);
  const std::uint32_t wanted = frames_ + frames;
  return changed_.wait_for(lock, kLimit, [&] { return frames_ >= wanted; });
}

bool Pump::look() {
  bool near = true;
  for (const ServerStatistics& server : array_.statistics()) {
    peak_.queueBytes = std::max(peak_.queueBytes, server.queueBytes);
    peak_.queueTime = std::max(peak_.queueTime, server.queueTime);
    near = near && (server.index == faulty_ || server.lag < kNear);
  }
  peak_.heap = std::max(peak_.heap, heapInUse());
  return near;
}

void Pump::run() {
  bool near = true;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (near) {
      EXPECT_TRUE(source_->push(frame(frames_)));
      ++frames_;
      changed_.notify_all();
    }
    changed_.wait_for(lock, kPause, [this] { return stopping_; });
    if (near && frames_ % kLookEvery != 0) continue;
    lock.unlock();
    near = look();
    lock.lock();
  }
}

}  // namespace multiconnection::test
