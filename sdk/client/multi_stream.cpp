#include "multiconnection/multi_stream.hpp"

#include <utility>

#include "client/server_config.hpp"
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
Result<void> MultiStream::send(const std::string& handler, const std::vector<AmfValue>& arguments) {
  return client_->send(handler, arguments);
}
Result<void> MultiStream::pause(bool paused) {
  return client_->ask([=](client::Player& player) { player.pause(paused); });
}
Result<void> MultiStream::seek(std::chrono::milliseconds position) {
  if (auto done = client::checkTime("position", position, true); !done) return done;
  return client_->ask([=](client::Player& player) { player.seek(position); });
}
Result<void> MultiStream::receiveAudio(bool wanted) {
  return client_->ask([=](client::Player& player) { player.receiveAudio(wanted); });
}
Result<void> MultiStream::receiveVideo(bool wanted) {
  return client_->ask([=](client::Player& player) { player.receiveVideo(wanted); });
}
Result<void> MultiStream::switchTo(const std::string& name, Transition transition) {
  if (name.empty()) return client::invalid("switchTo: an empty stream name");
  if (auto done = client::checkStreamName(name); !done) return done;
  static_assert(static_cast<int>(Transition::Switch) ==
                static_cast<int>(session::Transition::Switch));
  return client_->ask([=](client::Player& player) {
    player.switchTo(name, static_cast<session::Transition>(transition));
  });
}
Result<void> MultiStream::setBufferTime(std::chrono::milliseconds length) {
  if (auto done = client::checkTime("bufferTime", length, true); !done) return done;
  return client_->ask([=](client::Player& player) { player.setBufferTime(length); });
}
Result<void> MultiStream::stop() { return client_->stop(); }
std::chrono::milliseconds MultiStream::time() const { return client_->time(); }

}  // namespace multiconnection
