#pragma once

#include <string>
#include <vector>

#include "multiconnection/statistics.hpp"

namespace multiconnection::tools {

/// What `metricsText()` is, as a Content-Type.
inline constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";

/// The figures of a publisher or player in Prometheus' text format 0.0.4: families named
/// multiconn_server_*, in seconds and bytes, each sample with the labels index, id and url of its
/// server. What is not known (a round trip, the next try) has no sample. Words of servers are in no
/// label: they would be a time series each.
std::string metricsText(const std::vector<ServerStatistics>& servers);

}  // namespace multiconnection::tools
