#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "client/client_state.hpp"
#include "client/log_sink.hpp"
#include "client/shared_object_client.hpp"
#include "client/status_hub.hpp"
#include "client/stream_client.hpp"
#include "multiconnection/multi_connection.hpp"
#include "util/serial_executor.hpp"

namespace multiconnection::client {

/// What MultiConnection forwards to: checks calls at once, under its lock, and hands the work to
/// the engine on the loop's thread. Any thread.
class ArrayClient {
 public:
  explicit ArrayClient(MultiConnectionOptions options);
  ~ArrayClient();
  ArrayClient(const ArrayClient&) = delete;
  ArrayClient& operator=(const ArrayClient&) = delete;

  Result<void> connect(const std::vector<ServerEntry>& servers, ConnectOptions options);
  void close(std::chrono::milliseconds drainLimit);
  Result<void> waitClosed(std::chrono::milliseconds limit);
  Result<ServerId> addServer(const ServerEntry& entry);
  Result<void> closeServer(const Server& server, std::chrono::milliseconds drainLimit,
                           bool forGood);
  Result<void> startServer(const Server& server);
  Result<void> callRemote(const std::string& method, const Server& server,
                          std::vector<AmfValue> arguments, ReplyHandler onReply,
                          const CallOptions& options);
  void onCall(std::string method, CallHandler handler);
  std::vector<ServerReport> servers() const;
  std::vector<ServerStatistics> statistics() const;
  StatusHub& hub() { return *hub_; }

  const std::shared_ptr<StreamClient>& firstStream() const { return first_; }
  std::shared_ptr<StreamClient> openStream();
  Result<std::shared_ptr<SharedObjectClient>> sharedObject(const std::string& name,
                                                           Persistence persistence,
                                                           const SharedObjectOptions& options);
  /// Ends everything at once: no slot starts afterwards. For the destructor.
  void shutDown();

 private:
  using Lock = std::unique_lock<std::mutex>;

  Result<void> startLoop();
  void passMethods();
  void onEnded();
  void onClosed();
  /// Runs on the loop's thread and waits, once that runs.
  void ask(const std::function<void(ArrayEngine&)>& question) const;
  std::vector<std::shared_ptr<StreamClient>> streams() const;

  const bool ownEventThread_;
  const std::shared_ptr<ClientState> state_;
  const std::shared_ptr<LogSink> log_;
  std::shared_ptr<StatusHub> hub_;
  const std::shared_ptr<CallHandlers> handlers_ = std::make_shared<CallHandlers>();

  // Guarded by the state's lock.
  std::condition_variable closed_;
  std::uint64_t closesBegun_ = 0;
  std::uint64_t timesClosed_ = 0;  ///< Closed was raised.
  std::shared_ptr<StreamClient> first_;
  std::vector<std::weak_ptr<StreamClient>> further_;
  std::size_t nextStream_ = 1;
  std::set<std::string> methods_;  ///< Those with a handler.
  std::map<std::string, std::weak_ptr<SharedObjectClient>> sharedObjects_;
};

}  // namespace multiconnection::client
