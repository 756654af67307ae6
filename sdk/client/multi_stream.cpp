#include "multiconnection/multi_stream.hpp"

#include <utility>

#include "client/stream_client.hpp"

namespace multiconnection {

MultiStream::MultiStream(std::shared_ptr<client::StreamClient> client)
    : client_(std::move(client)) {}
MultiStream::~MultiStream() { client_->drop(); }

std::size_t MultiStream::number() const { return client_->number(); }
Result<void> MultiStream::publish(const std::string& name, const PublishOptions& options) {
  return client_->publish(name, options);
}
Result<void> MultiStream::attach(std::shared_ptr<PullSource> source, PullOptions options) {
  return client_->attach(std::move(source), std::move(options));
}
Result<void> MultiStream::attach(std::shared_ptr<PacketSource> source) {
  return client_->attach(std::move(source));
}
void MultiStream::detach() { client_->detach(); }
Result<void> MultiStream::play(const std::string& name, MediaHandler handler,
                               const PlayOptions& options) {
  return client_->play(name, std::move(handler), options);
}
Result<void> MultiStream::stop() { return client_->stop(); }
std::chrono::milliseconds MultiStream::time() const { return client_->time(); }

}  // namespace multiconnection
