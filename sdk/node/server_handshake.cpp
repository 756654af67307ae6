#include "node/server_handshake.hpp"

#include <string>

#include "util/byte_writer.hpp"

namespace multiconnection::node {
namespace {

constexpr std::uint8_t kPlainVersion = 3;
/// 3.5.1.1: clients look for a digest from 3 on.
constexpr std::uint32_t kDigestVersion = 0x03050101;
constexpr std::size_t kHelloBytes = 1 + ServerHandshake::kPacketBytes;

}  // namespace

std::size_t ServerHandshake::missing() const {
  return answered_ ? kPacketBytes - afterHello_ : kHelloBytes - received_.size() + kPacketBytes;
}

Result<void> ServerHandshake::feed(std::span<const std::uint8_t> bytes, Bytes& out) {
  if (!answered_) {
    const std::size_t taken = std::min(bytes.size(), kHelloBytes - received_.size());
    util::ByteWriter(received_).bytes(bytes.first(taken));
    bytes = bytes.subspan(taken);
    if (!received_.empty() && received_[0] != kPlainVersion) {
      return Error{Errc::CorruptData, "the first byte is " + std::to_string(received_[0]) +
                                          ": only RTMP version 3 is spoken here"};
    }
    if (received_.size() < kHelloBytes) return {};
    answer(out);
    answered_ = true;
    received_ = {};
  }
  afterHello_ += bytes.size();
  return {};
}

void ServerHandshake::answer(Bytes& out) const {
  const auto c1 = std::span(received_).subspan(1).first<kPacketBytes>();
  util::ByteWriter writer(out);
  writer.u8(kPlainVersion);
  if (transport::statesVersion(c1)) {
    const auto digest = transport::findDigest(c1, transport::HandshakeSide::Client);
    if (digest) return answerDigest(*digest, out);
  }
  // S1: time 0; a zero version tells clients that no digest is in the noise.
  writer.u32(0);
  writer.u32(0);
  writer.bytes(noise_);
  // S2 echoes C1.
  writer.bytes(c1);
}

void ServerHandshake::answerDigest(const transport::FoundDigest& client, Bytes& out) const {
  using transport::HandshakeSide;
  util::ByteWriter writer(out);
  const std::size_t s1 = out.size();
  writer.u32(0);
  writer.u32(kDigestVersion);
  writer.bytes(noise_);
  const std::size_t s2 = out.size();
  writer.u32(0);
  writer.u32(0);
  writer.bytes(noise_);
  const auto packet = [&](std::size_t at) {
    return std::span(out).subspan(at).first<kPacketBytes>();
  };
  transport::putDigest(packet(s1), HandshakeSide::Server, client.scheme);
  transport::putSignature(packet(s2), HandshakeSide::Server, client.digest);
}

}  // namespace multiconnection::node
