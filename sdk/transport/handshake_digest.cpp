#include "transport/handshake_digest.hpp"

#include <nettle/hmac.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace multiconnection::transport {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Behind both names in the keys of the signatures.
constexpr std::array<std::uint8_t, 32> kCommonKey{
    0xF0, 0xEE, 0xC2, 0x4A, 0x80, 0x68, 0xBE, 0xE8, 0x2E, 0x00, 0xD0, 0xD1, 0x02, 0x9E, 0x7E, 0x57,
    0x6E, 0xEC, 0x5D, 0x2D, 0x29, 0x80, 0x6F, 0xAB, 0x93, 0xB8, 0xE6, 0x36, 0xCF, 0xEB, 0x31, 0xAE};

Bytes bytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Signs the digests.
Bytes shortKey(HandshakeSide side) {
  return bytesOf(side == HandshakeSide::Client ? "Genuine Adobe Flash Player 001"
                                               : "Genuine Adobe Flash Media Server 001");
}

/// HMAC-SHA256 of a text that comes in pieces.
class Hmac {
 public:
  explicit Hmac(Bytes key) { hmac_sha256_set_key(&context_, key.size(), key.data()); }
  Hmac& add(Bytes piece) {
    hmac_sha256_update(&context_, piece.size(), piece.data());
    return *this;
  }
  HandshakeDigest digest() {
    HandshakeDigest result;
    hmac_sha256_digest(&context_, result.size(), result.data());
    return result;
  }

 private:
  hmac_sha256_ctx context_;
};

std::size_t placeOf(HandshakePacket packet, DigestScheme scheme) {
  const std::size_t four = scheme == DigestScheme::At8 ? 8 : 772;
  std::size_t sum = 0;
  for (const std::uint8_t byte : packet.subspan(four, 4)) sum += byte;
  return four + 4 + sum % 728;
}

/// Of everything but the digest's own place.
HandshakeDigest digestOf(HandshakePacket packet, HandshakeSide side, std::size_t place) {
  return Hmac(shortKey(side))
      .add(packet.first(place))
      .add(packet.subspan(place + kDigestBytes))
      .digest();
}

}  // namespace

bool statesVersion(HandshakePacket packet) { return packet[4] != 0; }

std::optional<FoundDigest> findDigest(HandshakePacket packet, HandshakeSide side) {
  for (const DigestScheme scheme : {DigestScheme::At8, DigestScheme::At772}) {
    const std::size_t place = placeOf(packet, scheme);
    const HandshakeDigest digest = digestOf(packet, side, place);
    if (std::equal(digest.begin(), digest.end(), packet.subspan(place).begin())) {
      return FoundDigest{scheme, digest};
    }
  }
  return std::nullopt;
}

void putDigest(MutableHandshakePacket packet, HandshakeSide side, DigestScheme scheme) {
  const std::size_t place = placeOf(packet, scheme);
  const HandshakeDigest digest = digestOf(packet, side, place);
  std::copy(digest.begin(), digest.end(), packet.subspan(place).begin());
}

HandshakeDigest signatureOf(HandshakePacket packet, HandshakeSide side,
                            const HandshakeDigest& answered) {
  const Bytes key = shortKey(side);
  std::vector<std::uint8_t> longKey(key.begin(), key.end());
  longKey.insert(longKey.end(), kCommonKey.begin(), kCommonKey.end());
  const HandshakeDigest derived = Hmac(longKey).add(answered).digest();
  return Hmac(derived).add(packet.first(kHandshakePacketBytes - kDigestBytes)).digest();
}

bool isSigned(HandshakePacket packet, HandshakeSide side, const HandshakeDigest& answered) {
  const HandshakeDigest expected = signatureOf(packet, side, answered);
  return std::equal(expected.begin(), expected.end(), packet.last(kDigestBytes).begin());
}

void putSignature(MutableHandshakePacket packet, HandshakeSide side,
                  const HandshakeDigest& answered) {
  const HandshakeDigest signature = signatureOf(packet, side, answered);
  std::copy(signature.begin(), signature.end(), packet.last(kDigestBytes).begin());
}

}  // namespace multiconnection::transport
