#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "multiconnection/statistics.hpp"
#include "multiconnection/status.hpp"
#include "tools/output.hpp"

namespace multiconnection::tools {

/// Shows a publisher's events and figures: as JSON, as lines, or as a table.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void arrayEvent(const StatusEvent& event) = 0;
  virtual void serverEvent(const StatusEvent& event) = 0;
  /// Every period().
  virtual void statistics(const std::vector<ServerStatistics>& servers) = 0;
  virtual void summary(const std::vector<ServerStatistics>& servers) = 0;
  virtual std::chrono::milliseconds period() const = 0;
};

std::unique_ptr<Reporter> makeJsonReporter(Output& output);
std::unique_ptr<Reporter> makeLineReporter(Output& output);
/// A table on standard output that stays in place, below the lines of events.
/// @param required  servers that the policy asks for.
std::unique_ptr<Reporter> makeTableReporter(Output& output, std::size_t required);
/// What makes the cursor visible again after a table.
inline constexpr char kShowCursor[] = "\x1b[?25h";

/// Now, for time_ms.
std::chrono::milliseconds wallTime();

}  // namespace multiconnection::tools
