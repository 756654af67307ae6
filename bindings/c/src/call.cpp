#include "multiconnection_c/call.h"

#include "events.hpp"
#include "handles.hpp"
#include "values.hpp"

namespace multiconnection::c {
namespace {

using std::chrono::milliseconds;

mc_call_options defaultCallOptions() {
  mc_call_options options{};
  options.struct_size = sizeof(options);
  options.deadline_ms = CallOptions().deadline.count();
  return options;
}

Result<Server> serverOf(const mc_server* server) {
  mc_server all{};
  all.struct_size = sizeof(all);
  const auto given = readSized(server, "mc_server", all);
  if (!given) return given.error();
  if ((given->kind == MC_SERVER_URL || given->kind == MC_SERVER_HOST) && given->text == nullptr) {
    return missing("text of mc_server");
  }
  switch (given->kind) {
    case MC_SERVER_ALL:
      return Server::all();
    case MC_SERVER_INDEX:
      return Server::index(static_cast<std::size_t>(given->number));
    case MC_SERVER_ID:
      return Server::id(given->number);
    case MC_SERVER_URL:
      return Server::url(given->text);
    case MC_SERVER_HOST:
      return Server::host(given->text);
    default:
      return invalid("kind " + std::to_string(given->kind) + " is none of MC_SERVER_*");
  }
}

void tell(mc_reply_handler handler, const UserData& user, const Reply& reply) {
  const ReportView server(reply.server);
  const auto values = viewOf(reply.values);
  mc_reply view{};
  view.struct_size = sizeof(view);
  view.server = server.get();
  view.result = reply ? MC_OK : report(nullptr, reply.error());
  view.message = reply.error().message.c_str();
  view.value = handleOf(&reply.value());
  view.values = values.data();
  view.value_count = values.size();
  view.error_info = handleOf(&reply.errorInfo);
  view.elapsed_ms = reply.elapsed.count();
  handler(user.get(), &view);
}

Result<void> call(mc_array* handle, const char* method, const mc_server* server,
                  TakenValues& arguments, const mc_call_options* options) {
  const auto given = readSized(options, "mc_call_options", defaultCallOptions());
  if (!given) return given.error();
  UserData user(given->user, given->destroy);
  if (handle == nullptr) return missing("array");
  if (method == nullptr) return missing("method");
  const auto to = serverOf(server);
  if (!to) return to.error();
  if (!arguments.complete()) return missing("an argument");
  ReplyHandler onReply;
  if (given->on_reply != nullptr) {
    onReply = [shared = share(std::move(user)), handler = given->on_reply](const Reply& reply) {
      tell(handler, *shared, reply);
    };
  }
  CallOptions translated;
  translated.deadline = milliseconds(given->deadline_ms);
  return handle->array.callRemote(method, *to, arguments.contents(), std::move(onReply),
                                  translated);
}

Result<AmfValue> answer(mc_call_handler handler, const UserData& user, const RemoteCall& call) {
  const ReportView server(call.server);
  const auto arguments = viewOf(call.arguments);
  mc_remote_call view{};
  view.struct_size = sizeof(view);
  view.server = server.get();
  view.method = call.method.c_str();
  view.arguments = arguments.data();
  view.argument_count = arguments.size();
  mc_error error = MC_ERROR_INIT;
  const std::unique_ptr<AmfValue> value(valueOf(handler(user.get(), &view, &error)));
  if (value) return std::move(*value);
  error.message[sizeof(error.message) - 1] = '\0';
  return Error(Errc::Refused, error.message);
}

Result<void> onCall(mc_array* handle, const char* method, mc_call_handler handler,
                    UserData&& data) {
  UserData user(std::move(data));
  if (handle == nullptr) return missing("array");
  if (method == nullptr) return missing("method");
  CallHandler translated;
  if (handler != nullptr) {
    translated = [shared = share(std::move(user)), handler](const RemoteCall& call) {
      return answer(handler, *shared, call);
    };
  }
  handle->array.onCall(method, std::move(translated));
  return {};
}

}  // namespace
}  // namespace multiconnection::c

using namespace multiconnection;
using namespace multiconnection::c;

extern "C" {

void mc_call_options_init(mc_call_options* options, size_t size) {
  initSized(options, size, defaultCallOptions());
}

mc_result mc_array_call(mc_array* array, const char* method, const mc_server* server,
                        mc_value* const* arguments, size_t count, const mc_call_options* options,
                        mc_error* error) {
  TakenValues taken(arguments, count);
  return guarded(error, [&] { return call(array, method, server, taken, options); });
}

mc_result mc_array_on_call(mc_array* array, const char* method, mc_call_handler handler, void* user,
                           mc_destroy destroy, mc_error* error) {
  return guarded(error, [&] { return onCall(array, method, handler, UserData(user, destroy)); });
}

}  // extern "C"
