#include "multiconnection/multi_connection.hpp"

#include <utility>

#include "client/array_client.hpp"

namespace multiconnection {

Result<void> MultiStream::publish(const std::string& name, const PublishOptions& options) {
  return client_.publish(name, options);
}
Result<void> MultiStream::attach(std::shared_ptr<PullSource> source, PullOptions options) {
  return client_.attach(std::move(source), std::move(options));
}
Result<void> MultiStream::attach(std::shared_ptr<PacketSource> source) {
  return client_.attach(std::move(source));
}
void MultiStream::detach() { client_.detach(); }
Result<void> MultiStream::play(const std::string& name, MediaHandler handler,
                               const PlayOptions& options) {
  return client_.play(name, std::move(handler), options);
}
Result<void> MultiStream::stop() { return client_.stop(); }
std::chrono::milliseconds MultiStream::time() const { return client_.time(); }

MultiConnection::MultiConnection(MultiConnectionOptions options)
    : client_(std::make_unique<client::ArrayClient>(std::move(options))), stream_(*client_) {}
MultiConnection::~MultiConnection() = default;

Result<void> MultiConnection::connect(const std::vector<ServerEntry>& servers,
                                      const ConnectOptions& options) {
  return client_->connect(servers, options);
}
void MultiConnection::close(std::chrono::milliseconds drainLimit) { client_->close(drainLimit); }
Result<void> MultiConnection::waitClosed(std::chrono::milliseconds limit) {
  return client_->waitClosed(limit);
}
MultiStream& MultiConnection::stream() { return stream_; }
boost::signals2::connection MultiConnection::onStatus(const StatusSlot& slot) {
  return client_->hub().onStatus(slot);
}
boost::signals2::connection MultiConnection::onServerStatus(const StatusSlot& slot) {
  return client_->hub().onServerStatus(slot);
}
std::vector<ServerStatistics> MultiConnection::statistics() const { return client_->statistics(); }

}  // namespace multiconnection
