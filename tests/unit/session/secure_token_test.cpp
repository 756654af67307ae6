#include "session/secure_token.hpp"

#include <gtest/gtest.h>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

std::string text(std::string_view hexDigits) {
  const Bytes bytes = test::hex(hexDigits);
  return {bytes.begin(), bytes.end()};
}

// Known answers of XXTEA.
TEST(SecureToken, DecryptsXxtea) {
  EXPECT_EQ(decodeSecureToken("ab043705808c5d57", std::string(16, '\0')), text("0000000000000000"));
  EXPECT_EQ(decodeSecureToken("d1e78be2c746728a", text("0102040810204080fffefcf8f0e0c080")),
            text("0000000000000000"));
  EXPECT_EQ(decodeSecureToken("67ED0EA8E8973FC5", text("9e3779b99b9773e9b979379e6b695156")),
            text("ffffffffffffffff"));
  EXPECT_EQ(decodeSecureToken("ee223f1490fb81cb37ee75c95f74ccd4", "#ed%0#w@1"), "1234567890abcdef");
  EXPECT_EQ(decodeSecureToken("8c3707c01c7fccc4", text("0102040810204080fffefcf8f0e0c080")),
            text("fffefcf8f0e0c080"));
}

TEST(SecureToken, PadsAShortKeyAndCutsALongOne) {
  const auto expected = decodeSecureToken("ab043705808c5d57", std::string("abcde\0\0\0\0\0", 10));
  EXPECT_EQ(decodeSecureToken("ab043705808c5d57", "abcde"), expected);
  EXPECT_EQ(decodeSecureToken("ab043705808c5d57", "0123456789abcdefXYZ"),
            decodeSecureToken("ab043705808c5d57", "0123456789abcdef"));
}

TEST(SecureToken, TakesOnlyWholeWordsInHex) {
  for (const char* wrong : {"", "ab043705", "ab043705808c5d5", "ab043705808c5d5g",
                            "-b043705808c5d57", "0xab0437058c5d57"}) {
    EXPECT_FALSE(decodeSecureToken(wrong, "key")) << wrong;
  }
  EXPECT_TRUE(decodeSecureToken(std::string(256 * 8, 'a'), "key"));
  EXPECT_FALSE(decodeSecureToken(std::string(257 * 8, 'a'), "key"));
}

const AmfObject kSuccess{{"code", "NetConnection.Connect.Success"},
                         {"secureToken", "ab043705808c5d57"}};

TEST(SecureToken, IsAnsweredBeforeAnythingElseIsAsked) {
  ConnectParameters parameters{"live", "rtmp://b/live", "FMLE/3.0", 65536, 250000};
  parameters.token = "abc";
  test::Peer peer(parameters);
  peer.opens();
  const Actions out = peer.says({"_result", 1, nullptr, {kSuccess}});
  ASSERT_EQ(out.send.size(), 1U);
  const auto command = rtmp::parseCommand(out.send[0].message);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->name, "secureTokenResponse");
  EXPECT_EQ(command->transactionId, 0);
  EXPECT_TRUE(command->object.isNull());
  ASSERT_EQ(command->arguments.size(), 1U);
  EXPECT_EQ(command->arguments[0], AmfValue(*decodeSecureToken("ab043705808c5d57", "abc")));
}

TEST(SecureToken, IsLeftAloneWithoutAKey) {
  test::Peer peer;
  peer.opens();
  EXPECT_TRUE(peer.says({"_result", 1, nullptr, {kSuccess}}).send.empty());
}

}  // namespace
}  // namespace multiconnection::session
