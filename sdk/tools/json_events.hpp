#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/link_emulator.hpp"
#include "multiconnection/statistics.hpp"
#include "multiconnection/status.hpp"
#include "tools/call_result.hpp"
#include "tools/check_result.hpp"
#include "tools/play_counters.hpp"
#include "tools/share_result.hpp"

namespace multiconnection::tools {

/// Milliseconds since 1970-01-01 00:00 UTC: time_ms of every line.
using WallTime = std::chrono::milliseconds;

// Each gives one JSON object on one line, without its line break.

/// An event of the array: "setup", "publish" or "aggregate".
std::string jsonOfArrayEvent(const StatusEvent& event, WallTime time);
/// An event of one server: "server". The event must name its server.
std::string jsonOfServerEvent(const StatusEvent& event, WallTime time);
/// "stats" or "summary" of a publisher.
std::string jsonOfStatistics(std::string_view event, const std::vector<ServerStatistics>& servers,
                             WallTime time);
/// "stats" or "summary" of a player.
std::string jsonOfCounters(std::string_view event, const PlayCounters& counters, WallTime time);
/// "check": one server.
std::string jsonOfCheck(const CheckResult& result, WallTime time);
/// "reply": one server's answer to a call, or why there is none.
std::string jsonOfCall(const CallResult& result, WallTime time);
/// "summary" of a call.
std::string jsonOfVerdict(const CallVerdict& verdict, WallTime time);
// Of a shared object: "object", one server's verdict; "value" of a slot; "summary"; and, while
// watching, "sync" and "message".
std::string jsonOfShare(const ShareResult& result, WallTime time);
std::string jsonOfValue(const SharedValue& value, WallTime time);
std::string jsonOfShareVerdict(const std::string& name, std::size_t acknowledged,
                               std::size_t servers, WallTime time);
std::string jsonOfSync(const SyncEvent& event, WallTime time);
std::string jsonOfMessage(const SharedMessage& message, WallTime time);
/// "listening"
std::string jsonOfListening(const std::string& address, std::uint16_t port, WallTime time);
/// "metrics": where figures are served.
std::string jsonOfMetrics(const std::string& address, std::uint16_t port, WallTime time);
// Of a link: "listening"; what of its script was carried out; "stats" and "summary".
std::string jsonOfLinkListening(const std::string& address, std::uint16_t port, std::uint64_t seed,
                                WallTime time);
std::string jsonOfLinkStep(std::size_t line, const std::string& text, WallTime time);
std::string jsonOfLinkCounters(std::string_view event, const LinkCounters& counters, WallTime time);
/// "missed": events of clients that were not printed because nobody read them.
std::string jsonOfMissed(std::uint64_t count, WallTime time);

}  // namespace multiconnection::tools
