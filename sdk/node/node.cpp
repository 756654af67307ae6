#include "multiconnection/node.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>

#include "node/client.hpp"
#include "node/fault_check.hpp"
#include "node/node_shared_object.hpp"
#include "node/object_service.hpp"
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
    case NodeEvent::Kind::RecordStarted:
      return "record_started";
    case NodeEvent::Kind::RecordEnded:
      return "record_ended";
    case NodeEvent::Kind::Closed:
      return "closed";
    case NodeEvent::Kind::Fault:
      return "fault";
    case NodeEvent::Kind::SharedObjectUsed:
      return "shared_object_used";
    case NodeEvent::Kind::SharedObjectReleased:
      return "shared_object_released";
    case NodeEvent::Kind::SharedObjectFailed:
      return "shared_object_failed";
  }
  return "unknown";
}

namespace {

/// A message holds twice as much: values may take more bytes as AMF3.
constexpr std::size_t kMostObjectBytes = 8'000'000;

Result<void> checkOptions(const NodeOptions& options) {
  const auto positive = [](const char* name, auto value) -> Result<void> {
    if (value > 0) return {};
    return Error{Errc::InvalidArgument,
                 std::string(name) + " is " + std::to_string(value) + ", it must be positive"};
  };
  for (const Result<void>& checked :
       {positive("maxClients", options.maxClients),
        positive("setupTimeout", options.setupTimeout.count()),
        positive("maxQueueBytes", options.maxQueueBytes),
        positive("maxMessageBytes", options.maxMessageBytes),
        positive("maxStreamsPerClient", options.maxStreamsPerClient),
        positive("maxCallValues", options.maxCallValues),
        positive("maxCommandsPerSecond", options.maxCommandsPerSecond),
        positive("maxDiskQueueBytes", options.maxDiskQueueBytes),
        positive("sharedObjects.maxSlots", options.sharedObjects.maxSlots),
        positive("sharedObjects.maxSlotBytes", options.sharedObjects.maxSlotBytes),
        positive("sharedObjects.maxObjectBytes", options.sharedObjects.maxObjectBytes),
        positive("sharedObjects.maxEventsPerSecond", options.sharedObjects.maxEventsPerSecond),
        positive("sharedObjects.maxTotalBytes", options.sharedObjects.maxTotalBytes),
        positive("sharedObjects.maxFiles", options.sharedObjects.maxFiles),
        positive("sharedObjects.maxObjectsPerApp", options.sharedObjects.maxObjectsPerApp),
        positive("sharedObjects.maxObjectsPerClient", options.sharedObjects.maxObjectsPerClient)}) {
    if (!checked) return checked;
  }
  if (options.sharedObjects.maxObjectBytes > kMostObjectBytes) {
    return Error{Errc::InvalidArgument, "sharedObjects.maxObjectBytes is " +
                                            std::to_string(options.sharedObjects.maxObjectBytes) +
                                            ", at most " + std::to_string(kMostObjectBytes) +
                                            " can be told in one message"};
  }
  for (const NodeFault& fault : options.faults) {
    if (auto checked = node::checkFault(fault); !checked) {
      return Error{checked.error().code,
                   "fault " + faultName(fault) + ": " + checked.error().message};
    }
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
    auto created = reactor::Loop::create();
    if (!created) return created.error();
    std::shared_ptr<reactor::Loop> loop = std::move(created).value();
    Result<void> started;
    loop->run([&] { started = listen(*loop); });
    if (!started) {
      loop->run([this] { host_.reset(); });
      return started;
    }
    const std::lock_guard shared(sharedMutex_);
    loop_ = std::move(loop);
    objectPort_ = std::make_shared<node::ObjectPort>(loop_, *host_->objects);
    return {};
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    if (!loop_) return;
    loop_->run([this] {
      port_ = 0;
      listener_.reset();
      const auto clients = clients_;  // each takes itself off the list
      for (const auto& [id, client] : clients) client->shutDown();
    });
    objectPort()->close();
    if (host_->recordings) host_->recordings->drain();
    host_->objects->drain();
    // Who calls from now on is told that the node does not run.
    const auto loop = [this] {
      const std::lock_guard shared(sharedMutex_);
      return std::exchange(loop_, nullptr);
    }();
    // What the disk had to tell, and calls that came before, stand before this in the queue.
    loop->run([this] { host_.reset(); });
  }

  Result<void> registerMethod(const std::string& name, MethodHandler handler) {
    if (name.empty()) return Error{Errc::InvalidArgument, "a method needs a name"};
    if (node::ClientFsm::isOwnMethod(name)) {
      return Error{Errc::InvalidArgument, "the method '" + name + "' is RTMP's own"};
    }
    const std::lock_guard lock(sharedMutex_);
    if (handler) {
      methods_[name] = std::move(handler);
    } else {
      methods_.erase(name);
    }
    return {};
  }

  Result<void> call(std::uint64_t client, const std::string& method,
                    std::vector<AmfValue> arguments, ReplyHandler onReply,
                    std::chrono::milliseconds deadline) {
    if (method.empty()) return Error{Errc::InvalidArgument, "a method needs a name"};
    if (deadline.count() <= 0) {
      return Error{Errc::InvalidArgument, "the deadline is " + std::to_string(deadline.count()) +
                                              " ms, it must be positive"};
    }
    const std::lock_guard lock(sharedMutex_);
    if (!loop_) return Error{Errc::InvalidState, "the node does not run"};
    loop_->post([this, client, method, arguments = std::move(arguments),
                 onReply = std::move(onReply), deadline]() mutable {
      const auto found = clients_.find(client);
      if (found != clients_.end()) {
        return found->second->call(method, std::move(arguments), std::move(onReply), deadline);
      }
      if (onReply) {
        onReply(Error{Errc::InvalidState, "there is no client " + std::to_string(client)});
      }
    });
    return {};
  }

  Result<NodeSharedObject> sharedObject(const std::string& app, const std::string& name,
                                        bool persistent) {
    if (name.empty()) return Error{Errc::InvalidArgument, "a shared object needs a name"};
    const auto port = objectPort();
    if (!port) return Error{Errc::InvalidState, "the node does not run"};
    auto object = std::make_shared<NodeSharedObject::Impl>(port, node::ObjectKey{app, name});
    if (auto opened = object->open(persistent); !opened) return opened.error();
    return NodeSharedObject(std::move(object));
  }

  std::uint16_t port() const { return port_; }

 private:
  Result<void> listen(reactor::Loop& loop) {
    host_ = std::make_unique<node::ClientHost>(
        node::ClientHost{loop,
                         options_,
                         {},
                         nullptr,
                         [this](const NodeEvent& event) { report(event); },
                         [this](std::uint64_t client) { release(client); },
                         [this](const std::string& method) { return methodOf(method); }});
    if (!options_.faults.empty()) {
      host_->faults = std::make_unique<node::FaultPlan>(options_.faults);
    }
    if (!options_.root.empty()) {
      auto recordings = node::Recordings::open(
          loop, options_.root, {options_.maxDiskQueueBytes, options_.maxRecordingBytes});
      if (!recordings) return recordings.error();
      host_->recordings = std::move(recordings).value();
    }
    if (auto opened = openObjects(loop); !opened) return opened;
    auto listener = transport::TcpListener::listen(
        loop.io(), {options_.address, options_.port},
        [this](std::unique_ptr<transport::Connection> peer) { accept(std::move(peer)); });
    if (!listener) return listener.error();
    listener_ = std::move(listener).value();
    port_ = listener_->port();
    return {};
  }

  Result<void> openObjects(reactor::Loop& loop) {
    std::optional<util::ConfinedFolder> root;
    if (!options_.root.empty()) {
      auto folder = util::ConfinedFolder::open(options_.root);
      if (!folder) return folder.error();
      root = std::move(folder).value();
    }
    host_->objects = std::make_unique<node::ObjectService>(
        loop, options_, std::move(root),
        node::ObjectService::Owner{[this](std::uint64_t client) { return clientOf(client); },
                                   [this](const NodeEvent& event) { report(event); }});
    return {};
  }

  void accept(std::unique_ptr<transport::Connection> peer) {
    const std::uint64_t id = ++lastClient_;
    if (clients_.size() >= options_.maxClients) {
      const std::string why =
          std::to_string(options_.maxClients) + " clients are here already, the most allowed";
      return report({NodeEvent::Kind::Refused, id, peer->peerName(), "", "", why, ""});
    }
    node::ServerHandshake::Noise noise;
    std::generate(noise.begin(), noise.end(),
                  [this] { return static_cast<std::uint8_t>(random_()); });
    const auto client = std::make_shared<node::Client>(*host_, id, std::move(peer), noise);
    clients_.emplace(id, client);
    client->start();
  }

  node::Client* clientOf(std::uint64_t id) const {
    const auto found = clients_.find(id);
    return found == clients_.end() ? nullptr : found->second.get();
  }

  void release(std::uint64_t id) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    // The caller is a function of the client: it goes when the stack is empty.
    host_->loop.post([ended = std::move(found->second)] {});
    clients_.erase(found);
  }

  std::shared_ptr<node::ObjectPort> objectPort() {
    const std::lock_guard lock(sharedMutex_);
    return objectPort_;
  }

  MethodHandler methodOf(const std::string& name) {
    const std::lock_guard lock(sharedMutex_);
    const auto found = methods_.find(name);
    return found == methods_.end() ? MethodHandler() : found->second;
  }

  void report(const NodeEvent& event) const {
    if (options_.onEvent) options_.onEvent(event);
  }

  const NodeOptions options_;
  std::mutex mutex_;        ///< Of start() and stop().
  std::mutex sharedMutex_;  ///< Of what calls and the loop's thread use; held for moments.
  std::atomic<std::uint16_t> port_{0};
  std::shared_ptr<reactor::Loop> loop_;
  std::shared_ptr<node::ObjectPort> objectPort_;  ///< Null before the first start().
  std::map<std::string, MethodHandler> methods_;
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
Result<void> Node::registerMethod(const std::string& name, MethodHandler handler) {
  return impl_->registerMethod(name, std::move(handler));
}
Result<void> Node::call(std::uint64_t client, const std::string& method,
                        std::vector<AmfValue> arguments, ReplyHandler onReply,
                        std::chrono::milliseconds deadline) {
  return impl_->call(client, method, std::move(arguments), std::move(onReply), deadline);
}

Result<NodeSharedObject> Node::sharedObject(const std::string& app, const std::string& name,
                                            bool persistent) {
  return impl_->sharedObject(app, name, persistent);
}

}  // namespace multiconnection
