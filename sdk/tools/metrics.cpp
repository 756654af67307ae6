#include "tools/metrics.hpp"

#include <utility>

#include "tools/json_events.hpp"
#include "tools/metrics_text.hpp"
#include "tools/reporter.hpp"

namespace multiconnection::tools {

Result<std::unique_ptr<MetricsServer>> listenForMetrics(
    const std::optional<ListenAddress>& address) {
  if (!address) return std::unique_ptr<MetricsServer>();
  return MetricsServer::listen(*address);
}

void serveFigures(MetricsServer& server, std::function<std::string()> page, Output& output,
                  bool json) {
  const auto place = server.address();
  output.line(json ? jsonOfMetrics(place.address, place.port, wallTime())
                   : "metrics at http://" + textOf(place) + "/metrics");
  server.start(std::move(page));
}

void serveFigures(MetricsServer& server, const MultiConnection& array, Output& output, bool json) {
  serveFigures(
      server, [&array] { return metricsText(array.statistics()); }, output, json);
}

}  // namespace multiconnection::tools
