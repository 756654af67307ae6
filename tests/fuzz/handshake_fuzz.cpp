// Any bytes of a server, in any portions, through the bridge to librtmp and back. The first byte
// tells the kind of handshake, whether the digests of the answer are made right, and the size of a
// portion. Success takes a whole handshake of the right version, with right digests where they are
// asked for, and what follows it must still be in the connection.
#include <librtmp/log.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "transport/handshake_digest.hpp"
#include "transport/librtmp_handshake.hpp"
#include "transport/socket_calls.hpp"
#include "transport/socket_connection.hpp"

namespace {

using multiconnection::Result;
using namespace multiconnection::transport;
using Bytes = std::vector<std::uint8_t>;
using Kind = HandshakeOptions::Kind;

/// A slow machine is no finding; what hangs is told by the fuzzer's own limit.
constexpr std::chrono::hours kNever{1};
constexpr std::size_t kPacket = kHandshakePacketBytes;
constexpr std::size_t kHandshake = 1 + 2 * kPacket;
constexpr std::size_t kMost = 8192;    // Fits into the socket pair, whoever reads.
constexpr std::size_t kPortions = 64;  // What is left then comes at once.

struct Ends {
  std::unique_ptr<Connection> client;
  std::unique_ptr<Connection> server;
};

Ends connectedEnds(boost::asio::io_context& io) {
  std::error_code error;
  const SocketPair pair = makeSocketPair(error);
  if (error) std::abort();
  auto client = adoptSocket(io, pair.ours, "client");
  auto server = adoptSocket(io, pair.theirs, "server");
  if (!client || !server) std::abort();
  return {std::move(*client), std::move(*server)};
}

void runOnce(boost::asio::io_context& io) {
  io.restart();
  io.run_one();
}

/// C0 and C1.
Bytes helloAt(Connection& server, boost::asio::io_context& io) {
  Bytes hello(1 + kPacket);
  std::error_code error;
  std::size_t size = 0;
  while (size < hello.size()) {
    size += server.read(std::span(hello).subspan(size), error);
    if (error) std::abort();
    server.waitReadable([] {});
    if (size < hello.size()) runOnce(io);
  }
  server.waitReadable(nullptr);
  return hello;
}

/// Makes S1 and S2 right for this C1. Versions 8 and 9 have signatures that are encrypted besides.
void sign(const Bytes& hello, Bytes& answer) {
  const auto c1 = findDigest(std::span(hello).subspan(1).first<kPacket>(), HandshakeSide::Client);
  if (!c1 || answer.size() < kHandshake || answer[0] >= 8) return;
  const auto packets = std::span(answer).subspan(1);
  putDigest(packets.first<kPacket>(), HandshakeSide::Server, DigestScheme::At772);
  putSignature(packets.subspan(kPacket).first<kPacket>(), HandshakeSide::Server, c1->digest);
}

void expectRest(Connection& client, std::span<const std::uint8_t> expected) {
  Bytes rest(kMost);
  std::error_code error;
  std::size_t size = 0;
  while (!error) size += client.read(std::span(rest).subspan(size), error);
  rest.resize(size);
  if (!std::equal(rest.begin(), rest.end(), expected.begin(), expected.end())) std::abort();
}

enum class Expected { Success, Failure, Either };

Expected expectation(Kind kind, bool isSigned, const Bytes& answer) {
  if (answer.size() < kHandshake) return Expected::Failure;
  if (kind == Kind::Encrypted) {
    // librtmp may still refuse the server's public key.
    return isSigned && answer[0] == 6 ? Expected::Either : Expected::Failure;
  }
  if (answer[0] != 3) return Expected::Failure;
  // A server that states no version does not know digests, and may do without.
  const bool noDigest = kind == Kind::Plain || answer[5] == 0;
  return noDigest || isSigned ? Expected::Success : Expected::Failure;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kMost) return 0;
  static boost::asio::io_context io;
  static Handshaker handshaker(io);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  // An encrypted one, with its Diffie-Hellman keys, takes as long as ten others.
  static constexpr Kind kKinds[] = {Kind::Plain, Kind::Digest, Kind::Encrypted, Kind::Digest};
  HandshakeOptions options;
  options.kind = kKinds[data[0] % 4];
  const bool isSigned = (data[0] & 4) != 0 && options.kind != Kind::Plain;
  const std::size_t portion = std::size_t{data[0]} / 8 * 128 + 1;
  Bytes answer(data + 1, data + size);

  const Ends ends = connectedEnds(io);
  std::optional<Result<HandshakeOutcome>> result;
  const auto operation =
      handshaker.start(*ends.client, options, std::chrono::steady_clock::now() + kNever,
                       [&](Result<HandshakeOutcome> got) { result.emplace(std::move(got)); });
  if (isSigned) sign(helloAt(*ends.server, io), answer);
  std::error_code ignored;
  for (std::size_t at = 0, count = 1; at < answer.size(); ++count) {
    const std::size_t rest = answer.size() - at;
    const ConstBuffer part{answer.data() + at, count < kPortions ? std::min(portion, rest) : rest};
    ends.server->write({&part, 1}, ignored);
    at += part.size;
    io.restart();
    io.poll();
  }
  ends.server->shutdownWrite();
  while (!result) runOnce(io);

  const bool good = static_cast<bool>(*result);
  const Expected expected = expectation(options.kind, isSigned, answer);
  if (expected != Expected::Either && good != (expected == Expected::Success)) std::abort();
  if (good && (options.kind == Kind::Encrypted) != ((*result)->keys != nullptr)) std::abort();
  if (good) expectRest(*ends.client, std::span(answer).subspan(kHandshake));
  return 0;
}
