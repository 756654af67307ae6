#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "multiconnection/log.hpp"

namespace multiconnection::client {

/// The application's log: passes on what is important enough, as single lines. Any thread; no lock
/// is held while a line is taken.
class LogSink {
 public:
  using Function = std::function<void(LogLevel, std::string_view)>;

  LogSink(Function function, LogLevel least) : function_(std::move(function)), least_(least) {}

  /// Whether a line of that level is wanted: asked before an expensive one is made.
  bool takes(LogLevel level) const { return function_ && level >= least_ && !closed_; }
  /// Control characters of foreign texts become '?'. What the application's function throws is
  /// dropped: there is nobody to tell.
  void write(LogLevel level, std::string_view line) const noexcept;
  /// No line is passed on any more.
  void close() { closed_ = true; }

 private:
  const Function function_;
  const LogLevel least_;
  std::atomic<bool> closed_{false};
};

/// Makes few lines of something that may happen thousands of times a second: the first is told at
/// once, then at most one line in each period.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RateLimit(std::chrono::milliseconds period) : period_(period) {}

  /// @param total  a counter that only grows; a smaller value: it began anew.
  /// @return what came since the last line, if it is time for one and there is any.
  std::optional<std::uint64_t> due(std::uint64_t total, Clock::time_point now);
  /// What came since the last line, whenever that was: for the end.
  std::optional<std::uint64_t> rest(std::uint64_t total);

 private:
  const std::chrono::milliseconds period_;
  std::uint64_t told_ = 0;
  std::optional<Clock::time_point> last_;
};

/// Of lines about one server's dropped messages, or its missing answers.
constexpr std::chrono::milliseconds kLinePeriod{1000};

}  // namespace multiconnection::client
