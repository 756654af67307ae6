#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace multiconnection::transport {

using namespace std::chrono_literals;

inline constexpr std::chrono::seconds kLimit{20};

/// The reactor of a test: runs until what the test waits for has happened, or kLimit is over.
class Loop {
 public:
  boost::asio::io_context io;

  /// False when the limit came first.
  [[nodiscard]] bool runUntil(const std::function<bool()>& reached) {
    bool expired = false;
    boost::asio::steady_timer limit(io, kLimit);
    limit.async_wait([&](const boost::system::error_code& error) { expired = !error; });
    while (!reached() && !expired) {
      io.restart();
      io.run_one();
    }
    const bool result = reached();
    limit.cancel();
    io.restart();
    io.poll();
    return result;
  }

  /// Lets everything happen that is due by then.
  void runFor(std::chrono::milliseconds time) {
    io.restart();
    io.run_for(time);
  }
};

inline std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// Entries of a folder of /proc/self: "fd" or "task".
inline std::size_t countOf(const std::string& what) {
  // The thread sanitizer's own thread starts with the first one of the program.
  [[maybe_unused]] static const bool once = (std::thread([] {}).join(), true);
  const std::filesystem::directory_iterator entries("/proc/self/" + what);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

/// A thread that was joined may be listed for a moment longer.
inline std::size_t threadsWithin(std::size_t expected) {
  const auto limit = in(kLimit);
  while (countOf("task") > expected && std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  return countOf("task");
}

}  // namespace multiconnection::transport
