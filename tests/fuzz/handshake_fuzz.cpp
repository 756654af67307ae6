// Any bytes of a server, in any portions, through the bridge to librtmp and back. The first byte is
// the size of a portion. Success takes a whole handshake of version 3, and what follows it must
// still be in the connection.
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

#include "transport/librtmp_handshake.hpp"
#include "transport/socket_calls.hpp"
#include "transport/socket_connection.hpp"

namespace {

using multiconnection::Result;
using namespace multiconnection::transport;

constexpr std::size_t kHandshake = 1 + 2 * 1536;
constexpr std::size_t kMost = 8192;  // Fits into the socket pair, whoever reads.

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

void expectRest(Connection& client, std::span<const std::uint8_t> expected) {
  std::vector<std::uint8_t> rest(kMost);
  std::error_code error;
  std::size_t size = 0;
  while (!error) size += client.read(std::span(rest).subspan(size), error);
  rest.resize(size);
  if (!std::equal(rest.begin(), rest.end(), expected.begin(), expected.end())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kMost) return 0;
  static boost::asio::io_context io;
  static Handshaker handshaker(io);
  const std::size_t portion = std::size_t{data[0]} * 16 + 1;
  const std::span<const std::uint8_t> answer(data + 1, size - 1);

  const Ends ends = connectedEnds(io);
  std::optional<Result<void>> result;
  const auto operation =
      handshaker.start(*ends.client, std::chrono::steady_clock::now() + std::chrono::seconds(5),
                       [&](Result<void> got) { result.emplace(std::move(got)); });
  std::error_code ignored;
  for (std::size_t at = 0; at < answer.size(); at += portion) {
    const ConstBuffer part{answer.data() + at, std::min(portion, answer.size() - at)};
    ends.server->write({&part, 1}, ignored);
    io.restart();
    io.poll();
  }
  ends.server->shutdownWrite();
  while (!result) {
    io.restart();
    io.run_one();
  }

  const bool whole = answer.size() >= kHandshake && answer[0] == 3;
  if (static_cast<bool>(*result) != whole) std::abort();
  if (whole) expectRest(*ends.client, answer.subspan(kHandshake));
  return 0;
}
