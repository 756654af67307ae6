#include "transport/tcp_listener.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>

#include "transport/resolver.hpp"
#include "transport/tcp_connector.hpp"
#include "unit/transport/loop.hpp"
#include "unit/transport/sockets.hpp"

namespace multiconnection::transport {
namespace {

using Pipe = std::unique_ptr<Connection>;

/// A listener, and a client and a server end that are connected with each other.
class TcpPipe : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = TcpListener::listen(loop.io, {}, [this](Pipe peer) { server = std::move(peer); });
    ASSERT_TRUE(opened) << opened.error();
    listener = std::move(*opened);
    const auto operation = connectTcp(loop.io, resolver, {"127.0.0.1", listener->port()},
                                      in(kLimit), [this](Result<Pipe> result) {
                                        if (result) client = std::move(*result);
                                      });
    ASSERT_TRUE(loop.runUntil([this] { return client && server; }));
  }

  std::vector<std::uint8_t> readAll(Connection& from, std::size_t size) {
    std::vector<std::uint8_t> all;
    std::error_code error;
    bool waiting = false;
    EXPECT_TRUE(loop.runUntil([&] {
      std::vector<std::uint8_t> part(size - all.size());
      all.insert(all.end(), part.begin(),
                 part.begin() + static_cast<std::ptrdiff_t>(from.read(part, error)));
      if (all.size() == size || error) return true;
      if (!waiting) {
        waiting = true;
        from.waitReadable([&waiting] { waiting = false; });
      }
      return false;
    }));
    from.waitReadable(nullptr);
    EXPECT_FALSE(error) << error.message();
    return all;
  }

  Loop loop;
  Resolver resolver{loop.io};
  std::unique_ptr<TcpListener> listener;
  Pipe client;
  Pipe server;
};

ConstBuffer bufferOf(const std::vector<std::uint8_t>& bytes) {
  return {bytes.data(), bytes.size()};
}

TEST_F(TcpPipe, WritesGatheredBuffersInOrderWithOneCall) {
  const std::vector<std::uint8_t> header{3, 0, 0, 0};
  const std::vector<std::uint8_t> empty;
  const std::vector<std::uint8_t> body(1000, 7);
  const std::vector<ConstBuffer> buffers{bufferOf(header), bufferOf(empty), bufferOf(body)};
  std::error_code error;
  EXPECT_EQ(client->write(buffers, error), 1004u);
  EXPECT_FALSE(error);
  EXPECT_EQ(client->writeCalls(), 1u);
  std::vector<std::uint8_t> expected = header;
  expected.insert(expected.end(), body.begin(), body.end());
  EXPECT_EQ(readAll(*server, 1004), expected);
}

TEST_F(TcpPipe, TakesALongListInPart) {
  std::vector<std::uint8_t> bytes(5000);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  std::vector<ConstBuffer> buffers;
  for (const std::uint8_t& byte : bytes) buffers.push_back({&byte, 1});
  std::error_code error;
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const std::size_t taken = client->write(std::span(buffers).subspan(sent), error);
    ASSERT_FALSE(error) << error.message();
    ASSERT_GT(taken, 0u);
    sent += taken;
  }
  EXPECT_EQ(readAll(*server, bytes.size()), bytes);
}

TEST_F(TcpPipe, FillsUpWithoutAnErrorAndTellsWhenThereIsRoom) {
  const std::vector<std::uint8_t> block(256 * 1024, 9);
  const std::vector<ConstBuffer> buffers{bufferOf(block)};
  std::error_code error;
  std::size_t sent = 0;
  for (std::size_t taken = 1; taken > 0; sent += taken) taken = client->write(buffers, error);
  EXPECT_FALSE(error) << error.message();

  bool writable = false;
  client->waitWritable([&] { writable = true; });
  loop.runFor(20ms);
  EXPECT_FALSE(writable);
  readAll(*server, sent);
  EXPECT_TRUE(loop.runUntil([&] { return writable; }));
  EXPECT_GT(client->write(buffers, error), 0u);
}

TEST_F(TcpPipe, ReadsNothingWithoutAnErrorWhenNothingIsThere) {
  std::vector<std::uint8_t> into(10);
  std::error_code error = Errc::Closed;
  EXPECT_EQ(server->read(into, error), 0u);
  EXPECT_FALSE(error);
}

TEST_F(TcpPipe, GoesOnReadingAfterShutdownWriteAndEndsWithClosed) {
  const std::vector<std::uint8_t> word{1, 2, 3};
  const std::vector<ConstBuffer> buffers{bufferOf(word)};
  client->shutdownWrite();
  bool readable = false;
  server->waitReadable([&] { readable = true; });
  ASSERT_TRUE(loop.runUntil([&] { return readable; }));
  std::vector<std::uint8_t> into(10);
  std::error_code error;
  EXPECT_EQ(server->read(into, error), 0u);
  EXPECT_EQ(error, Errc::Closed);
  EXPECT_EQ(server->write(buffers, error), 3u);
  EXPECT_EQ(readAll(*client, 3), word);
}

TEST_F(TcpPipe, ReportsAGonePeerAsAnErrorAndNotAsASignal) {
  ASSERT_NE(std::signal(SIGPIPE, SIG_DFL), SIG_ERR);
  server.reset();
  const std::vector<std::uint8_t> word{1, 2, 3};
  const std::vector<ConstBuffer> buffers{bufferOf(word)};
  std::error_code error;
  bool gone = false;
  client->waitReadable([&] { gone = true; });
  ASSERT_TRUE(loop.runUntil([&] { return gone; }));
  client->write(buffers, error);  // The peer answers this one with a reset.
  client->write(buffers, error);
  EXPECT_THAT(error.value(), testing::AnyOf(EPIPE, ECONNRESET));
  EXPECT_EQ(error.category(), std::system_category());
}

TEST_F(TcpPipe, DropsWaitingHandlersWhenDestroyed) {
  bool called = false;
  const std::vector<std::uint8_t> word{1};
  const std::vector<ConstBuffer> buffers{bufferOf(word)};
  std::error_code error;
  client->write(buffers, error);
  client->waitWritable([&] { called = true; });
  client->waitReadable([&] { called = true; });
  server->waitReadable([&] { called = true; });
  client.reset();
  server.reset();
  loop.runFor(20ms);
  EXPECT_FALSE(called);
}

TEST_F(TcpPipe, ReplacesAWaitingHandler) {
  int first = 0;
  int second = 0;
  client->waitWritable([&] { ++first; });
  client->waitWritable([&] { ++second; });
  EXPECT_TRUE(loop.runUntil([&] { return second > 0; }));
  loop.runFor(10ms);
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1) << "one shot";
}

TEST_F(TcpPipe, MayBeDestroyedInsideItsHandler) {
  bool called = false;
  client->waitWritable([&] {
    client.reset();
    called = true;
  });
  EXPECT_TRUE(loop.runUntil([&] { return called; }));
}

TEST_F(TcpPipe, NamesBothEnds) {
  EXPECT_EQ(client->peerName(), listener->name());
  EXPECT_EQ(listener->name(), "127.0.0.1:" + std::to_string(listener->port()));
  EXPECT_EQ(server->peerName().rfind("127.0.0.1:", 0), 0u);
}

TEST_F(TcpPipe, RefusesAPortInUseAndNamesIt) {
  const auto second = TcpListener::listen(loop.io, {"127.0.0.1", listener->port(), 1}, [](Pipe) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, std::errc::address_in_use);
  EXPECT_THAT(second.error().message, testing::HasSubstr(listener->name()));
}

TEST(TcpListener, WantsANumericAddress) {
  Loop loop;
  const auto listener = TcpListener::listen(loop.io, {"localhost", 0, 1}, [](Pipe) {});
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, Errc::InvalidArgument);
}

TEST(TcpListener, MayBeDestroyedInsideItsHandler) {
  Loop loop;
  std::unique_ptr<TcpListener> listener;
  int accepted = 0;
  auto opened = TcpListener::listen(loop.io, {}, [&](Pipe) {
    ++accepted;
    listener.reset();
  });
  ASSERT_TRUE(opened) << opened.error();
  listener = std::move(*opened);
  const Address address = loopback(AF_INET, listener->port());
  const Fd first(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Fd second(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(first.get(), address.get(), address.size), 0);
  ASSERT_EQ(::connect(second.get(), address.get(), address.size), 0);
  EXPECT_TRUE(loop.runUntil([&] { return accepted > 0; }));
  loop.runFor(20ms);
  EXPECT_EQ(accepted, 1);
}

TEST(TcpListener, SurvivesRunningOutOfDescriptorsWithoutSpinning) {
  Loop loop;
  std::vector<Pipe> peers;
  auto opened =
      TcpListener::listen(loop.io, {}, [&](Pipe peer) { peers.push_back(std::move(peer)); });
  ASSERT_TRUE(opened) << opened.error();
  const Address address = loopback(AF_INET, (*opened)->port());
  const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // The undefined-behaviour sanitizer opens a pipe when it sees a type for the first time: it meets
  // those of a failed accept and of a timer here.
  ASSERT_NE(std::error_code(EMFILE, std::system_category()), std::error_code());
  boost::asio::steady_timer timer(loop.io, 1ms);
  timer.async_wait([](const std::error_code&) {});
  loop.io.run_for(10ms);

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(Fd(::dup(0)).get());  // The lowest that is free now.
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_EQ(::connect(client.get(), address.get(), address.size), 0);
  loop.io.restart();
  const std::size_t turns = loop.io.run_for(250ms);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);

  EXPECT_TRUE(peers.empty());
  EXPECT_LT(turns, 20u) << "it spins";
  EXPECT_TRUE(loop.runUntil([&] { return peers.size() == 1; }));
}

}  // namespace
}  // namespace multiconnection::transport
