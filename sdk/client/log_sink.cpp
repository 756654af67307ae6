#include "client/log_sink.hpp"

#include <algorithm>
#include <string>

namespace multiconnection::client {
namespace {

bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

void LogSink::write(LogLevel level, std::string_view line) const noexcept {
  if (!takes(level)) return;
  try {
    if (std::none_of(line.begin(), line.end(), isControl)) return function_(level, line);
    std::string clean(line);
    std::replace_if(clean.begin(), clean.end(), isControl, '?');
    function_(level, clean);
  } catch (...) {
    return;
  }
}

std::optional<std::uint64_t> RateLimit::due(std::uint64_t total, Clock::time_point now) {
  if (last_ && now - *last_ < period_) return std::nullopt;
  const auto count = rest(total);
  if (count) last_ = now;
  return count;
}

std::optional<std::uint64_t> RateLimit::rest(std::uint64_t total) {
  if (total < told_) told_ = 0;
  if (total == told_) return std::nullopt;
  const std::uint64_t count = total - told_;
  told_ = total;
  return count;
}

}  // namespace multiconnection::client
