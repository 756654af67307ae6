#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/node.hpp"
#include "node/broadcast.hpp"
#include "node/client_fsm.hpp"
#include "node/server_handshake.hpp"
#include "reactor/loop.hpp"
#include "reactor/rtmp_link.hpp"
#include "transport/connection.hpp"

namespace multiconnection::node {

/// What all clients of a node share. Loop's thread only.
struct ClientHost {
  reactor::Loop& loop;
  const NodeOptions& options;
  Broadcasts broadcasts;
  std::function<void(const NodeEvent&)> report;
  /// The client has ended; may be released, but not inside the call.
  std::function<void(std::uint64_t client)> onEnded;
};

/// One client from the handshake to its end: runs its state machine over its socket and takes part
/// in broadcasts for it. Loop's thread only.
class Client : public std::enable_shared_from_this<Client>, private reactor::RtmpLink::Observer {
 public:
  Client(ClientHost& host, std::uint64_t id, std::unique_ptr<transport::Connection> connection,
         const ServerHandshake::Noise& noise);
  ~Client() override;

  void start();
  /// Ends at once: leaves its broadcasts, reports, closes.
  void end(const std::string& reason);

 private:
  class StreamPlayer;
  /// What the client does in a broadcast.
  struct Part {
    Broadcasts::Key key;
    Broadcast* broadcast = nullptr;
    std::unique_ptr<StreamPlayer> player;  ///< Null for the publisher.
  };

  void onHandshakeReadable();
  void writeHandshake();
  void beginSession();
  void perform(ClientActions&& actions);
  void onEvent(ClientEvent&& event);
  void publish(ClientEvent&& event);
  void play(ClientEvent&& event);
  void leave(std::uint32_t streamId);
  void endLater(std::string reason);
  void report(NodeEvent::Kind kind, const std::string& streamName, const std::string& reason);

  // RtmpLink::Observer
  void onMessage(rtmp::Message&& message) override;
  void onReceived(std::uint64_t total) override;
  void onDrained() override;
  void onEnded(const Error& why) override;

  ClientHost& host_;
  const std::uint64_t id_;
  const std::string peer_;
  std::unique_ptr<transport::Connection> connection_;  ///< Until the handshake is done.
  ServerHandshake handshake_;
  Bytes handshakeOut_;  ///< Not written yet.
  std::shared_ptr<reactor::RtmpLink> link_;
  reactor::Timer setupTimer_;
  ClientFsm fsm_;
  std::map<std::uint32_t, Part> parts_;  ///< By message stream id.
  bool ended_ = false;
};

}  // namespace multiconnection::node
