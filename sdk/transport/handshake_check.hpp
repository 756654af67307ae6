#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "transport/handshake_digest.hpp"
#include "transport/handshake_flow.hpp"

namespace multiconnection::transport {

/// Watches one handshake pass by and tells what is wrong with the server's part before librtmp sees
/// it: librtmp itself would only print a line on standard error. No IO.
class HandshakeCheck {
 public:
  enum class Kind { Plain, Digest, Encrypted };
  explicit HandshakeCheck(Kind kind) : kind_(kind) {}

  /// Bytes of C0 C1 C2, in order; `at` is the place of the first one.
  void sent(std::span<const std::uint8_t> bytes, std::size_t at);
  /// Bytes of S0 S1 S2. @return what the server did wrong; empty: nothing so far.
  std::string received(std::span<const std::uint8_t> bytes, std::size_t at);
  /// S0 S1 S2 as librtmp accepts them without a word, as far as that can be told here.
  std::array<std::uint8_t, kHandshakeBytes> acceptable() const;

 private:
  using Packet = std::array<std::uint8_t, kHandshakePacketBytes>;

  std::string checkVersion(std::uint8_t version);
  std::string checkFirst();
  std::string checkSecond() const;
  /// S2 must be signed with a key that is known here too.
  bool signedOpenly() const { return digest_ && version_ < kFirstHiddenVersion; }

  /// From this version on the signatures are encrypted in librtmp's hands.
  static constexpr std::uint8_t kFirstHiddenVersion = 8;

  Kind kind_;
  std::uint8_t version_ = 3;
  bool digest_ = false;  ///< The server's S1 holds one.
  Packet client_{};      ///< C1
  Packet server_{};      ///< S1, then S2
};

}  // namespace multiconnection::transport
