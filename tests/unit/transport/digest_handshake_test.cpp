#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "transport/handshake_digest.hpp"
#include "transport/librtmp_client.hpp"
#include "unit/transport/handshake_fixture.hpp"
#include "unit/transport/librtmp_server.hpp"

namespace multiconnection::transport {
namespace {

using testing::HasSubstr;

util::SwfFile swfFile() {
  util::SwfFile file{{}, 0x00012345};
  for (std::size_t i = 0; i < file.hash.size(); ++i) file.hash[i] = static_cast<std::uint8_t>(i);
  return file;
}

MutableHandshakePacket packetAt(Bytes& bytes, std::size_t place) {
  return std::span(bytes).subspan(place).first<kC1>();
}

class DigestHandshake : public Handshake {
 protected:
  DigestHandshake() { options.kind = HandshakeOptions::Kind::Digest; }

  /// Answers a digest of one scheme, and nothing at all to a C1 without one.
  HandshakeServer::Script insisting(DigestScheme scheme) {
    HandshakeServer::Script script;
    script.echo = false;
    script.edit = [scheme](std::span<const std::uint8_t> c1, Bytes& answer) {
      const auto digest = findDigest(c1.first<kC1>(), HandshakeSide::Client);
      if (!digest) return answer.clear();
      putDigest(packetAt(answer, 1), HandshakeSide::Server, scheme);
      putSignature(packetAt(answer, 1 + kC1), HandshakeSide::Server, digest->digest);
    };
    return script;
  }
};

TEST_F(DigestHandshake, PleasesAServerThatInsists) {
  for (const DigestScheme scheme : {DigestScheme::At8, DigestScheme::At772}) {
    HandshakeServer::Script script = insisting(scheme);
    script.step = 100;
    script.extra = {1, 2, 3};
    const auto result = shake(script);
    ASSERT_TRUE(result) << result.error();
    EXPECT_FALSE(result->swfResponse) << "no file, no answer for one";
    EXPECT_FALSE(result->keys);
    ASSERT_TRUE(loop.runUntil([&] { return server->received(0).size() >= kHandshake; }));
    Bytes sent = server->received(0);
    EXPECT_EQ(sent.size(), kHandshake);
    const auto s1 = findDigest(packetAt(sent, 1), HandshakeSide::Client);
    ASSERT_TRUE(s1);
    EXPECT_EQ(s1->scheme, DigestScheme::At8);
    Bytes rest(100);
    std::error_code error;
    rest.resize(client->read(rest, error));
    EXPECT_EQ(rest, script.extra) << "what is glued to S2 stays in the connection";
  }
}

TEST_F(DigestHandshake, IsRefusedByThatServerWhenItIsPlain) {
  options.kind = HandshakeOptions::Kind::Plain;
  const auto result = shake(insisting(DigestScheme::At8), 100ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::TimedOut);
}

TEST_F(DigestHandshake, AgreesWithLibrtmpsOwnServerAboutTheFile) {
  options.kind = HandshakeOptions::Kind::Plain;
  options.swf = swfFile();
  SwfVerificationResponse theirs{};
  LibrtmpServer librtmp(
      [&](RTMP& rtmp) {
        std::memcpy(theirs.data(), rtmp.Link.SWFVerificationResponse, theirs.size());
        return true;
      },
      [](RTMP& rtmp) {
        const util::SwfFile file = swfFile();
        std::copy(file.hash.begin(), file.hash.end(), rtmp.Link.SWFHash);
        rtmp.Link.SWFSize = file.size;
        return true;
      });
  const auto result = shake(librtmp.port());
  ASSERT_TRUE(result) << result.error();
  EXPECT_TRUE(librtmp.succeeded()) << "librtmp verifies C1's digest and C2's signature";
  EXPECT_EQ(librtmp.hello()[0], 3);
  EXPECT_NE(librtmp.hello()[5], 0) << "C1 states a version";
  ASSERT_TRUE(result->swfResponse);
  EXPECT_EQ(*result->swfResponse, theirs);
  EXPECT_EQ(Bytes(theirs.begin(), theirs.begin() + 10),
            (Bytes{1, 1, 0, 1, 0x23, 0x45, 0, 1, 0x23, 0x45}));
}

TEST_F(DigestHandshake, TakesAServerThatDoesNotKnowIt) {
  options.swf = swfFile();
  HandshakeServer::Script script;
  script.edit = [](std::span<const std::uint8_t>, Bytes& answer) {
    std::fill_n(answer.begin() + 5, 4, std::uint8_t{0});
  };
  const auto result = shake(script);
  ASSERT_TRUE(result) << result.error();
  EXPECT_FALSE(result->swfResponse);
  ASSERT_TRUE(loop.runUntil([&] { return server->received(0).size() >= kHandshake; }));
  Bytes c2 = server->received(0);
  c2.erase(c2.begin(), c2.begin() + 1 + kC1);
  Bytes s1 = HandshakeServer::s1();
  std::fill_n(s1.begin() + 4, 4, std::uint8_t{0});
  EXPECT_EQ(c2, s1);
}

TEST_F(DigestHandshake, NamesADigestThatIsWrongAndPrintsNothing) {
  testing::internal::CaptureStderr();
  const auto plain = shake(HandshakeServer::Script{});
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code, Errc::CorruptData);
  EXPECT_THAT(plain.error().message, HasSubstr("the server's S1 holds no valid digest"));

  HandshakeServer::Script script = insisting(DigestScheme::At8);
  script.edit = [good = script.edit](std::span<const std::uint8_t> c1, Bytes& answer) {
    good(c1, answer);
    answer.back() ^= 1;
  };
  const auto unsignedS2 = shake(script);
  ASSERT_FALSE(unsignedS2);
  EXPECT_EQ(unsignedS2.error().code, Errc::CorruptData);
  EXPECT_THAT(unsignedS2.error().message, HasSubstr("the server's S2 is not signed for this C1"));
  handshaker.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(DigestHandshake, EndsInSilenceWhereverItIsCutOff) {
  testing::internal::CaptureStderr();
  for (const std::size_t bytes : {0u, 1u, 100u, 1537u, 2500u, 3072u}) {
    HandshakeServer::Script script = insisting(DigestScheme::At772);
    script.answerBytes = bytes;
    script.closeAfterAnswer = bytes != 0;
    script.silentPeers = bytes == 0 ? 1 : 0;
    const auto result = shake(script, bytes == 0 ? 50ms : kLimit);
    ASSERT_FALSE(result) << bytes;
    EXPECT_EQ(result.error().code, bytes == 0 ? Errc::TimedOut : Errc::Closed) << result.error();
  }
  handshaker.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(DigestHandshake, GivesLibrtmpItsOptions) {
  options.librtmp = {{"swfUrl", "http://x"}, {"conn", "O:1"}, {"conn", "NS:a:b"}, {"conn", "O:0"}};
  const auto result = shake(insisting(DigestScheme::At8));
  EXPECT_TRUE(result) << result.error();
}

TEST_F(DigestHandshake, NamesAnOptionThatLibrtmpRefuses) {
  options.librtmp = {{"conn", "O:1"}, {"conn", "N?:x"}};
  const auto result = shake(insisting(DigestScheme::At8));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("librtmp refuses the option conn"));
}

}  // namespace
}  // namespace multiconnection::transport
