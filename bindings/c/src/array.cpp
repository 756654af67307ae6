#include "multiconnection_c/array.h"

#include <limits>

#include "events.hpp"
#include "handles.hpp"
#include "values.hpp"

namespace multiconnection::c {

namespace {

using std::chrono::milliseconds;

mc_array_options defaultArrayOptions() {
  mc_array_options options{};
  options.struct_size = sizeof(options);
  options.log_level = MC_LOG_INFO;
  return options;
}

mc_reconnect_policy defaultReconnectPolicy() {
  const ReconnectPolicy defaults;
  mc_reconnect_policy policy{};
  policy.struct_size = sizeof(policy);
  policy.enabled = defaults.enabled ? 1 : 0;
  policy.attempts = static_cast<std::uint32_t>(defaults.attempts);
  policy.initial_ms = defaults.initial.count();
  policy.factor = defaults.factor;
  policy.cap_ms = defaults.cap.count();
  policy.jitter = defaults.jitter;
  policy.give_up_after_ms = defaults.giveUpAfter.count();
  policy.healthy_after_ms = defaults.healthyAfter.count();
  policy.ghost_time_ms = defaults.ghostTime.count();
  return policy;
}

mc_drop_limits defaultDropLimits() {
  const DropLimits defaults;
  mc_drop_limits limits{};
  limits.struct_size = sizeof(limits);
  limits.disposable_after_ms = defaults.disposableAfter.count();
  limits.video_after_ms = defaults.videoAfter.count();
  limits.audio_after_ms = defaults.audioAfter.count();
  limits.audio_only_after_ms = defaults.audioOnlyAfter.count();
  limits.max_bytes = defaults.maxBytes;
  return limits;
}

mc_server_entry defaultServerEntry() {
  mc_server_entry entry{};
  entry.struct_size = sizeof(entry);
  const ServerEntry defaults;
  entry.chunk_size = defaults.chunkSize;
  entry.standby = static_cast<mc_standby>(defaults.failover.standby);
  entry.fail_back_after_ms = defaults.failover.failBackAfter->count();
  return entry;
}

mc_backup defaultBackup() {
  mc_backup backup{};
  backup.struct_size = sizeof(backup);
  return backup;
}

mc_connect_options defaultConnectOptions() {
  const ConnectOptions defaults;
  mc_connect_options options{};
  options.struct_size = sizeof(options);
  options.policy = MC_POLICY_ALL;
  options.setup_timeout_ms = defaults.setupTimeout.count();
  options.attempt_timeout_ms = defaults.attemptTimeout.count();
  options.stall_timeout_ms = defaults.stallTimeout.count();
  options.recovery_time_ms = defaults.recoveryTime.count();
  return options;
}

MultiConnectionOptions translate(const mc_array_options& given, UserData&& data) {
  MultiConnectionOptions options;
  const SharedUser user = share(std::move(data));
  if (given.executor != nullptr) {
    options.executor = [user, execute = given.executor](std::function<void()> task) {
      execute(user->get(), new mc_task{std::move(task)});
    };
  }
  options.logLevel = static_cast<LogLevel>(given.log_level);
  if (given.log != nullptr) {
    options.log = [user, log = given.log](LogLevel level, std::string_view line) {
      static_assert(MC_LOG_DEBUG == int(LogLevel::Debug) && MC_LOG_INFO == int(LogLevel::Info) &&
                    MC_LOG_WARNING == int(LogLevel::Warning) &&
                    MC_LOG_ERROR == int(LogLevel::Error));
      log(user->get(), static_cast<mc_log_level>(level), std::string(line).c_str());
    };
  }
  return options;
}

Result<void> makeArray(const mc_array_options* options, mc_array** array) {
  const auto given = readSized(options, "mc_array_options", defaultArrayOptions());
  if (!given) return given.error();
  UserData user(given->user, given->destroy);
  if (array == nullptr) return missing("array");
  if (given->log_level < MC_LOG_DEBUG || given->log_level > MC_LOG_ERROR) {
    return Error{Errc::InvalidArgument, "a log level of " + std::to_string(given->log_level)};
  }
  *array = new mc_array(translate(*given, std::move(user)));
  return {};
}

using AddSlot = boost::signals2::connection (MultiConnection::*)(const StatusSlot&);

Result<void> listen(mc_array* handle, AddSlot add, mc_event_handler handler, UserData&& user,
                    mc_listener* name) {
  UserData owned(std::move(user));
  if (handle == nullptr) return missing("array");
  if (handler == nullptr) return missing("handler");
  handle->listeners.add(std::move(owned), name, [&](std::shared_ptr<Listener> listener) {
    return (handle->array.*add)(eventSlot(std::move(listener), handler));
  });
  return {};
}

Result<Policy> policyOf(const mc_connect_options& options) {
  switch (options.policy) {
    case MC_POLICY_ALL:
      return Policy::all();
    case MC_POLICY_ANY:
      return Policy::any();
    case MC_POLICY_QUORUM:
      return Policy::quorum(options.quorum);
    default:
      return invalid("policy " + std::to_string(options.policy) + " is none of MC_POLICY_*");
  }
}

Result<ReconnectPolicy> translate(const mc_reconnect_policy* policy) {
  const auto given = readSized(policy, "mc_reconnect_policy", defaultReconnectPolicy());
  if (!given) return given.error();
  ReconnectPolicy translated;
  translated.enabled = given->enabled != 0;
  translated.attempts = given->attempts;
  translated.initial = milliseconds(given->initial_ms);
  translated.factor = given->factor;
  translated.cap = milliseconds(given->cap_ms);
  translated.jitter = given->jitter;
  translated.giveUpAfter = milliseconds(given->give_up_after_ms);
  translated.healthyAfter = milliseconds(given->healthy_after_ms);
  translated.ghostTime = milliseconds(given->ghost_time_ms);
  return translated;
}

/// What the caller's `count` structs hold; they lie as far apart as its struct is large.
/// @param take  `Result<void> take(const T&)`.
template <class T, class Take>
Result<void> readEach(const T* first, std::size_t count, const char* name, const T& defaults,
                      Take take) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(first);
  for (std::size_t i = 0; i < count; ++i, at += first->struct_size) {
    const auto given = readSized(reinterpret_cast<const T*>(at), name, defaults);
    if (!given) return Error{given.error().code, given.error().message, i};
    if (given->struct_size != first->struct_size) {
      return Error{Errc::InvalidArgument, std::string(name) + " with different struct_size", i};
    }
    if (auto taken = take(*given); !taken) {
      return Error{taken.error().code, taken.error().message, i};
    }
  }
  return {};
}

Result<void> readBackups(const mc_server_entry& given, ServerEntry& entry) {
  switch (given.standby) {
    case MC_STANDBY_COLD:
    case MC_STANDBY_WARM:
    case MC_STANDBY_HOT:
      entry.failover.standby = static_cast<FailoverPolicy::Standby>(given.standby);
      break;
    default:
      return invalid("standby " + std::to_string(given.standby) + " is none of MC_STANDBY_*");
  }
  if (given.fail_back_after_ms == -1) {
    entry.failover.failBackAfter.reset();
  } else {
    entry.failover.failBackAfter = milliseconds(given.fail_back_after_ms);
  }
  if (given.backups == nullptr && given.backup_count != 0) return missing("backups");
  return readEach(given.backups, given.backup_count, "mc_backup", defaultBackup(),
                  [&](const mc_backup& one) -> Result<void> {
                    if (one.url == nullptr) return missing("url of a backup");
                    Backup backup(one.url);
                    backup.streamName = textOr(one.stream_name);
                    backup.key = textOr(one.key);
                    entry.backups.push_back(std::move(backup));
                    return {};
                  });
}

Result<DropLimits> translate(const mc_drop_limits* limits) {
  const auto given = readSized(limits, "mc_drop_limits", defaultDropLimits());
  if (!given) return given.error();
  DropLimits translated;
  translated.disposableAfter = milliseconds(given->disposable_after_ms);
  translated.videoAfter = milliseconds(given->video_after_ms);
  translated.audioAfter = milliseconds(given->audio_after_ms);
  translated.audioOnlyAfter = milliseconds(given->audio_only_after_ms);
  translated.maxBytes = static_cast<std::size_t>(
      std::min<std::uint64_t>(given->max_bytes, std::numeric_limits<std::size_t>::max()));
  return translated;
}

Result<SharedObjectPlacement> placementOf(mc_placement placement) {
  static_assert(MC_PLACEMENT_SAME_CONNECTION == int(SharedObjectPlacement::SameConnection) &&
                MC_PLACEMENT_OWN_CONNECTION == int(SharedObjectPlacement::OwnConnection) &&
                MC_PLACEMENT_OFF == int(SharedObjectPlacement::Off));
  if (placement < MC_PLACEMENT_SAME_CONNECTION || placement > MC_PLACEMENT_OFF) {
    return invalid("shared_objects " + std::to_string(placement) + " is none of MC_PLACEMENT_*");
  }
  return static_cast<SharedObjectPlacement>(placement);
}

Result<ServerEntry> translate(const mc_server_entry& given) {
  if (given.url == nullptr) return missing("url");
  ServerEntry entry(given.url);
  entry.streamName = textOr(given.stream_name);
  entry.key = textOr(given.key);
  entry.timeOffset = milliseconds(given.time_offset_ms);
  entry.chunkSize = given.chunk_size;
  if (given.reconnect != nullptr) {
    auto policy = translate(given.reconnect);
    if (!policy) return policy.error();
    entry.reconnect = *policy;
  }
  if (auto read = readBackups(given, entry); !read) return read.error();
  entry.priority = given.priority;
  const auto limits = translate(given.drop_limits);
  if (!limits) return limits.error();
  entry.dropLimits = *limits;
  const auto placement = placementOf(given.shared_objects);
  if (!placement) return placement.error();
  entry.sharedObjects = *placement;
  return entry;
}

Result<std::vector<ServerEntry>> readEntries(const mc_server_entry* first, std::size_t count) {
  if (first == nullptr && count != 0) return missing("servers");
  std::vector<ServerEntry> entries;
  const auto read = readEach(first, count, "mc_server_entry", defaultServerEntry(),
                             [&](const mc_server_entry& given) -> Result<void> {
                               auto entry = translate(given);
                               if (!entry) return entry.error();
                               entries.push_back(*std::move(entry));
                               return {};
                             });
  if (!read) return read.error();
  return entries;
}

/// The connect command's own values.
Result<void> readValues(const mc_connect_options& given, ConnectOptions& options) {
  options.flashVersion = textOr(given.flash_version);
  options.swfUrl = textOr(given.swf_url);
  options.pageUrl = textOr(given.page_url);
  if (given.fields != nullptr) {
    const auto* fields = valueOf(given.fields)->get<AmfObject>();
    if (fields == nullptr) return invalid("fields: not an object");
    options.fields = *fields;
  }
  if (given.arguments == nullptr && given.argument_count != 0) return missing("arguments");
  for (std::size_t i = 0; i < given.argument_count; ++i) {
    if (given.arguments[i] == nullptr) return missing("an argument");
    options.arguments.push_back(*valueOf(given.arguments[i]));
  }
  return {};
}

Result<void> connect(mc_array* handle, const mc_server_entry* servers, std::size_t count,
                     const mc_connect_options* options) {
  if (handle == nullptr) return missing("array");
  const auto given = readSized(options, "mc_connect_options", defaultConnectOptions());
  if (!given) return given.error();
  const auto policy = policyOf(*given);
  if (!policy) return policy.error();
  const auto entries = readEntries(servers, count);
  if (!entries) return entries.error();
  ConnectOptions translated;
  translated.policy = *policy;
  translated.setupTimeout = milliseconds(given->setup_timeout_ms);
  translated.attemptTimeout = milliseconds(given->attempt_timeout_ms);
  translated.stallTimeout = milliseconds(given->stall_timeout_ms);
  translated.recoveryTime = milliseconds(given->recovery_time_ms);
  const auto reconnect = translate(given->reconnect);
  if (!reconnect) return reconnect.error();
  translated.reconnect = *reconnect;
  if (auto read = readValues(*given, translated); !read) return read;
  return handle->array.connect(*entries, translated);
}

}  // namespace
}  // namespace multiconnection::c

using namespace multiconnection;
using namespace multiconnection::c;

extern "C" {

void mc_array_options_init(mc_array_options* options, size_t size) {
  initSized(options, size, defaultArrayOptions());
}
void mc_reconnect_policy_init(mc_reconnect_policy* policy, size_t size) {
  initSized(policy, size, defaultReconnectPolicy());
}
void mc_drop_limits_init(mc_drop_limits* limits, size_t size) {
  initSized(limits, size, defaultDropLimits());
}
void mc_server_entry_init(mc_server_entry* entry, size_t size) {
  initSized(entry, size, defaultServerEntry());
}
void mc_backup_init(mc_backup* backup, size_t size) { initSized(backup, size, defaultBackup()); }
void mc_connect_options_init(mc_connect_options* options, size_t size) {
  initSized(options, size, defaultConnectOptions());
}

void mc_task_run(mc_task* task) {
  if (task == nullptr) return;
  const std::unique_ptr<mc_task> owned(task);
  (void)guarded(nullptr, [&]() -> Result<void> {
    owned->run();
    return {};
  });
}
void mc_task_free(mc_task* task) { delete task; }

mc_result mc_array_new(const mc_array_options* options, mc_array** array, mc_error* error) {
  if (array != nullptr) *array = nullptr;
  return guarded(error, [&] { return makeArray(options, array); });
}
void mc_array_free(mc_array* array) { delete array; }

mc_result mc_array_on_event(mc_array* array, mc_event_handler handler, void* user,
                            mc_destroy destroy, mc_listener* listener, mc_error* error) {
  return guarded(error, [&] {
    return listen(array, &MultiConnection::onStatus, handler, UserData(user, destroy), listener);
  });
}
mc_result mc_array_on_server_event(mc_array* array, mc_event_handler handler, void* user,
                                   mc_destroy destroy, mc_listener* listener, mc_error* error) {
  return guarded(error, [&] {
    return listen(array, &MultiConnection::onServerStatus, handler, UserData(user, destroy),
                  listener);
  });
}
mc_result mc_array_remove_listener(mc_array* array, mc_listener listener, mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (array == nullptr) return missing("array");
    return array->listeners.remove(listener);
  });
}

mc_result mc_array_connect(mc_array* array, const mc_server_entry* servers, size_t count,
                           const mc_connect_options* options, mc_error* error) {
  return guarded(error, [&] { return connect(array, servers, count, options); });
}
mc_result mc_array_close(mc_array* array, int64_t drainLimit, mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (array == nullptr) return missing("array");
    array->array.close(milliseconds(drainLimit));
    return {};
  });
}
mc_result mc_array_wait_closed(mc_array* array, int64_t limit, mc_error* error) {
  return guarded(error, [&]() -> Result<void> {
    if (array == nullptr) return missing("array");
    return array->array.waitClosed(milliseconds(limit));
  });
}
mc_stream* mc_array_stream(mc_array* array) { return array == nullptr ? nullptr : &array->stream; }

}  // extern "C"
