#include "node/server_handshake.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace multiconnection::node {
namespace {

constexpr std::size_t kPacket = ServerHandshake::kPacketBytes;

ServerHandshake::Noise noise() {
  ServerHandshake::Noise bytes;
  bytes.fill(0x5A);
  return bytes;
}

/// C0, a C1 that counts, and C2.
Bytes clientBytes() {
  Bytes bytes{3};
  for (std::size_t i = 0; i < kPacket; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 7));
  bytes.resize(1 + 2 * kPacket, 0xEE);
  return bytes;
}

TEST(ServerHandshake, AnswersVersionNoiseAndTheClientsOwnPacket) {
  ServerHandshake handshake(noise());
  const Bytes client = clientBytes();
  Bytes answer;
  EXPECT_EQ(handshake.missing(), 3073U);
  ASSERT_TRUE(handshake.feed(std::span(client).first(1537), answer));
  ASSERT_EQ(answer.size(), 3073U);
  EXPECT_EQ(answer[0], 3);
  EXPECT_EQ(Bytes(answer.begin() + 1, answer.begin() + 9), Bytes(8, 0)) << "time and version";
  EXPECT_EQ(Bytes(answer.begin() + 9, answer.begin() + 1537), Bytes(1528, 0x5A));
  EXPECT_TRUE(std::equal(answer.begin() + 1537, answer.end(), client.begin() + 1));
  EXPECT_EQ(handshake.missing(), kPacket);
}

TEST(ServerHandshake, IsDoneAfterTheClientsSecondPacketWhateverItSays) {
  ServerHandshake handshake(noise());
  Bytes answer;
  ASSERT_TRUE(handshake.feed(clientBytes(), answer));
  EXPECT_EQ(handshake.missing(), 0U);
  EXPECT_EQ(answer.size(), 3073U);
}

TEST(ServerHandshake, TakesSingleBytes) {
  ServerHandshake handshake(noise());
  const Bytes client = clientBytes();
  Bytes answer;
  for (std::size_t i = 0; i < client.size(); ++i) {
    ASSERT_EQ(handshake.missing(), client.size() - i);
    ASSERT_TRUE(handshake.feed(std::span(client).subspan(i, 1), answer));
    ASSERT_EQ(answer.size(), i + 1 < 1537 ? 0U : 3073U);
  }
  EXPECT_EQ(handshake.missing(), 0U);
}

TEST(ServerHandshake, RefusesAnotherVersionAtTheFirstByte) {
  for (const std::uint8_t version : {std::uint8_t{0}, std::uint8_t{6}, std::uint8_t{'G'}}) {
    ServerHandshake handshake(noise());
    Bytes answer;
    const auto fed = handshake.feed(std::array{version}, answer);
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code, Errc::CorruptData);
    EXPECT_EQ(fed.error().message, "the first byte is " + std::to_string(version) +
                                       ": only RTMP version 3 is spoken here");
    EXPECT_TRUE(answer.empty());
  }
}

}  // namespace
}  // namespace multiconnection::node
