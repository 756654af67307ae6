#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <vector>

/// What the programs of the shared-object benchmark print, as JSON.
namespace multiconnection::benchmark {

using Clock = std::chrono::steady_clock;

inline constexpr std::size_t kCallWindow = 256;  ///< Calls under way.

/// Time, and processor time of this process, since it was made.
class Watch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  double cpu() const { return used() - used_; }

 private:
  static double used() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
  const Clock::time_point start_ = Clock::now();
  const double used_ = used();
};

class Latencies {
 public:
  void add(Clock::duration time) {
    all_.push_back(std::chrono::duration<double, std::micro>(time).count());
  }
  void print(const Watch& watch) {
    std::sort(all_.begin(), all_.end());
    std::printf("{\"p50_us\": %.1f, \"p99_us\": %.1f, \"cpu\": %.6f}\n", at(0.5), at(0.99),
                watch.cpu());
    std::fflush(stdout);
  }

 private:
  double at(double part) const {
    return all_.at(static_cast<std::size_t>(part * static_cast<double>(all_.size() - 1)));
  }
  std::vector<double> all_;
};

inline void printCalls(std::size_t count, const Watch& watch) {
  std::printf("{\"calls\": %zu, \"seconds\": %.6f, \"cpu\": %.6f}\n", count, watch.seconds(),
              watch.cpu());
  std::fflush(stdout);
}

}  // namespace multiconnection::benchmark
