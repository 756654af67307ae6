#include "tools/node_figures.hpp"

#include <string_view>

namespace multiconnection::tools {
namespace {

using Kind = NodeEvent::Kind;

void beginFamily(std::string& text, const std::string& name, std::string_view type,
                 std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void addGauge(std::string& text, const std::string& name, std::string_view help,
              std::size_t value) {
  beginFamily(text, name, "gauge", help);
  text.append(name).append(" ").append(std::to_string(value)).append("\n");
}

}  // namespace

void NodeFigures::count(const NodeEvent& event) {
  const std::pair what(event.client, event.streamName);
  const auto end = [&what](Running& running) {
    if (const auto found = running.find(what); found != running.end()) running.erase(found);
  };
  const std::lock_guard lock(mutex_);
  ++events_.at(static_cast<std::size_t>(event.kind));
  switch (event.kind) {
    case Kind::Connected:
      clients_.insert(what);
      break;
    case Kind::Closed:
      end(clients_);
      break;
    case Kind::PublishStarted:
      publishers_.insert(what);
      break;
    case Kind::PublishEnded:
      end(publishers_);
      break;
    case Kind::PlayStarted:
      players_.insert(what);
      break;
    case Kind::PlayEnded:
      end(players_);
      break;
    case Kind::RecordStarted:
      recordings_.insert(what);
      break;
    case Kind::RecordEnded:
      end(recordings_);
      break;
    case Kind::SharedObjectUsed:
      ++objects_[{event.app, event.streamName}];
      break;
    case Kind::SharedObjectReleased: {
      const auto found = objects_.find({event.app, event.streamName});
      if (found != objects_.end() && --found->second == 0) objects_.erase(found);
      break;
    }
    case Kind::Refused:
    case Kind::Fault:
    case Kind::SharedObjectFailed:
      break;
  }
}

std::string NodeFigures::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  addGauge(text, "multiconn_node_clients", "Clients that are connected.", clients_.size());
  addGauge(text, "multiconn_node_publishers", "Streams that clients publish.", publishers_.size());
  addGauge(text, "multiconn_node_players", "Streams that clients play.", players_.size());
  addGauge(text, "multiconn_node_recordings", "Streams that are recorded.", recordings_.size());
  addGauge(text, "multiconn_node_shared_objects", "Shared objects that clients use.",
           objects_.size());
  std::size_t users = 0;
  for (const auto& [object, count] : objects_) users += count;
  addGauge(text, "multiconn_node_shared_object_users",
           "Uses of shared objects: each counts each of its clients.", users);
  const std::string events = "multiconn_node_events_total";
  beginFamily(text, events, "counter", "What happened to clients, by kind.");
  for (std::size_t place = 0; place < kKinds; ++place) {
    text.append(events).append("{kind=\"").append(kindName(static_cast<Kind>(place)));
    text.append("\"} ").append(std::to_string(events_.at(place))).append("\n");
  }
  return text;
}

}  // namespace multiconnection::tools
