#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "fault/world.hpp"

#define MC_SEEN __attribute__((visibility("default")))

// The clock of the machine belongs to everyone on it, so what is set here is what this process sees
// of it: a program's own functions stand before the C library's, for its libraries too.
namespace {
std::atomic<long> clockShift{0};
}

extern "C" MC_SEEN int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += clockShift;
  return static_cast<int>(result);
}

extern "C" MC_SEEN int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

extern "C" MC_SEEN time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

namespace multiconnection::test {

void shiftSystemClock(std::chrono::seconds by) { clockShift = by.count(); }

}  // namespace multiconnection::test
