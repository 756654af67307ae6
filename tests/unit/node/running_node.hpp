#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "multiconnection/node.hpp"
#include "rtmp_peer.hpp"

namespace multiconnection::node {

/// A node on a free port, and what it told of its clients.
class RunningNode {
 public:
  explicit RunningNode(NodeOptions options = {}) : node_(prepared(std::move(options))) {
    const auto started = node_.start();
    if (!started) throw std::runtime_error(started.error().message);
  }

  std::uint16_t port() const { return node_.port(); }
  Node& node() { return node_; }

  /// The first event of that kind, now or within the limit.
  std::optional<NodeEvent> waitEvent(NodeEvent::Kind kind) {
    std::unique_lock lock(mutex_);
    const auto find = [&] {
      return std::find_if(events_.begin(), events_.end(),
                          [&](const NodeEvent& event) { return event.kind == kind; });
    };
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return find() != events_.end(); });
    const auto found = find();
    return found == events_.end() ? std::nullopt : std::optional(*found);
  }
  bool knows(NodeEvent::Kind kind) {
    const auto all = kinds();
    return std::find(all.begin(), all.end(), kind) != all.end();
  }
  std::vector<NodeEvent::Kind> kinds() {
    const std::lock_guard lock(mutex_);
    std::vector<NodeEvent::Kind> found;
    for (const NodeEvent& event : events_) found.push_back(event.kind);
    return found;
  }

 private:
  NodeOptions prepared(NodeOptions options) {
    options.port = 0;
    options.onEvent = [this](const NodeEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
      changed_.notify_all();
    };
    return options;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<NodeEvent> events_;
  Node node_;
};

/// A client that is connected to the app "live".
class ConnectedPeer : public RtmpPeer {
 public:
  explicit ConnectedPeer(RunningNode& node, int receiveBuffer = 0)
      : RtmpPeer(node.port(), receiveBuffer) {
    ready = shakeHands(chunked(rtmp::makeCommand(connectTo("live")))) &&
            waitStatus("NetConnection.Connect.Success");
  }
  bool ready = false;
};

}  // namespace multiconnection::node
