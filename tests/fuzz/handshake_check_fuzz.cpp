// Any handshake in any portions: what is wrong with it does not depend on the portions, and an
// answer that librtmp would accept is no wrong one.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "transport/handshake_check.hpp"

namespace {

using namespace multiconnection::transport;
using Bytes = std::vector<std::uint8_t>;
using Kind = HandshakeCheck::Kind;

Bytes makeHello(Kind kind) {
  Bytes bytes(1 + kHandshakePacketBytes, 0x5A);
  const auto scheme = kind == Kind::Encrypted ? DigestScheme::At772 : DigestScheme::At8;
  putDigest(std::span(bytes).subspan(1).first<kHandshakePacketBytes>(), HandshakeSide::Client,
            scheme);
  return bytes;
}

/// C0 C1 as the kind has it; the client's own bytes are no foreign ones.
const Bytes& hello(Kind kind) {
  static const Bytes hellos[] = {makeHello(Kind::Plain), makeHello(Kind::Digest),
                                 makeHello(Kind::Encrypted)};
  return hellos[static_cast<std::size_t>(kind)];
}

std::string verdict(Kind kind, std::span<const std::uint8_t> answer, std::size_t portion) {
  HandshakeCheck check(kind);
  check.sent(hello(kind), 0);
  for (std::size_t at = 0; at < answer.size(); at += portion) {
    const auto part = answer.subspan(at, std::min(portion, answer.size() - at));
    const std::string wrong = check.received(part, at);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

/// Makes S1 and S2 right for the client's digest.
void sign(Kind kind, Bytes& answer) {
  const auto c1 = findDigest(std::span(hello(kind)).subspan(1).first<kHandshakePacketBytes>(),
                             HandshakeSide::Client);
  const auto packets = std::span(answer).subspan(1);
  putDigest(packets.first<kHandshakePacketBytes>(), HandshakeSide::Server, DigestScheme::At8);
  putSignature(packets.subspan(kHandshakePacketBytes).first<kHandshakePacketBytes>(),
               HandshakeSide::Server, c1->digest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto kind = static_cast<Kind>(data[0] % 3);
  const std::size_t portion = std::size_t{data[0]} / 3 * 20 + 7;
  // Short inputs, which are quick to vary, stand for long answers that repeat them.
  Bytes answer(data + 1, data + size);
  const bool whole = size > 1 && (data[0] & 0x80) != 0;
  answer.reserve(kHandshakeBytes);
  for (std::size_t i = 0; whole && answer.size() < kHandshakeBytes; ++i)
    answer.push_back(answer[i]);
  answer.resize(std::min(answer.size(), kHandshakeBytes));

  const std::string wrong = verdict(kind, answer, portion);
  if (wrong != verdict(kind, answer, answer.size() + 1)) std::abort();
  if (wrong.find('\n') != std::string::npos) std::abort();
  if (answer.size() < kHandshakeBytes) return 0;
  const bool version = answer[0] == (kind == Kind::Encrypted ? 6 : 3);
  sign(kind, answer);
  if (version && !verdict(kind, answer, portion).empty()) std::abort();
  return 0;
}
