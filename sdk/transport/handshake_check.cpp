#include "transport/handshake_check.hpp"

#include <algorithm>

namespace multiconnection::transport {
namespace {

constexpr std::uint8_t kPlainVersion = 3;
constexpr std::array<std::uint8_t, 3> kEncryptedVersions{6, 8, 9};

/// Copies what of `bytes` belongs into the packet that begins at place `packet`.
void collect(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t packet,
             std::span<std::uint8_t> into) {
  const std::size_t first = std::max(at, packet);
  const std::size_t last = std::min(at + bytes.size(), packet + into.size());
  if (first >= last) return;
  const auto part = bytes.subspan(first - at, last - first);
  std::copy(part.begin(), part.end(), into.subspan(first - packet).begin());
}

bool passes(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t place) {
  return at < place && at + bytes.size() >= place;
}

}  // namespace

void HandshakeCheck::sent(std::span<const std::uint8_t> bytes, std::size_t at) {
  if (kind_ != Kind::Plain) collect(bytes, at, 1, client_);
}

std::string HandshakeCheck::received(std::span<const std::uint8_t> bytes, std::size_t at) {
  if (at == 0 && !bytes.empty()) {
    if (auto wrong = checkVersion(bytes[0]); !wrong.empty()) return wrong;
  }
  if (kind_ == Kind::Plain) return {};
  collect(bytes, at, 1, server_);
  if (passes(bytes, at, kFirstFlightBytes)) {
    if (auto wrong = checkFirst(); !wrong.empty()) return wrong;
  }
  collect(bytes, at, kFirstFlightBytes, server_);
  return passes(bytes, at, kHandshakeBytes) ? checkSecond() : "";
}

std::string HandshakeCheck::checkVersion(std::uint8_t version) {
  version_ = version;
  const std::string speaks = "the server speaks version " + std::to_string(version);
  if (kind_ != Kind::Encrypted) return version == kPlainVersion ? "" : speaks + " instead of 3";
  const bool known = std::count(kEncryptedVersions.begin(), kEncryptedVersions.end(), version) > 0;
  return known ? "" : speaks + " instead of 6, 8 or 9: it does not encrypt";
}

std::string HandshakeCheck::checkFirst() {
  // A server without the dialect answers as if to a plain handshake, and librtmp takes that.
  if (kind_ == Kind::Digest && !statesVersion(server_)) return {};
  digest_ = findDigest(server_, HandshakeSide::Server).has_value();
  return digest_ ? "" : "the server's S1 holds no valid digest";
}

std::string HandshakeCheck::checkSecond() const {
  if (!signedOpenly()) return {};
  const auto own = findDigest(client_, HandshakeSide::Client);
  const bool good = own && isSigned(server_, HandshakeSide::Server, own->digest);
  return good ? "" : "the server's S2 is not signed for this C1";
}

std::array<std::uint8_t, kHandshakeBytes> HandshakeCheck::acceptable() const {
  std::array<std::uint8_t, kHandshakeBytes> bytes{};
  bytes[0] = kPlainVersion;
  const auto own = findDigest(client_, HandshakeSide::Client);
  if (signedOpenly() && own) {
    putSignature(std::span(bytes).last<kHandshakePacketBytes>(), HandshakeSide::Server,
                 own->digest);
  }
  return bytes;
}

}  // namespace multiconnection::transport
