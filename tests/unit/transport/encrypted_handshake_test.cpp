#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "transport/cipher_connection.hpp"
#include "transport/stream_cipher.hpp"
#include "unit/transport/handshake_fixture.hpp"
#include "unit/transport/librtmp_server.hpp"

namespace multiconnection::transport {
namespace {

using testing::HasSubstr;

constexpr int kChunkBytes = 1 << 20;  ///< More than any message here: one chunk each.

Bytes bodyOf(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// One message of video, stream 1, on chunk stream 4.
Bytes messageOf(const Bytes& body) {
  const auto size = static_cast<std::uint32_t>(body.size());
  Bytes bytes{4, 0, 0, 0};
  for (const unsigned shift : {16U, 8U, 0U}) {
    bytes.push_back(static_cast<std::uint8_t>(size >> shift));
  }
  bytes.insert(bytes.end(), {9, 1, 0, 0, 0});
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

/// librtmp reads messages, checks them and sends each one back.
bool echoMessages(RTMP& rtmp, const std::vector<Bytes>& expected) {
  rtmp.m_inChunkSize = rtmp.m_outChunkSize = kChunkBytes;
  for (const Bytes& body : expected) {
    RTMPPacket packet{};
    while (packet.m_body == nullptr || !RTMPPacket_IsReady(&packet)) {
      if (!RTMP_ReadPacket(&rtmp, &packet)) return false;
    }
    const bool same = Bytes(packet.m_body, packet.m_body + packet.m_nBodySize) == body;
    packet.m_headerType = RTMP_PACKET_SIZE_LARGE;
    packet.m_hasAbsTimestamp = 1;
    const bool sent = RTMP_SendPacket(&rtmp, &packet, 0) != 0;
    RTMPPacket_Free(&packet);
    if (!same || !sent) return false;
  }
  return true;
}

class EncryptedHandshake : public Handshake {
 protected:
  EncryptedHandshake() { options.kind = HandshakeOptions::Kind::Encrypted; }

  /// Writes all of it, in gathered writes of some buffers; reads as many bytes back.
  Bytes exchange(Connection& connection, const Bytes& out) {
    Bytes in;
    std::size_t sent = 0;
    std::error_code error;
    const std::size_t buffer = 7000;
    const bool done = loop.runUntil([&] {
      while (sent < out.size() && !error) {
        std::vector<ConstBuffer> list;
        for (std::size_t at = sent; at < out.size() && list.size() < 40; at += buffer) {
          list.push_back({out.data() + at, std::min(buffer, out.size() - at)});
        }
        const std::size_t taken = connection.write(list, error);
        if (taken == 0) break;
        sent += taken;
      }
      Bytes part(10000);
      part.resize(error ? 0 : connection.read(part, error));
      in.insert(in.end(), part.begin(), part.end());
      if (sent < out.size()) connection.waitWritable([] {});
      connection.waitReadable([] {});
      return in.size() >= out.size() || static_cast<bool>(error);
    });
    EXPECT_TRUE(done && in.size() == out.size())
        << error.message() << ": " << in.size() << " of " << out.size();
    return in;
  }
};

TEST_F(EncryptedHandshake, CarriesMessagesBothWaysWithLibrtmpsOwnServer) {
  std::vector<Bytes> bodies;
  Bytes stream;
  for (unsigned i = 0; i < 40; ++i) {
    bodies.push_back(bodyOf(i % 10 == 0 ? 150000 : 1 + i * 37, i));
    const Bytes message = messageOf(bodies.back());
    stream.insert(stream.end(), message.begin(), message.end());
  }
  LibrtmpServer librtmp([&](RTMP& rtmp) { return echoMessages(rtmp, bodies); });
  const auto result = shake(librtmp.port());
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(librtmp.hello()[0], 6);
  ASSERT_TRUE(result->keys);
  const Bytes before = stream;
  client = makeCipherConnection(std::move(client), *result->keys);
  EXPECT_EQ(exchange(*client, stream), before);
  EXPECT_EQ(stream, before) << "what is handed in stays as it is";
  EXPECT_TRUE(librtmp.succeeded());
}

TEST_F(EncryptedHandshake, AnswersForTheFileToo) {
  options.swf = util::SwfFile{{1, 2, 3}, 99};
  LibrtmpServer librtmp;
  const auto result = shake(librtmp.port());
  ASSERT_TRUE(result) << result.error();
  EXPECT_TRUE(librtmp.succeeded());
  ASSERT_TRUE(result->swfResponse);
  EXPECT_EQ((*result->swfResponse)[5], 99);
}

TEST_F(EncryptedHandshake, NamesAServerThatDoesNotEncrypt) {
  testing::internal::CaptureStderr();
  const auto result = shake(HandshakeServer::Script{});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::CorruptData);
  EXPECT_THAT(result.error().message,
              HasSubstr("the server speaks version 3 instead of 6, 8 or 9: it does not encrypt"));
  HandshakeServer::Script script;
  script.version = 6;
  const auto noDigest = shake(script);
  ASSERT_FALSE(noDigest);
  EXPECT_THAT(noDigest.error().message, HasSubstr("S1 holds no valid digest"));
  handshaker.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(EncryptedHandshake, KeepsToTheDeadlineAndLeavesNoTrace) {
  const std::size_t threads = countOf("task");
  std::size_t descriptors = 0;
  for (int round = 0; round < 3; ++round) {
    HandshakeServer::Script script;
    script.silentPeers = 1;
    const auto result = shake(script, 50ms);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::TimedOut);
    client.reset();
    server.reset();
    handshaker.reset();
    loop.io.poll();
    if (round == 0) descriptors = countOf("fd");
    EXPECT_EQ(countOf("fd"), descriptors);
    EXPECT_EQ(threadsWithin(threads), threads);
    handshaker.emplace(loop.io);
  }
}

}  // namespace
}  // namespace multiconnection::transport
