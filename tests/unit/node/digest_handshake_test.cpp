// The node's answer to a digest, checked by librtmp's own client.
#include <librtmp/rtmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

#include "node/server_handshake.hpp"

namespace multiconnection::node {
namespace {

using transport::DigestScheme;
using transport::findDigest;
using transport::HandshakeSide;

constexpr std::size_t kPacket = ServerHandshake::kPacketBytes;

ServerHandshake::Noise noise() {
  ServerHandshake::Noise bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 11);
  return bytes;
}

/// C0 and a C1 with a digest.
Bytes helloWith(DigestScheme scheme) {
  Bytes bytes(1 + kPacket, 0x33);
  bytes[0] = 3;
  putDigest(std::span(bytes).subspan(1).first<kPacket>(), HandshakeSide::Client, scheme);
  return bytes;
}

Bytes answerTo(const Bytes& hello) {
  ServerHandshake handshake(noise());
  Bytes answer;
  EXPECT_TRUE(handshake.feed(hello, answer));
  EXPECT_EQ(handshake.missing(), kPacket);
  EXPECT_EQ(answer.size(), 1 + 2 * kPacket);
  return answer;
}

TEST(DigestHandshake, AnswersEachSchemeInKind) {
  for (const DigestScheme scheme : {DigestScheme::At8, DigestScheme::At772}) {
    const Bytes hello = helloWith(scheme);
    const Bytes answer = answerTo(hello);
    EXPECT_EQ(answer[0], 3);
    EXPECT_GE(answer[5], 3) << "from this version on clients look for a digest";
    const auto packets = std::span(answer).subspan(1);
    const auto s1 = findDigest(packets.first<kPacket>(), HandshakeSide::Server);
    ASSERT_TRUE(s1);
    EXPECT_EQ(s1->scheme, scheme);
    const auto c1 = findDigest(std::span(hello).subspan(1).first<kPacket>(), HandshakeSide::Client);
    ASSERT_TRUE(c1);
    EXPECT_TRUE(
        isSigned(packets.subspan(kPacket).first<kPacket>(), HandshakeSide::Server, c1->digest));
  }
}

TEST(DigestHandshake, AnswersPlainlyToADigestThatIsWrong) {
  Bytes hello = helloWith(DigestScheme::At8);
  hello[1000] ^= 1;
  const Bytes answer = answerTo(hello);
  EXPECT_EQ(Bytes(answer.begin() + 5, answer.begin() + 9), Bytes(4, 0));
  EXPECT_TRUE(std::equal(hello.begin() + 1, hello.end(), answer.begin() + 1 + kPacket));
}

/// Reads and answers until librtmp has all it needs.
void serve(int socket) {
  ServerHandshake handshake(noise());
  std::array<std::uint8_t, 500> part;
  while (handshake.missing() > 0) {
    const auto got = ::recv(socket, part.data(), std::min(part.size(), handshake.missing()), 0);
    if (got <= 0) return;
    Bytes answer;
    if (!handshake.feed(std::span(part).first(static_cast<std::size_t>(got)), answer)) return;
    if (!answer.empty() && ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
  }
}

TEST(DigestHandshake, PleasesLibrtmp) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  std::thread server(serve, ends[0]);
  RTMP* const rtmp = RTMP_Alloc();
  RTMP_Init(rtmp);
  rtmp->Link.protocol = RTMP_PROTOCOL_RTMP;
  rtmp->Link.SWFSize = 12345;  // librtmp sends a digest then
  rtmp->m_sb.sb_socket = ends[1];
  RTMPPacket packet{};
  std::array<char, RTMP_MAX_HEADER_SIZE + 4> body{};
  packet.m_packetType = RTMP_PACKET_TYPE_CHUNK_SIZE;
  packet.m_nChannel = 2;
  packet.m_nBodySize = 4;
  packet.m_body = body.data() + RTMP_MAX_HEADER_SIZE;
  EXPECT_TRUE(RTMP_Connect1(rtmp, &packet)) << "librtmp verifies S1's digest and S2's signature";
  EXPECT_EQ(rtmp->Link.SWFVerificationResponse[9], 0x39) << "it saw a digest";
  RTMP_Close(rtmp);
  RTMP_Free(rtmp);
  server.join();
  ::close(ends[0]);
}

}  // namespace
}  // namespace multiconnection::node
