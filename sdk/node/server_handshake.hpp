#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "transport/handshake_digest.hpp"

namespace multiconnection::node {

/// The server's side of the handshake (Adobe RTMP 1.0, section 5.2), without a socket: C0 C1 in,
/// S0 S1 S2 out, C2 in. A client that puts a digest into C1 gets one back, all others the plain
/// answer. What C2 says is not looked at: clients fill it freely.
class ServerHandshake {
 public:
  static constexpr std::size_t kPacketBytes = transport::kHandshakePacketBytes;  ///< C1, C2, S1, S2
  static constexpr std::size_t kNoiseBytes = kPacketBytes - 8;
  using Noise = std::array<std::uint8_t, kNoiseBytes>;

  /// @param noise  what S1 is filled with, and S2 behind a digest; anything will do.
  explicit ServerHandshake(const Noise& noise) : noise_(noise) {}

  /// How many bytes are still to come; 0 = done. What follows them is no handshake any more.
  std::size_t missing() const;
  /// Takes at most missing() bytes; appends what is to be sent to `out`.
  /// @return Errc::CorruptData when the client asks for another version than 3; the end then.
  Result<void> feed(std::span<const std::uint8_t> bytes, Bytes& out);

 private:
  void answer(Bytes& out) const;
  void answerDigest(const transport::FoundDigest& client, Bytes& out) const;

  Noise noise_;
  Bytes received_;              ///< C0 and C1, until they are complete.
  std::size_t afterHello_ = 0;  ///< Bytes of C2.
  bool answered_ = false;
};

}  // namespace multiconnection::node
