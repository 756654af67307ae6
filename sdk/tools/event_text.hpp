#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/statistics.hpp"
#include "multiconnection/status.hpp"
#include "tools/play_counters.hpp"

namespace multiconnection::tools {

// Each gives one line for people, without its line break.

/// "NetConnection.Setup.Failed after 41 ms, 1 of 2 servers connected: why"
std::string textOfArrayEvent(const StatusEvent& event);
/// What a verdict of failure does not say itself: one line for each server that is not up.
std::vector<std::string> textsOfServersDown(const StatusEvent& event);
/// "server 1 rtmp://b/live/*** NetConnection.Connect.Rejected after 41 ms: why"
std::string textOfServerEvent(const StatusEvent& event);
/// "server 0 rtmp://a/live/*** closed: 1234 bytes, 10 audio and 20 video messages, 0 dropped"
std::string textOfServerSummary(const ServerStatistics& server);
/// "server 1 rtmp://b/chat timed out after 3 ms", of "timed_out"
std::string textOfOutcome(std::size_t server, const std::string& url, std::string_view outcome,
                          std::chrono::milliseconds elapsed);
std::string textOfCounters(const PlayCounters& counters);

}  // namespace multiconnection::tools
