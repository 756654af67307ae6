#include "multiconnection/sync.hpp"

namespace multiconnection {

std::string_view codeName(SyncChange::Code code) noexcept {
  switch (code) {
    case SyncChange::Code::Success:
      return "success";
    case SyncChange::Code::Change:
      return "change";
    case SyncChange::Code::Reject:
      return "reject";
    case SyncChange::Code::Delete:
      return "delete";
    case SyncChange::Code::Clear:
      return "clear";
  }
  return "";
}

std::string_view stateName(SharedObjectReport::State state) noexcept {
  switch (state) {
    case SharedObjectReport::State::Off:
      return "off";
    case SharedObjectReport::State::Waiting:
      return "waiting";
    case SharedObjectReport::State::Using:
      return "using";
    case SharedObjectReport::State::Ready:
      return "ready";
    case SharedObjectReport::State::Failed:
      return "failed";
  }
  return "";
}

std::ostream& operator<<(std::ostream& out, const SyncEvent& event) {
  out << event.name << " on " << event.server.url << ':';
  if (event.changes.empty()) out << " nothing changed";
  for (const SyncChange& change : event.changes) {
    out << ' ' << codeName(change.code);
    if (!change.slot.empty()) out << ' ' << change.slot;
    if (!change.value.isUndefined()) out << '=' << change.value;
    if (&change != &event.changes.back()) out << ',';
  }
  return out;
}

}  // namespace multiconnection
