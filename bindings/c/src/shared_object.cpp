#include "multiconnection_c/shared_object.h"

#include <algorithm>
#include <vector>

#include "events.hpp"
#include "handles.hpp"
#include "values.hpp"

namespace multiconnection::c {
namespace {

using std::chrono::milliseconds;

mc_shared_object_options defaultOptions() {
  const SharedObjectOptions defaults;
  mc_shared_object_options options{};
  options.struct_size = sizeof(options);
  options.use_timeout_ms = defaults.useTimeout.count();
  options.updates_per_second = defaults.updatesPerSecond;
  options.max_slots = defaults.maxSlots;
  options.max_slot_bytes = defaults.maxSlotBytes;
  options.max_object_bytes = defaults.maxObjectBytes;
  return options;
}

Result<SharedObjectOptions> translate(const mc_shared_object_options& given) {
  static_assert(MC_MIRROR_INDEPENDENT == int(MirrorMode::Independent) &&
                MC_MIRROR_CHANGES == int(MirrorMode::Mirror) &&
                MC_MIRROR_PRIMARY_WINS == int(MirrorMode::PrimaryWins));
  if (given.mode < MC_MIRROR_INDEPENDENT || given.mode > MC_MIRROR_PRIMARY_WINS) {
    return invalid("mode " + std::to_string(given.mode) + " is none of MC_MIRROR_*");
  }
  SharedObjectOptions options;
  options.mode = static_cast<MirrorMode>(given.mode);
  options.useTimeout = milliseconds(given.use_timeout_ms);
  options.updatesPerSecond = given.updates_per_second;
  options.maxSlots = static_cast<std::size_t>(given.max_slots);
  options.maxSlotBytes = static_cast<std::size_t>(given.max_slot_bytes);
  options.maxObjectBytes = static_cast<std::size_t>(given.max_object_bytes);
  return options;
}

Result<void> open(mc_array* array, const char* name, const mc_shared_object_options* options,
                  mc_shared_object** object) {
  if (array == nullptr) return missing("array");
  if (object == nullptr) return missing("object");
  const auto given = readSized(options, "mc_shared_object_options", defaultOptions());
  if (!given) return given.error();
  const auto translated = translate(*given);
  if (!translated) return translated.error();
  const auto persistence =
      given->persistent != 0 ? Persistence::Persistent : Persistence::Temporary;
  auto opened = array->array.sharedObject(textOr(name), persistence, *translated);
  if (!opened) return opened.error();
  *object = new mc_shared_object(*std::move(opened));
  return {};
}

Result<void> set(mc_shared_object* handle, const char* slot, TakenValues& value) {
  if (handle == nullptr) return missing("object");
  if (slot == nullptr) return missing("slot");
  if (!value.complete()) return missing("value");
  return handle->object.set(slot, std::move(value.contents().front()));
}

Result<void> setAll(mc_shared_object* handle, TakenValues& slots) {
  if (handle == nullptr) return missing("object");
  if (!slots.complete()) return missing("slots");
  const AmfValue value = std::move(slots.contents().front());
  const auto* members = value.get<AmfObject>();
  if (members == nullptr) return invalid("slots: not an object");
  return handle->object.set(*members);
}

Result<void> send(mc_shared_object* handle, const char* handler, TakenValues& arguments) {
  if (handle == nullptr) return missing("object");
  if (handler == nullptr) return missing("handler");
  if (!arguments.complete()) return missing("an argument");
  return handle->object.send(handler, arguments.contents());
}

/// What `read` gives as a value of the caller's. NULL when that does not work.
template <class Read>
mc_value* taken(const mc_shared_object* handle, Read read) noexcept {
  AmfValue* value = nullptr;
  if (handle == nullptr) return nullptr;
  (void)guarded(nullptr, [&]() -> Result<void> {
    value = std::make_unique<AmfValue>(read(handle->object)).release();
    return {};
  });
  return handleOf(value);
}

mc_shared_object_report reportOf(const SharedObjectReport& report, const AmfValue& slots) {
  using State = SharedObjectReport::State;
  static_assert(
      MC_SHARED_OBJECT_OFF == int(State::Off) && MC_SHARED_OBJECT_WAITING == int(State::Waiting) &&
      MC_SHARED_OBJECT_USING == int(State::Using) && MC_SHARED_OBJECT_READY == int(State::Ready) &&
      MC_SHARED_OBJECT_FAILED == int(State::Failed));
  mc_shared_object_report view{};
  view.struct_size = sizeof(view);
  view.server_id = report.server;
  view.index = report.index;
  view.state = static_cast<mc_shared_object_state>(report.state);
  view.own_connection = report.ownConnection ? 1 : 0;
  view.version = report.version;
  view.unacknowledged = report.unacknowledged;
  view.slots = handleOf(&slots);
  return view;
}

Result<void> takeReports(const mc_shared_object* handle, mc_shared_object_reports** reports) {
  if (handle == nullptr) return missing("object");
  if (reports == nullptr) return missing("reports");
  auto taken = std::make_unique<mc_shared_object_reports>();
  const auto servers = handle->object.servers();
  taken->slots.reserve(servers.size());  // the views point into it
  for (const SharedObjectReport& server : servers) {
    taken->views.push_back(reportOf(server, taken->slots.emplace_back(server.slots)));
  }
  *reports = taken.release();
  return {};
}

void tell(mc_sync_handler handler, const UserData& user, const SyncEvent& event) {
  using Code = SyncChange::Code;
  static_assert(MC_CHANGE_SUCCESS == int(Code::Success) && MC_CHANGE_CHANGE == int(Code::Change) &&
                MC_CHANGE_REJECT == int(Code::Reject) && MC_CHANGE_DELETE == int(Code::Delete) &&
                MC_CHANGE_CLEAR == int(Code::Clear));
  const ReportView server(event.server);
  std::vector<mc_change> changes;
  changes.reserve(event.changes.size());  // `pointers` point into it
  std::vector<const mc_change*> pointers;
  for (const SyncChange& change : event.changes) {
    mc_change& view = changes.emplace_back();
    view.struct_size = sizeof(view);
    view.code = static_cast<mc_change_code>(change.code);
    view.slot = change.slot.c_str();
    view.value = handleOf(&change.value);
    view.old_value = handleOf(&change.oldValue);
    pointers.push_back(&view);
  }
  mc_sync view{};
  view.struct_size = sizeof(view);
  view.name = event.name.c_str();
  view.server = server.get();
  view.changes = pointers.data();
  view.change_count = pointers.size();
  view.snapshot = event.snapshot ? 1 : 0;
  handler(user.get(), &view);
}

void tell(mc_shared_message_handler handler, const UserData& user, const SharedMessage& message) {
  const ReportView server(message.server);
  const auto arguments = viewOf(message.arguments);
  mc_shared_message view{};
  view.struct_size = sizeof(view);
  view.name = message.name.c_str();
  view.server = server.get();
  view.handler = message.handler.c_str();
  view.arguments = arguments.data();
  view.argument_count = arguments.size();
  handler(user.get(), &view);
}

Result<void> onSync(mc_shared_object* handle, mc_sync_handler handler, UserData&& data,
                    mc_listener* name) {
  UserData user(std::move(data));
  if (handle == nullptr) return missing("object");
  if (handler == nullptr) return missing("handler");
  handle->listeners.add(std::move(user), name, [&](std::shared_ptr<Listener> listener) {
    return handle->object.onSync([listener = std::move(listener), handler](const SyncEvent& event) {
      if (const SharedUser shared = listener->user()) tell(handler, *shared, event);
    });
  });
  return {};
}

Result<void> onStatus(mc_shared_object* handle, mc_event_handler handler, UserData&& data,
                      mc_listener* name) {
  UserData user(std::move(data));
  if (handle == nullptr) return missing("object");
  if (handler == nullptr) return missing("handler");
  handle->listeners.add(std::move(user), name, [&](std::shared_ptr<Listener> listener) {
    return handle->object.onStatus(eventSlot(std::move(listener), handler));
  });
  return {};
}

Result<void> onMessage(mc_shared_object* handle, const char* name,
                       mc_shared_message_handler handler, UserData&& data) {
  UserData user(std::move(data));
  if (handle == nullptr) return missing("object");
  if (name == nullptr) return missing("handler");
  std::shared_ptr<Listener> listener;
  SharedMessageHandler translated;
  if (handler != nullptr) {
    listener = std::make_shared<Listener>(share(std::move(user)));
    translated = [listener, handler](const SharedMessage& message) {
      if (const SharedUser shared = listener->user()) tell(handler, *shared, message);
    };
  }
  {
    // Both in one step: of two that come at once one has to be the last for either.
    const std::lock_guard lock(handle->mutex);
    std::shared_ptr<Listener>& known = handle->messages[name];
    handle->object.onMessage(name, std::move(translated));
    known.swap(listener);
  }
  if (listener) listener->stop();  // the one before
  return {};
}

}  // namespace
}  // namespace multiconnection::c

mc_shared_object::~mc_shared_object() {
  listeners.removeAll();
  for (const auto& [name, listener] : messages) {
    if (listener) listener->stop();
  }
}

using namespace multiconnection;
using namespace multiconnection::c;

extern "C" {

void mc_shared_object_options_init(mc_shared_object_options* options, size_t size) {
  initSized(options, size, defaultOptions());
}

mc_result mc_shared_object_open(mc_array* array, const char* name,
                                const mc_shared_object_options* options, mc_shared_object** object,
                                mc_error* error) {
  if (object != nullptr) *object = nullptr;
  return guarded(error, [&] { return open(array, name, options, object); });
}
void mc_shared_object_free(mc_shared_object* object) { delete object; }
const char* mc_shared_object_name(const mc_shared_object* object) {
  return object == nullptr ? "" : object->object.name().c_str();
}

mc_result mc_shared_object_set(mc_shared_object* object, const char* slot, mc_value* value,
                               mc_error* error) {
  TakenValues taken(&value, 1);
  return guarded(error, [&] { return set(object, slot, taken); });
}
mc_result mc_shared_object_set_all(mc_shared_object* object, mc_value* slots, mc_error* error) {
  TakenValues taken(&slots, 1);
  return guarded(error, [&] { return setAll(object, taken); });
}
mc_result mc_shared_object_remove(mc_shared_object* object, const char* slot, mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (object == nullptr) return missing("object");
    if (slot == nullptr) return missing("slot");
    return object->object.remove(slot);
  });
}
mc_result mc_shared_object_clear(mc_shared_object* object, mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (object == nullptr) return missing("object");
    return object->object.clear();
  });
}
mc_result mc_shared_object_send(mc_shared_object* object, const char* handler,
                                mc_value* const* arguments, size_t count, mc_error* error) {
  TakenValues taken(arguments, count);
  return guarded(error, [&] { return send(object, handler, taken); });
}

mc_value* mc_shared_object_get(const mc_shared_object* object, const char* slot) {
  if (slot == nullptr) return nullptr;
  return taken(object, [slot](const MultiSharedObject& shared) { return shared.get(slot); });
}
mc_value* mc_shared_object_data(const mc_shared_object* object) {
  return taken(object, [](const MultiSharedObject& shared) { return AmfValue(shared.data()); });
}
mc_value* mc_shared_object_divergent(const mc_shared_object* object) {
  return taken(object, [](const MultiSharedObject& shared) {
    const auto names = shared.divergent();
    return AmfValue(AmfArray(names.begin(), names.end()));
  });
}
uint64_t mc_shared_object_bytes(const mc_shared_object* object) {
  return object == nullptr ? 0 : object->object.bytes();
}

mc_result mc_shared_object_servers(const mc_shared_object* object,
                                   mc_shared_object_reports** reports, mc_error* error) {
  if (reports != nullptr) *reports = nullptr;
  return guarded(error, [&] { return takeReports(object, reports); });
}
size_t mc_shared_object_reports_count(const mc_shared_object_reports* reports) {
  return reports == nullptr ? 0 : reports->views.size();
}
const mc_shared_object_report* mc_shared_object_reports_at(const mc_shared_object_reports* reports,
                                                           size_t place) {
  return place < mc_shared_object_reports_count(reports) ? &reports->views[place] : nullptr;
}
void mc_shared_object_reports_free(mc_shared_object_reports* reports) { delete reports; }

mc_result mc_shared_object_on_sync(mc_shared_object* object, mc_sync_handler handler, void* user,
                                   mc_destroy destroy, mc_listener* listener, mc_error* error) {
  return guarded(error, [&] { return onSync(object, handler, UserData(user, destroy), listener); });
}
mc_result mc_shared_object_on_status(mc_shared_object* object, mc_event_handler handler, void* user,
                                     mc_destroy destroy, mc_listener* listener, mc_error* error) {
  return guarded(error,
                 [&] { return onStatus(object, handler, UserData(user, destroy), listener); });
}
mc_result mc_shared_object_remove_listener(mc_shared_object* object, mc_listener listener,
                                           mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (object == nullptr) return missing("object");
    return object->listeners.remove(listener);
  });
}
mc_result mc_shared_object_on_message(mc_shared_object* object, const char* handler,
                                      mc_shared_message_handler function, void* user,
                                      mc_destroy destroy, mc_error* error) {
  return guarded(error,
                 [&] { return onMessage(object, handler, function, UserData(user, destroy)); });
}

mc_result mc_shared_object_close(mc_shared_object* object, mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (object == nullptr) return missing("object");
    object->object.close();
    return {};
  });
}

}  // extern "C"
