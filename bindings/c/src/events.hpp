#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <multiconnection/status.hpp>
#include <optional>
#include <string>
#include <vector>

#include "listeners.hpp"
#include "multiconnection_c/event.h"

namespace multiconnection::c {

mc_server_state stateOf(ServerState state) noexcept;

/// A time that may be lacking; -1: it is.
template <class Duration>
std::int64_t countOrNone(const std::optional<Duration>& time) noexcept {
  return time ? std::int64_t{time->count()} : -1;
}

/// A report in C's form. Keep it where it was made: it points into itself and into `report`.
class ReportView {
 public:
  explicit ReportView(const ServerReport& report);
  ReportView(const ReportView&) = delete;
  ReportView& operator=(const ReportView&) = delete;
  const mc_server_report* get() const noexcept { return &view_; }

 private:
  std::string text_;
  mc_server_report view_{};
};

/// An event in C's form, in the same manner.
class EventView {
 public:
  explicit EventView(const StatusEvent& event);
  EventView(const EventView&) = delete;
  EventView& operator=(const EventView&) = delete;
  const mc_event* get() const noexcept { return &view_; }

 private:
  std::string text_;
  std::vector<std::unique_ptr<ReportView>> reports_;
  std::vector<const mc_server_report*> servers_;
  mc_event view_{};
};

/// A slot that tells a handler of events, as long as its listener has a user.
std::function<void(const StatusEvent&)> eventSlot(std::shared_ptr<Listener> listener,
                                                  mc_event_handler handler);

}  // namespace multiconnection::c
