#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "util/const_buffer.hpp"

namespace multiconnection::transport {

using util::ConstBuffer;

/// An open, ordered byte pipe to one peer. Never blocks, never raises SIGPIPE.
/// Used on the reactor thread only; handlers run there too, never inside the call that takes them.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Closes at once; pending handlers are dropped, never called. Bytes that were received but not
  /// read make the system reset the connection, and what was written last may be lost: who cares
  /// calls shutdownWrite() and reads until the end of the stream first.
  virtual ~Connection();

  /// One gathered write. Returns the bytes taken, which may end inside any buffer; 0 without an
  /// error: no room now. A long list is taken in part.
  virtual std::size_t write(std::span<const ConstBuffer> buffers, std::error_code& error) = 0;

  /// Returns the bytes read; 0 without an error: nothing there now. The end of the stream is
  /// Errc::Closed, everything else the system's own code.
  virtual std::size_t read(std::span<std::uint8_t> into, std::error_code& error) = 0;

  /// Calls `handler` once as soon as read() would do something, an error included. One handler at
  /// a time: a later call replaces the waiting one, an empty handler takes it away.
  virtual void waitReadable(std::function<void()> handler) = 0;

  /// The same for write().
  virtual void waitWritable(std::function<void()> handler) = 0;

  /// Tells the peer that nothing more will be written. Reading goes on.
  virtual void shutdownWrite() = 0;

  /// From now on closing means a reset: the peer gets an error, and loses what it has not read.
  virtual void resetOnClose() {}

  /// "127.0.0.1:1935", "[::1]:1935".
  virtual std::string peerName() const = 0;

  /// What the system measured of late; nothing where it does not tell.
  virtual std::optional<std::chrono::microseconds> roundTripTime() { return std::nullopt; }

  /// System calls made by write() so far.
  virtual std::uint64_t writeCalls() const = 0;
};

}  // namespace multiconnection::transport
