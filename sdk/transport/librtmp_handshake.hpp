#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/error.hpp"
#include "transport/connection.hpp"
#include "transport/operation.hpp"
#include "util/option_string.hpp"

namespace boost::asio {
class io_context;
}

namespace multiconnection::transport {

struct StreamKeys;

struct HandshakeOptions {
  enum class Kind {
    Plain,
    Digest,     ///< For servers that insist on it; those that do not know it answer all the same.
    Encrypted,  ///< RTMPE.
  };
  Kind kind = Kind::Plain;
  /// For servers that verify their clients; makes Plain a Digest.
  std::optional<util::SwfFile> swf;
  /// What librtmp is told besides, as util::splitOptions() gives it. Changes no byte.
  std::vector<std::pair<std::string, std::string>> librtmp;
};

struct HandshakeOutcome {
  /// Encrypted only, and then always: makeCipherConnection() takes them.
  std::shared_ptr<const StreamKeys> keys;
  /// With HandshakeOptions::swf: the data of user control event 27, which answers event 26. Empty
  /// when the server did not answer with a digest.
  std::optional<std::array<std::uint8_t, 42>> swfResponse;
};

/// Runs librtmp's side of the RTMP handshake. librtmp knows only blocking sockets, so each
/// handshake gets one end of a socket pair and a short-lived thread with a small stack and every
/// signal blocked; the reactor pumps between the other end and the connection.
class Handshaker {
 public:
  using Handler = std::function<void(Result<HandshakeOutcome>)>;

  explicit Handshaker(boost::asio::io_context& io);
  /// Cancels what still runs and waits for the threads, which need no peer's help to end.
  ~Handshaker();
  Handshaker(const Handshaker&) = delete;
  Handshaker& operator=(const Handshaker&) = delete;

  /// Shakes hands as the client over `connection`, which is borrowed, must outlive the operation
  /// and is not to be touched meanwhile. Reads exactly the handshake: what the server sends behind
  /// it stays in the connection. One handler call follows, at the latest at `deadline`; an Error
  /// names the step that failed: Errc::TimedOut, Errc::Closed, Errc::CorruptData (the server speaks
  /// another version, does not encrypt, or its digest is wrong), or the system's own code.
  std::unique_ptr<Operation> start(Connection& connection, HandshakeOptions options,
                                   std::chrono::steady_clock::time_point deadline, Handler handler);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection::transport
