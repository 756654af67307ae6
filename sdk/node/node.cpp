#include "multiconnection/node.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <unordered_map>
#include <utility>

#include "node/client.hpp"
#include "reactor/loop.hpp"
#include "transport/tcp_listener.hpp"

namespace multiconnection {

std::string_view kindName(NodeEvent::Kind kind) noexcept {
  switch (kind) {
    case NodeEvent::Kind::Connected:
      return "connected";
    case NodeEvent::Kind::Refused:
      return "refused";
    case NodeEvent::Kind::PublishStarted:
      return "publish_started";
    case NodeEvent::Kind::PublishEnded:
      return "publish_ended";
    case NodeEvent::Kind::PlayStarted:
      return "play_started";
    case NodeEvent::Kind::PlayEnded:
      return "play_ended";
    case NodeEvent::Kind::Closed:
      return "closed";
  }
  return "unknown";
}

namespace {

Result<void> checkOptions(const NodeOptions& options) {
  const auto positive = [](const char* name, auto value) -> Result<void> {
    if (value > 0) return {};
    return Error{Errc::InvalidArgument,
                 std::string(name) + " is " + std::to_string(value) + ", it must be positive"};
  };
  for (const Result<void>& checked : {positive("maxClients", options.maxClients),
                                      positive("setupTimeout", options.setupTimeout.count()),
                                      positive("maxQueueBytes", options.maxQueueBytes),
                                      positive("maxMessageBytes", options.maxMessageBytes)}) {
    if (!checked) return checked;
  }
  return {};
}

}  // namespace

/// A node that runs: its thread, its port and its clients.
class Node::Impl {
 public:
  explicit Impl(NodeOptions options) : options_(std::move(options)) {}
  ~Impl() { stop(); }

  Result<void> start() {
    const std::lock_guard lock(mutex_);
    if (loop_) return Error{Errc::InvalidState, "the node runs already"};
    if (auto checked = checkOptions(options_); !checked) return checked;
    loop_ = std::make_unique<reactor::Loop>();
    Result<void> started;
    loop_->run([&] { started = listen(); });
    if (!started) loop_.reset();
    return started;
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    if (!loop_) return;
    loop_->run([this] {
      port_ = 0;
      listener_.reset();
      for (const auto& [id, client] : std::exchange(clients_, {})) client->end("the node stops");
      host_.reset();
    });
    loop_.reset();
  }

  std::uint16_t port() const { return port_; }

 private:
  Result<void> listen() {
    host_ = std::make_unique<node::ClientHost>(
        node::ClientHost{*loop_,
                         options_,
                         {},
                         [this](const NodeEvent& event) { report(event); },
                         [this](std::uint64_t client) { release(client); }});
    auto listener = transport::TcpListener::listen(
        loop_->io(), {options_.address, options_.port},
        [this](std::unique_ptr<transport::Connection> peer) { accept(std::move(peer)); });
    if (!listener) return listener.error();
    listener_ = std::move(listener).value();
    port_ = listener_->port();
    return {};
  }

  void accept(std::unique_ptr<transport::Connection> peer) {
    const std::uint64_t id = ++lastClient_;
    if (clients_.size() >= options_.maxClients) {
      const std::string why =
          std::to_string(options_.maxClients) + " clients are here already, the most allowed";
      return report({NodeEvent::Kind::Refused, id, peer->peerName(), "", "", why});
    }
    node::ServerHandshake::Noise noise;
    std::generate(noise.begin(), noise.end(),
                  [this] { return static_cast<std::uint8_t>(random_()); });
    const auto client = std::make_shared<node::Client>(*host_, id, std::move(peer), noise);
    clients_.emplace(id, client);
    client->start();
  }

  void release(std::uint64_t id) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    // The caller is a function of the client: it goes when the stack is empty.
    loop_->post([ended = std::move(found->second)] {});
    clients_.erase(found);
  }

  void report(const NodeEvent& event) const {
    if (options_.onEvent) options_.onEvent(event);
  }

  const NodeOptions options_;
  std::mutex mutex_;  ///< Of start() and stop().
  std::atomic<std::uint16_t> port_{0};
  std::unique_ptr<reactor::Loop> loop_;
  // The loop's thread only.
  std::unique_ptr<node::ClientHost> host_;
  std::unique_ptr<transport::TcpListener> listener_;
  std::unordered_map<std::uint64_t, std::shared_ptr<node::Client>> clients_;
  std::uint64_t lastClient_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

Node::Node(NodeOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Node::~Node() = default;
Result<void> Node::start() { return impl_->start(); }
void Node::stop() { impl_->stop(); }
std::uint16_t Node::port() const { return impl_->port(); }

}  // namespace multiconnection
