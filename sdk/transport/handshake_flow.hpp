#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <system_error>

#include "transport/connection.hpp"
#include "transport/handshake_digest.hpp"

namespace multiconnection::transport {

// RTMP 1.0, section 5.2: one version byte, then two packets of 1536 bytes in either direction.
inline constexpr std::size_t kHandshakeBytes = 1 + 2 * kHandshakePacketBytes;
inline constexpr std::size_t kFirstFlightBytes = 1 + kHandshakePacketBytes;

/// librtmp fills C1 from rand(), which nobody seeds and which is not ours to seed: without this C1
/// would be the same in every process. The random part is masked on its way out, and S2, which
/// returns it, on its way in: librtmp finds its own bytes. Right for the plain handshake only.
class HandshakeMask {
 public:
  explicit HandshakeMask(std::mt19937_64& random);
  /// `at`: place of the first byte in its direction; `packet`: where the packet to mask begins.
  void apply(std::span<std::uint8_t> bytes, std::size_t at, std::size_t packet) const;

 private:
  std::array<std::uint8_t, 16> bytes_;
};

/// One direction: exactly the bytes of the handshake, in small steps. Each end may stop at any
/// byte.
class HandshakeFlow {
 public:
  /// Gets each byte once, with its place, and may change it. @return false: they go no further.
  using Seen = std::function<bool(std::span<std::uint8_t> bytes, std::size_t at)>;

  /// @param whole  version and first packet go on together, and the second packet in one piece.
  HandshakeFlow(Connection& from, Connection& to, bool whole, Seen seen);

  enum class Step { Moved, WaitReadable, WaitWritable, Complete, ReadFailed, WriteFailed, Refused };
  Step step(std::error_code& error);
  void stop();

  Connection& from() { return from_; }
  Connection& to() { return to_; }
  std::size_t read() const { return read_; }
  std::size_t written() const { return written_; }

 private:
  Step readMore(std::error_code& error);
  /// How far to read before anything is written.
  std::size_t readLimit() const;

  Connection& from_;
  Connection& to_;
  bool whole_;
  Seen seen_;
  std::array<std::uint8_t, kFirstFlightBytes> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t read_ = 0;
  std::size_t written_ = 0;
};

}  // namespace multiconnection::transport
