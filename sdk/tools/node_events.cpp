#include "tools/node_events.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/printable.hpp"

namespace multiconnection::tools {
namespace {

/// What follows a '?' as ***: tokens travel there.
std::string withoutQuery(const std::string& name) {
  const auto query = name.find('?');
  return query == std::string::npos ? name : name.substr(0, query) + "?***";
}

}  // namespace

std::string textOfNodeEvent(const NodeEvent& event) {
  std::ostringstream out;
  out << "client " << event.client << ' ' << event.peer << ' ' << kindName(event.kind);
  if (!event.app.empty()) out << ' ' << withoutQuery(event.app);
  if (!event.streamName.empty()) out << '/' << withoutQuery(event.streamName);
  if (!event.reason.empty()) out << ": " << event.reason;
  return printable(out.str());
}

std::string jsonOfNodeEvent(const NodeEvent& event, WallTime time) {
  const nlohmann::ordered_json json{{"event", "client"},
                                    {"time_ms", time.count()},
                                    {"kind", kindName(event.kind)},
                                    {"client", event.client},
                                    {"peer", event.peer},
                                    {"app", withoutQuery(event.app)},
                                    {"stream", withoutQuery(event.streamName)},
                                    {"reason", event.reason}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace multiconnection::tools
