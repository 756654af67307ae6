#include "multiconnection/multi_connection.hpp"

#include <utility>

#include "client/array_client.hpp"

namespace multiconnection {

const AmfValue& Reply::value() const noexcept {
  static const AmfValue kUndefined;
  return values.empty() ? kUndefined : values.front();
}

MultiConnection::MultiConnection(MultiConnectionOptions options)
    : client_(std::make_unique<client::ArrayClient>(std::move(options))),
      stream_(client_->firstStream()) {}
// Before the members go: a slot that runs until then may use them.
MultiConnection::~MultiConnection() { client_->shutDown(); }

Result<void> MultiConnection::connect(const std::vector<ServerEntry>& servers,
                                      const ConnectOptions& options) {
  return client_->connect(servers, options);
}
void MultiConnection::close(std::chrono::milliseconds drainLimit) { client_->close(drainLimit); }
Result<void> MultiConnection::waitClosed(std::chrono::milliseconds limit) {
  return client_->waitClosed(limit);
}
Result<ServerId> MultiConnection::addServer(const ServerEntry& entry) {
  return client_->addServer(entry);
}
Result<void> MultiConnection::removeServer(const Server& server,
                                           std::chrono::milliseconds drainLimit) {
  return client_->closeServer(server, drainLimit, true);
}
Result<void> MultiConnection::stopServer(const Server& server,
                                         std::chrono::milliseconds drainLimit) {
  return client_->closeServer(server, drainLimit, false);
}
Result<void> MultiConnection::startServer(const Server& server) {
  return client_->startServer(server);
}
Result<void> MultiConnection::callRemote(const std::string& method, const Server& server,
                                         std::vector<AmfValue> arguments, ReplyHandler onReply,
                                         const CallOptions& options) {
  return client_->callRemote(method, server, std::move(arguments), std::move(onReply), options);
}
void MultiConnection::onCall(std::string method, CallHandler handler) {
  client_->onCall(std::move(method), std::move(handler));
}
std::vector<ServerReport> MultiConnection::servers() const { return client_->servers(); }
MultiStream& MultiConnection::stream() { return stream_; }
std::shared_ptr<MultiStream> MultiConnection::openStream() {
  return std::shared_ptr<MultiStream>(new MultiStream(client_->openStream()));
}
Result<MultiSharedObject> MultiConnection::sharedObject(const std::string& name,
                                                        Persistence persistence,
                                                        const SharedObjectOptions& options) {
  auto object = client_->sharedObject(name, persistence, options);
  if (!object) return object.error();
  return MultiSharedObject(std::move(object).value());
}
boost::signals2::connection MultiConnection::onStatus(const StatusSlot& slot) {
  return client_->hub().onStatus(slot);
}
boost::signals2::connection MultiConnection::onServerStatus(const StatusSlot& slot) {
  return client_->hub().onServerStatus(slot);
}
std::vector<ServerStatistics> MultiConnection::statistics() const { return client_->statistics(); }

}  // namespace multiconnection
