#include "transport/librtmp_handshake.hpp"

#include <librtmp/rtmp.h>

#include <future>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/transport/handshake_fixture.hpp"
#include "unit/transport/sockets.hpp"

namespace multiconnection::transport {
namespace {

using testing::HasSubstr;

TEST_F(Handshake, SendsC0C1AndReturnsS1AsC2) {
  const auto result = shake(HandshakeServer::Script{});
  ASSERT_TRUE(result) << result.error();
  ASSERT_TRUE(loop.runUntil([&] { return server->received(0).size() >= kHandshake; }));
  const Bytes& sent = server->received(0);
  ASSERT_EQ(sent.size(), kHandshake) << "nothing of librtmp's own behind the handshake";
  EXPECT_EQ(sent[0], 3);
  EXPECT_EQ(Bytes(sent.begin() + 5, sent.begin() + 9), Bytes(4, 0)) << "plain handshake";
  EXPECT_EQ(Bytes(sent.begin() + 1 + kC1, sent.end()), HandshakeServer::s1());
}

TEST_F(Handshake, LeavesWhatIsGluedToS2InTheConnection) {
  const Bytes windowAckSize{2, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0x4C, 0x4B, 0x40};
  HandshakeServer::Script script;
  script.extra = windowAckSize;
  const auto result = shake(script);
  ASSERT_TRUE(result) << result.error();
  Bytes rest(100);
  std::error_code error;
  rest.resize(client->read(rest, error));
  EXPECT_FALSE(error);
  EXPECT_EQ(rest, windowAckSize);
}

TEST_F(Handshake, TakesAnAnswerInSmallPieces) {
  HandshakeServer::Script script;
  script.step = 7;
  const auto result = shake(script);
  EXPECT_TRUE(result) << result.error();
}

TEST_F(Handshake, DoesNotInsistOnAnEchoInS2) {
  HandshakeServer::Script script;
  script.echo = false;
  const auto result = shake(script);
  EXPECT_TRUE(result) << result.error();
}

TEST_F(Handshake, FillsEachC1Differently) {
  ASSERT_TRUE(shake(HandshakeServer::Script{}));
  const Bytes first(server->received(0).begin() + 9, server->received(0).begin() + 1 + kC1);
  ASSERT_TRUE(shake(server->port()));
  const Bytes second(server->received(1).begin() + 9, server->received(1).begin() + 1 + kC1);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < first.size(); ++i) equal += first[i] == second[i] ? 1u : 0u;
  EXPECT_LT(equal, first.size() / 8);
}

TEST_F(Handshake, AgreesWithLibrtmpsOwnServer) {
  const Fd listener = listeningSocket(AF_INET);
  std::promise<bool> served;
  std::thread serverThread([&] {
    RTMP* const rtmp = RTMP_Alloc();
    RTMP_Init(rtmp);
    rtmp->m_sb.sb_socket = ::accept(listener.get(), nullptr, nullptr);
    served.set_value(RTMP_Serve(rtmp) != 0);
    RTMP_Close(rtmp);
    RTMP_Free(rtmp);
  });
  const auto result = shake(portOf(listener));
  EXPECT_TRUE(result) << result.error();
  EXPECT_TRUE(served.get_future().get());
  serverThread.join();
}

TEST_F(Handshake, NamesASilentServerAtTheDeadline) {
  HandshakeServer::Script script;
  script.silentPeers = 1;
  const auto result = shake(script, 150ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::TimedOut);
  EXPECT_THAT(result.error().message,
              testing::MatchesRegex("RTMP handshake with 127.0.0.1:[0-9]+: no answer to C0 C1 "
                                    "after [0-9]+ ms"));
}

TEST_F(Handshake, KeepsToTheDeadlineWhenTheServerDripFeeds) {
  HandshakeServer::Script script;
  script.step = 1;
  script.pause = 10ms;
  const auto result = shake(script, 200ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::TimedOut);
  EXPECT_THAT(result.error().message, HasSubstr("of 3073 bytes came after"));
}

TEST_F(Handshake, TellsHowFarItCameWhenTheServerCloses) {
  HandshakeServer::Script script;
  script.answerBytes = 12;
  script.closeAfterAnswer = true;
  const auto result = shake(script);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::Closed);
  EXPECT_THAT(result.error().message, HasSubstr("closed by the server after 12 of 3073 bytes"));
}

TEST_F(Handshake, TellsTheSystemsCodeOfAReset) {
  const Fd listener = listeningSocket(AF_INET);
  client = connect(portOf(listener));
  std::optional<Shaken> result;
  const auto operation = handshaker->start(*client, {}, in(kLimit),
                                           [&](Shaken got) { result.emplace(std::move(got)); });
  {
    const Fd peer(::accept(listener.get(), nullptr, nullptr));
    const linger reset{1, 0};
    ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  ASSERT_TRUE(loop.runUntil([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_THAT(result->error().code.value(), testing::AnyOf(ECONNRESET, EPIPE));
}

TEST_F(Handshake, NamesAnotherVersion) {
  HandshakeServer::Script script;
  script.version = 'H';  // "HTTP/1.1 400 Bad Request"
  const auto result = shake(script);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::CorruptData);
  EXPECT_THAT(result.error().message, HasSubstr("the server speaks version 72 instead of 3"));
}

TEST_F(Handshake, PrintsNothingOnStandardError) {
  testing::internal::CaptureStderr();
  HandshakeServer::Script script;
  script.answerBytes = 2000;
  script.closeAfterAnswer = true;
  EXPECT_FALSE(shake(script));
  script.closeAfterAnswer = false;
  EXPECT_FALSE(shake(script, 50ms));
  EXPECT_TRUE(shake(HandshakeServer::Script{}));
  handshaker.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Handshake, CanBeCancelledAtEveryStepWithoutATrace) {
  const std::size_t threads = countOf("task");
  for (const std::size_t bytes : {0u, 1u, 100u, 1537u, 2500u, 3072u}) {
    HandshakeServer::Script script;
    script.answerBytes = bytes;
    script.silentPeers = bytes == 0 ? 1 : 0;
    server.emplace(loop, script);
    client = connect(server->port());
    const std::size_t before = countOf("fd");
    bool called = false;
    auto operation =
        handshaker->start(*client, {}, in(kLimit), [&](const Shaken&) { called = true; });
    ASSERT_TRUE(loop.runUntil(
        [&] { return server->received(0).size() > kC1 && server->answered(0) == bytes; }));
    loop.io.poll();
    operation.reset();
    handshaker.reset();  // Waits for the thread.
    loop.io.poll();
    EXPECT_FALSE(called) << bytes;
    EXPECT_EQ(countOf("fd"), before) << bytes;
    EXPECT_EQ(threadsWithin(threads), threads) << bytes;
    handshaker.emplace(loop.io);
  }
}

TEST_F(Handshake, EndsWithTheHandshakerWhenTheServerNeverAnswers) {
  const std::size_t threads = countOf("task");
  HandshakeServer::Script script;
  script.silentPeers = 1;
  server.emplace(loop, script);
  client = connect(server->port());
  bool called = false;
  const auto operation =
      handshaker->start(*client, {}, in(kLimit), [&](const Shaken&) { called = true; });
  handshaker.reset();
  loop.io.poll();
  EXPECT_FALSE(called);
  EXPECT_EQ(threadsWithin(threads), threads);
}

TEST_F(Handshake, MayBeDestroyedInsideItsHandler) {
  server.emplace(loop, HandshakeServer::Script{});
  client = connect(server->port());
  std::unique_ptr<Operation> operation;
  bool called = false;
  operation = handshaker->start(*client, {}, in(kLimit), [&](const Shaken& result) {
    operation.reset();
    client.reset();
    called = static_cast<bool>(result);
  });
  EXPECT_TRUE(loop.runUntil([&] { return called; }));
}

TEST_F(Handshake, OneHundredAtOnceAreNotHeldUpByTenThatAreSilent) {
  constexpr std::size_t kServers = 100;
  constexpr std::size_t kSilent = 10;
  const std::size_t threads = countOf("task");
  HandshakeServer::Script script;
  script.silentPeers = kSilent;
  server.emplace(loop, script);
  std::vector<std::unique_ptr<Connection>> clients;
  for (std::size_t i = 0; i < kServers; ++i) clients.push_back(connect(server->port()));

  std::vector<std::unique_ptr<Operation>> operations;
  std::size_t good = 0;
  std::size_t failed = 0;
  for (const auto& connection : clients) {
    operations.push_back(handshaker->start(
        *connection, {}, in(60s), [&](const Shaken& result) { ++(result ? good : failed); }));
  }
  EXPECT_TRUE(loop.runUntil([&] { return good + failed == kServers - kSilent; }));
  EXPECT_EQ(good, kServers - kSilent);
  operations.clear();
  handshaker.reset();
  EXPECT_EQ(threadsWithin(threads), threads);
}

}  // namespace
}  // namespace multiconnection::transport
