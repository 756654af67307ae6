#include "tools/json_events.hpp"

#include <nlohmann/json.hpp>

#include "tools/json_values.hpp"

namespace multiconnection::tools {
namespace {

// Members stay in the order in which they are set.
using Json = nlohmann::ordered_json;

Json begin(std::string_view event, WallTime time) {
  return {{"event", event}, {"time_ms", time.count()}};
}

std::string_view codeOf(StatusCode code, const std::string& text) {
  return text.empty() ? codeName(code) : std::string_view(text);
}

void addServer(Json& json, std::size_t index, const std::string& url, ServerState state,
               std::string_view code, const std::string& reason,
               std::chrono::milliseconds elapsed) {
  json["server"] = index;
  json["url"] = url;
  json["state"] = stateName(state);
  json["code"] = code;
  json["reason"] = reason;
  json["elapsed_ms"] = elapsed.count();
}

template <class Duration>
Json countOrNull(const std::optional<Duration>& time) {
  return time ? Json(time->count()) : Json();
}

/// Of a report, or of figures.
template <class Server>
void addTrouble(Json& json, const Server& server) {
  json["troubled_ms"] = countOrNull(server.troubledFor);
  json["next_try_ms"] = countOrNull(server.nextTry);
}

/// Which server it is.
void addPlace(Json& json, std::size_t index, const std::string& url) {
  json["server"] = index;
  json["url"] = url;
}

/// Where its connection is.
void addPlace(Json& json, const ServerReport& report) {
  if (!report.movedTo.empty()) json["moved_to"] = report.movedTo;
  if (report.backup != 0) json["backup"] = report.backup;
}

Json jsonOfReport(const ServerReport& report) {
  Json json;
  addServer(json, report.index, report.url, report.state, codeOf(report.code, report.codeText),
            report.reason, report.elapsed);
  addTrouble(json, report);
  addPlace(json, report);
  return json;
}

Json jsonOfServer(const ServerStatistics& server) {
  Json json;
  addServer(json, server.index, server.url, server.state, codeOf(server.code, server.codeText),
            server.reason, server.elapsed);
  addTrouble(json, server);
  json["state_ms"] = server.inState.count();
  json["bytes"] = server.bytesSent;
  json["bytes_received"] = server.bytesReceived;
  json["audio_messages"] = server.audioMessages;
  json["video_messages"] = server.videoMessages;
  json["data_messages"] = server.dataMessages;
  json["dropped_messages"] = server.droppedAudio + server.droppedVideo;
  json["queue_ms"] = server.queueTime.count();
  json["lag_ms"] = server.lag.count();
  json["queue_bytes"] = server.queueBytes;
  json["dropped_audio"] = server.droppedAudio;
  json["dropped_video"] = server.droppedVideo;
  json["bytes_acknowledged"] = server.bytesAcknowledged;
  json["bitrate_bps"] = server.bitrateBps;
  json["bitrate_10s_bps"] = server.bitrate10sBps;
  json["bitrate_60s_bps"] = server.bitrate60sBps;
  json["rtt_us"] = countOrNull(server.roundTripTime);
  json["reconnects"] = server.reconnects;
  json["backup"] = server.backup;
  json["standby"] = server.standby;
  json["last_error"] = server.lastError;
  json["yielding"] = server.yielding;
  return json;
}

std::string_view arrayEventName(StatusCode code) {
  switch (code) {
    case StatusCode::SetupSuccess:
    case StatusCode::SetupFailed:
      return "setup";
    case StatusCode::StreamPublishSuccess:
    case StatusCode::StreamPublishFailed:
      return "publish";
    default:
      return "aggregate";
  }
}

/// Of a shared object on one server.
Json beginObject(std::string_view event, const std::string& name, const ServerReport& server,
                 WallTime time) {
  Json json = begin(event, time);
  json["name"] = name;
  addPlace(json, server.index, server.url);
  return json;
}

Json namesOf(const std::vector<Codec>& codecs) {
  Json names = Json::array();
  for (const Codec codec : codecs) names.push_back(codecName(codec));
  return names;
}

Json placed(std::string_view event, const std::string& address, std::uint16_t port, WallTime time) {
  Json json = begin(event, time);
  json["address"] = address;
  json["port"] = port;
  return json;
}

std::string_view publishName(CheckResult::Publish publish) {
  switch (publish) {
    case CheckResult::Publish::Allowed:
      return "allowed";
    case CheckResult::Publish::Refused:
      return "refused";
    case CheckResult::Publish::NoAnswer:
      return "no_answer";
    default:
      return "not_asked";
  }
}

}  // namespace

std::string jsonOfArrayEvent(const StatusEvent& event, WallTime time) {
  const auto name = arrayEventName(event.code);
  Json json = begin(name, time);
  json["code"] = codeOf(event.code, event.codeText);
  if (name != "aggregate") json["elapsed_ms"] = event.elapsed.count();
  json["servers"] = Json::array();
  for (const auto& server : event.servers) json["servers"].push_back(jsonOfReport(server));
  return textOfJson(json);
}

std::string jsonOfServerEvent(const StatusEvent& event, WallTime time) {
  Json json = begin("server", time);
  const auto& report = event.server.value();
  // The event's own words come first: the report tells the last decisive ones.
  addServer(json, report.index, report.url, report.state, codeOf(event.code, event.codeText),
            event.reason.empty() ? report.reason : event.reason, report.elapsed);
  addTrouble(json, report);
  addPlace(json, report);
  if (!event.sharedObject.empty()) json["shared_object"] = event.sharedObject;
  return textOfJson(json);
}

std::string jsonOfStatistics(std::string_view event, const std::vector<ServerStatistics>& servers,
                             WallTime time) {
  Json json = begin(event, time);
  json["servers"] = Json::array();
  for (const auto& server : servers) json["servers"].push_back(jsonOfServer(server));
  return textOfJson(json);
}

std::string jsonOfCounters(std::string_view event, const PlayCounters& counters, WallTime time) {
  Json json = begin(event, time);
  json["audio_messages"] = counters.audioMessages;
  json["video_messages"] = counters.videoMessages;
  json["data_messages"] = counters.dataMessages;
  json["bytes"] = counters.bytes;
  return textOfJson(json);
}

std::string jsonOfCheck(const CheckResult& result, WallTime time) {
  Json json = begin("check", time);
  json["server"] = result.server;
  json["url"] = result.url;
  json["connected"] = result.connected;
  json["publish"] = publishName(result.publish);
  json["codecs"] = namesOf(result.codecs);
  json["refused_codecs"] = namesOf(result.refusedCodecs);
  json["code"] = result.code;
  json["reason"] = result.reason;
  json["elapsed_ms"] = result.elapsed.count();
  return textOfJson(json);
}

std::string jsonOfCall(const CallResult& result, WallTime time) {
  Json json = begin("reply", time);
  json["server"] = result.server;
  json["url"] = result.url;
  json["outcome"] = outcomeName(result.outcome);
  json["elapsed_ms"] = result.elapsed.count();
  json["values"] = Json::array();
  for (const AmfValue& value : result.values) json["values"].push_back(jsonOfAmf(value));
  json["error"] = jsonOfAmf(result.errorInfo);
  json["reason"] = result.reason;
  return textOfJson(json);
}

std::string jsonOfVerdict(const CallVerdict& verdict, WallTime time) {
  Json json = begin("summary", time);
  json["method"] = verdict.method;
  json["results"] = verdict.results;
  json["needed"] = verdict.needed;
  json["servers"] = verdict.servers;
  return textOfJson(json);
}

std::string jsonOfShare(const ShareResult& result, WallTime time) {
  Json json = begin("object", time);
  addPlace(json, result.server, result.url);
  json["outcome"] = outcomeName(result.outcome);
  json["elapsed_ms"] = result.elapsed.count();
  json["version"] = result.version;
  json["own_connection"] = result.ownConnection;
  json["reason"] = result.reason;
  return textOfJson(json);
}

std::string jsonOfValue(const SharedValue& value, WallTime time) {
  Json json = begin("value", time);
  json["slot"] = value.slot;
  json["divergent"] = value.divergent();
  json["servers"] = Json::array();
  for (const auto& copy : value.copies) {
    Json& server = json["servers"].emplace_back();
    addPlace(server, copy.server, copy.url);
    server["value"] = jsonOfAmf(copy.value);
  }
  return textOfJson(json);
}

std::string jsonOfShareVerdict(const std::string& name, std::size_t acknowledged,
                               std::size_t servers, WallTime time) {
  Json json = begin("summary", time);
  json["name"] = name;
  json["acknowledged"] = acknowledged;
  json["servers"] = servers;
  return textOfJson(json);
}

std::string jsonOfSync(const SyncEvent& event, WallTime time) {
  Json json = beginObject("sync", event.name, event.server, time);
  json["snapshot"] = event.snapshot;
  json["changes"] = Json::array();
  for (const auto& change : event.changes) {
    json["changes"].push_back({{"code", codeName(change.code)},
                               {"slot", change.slot},
                               {"value", jsonOfAmf(change.value)},
                               {"old_value", jsonOfAmf(change.oldValue)}});
  }
  return textOfJson(json);
}

std::string jsonOfMessage(const SharedMessage& message, WallTime time) {
  Json json = beginObject("message", message.name, message.server, time);
  json["handler"] = message.handler;
  json["arguments"] = Json::array();
  for (const auto& argument : message.arguments) {
    json["arguments"].push_back(jsonOfAmf(argument));
  }
  return textOfJson(json);
}

std::string jsonOfListening(const std::string& address, std::uint16_t port, WallTime time) {
  return textOfJson(placed("listening", address, port, time));
}

std::string jsonOfLinkListening(const std::string& address, std::uint16_t port, std::uint64_t seed,
                                WallTime time) {
  Json json = placed("listening", address, port, time);
  json["seed"] = seed;
  return textOfJson(json);
}

std::string jsonOfMetrics(const std::string& address, std::uint16_t port, WallTime time) {
  return textOfJson(placed("metrics", address, port, time));
}

std::string jsonOfLinkStep(std::size_t line, const std::string& text, WallTime time) {
  Json json = begin("step", time);
  json["line"] = line;
  json["text"] = text;
  return textOfJson(json);
}

std::string jsonOfLinkCounters(std::string_view event, const LinkCounters& counters,
                               WallTime time) {
  Json json = begin(event, time);
  json["connections"] = counters.connections;
  json["open"] = counters.open;
  json["bytes_up"] = counters.bytesUp;
  json["bytes_down"] = counters.bytesDown;
  return textOfJson(json);
}

std::string jsonOfMissed(std::uint64_t count, WallTime time) {
  Json json = begin("missed", time);
  json["count"] = count;
  return textOfJson(json);
}

}  // namespace multiconnection::tools
