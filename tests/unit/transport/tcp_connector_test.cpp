#include "transport/tcp_connector.hpp"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/resolver.hpp"
#include "unit/transport/loop.hpp"
#include "unit/transport/sockets.hpp"

namespace multiconnection::transport {
namespace {

using testing::HasSubstr;
using ConnectResult = Result<std::unique_ptr<Connection>>;

class TcpConnector : public testing::Test {
 protected:
  std::unique_ptr<Operation> start(const std::string& host, std::uint16_t port,
                                   std::chrono::milliseconds limit = kLimit) {
    return connectTcp(loop.io, resolver, {host, port}, in(limit), [this](ConnectResult got) {
      ++calls;
      result.emplace(std::move(got));
    });
  }

  void connect(const std::string& host, std::uint16_t port,
               std::chrono::milliseconds limit = kLimit) {
    const auto operation = start(host, port, limit);
    EXPECT_EQ(calls, 0) << "never inside the call";
    ASSERT_TRUE(loop.runUntil([this] { return result.has_value(); }));
    EXPECT_EQ(calls, 1);
  }

  Loop loop;
  Resolver resolver{loop.io};
  std::optional<ConnectResult> result;
  int calls = 0;
};

TEST_F(TcpConnector, ConnectsToANumericAddress) {
  const Fd server = listeningSocket(AF_INET);
  connect("127.0.0.1", portOf(server));
  ASSERT_TRUE(*result) << result->error();
  EXPECT_EQ((**result)->peerName(), "127.0.0.1:" + std::to_string(portOf(server)));
}

TEST_F(TcpConnector, NamesAnIpv6PeerWithBrackets) {
  const Fd server = listeningSocket(AF_INET6);
  connect("::1", portOf(server));
  ASSERT_TRUE(*result) << result->error();
  EXPECT_EQ((**result)->peerName(), "[::1]:" + std::to_string(portOf(server)));
}

TEST_F(TcpConnector, ReportsARefusedPortWithTheSystemsCode) {
  const RefusedPort refused(AF_INET);
  connect("127.0.0.1", refused.port());
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, std::error_code(ECONNREFUSED, std::system_category()));
  EXPECT_EQ(result->error().message,
            "cannot connect to 127.0.0.1:" + std::to_string(refused.port()) +
                ": 127.0.0.1 Connection refused");
}

TEST_F(TcpConnector, GivesUpAtTheDeadlineWhenSynsGoUnanswered) {
  const FullBacklog silent(AF_INET);
  const auto deadline = in(300ms);
  connect("127.0.0.1", silent.port(), 300ms);
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, Errc::TimedOut);
  EXPECT_THAT(result->error().message, HasSubstr("timed out, 127.0.0.1 no answer"));
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

TEST_F(TcpConnector, TakesIpv4WhenIpv6Refuses) {
  const Fd server = listeningSocket(AF_INET);
  connect("localhost", portOf(server));
  ASSERT_TRUE(*result) << result->error();
  EXPECT_EQ((**result)->peerName(), "127.0.0.1:" + std::to_string(portOf(server)));
}

TEST_F(TcpConnector, TakesIpv6WhenIpv4Refuses) {
  const Fd server = listeningSocket(AF_INET6);
  connect("localhost", portOf(server));
  ASSERT_TRUE(*result) << result->error();
  EXPECT_EQ((**result)->peerName(), "[::1]:" + std::to_string(portOf(server)));
}

TEST_F(TcpConnector, DoesNotWaitForASilentIpv6Address) {
  const Fd server = listeningSocket(AF_INET);
  const FullBacklog silent(AF_INET6, portOf(server));
  ASSERT_EQ(silent.port(), portOf(server)) << "the IPv6 port is in use";
  connect("localhost", portOf(server));
  ASSERT_TRUE(*result) << result->error();
  EXPECT_EQ((**result)->peerName(), "127.0.0.1:" + std::to_string(portOf(server)));
}

TEST_F(TcpConnector, NamesEveryAddressThatFailed) {
  const RefusedPort refused(AF_INET);
  const RefusedPort refused6(AF_INET6, refused.port());
  connect("localhost", refused.port());
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, std::error_code(ECONNREFUSED, std::system_category()));
  EXPECT_THAT(result->error().message, HasSubstr("::1 Connection refused"));
  EXPECT_THAT(result->error().message, HasSubstr("127.0.0.1 Connection refused"));
}

TEST_F(TcpConnector, RefusesAnEmptyHost) {
  connect("", 1935);
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, Errc::InvalidArgument);
}

TEST_F(TcpConnector, NeverCallsTheHandlerOfACancelledOperation) {
  ASSERT_TRUE(loop.runUntil([] { return true; }));  // Asio opens its own descriptors late.
  const std::size_t before = countOf("fd");
  const Fd server = listeningSocket(AF_INET);
  const FullBacklog silent(AF_INET);
  {
    const auto connecting = start("127.0.0.1", portOf(server));
    const auto hanging = start("localhost", silent.port());
    loop.io.poll_one();
  }
  start("127.0.0.1", portOf(server));  // Dropped before the reactor saw it.
  loop.runFor(50ms);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(countOf("fd"), before + 6) << "the listeners of this test: 1 + 1 + 4";
}

TEST_F(TcpConnector, MayBeDestroyedInsideItsHandler) {
  const Fd server = listeningSocket(AF_INET);
  std::unique_ptr<Operation> operation;
  bool called = false;
  operation = connectTcp(loop.io, resolver, {"127.0.0.1", portOf(server)}, in(kLimit),
                         [&](ConnectResult got) {
                           operation.reset();
                           called = static_cast<bool>(got);
                         });
  EXPECT_TRUE(loop.runUntil([&] { return called; }));
}

}  // namespace
}  // namespace multiconnection::transport
