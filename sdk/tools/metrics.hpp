#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "multiconnection/multi_connection.hpp"
#include "tools/metrics_server.hpp"
#include "tools/output.hpp"

namespace multiconnection::tools {

/// Takes the address of --metrics before anything else is opened; null where none is given.
Result<std::unique_ptr<MetricsServer>> listenForMetrics(
    const std::optional<ListenAddress>& address);

/// Prints where the figures are, and serves them.
/// @param page  makes them, on the server's thread, until the server goes.
void serveFigures(MetricsServer& server, std::function<std::string()> page, Output& output,
                  bool json);
/// Those of the array, which has to outlive the server.
void serveFigures(MetricsServer& server, const MultiConnection& array, Output& output, bool json);

}  // namespace multiconnection::tools
