#include "events.hpp"

#include <cstring>
#include <memory>
#include <sstream>

namespace multiconnection::c {
namespace {

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

mc_level levelOf(StatusLevel level) noexcept {
  static_assert(MC_LEVEL_STATUS == int(StatusLevel::Status) &&
                MC_LEVEL_WARNING == int(StatusLevel::Warning) &&
                MC_LEVEL_ERROR == int(StatusLevel::Error));
  return static_cast<mc_level>(level);
}

}  // namespace

mc_server_state stateOf(ServerState state) noexcept {
  static_assert(MC_STATE_IDLE == int(ServerState::Idle) &&
                MC_STATE_CONNECTING == int(ServerState::Connecting) &&
                MC_STATE_HANDSHAKING == int(ServerState::Handshaking) &&
                MC_STATE_OPENING == int(ServerState::Opening) &&
                MC_STATE_CONNECTED == int(ServerState::Connected) &&
                MC_STATE_PUBLISHING == int(ServerState::Publishing) &&
                MC_STATE_PLAYING == int(ServerState::Playing) &&
                MC_STATE_CLOSING == int(ServerState::Closing) &&
                MC_STATE_CLOSED == int(ServerState::Closed) &&
                MC_STATE_FAILED == int(ServerState::Failed));
  return static_cast<mc_server_state>(state);
}

ReportView::ReportView(const ServerReport& report) : text_(printed(report)) {
  view_.struct_size = sizeof(view_);
  view_.id = report.id;
  view_.index = report.index;
  view_.url = report.url.c_str();
  view_.state = stateOf(report.state);
  view_.code = report.codeText.c_str();
  view_.reason = report.reason.c_str();
  view_.elapsed_ms = report.elapsed.count();
  view_.troubled_ms = countOrNone(report.troubledFor);
  view_.next_try_ms = countOrNone(report.nextTry);
  view_.moved_to = report.movedTo.c_str();
  view_.backup = report.backup;
  view_.text = text_.c_str();
}

EventView::EventView(const StatusEvent& event) : text_(printed(event)) {
  for (const ServerReport& server : event.servers) {
    servers_.push_back(reports_.emplace_back(std::make_unique<ReportView>(server))->get());
  }
  view_.struct_size = sizeof(view_);
  view_.code = event.codeText.c_str();
  view_.level = levelOf(event.level);
  view_.repeats = event.repeats;
  view_.reason = event.reason.c_str();
  if (event.server) {
    view_.server = reports_.emplace_back(std::make_unique<ReportView>(*event.server))->get();
  }
  view_.servers = servers_.data();
  view_.server_count = servers_.size();
  view_.elapsed_ms = event.elapsed.count();
  view_.text = text_.c_str();
  view_.stream = event.stream.value_or(0);
  view_.shared_object = event.sharedObject.c_str();
  view_.shared_object_connection = event.sharedObjectConnection ? 1 : 0;
}

std::function<void(const StatusEvent&)> eventSlot(std::shared_ptr<Listener> listener,
                                                  mc_event_handler handler) {
  return [listener = std::move(listener), handler](const StatusEvent& event) {
    if (const SharedUser user = listener->user()) handler(user->get(), EventView(event).get());
  };
}

}  // namespace multiconnection::c

extern "C" {

const char* mc_server_state_text(mc_server_state state) {
  const char* name = stateName(static_cast<multiconnection::ServerState>(state)).data();
  return name == nullptr ? "unknown" : name;
}

int32_t mc_event_is(const mc_event* event, const char* code) {
  return event != nullptr && code != nullptr && std::strcmp(event->code, code) == 0 ? 1 : 0;
}

}  // extern "C"
