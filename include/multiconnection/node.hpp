#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/node_faults.hpp"
#include "multiconnection/node_shared_object.hpp"

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
    RecordStarted,
    RecordEnded,  ///< `reason` says why, if it was not the publisher's wish.
    Closed,
    Fault,  ///< One of NodeOptions::faults struck; `reason` names it, e.g. "connect:refuse".
    SharedObjectUsed,  ///< `streamName` is the object's.
    SharedObjectReleased,
    SharedObjectFailed  ///< Its file cannot be read or written; `reason` says why. Of no client.
  };
  Kind kind = Kind::Connected;
  std::uint64_t client = 0;  ///< Never reused within one Node.
  std::string peer;          ///< Address and port.
  std::string app;
  std::string streamName;
  std::string reason;
  /// What the client put behind a '?' in the stream's name; no part of the name. Often a secret.
  std::string query;
};
MC_API std::string_view kindName(NodeEvent::Kind kind) noexcept;

/// A method that a client called.
struct NodeCall {
  std::uint64_t client = 0;
  std::string peer;
  std::string app;
  std::string method;
  std::vector<AmfValue> arguments;
};

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
  std::size_t maxStreamsPerClient = 32;
  /// AMF values in one command: its arguments with all that is inside them.
  std::size_t maxCallValues = 65536;
  /// Commands of one client per second; after so many it is read from again in the next second.
  std::size_t maxCommandsPerSecond = 20000;
  /// Folder, which must exist, of recordings, APP/NAME.flv, and of persistent shared objects,
  /// APP/NAME.mcso. Empty: no recordings are made or played, and shared objects end with the node.
  std::string root{};
  /// Bytes of a recording that may wait for the disk; with more its recording ends. The same for
  /// all shared objects together; with more their writes are refused.
  std::size_t maxDiskQueueBytes = 64 * 1024 * 1024;
  /// Bytes of all files below `root`; when they are taken, recordings end. 0: no limit.
  std::uint64_t maxRecordingBytes = 0;
  NodeObjectOptions sharedObjects{};
  /// What it does wrong on purpose, for tests. All that strike at a moment do, in this order.
  std::vector<NodeFault> faults{};
  /// Raised on the node's thread; must not block. May be empty.
  std::function<void(const NodeEvent&)> onEvent{};
};

/// A small RTMP server in a library: accepts publishers and relays them live to players, who start
/// with metadata, sequence headers and a key frame; records and plays FLV files; takes calls. For
/// development, tests, demos and small sites.
///
/// @par Thread safety
/// Every member from any thread; start(), stop() and the destructor not from inside onEvent and the
/// handlers of calls. The node runs on one thread of its own, and one each for recordings and for
/// the files of shared objects.
class MC_API Node {
 public:
  explicit Node(NodeOptions options = {});
  ~Node();  ///< stop()
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Listens and serves.
  /// @return Errc::InvalidArgument for a bad address or limit; Errc::InvalidState when running; the
  /// system's error, e.g. address in use, or no folder `root`.
  Result<void> start();
  /// Tells every client NetConnection.Connect.AppShutdown, ends it and the listener, and completes
  /// the recordings; returns when that is done.
  void stop();
  /// The port listened on; 0 while stopped.
  std::uint16_t port() const;

  /// The result goes to the client: a value as _result, an error's message as _error.
  using MethodHandler = std::function<Result<AmfValue>(const NodeCall&)>;
  /// Has `handler` called when a client calls `name`; on the node's thread, so that it must not
  /// block. An empty handler takes the method away: unknown ones are answered with
  /// NetConnection.Call.Failed.
  /// @return Errc::InvalidArgument for an empty name and for those that RTMP itself needs.
  Result<void> registerMethod(const std::string& name, MethodHandler handler);

  /// Gets the first value of the answer; Errc::Refused for _error, TimedOut, Closed when the client
  /// went, InvalidState when there is no such client, LimitExceeded when 65,536 calls wait for it
  /// or the arguments are too large for a message (16 MiB).
  using ReplyHandler = std::function<void(const Result<AmfValue>&)>;
  /// Calls a method of a client. `onReply` runs exactly once, on the node's thread; without it no
  /// answer is asked for.
  /// @return Errc::InvalidState when the node does not run; Errc::InvalidArgument for an empty
  /// method and a deadline that is not positive. Then `onReply` does not run.
  Result<void> call(std::uint64_t client, const std::string& method,
                    std::vector<AmfValue> arguments = {}, ReplyHandler onReply = {},
                    std::chrono::milliseconds deadline = std::chrono::seconds(10));

  /// The shared object of that name, for the program itself; it is made if it is not there. The
  /// options' hook is not asked.
  /// @return Errc::InvalidArgument for an empty name; Errc::InvalidState when the node does not
  /// run.
  Result<NodeSharedObject> sharedObject(const std::string& app, const std::string& name,
                                        bool persistent = false);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection
