#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "multiconnection/error.hpp"
#include "transport/connection.hpp"
#include "transport/operation.hpp"

namespace boost::asio {
class io_context;
}

namespace multiconnection::transport {

/// Runs librtmp's side of the RTMP handshake. librtmp knows only blocking sockets, so each
/// handshake gets one end of a socket pair and a short-lived thread with a small stack and every
/// signal blocked; the reactor pumps between the other end and the connection.
class Handshaker {
 public:
  using Handler = std::function<void(Result<void>)>;

  explicit Handshaker(boost::asio::io_context& io);
  /// Cancels what still runs and waits for the threads, which need no peer's help to end.
  ~Handshaker();
  Handshaker(const Handshaker&) = delete;
  Handshaker& operator=(const Handshaker&) = delete;

  /// Shakes hands as the client over `connection`, which is borrowed, must outlive the operation
  /// and is not to be touched meanwhile. Reads exactly the handshake: what the server sends behind
  /// it stays in the connection. One handler call follows, at the latest at `deadline`; an Error
  /// names the step that failed: Errc::TimedOut, Errc::Closed, Errc::CorruptData (the server speaks
  /// another version), or the system's own code.
  std::unique_ptr<Operation> start(Connection& connection,
                                   std::chrono::steady_clock::time_point deadline, Handler handler);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection::transport
