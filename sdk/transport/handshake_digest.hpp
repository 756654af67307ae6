#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace multiconnection::transport {

/// C1, C2, S1 and S2 (Adobe RTMP 1.0, section 5.2.3).
inline constexpr std::size_t kHandshakePacketBytes = 1536;
using HandshakePacket = std::span<const std::uint8_t, kHandshakePacketBytes>;
using MutableHandshakePacket = std::span<std::uint8_t, kHandshakePacketBytes>;

/// The handshake of Flash Player 9 and later: C1 and S1 hold an HMAC-SHA256 of themselves, C2 and
/// S2 end in a signature of the other side's. The keys are constants that everybody knows: this
/// tells speakers of the dialect from others and protects nothing.
enum class HandshakeSide { Client, Server };

inline constexpr std::size_t kDigestBytes = 32;
using HandshakeDigest = std::array<std::uint8_t, kDigestBytes>;

/// Where the digest stands depends on four bytes of the packet: those at 8 or those at 772.
enum class DigestScheme { At8, At772 };

struct FoundDigest {
  DigestScheme scheme;
  HandshakeDigest digest;
};

/// True when C1 or S1 states a version, which announces a digest.
bool statesVersion(HandshakePacket packet);
/// The digest that `side` has put into its C1 or S1; nothing if there is none of either scheme.
std::optional<FoundDigest> findDigest(HandshakePacket packet, HandshakeSide side);
/// Puts the digest of `side` into its C1 or S1, which is complete otherwise.
void putDigest(MutableHandshakePacket packet, HandshakeSide side, DigestScheme scheme);

/// What the last 32 bytes of `side`'s C2 or S2 must be, in answer to the other side's digest.
HandshakeDigest signatureOf(HandshakePacket packet, HandshakeSide side,
                            const HandshakeDigest& answered);
bool isSigned(HandshakePacket packet, HandshakeSide side, const HandshakeDigest& answered);
void putSignature(MutableHandshakePacket packet, HandshakeSide side,
                  const HandshakeDigest& answered);

}  // namespace multiconnection::transport
