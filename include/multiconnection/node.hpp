#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"

namespace multiconnection {

/// What the node tells of its clients.
struct NodeEvent {
  enum class Kind {
    Connected,
    Refused,  ///< Ended before it was connected; `reason` says why.
    PublishStarted,
    PublishEnded,
    PlayStarted,
    PlayEnded,
    Closed
  };
  Kind kind = Kind::Connected;
  std::uint64_t client = 0;  ///< Never reused within one Node.
  std::string peer;          ///< Address and port.
  std::string app;
  std::string streamName;
  std::string reason;
};
MC_API std::string_view kindName(NodeEvent::Kind kind) noexcept;

struct NodeOptions {
  std::string address = "127.0.0.1";  ///< Numeric IPv4 or IPv6 to listen on.
  std::uint16_t port = 1935;          ///< 0: one that is free, see Node::port().
  std::size_t maxClients = 1000;      ///< More are refused.
  /// A client that has not finished handshake and connect by then is ended.
  std::chrono::milliseconds setupTimeout{10000};
  /// Bytes waiting for one player before frames are dropped for it.
  std::size_t maxQueueBytes = 8 * 1024 * 1024;
  /// Largest message taken from a client.
  std::size_t maxMessageBytes = 16 * 1024 * 1024;
  /// Raised on the node's thread; must not block. May be empty.
  std::function<void(const NodeEvent&)> onEvent{};
};

/// A small RTMP server in a library: accepts publishers and relays them live to players, who start
/// with metadata, sequence headers and a key frame. For development, tests, demos and small sites.
///
/// @par Thread safety
/// Every member from any thread; start(), stop() and the destructor not from inside onEvent. The
/// node runs on one thread of its own.
class MC_API Node {
 public:
  explicit Node(NodeOptions options = {});
  ~Node();  ///< stop()
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Listens and serves.
  /// @return Errc::InvalidArgument for a bad address or limit; Errc::InvalidState when running; the
  /// system's error, e.g. address in use.
  Result<void> start();
  /// Ends every client and the listener; returns when that is done.
  void stop();
  /// The port listened on; 0 while stopped.
  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection
