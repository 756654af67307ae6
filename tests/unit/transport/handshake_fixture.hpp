#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "transport/librtmp_handshake.hpp"
#include "transport/resolver.hpp"
#include "transport/tcp_connector.hpp"
#include "unit/transport/handshake_server.hpp"
#include "unit/transport/loop.hpp"

namespace multiconnection::transport {

using Bytes = std::vector<std::uint8_t>;
using Shaken = Result<HandshakeOutcome>;

class Handshake : public testing::Test {
 protected:
  std::unique_ptr<Connection> connect(std::uint16_t port) {
    std::unique_ptr<Connection> connection;
    const auto operation = connectTcp(loop.io, resolver, {"127.0.0.1", port}, in(kLimit),
                                      [&](Result<std::unique_ptr<Connection>> result) {
                                        ASSERT_TRUE(result) << result.error();
                                        connection = std::move(*result);
                                      });
    EXPECT_TRUE(loop.runUntil([&] { return connection != nullptr; }));
    return connection;
  }

  /// The whole handshake with a server of that kind.
  Shaken shake(HandshakeServer::Script script, std::chrono::milliseconds limit = kLimit) {
    server.emplace(loop, std::move(script));
    return shake(server->port(), limit);
  }

  Shaken shake(std::uint16_t port, std::chrono::milliseconds limit = kLimit) {
    client = connect(port);
    std::optional<Shaken> result;
    int calls = 0;
    const auto operation = handshaker->start(*client, options, in(limit), [&](Shaken got) {
      ++calls;
      result.emplace(std::move(got));
    });
    EXPECT_EQ(calls, 0) << "never inside the call";
    EXPECT_TRUE(loop.runUntil([&] { return result.has_value(); }));
    loop.io.poll();
    EXPECT_EQ(calls, 1);
    return result ? *result : Error(Errc::InvalidState, "the handler was not called");
  }

  HandshakeOptions options;
  Loop loop;
  Resolver resolver{loop.io};
  std::optional<HandshakeServer> server;
  std::unique_ptr<Connection> client;
  std::optional<Handshaker> handshaker{std::in_place, loop.io};
};

}  // namespace multiconnection::transport
