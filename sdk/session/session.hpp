#pragma once

#include <cstdint>
#include <string>

#include "session/actions.hpp"
#include "session/net_connection.hpp"
#include "session/net_stream.hpp"

namespace multiconnection::session {

/// Everything one server's connection decides: messages go in, actions come out. It holds one
/// NetStream, the only layout that every server supports.
class Session {
 public:
  explicit Session(ConnectParameters parameters)
      : connection_(std::move(parameters)), stream_(connection_) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  NetConnection& connection() { return connection_; }
  const NetConnection& connection() const { return connection_; }
  NetStream& stream() { return stream_; }
  const NetStream& stream() const { return stream_; }

  /// @return what in the message breaks the protocol; the connection must then be ended.
  Result<void> onMessage(const rtmp::Message& message, Actions& out);
  /// Says something of a shared object to the server, in the encoding that it has confirmed.
  void sendSharedObject(const rtmp::SharedObjectMessage& object, Actions& out) const;

 private:
  static Result<void> onSharedObject(const rtmp::Message& message, Actions& out);
  Result<void> onCommand(const rtmp::Message& message, Actions& out);

  NetConnection connection_;
  NetStream stream_;
};

}  // namespace multiconnection::session
