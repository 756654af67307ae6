#include "fault/shared_rate.hpp"

#include <algorithm>
#include <mutex>

#include "multiconnection/link_emulator.hpp"

namespace multiconnection {

using Clock = std::chrono::steady_clock;

Clock::duration fault::timeOf(std::size_t bytes, std::uint64_t bitsPerSecond) {
  if (bitsPerSecond == 0) return {};
  const std::chrono::duration<double> taken(static_cast<double>(bytes) * 8 /
                                            static_cast<double>(bitsPerSecond));
  return std::chrono::duration_cast<Clock::duration>(taken);
}

class SharedRate::Impl {
 public:
  explicit Impl(std::uint64_t bitsPerSecond) : bitsPerSecond_(bitsPerSecond) {}

  void set(std::uint64_t bitsPerSecond) {
    const std::lock_guard lock(mutex_);
    bitsPerSecond_ = bitsPerSecond;
  }
  Clock::time_point take(std::size_t bytes, Clock::time_point from) {
    const std::lock_guard lock(mutex_);
    free_ = std::max(free_, from) + fault::timeOf(bytes, bitsPerSecond_);
    return free_;
  }

 private:
  std::mutex mutex_;
  std::uint64_t bitsPerSecond_;
  Clock::time_point free_{};  ///< It has carried what went before.
};

SharedRate::SharedRate(std::uint64_t bitsPerSecond)
    : impl_(std::make_unique<Impl>(bitsPerSecond)) {}
SharedRate::~SharedRate() = default;

void SharedRate::set(std::uint64_t bitsPerSecond) { impl_->set(bitsPerSecond); }
Clock::time_point SharedRate::take(std::size_t bytes, Clock::time_point from) {
  return impl_->take(bytes, from);
}

}  // namespace multiconnection
