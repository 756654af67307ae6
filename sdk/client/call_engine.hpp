#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/call_book.hpp"
#include "client/server_slot.hpp"
#include "reactor/loop.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::client {

/// What the application answers to servers that call it. Any thread.
class CallHandlers {
 public:
  /// @return the names that have a handler now.
  std::set<std::string> set(std::string method, CallHandler handler);
  /// Runs the newest handler of that method.
  Result<AmfValue> run(const RemoteCall& call) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const CallHandler>> handlers_;
};

/// A call of the application, for one or many servers.
struct OutgoingCall {
  std::string method;
  std::vector<AmfValue> arguments;
  std::shared_ptr<const ReplyHandler> onReply;  ///< Null: no answer is wanted.
  std::chrono::milliseconds deadline;
};

/// Calls both ways over the array's own connections: every call that wants one gets exactly one
/// reply. Loop's thread only.
class CallEngine {
 public:
  /// Runs a task on the loop's thread, unless the array is gone by then. From any thread.
  using ToLoop = std::function<void(std::function<void(CallEngine&)>)>;
  using FindSlot = std::function<ServerSlot*(ServerId)>;

  CallEngine(reactor::Loop& loop, std::shared_ptr<util::SerialExecutor> executor,
             std::shared_ptr<const CallHandlers> handlers, FindSlot find, ToLoop toLoop);

  void call(ServerId server, const OutgoingCall& call);
  void onAnswered(ServerSlot& slot, session::CallInfo&& answer);
  void onReceived(ServerSlot& slot, session::CallInfo&& call);
  /// The connection is over.
  void onEnded(const ServerSlot& slot);

 private:
  void reply(const CallBook::Call& call, Reply&& reply);
  void fail(ServerSlot* slot, ServerId server, const CallBook::Call& call, Error why);
  void answer(ServerId server, std::uint64_t life, double transaction,
              const Result<AmfValue>& result);
  void armTimer();

  std::shared_ptr<util::SerialExecutor> executor_;
  std::shared_ptr<const CallHandlers> handlers_;
  const FindSlot find_;
  const ToLoop toLoop_;
  CallBook book_;
  reactor::Timer timer_;  ///< One, for all deadlines.
  std::optional<CallBook::Clock::time_point> armed_;
  /// Calls of a server in one of its lives that the application has not answered yet.
  std::map<std::pair<ServerId, std::uint64_t>, std::size_t> serving_;
};

}  // namespace multiconnection::client
