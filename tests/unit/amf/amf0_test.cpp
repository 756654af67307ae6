#include "amf/amf0.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/hex.hpp"

namespace multiconnection::amf {
namespace {

using test::hex;

Result<AmfValue> decode(const Bytes& bytes, const Limits& limits = {}) {
  util::ByteReader in(bytes);
  return Amf0Decoder(in, limits).next();
}

Bytes encode(const AmfValue& value) {
  Bytes out;
  encodeAmf0(out, value);
  return out;
}

/// The bytes decode to the value, all of them, and the value encodes to the bytes.
void expectBothWays(const std::string& text, const AmfValue& value) {
  const Bytes bytes = hex(text);
  util::ByteReader in(bytes);
  const auto decoded = Amf0Decoder(in).next();
  ASSERT_TRUE(decoded) << decoded.error();
  EXPECT_EQ(*decoded, value);
  EXPECT_EQ(in.remaining(), 0U);
  EXPECT_EQ(encode(value), bytes);
}

void expectError(const std::string& text, Errc code, const std::string& part,
                 const Limits& limits = {}) {
  const auto decoded = decode(hex(text), limits);
  ASSERT_FALSE(decoded) << text << " gave " << *decoded;
  EXPECT_EQ(decoded.error().code, code) << decoded.error();
  EXPECT_NE(decoded.error().message.find(part), std::string::npos) << decoded.error();
}

TEST(Amf0, CarriesScalarsBothWays) {
  expectBothWays("00 40 10 00 00 00 00 00 00", 4);
  expectBothWays("00 bf f8 00 00 00 00 00 00", -1.5);
  expectBothWays("01 01", true);
  expectBothWays("01 00", false);
  expectBothWays("02 00 03 46 6f 6f", "Foo");
  expectBothWays("02 00 00", "");
  expectBothWays("05", nullptr);
  expectBothWays("06", AmfValue());
  expectBothWays("0b 42 76 5c 6e 1a 00 00 00 00 00", AmfDate{1536640000000.0});
  expectBothWays("0f 00 00 00 04 3c 61 2f 3e", AmfXml{"<a/>"});
}

TEST(Amf0, CarriesObjectsAndArraysBothWays) {
  expectBothWays("03 00 01 61 00 3f f0 00 00 00 00 00 00 00 01 62 02 00 01 78 00 00 09",
                 AmfObject{{"a", 1}, {"b", "x"}});
  expectBothWays("08 00 00 00 01 00 01 61 01 01 00 00 09",
                 AmfValue::ecmaArray(AmfObject{{"a", true}}));
  expectBothWays("0a 00 00 00 02 05 02 00 01 78", AmfArray{nullptr, "x"});
  expectBothWays("03 00 00 09", AmfObject{});
  expectBothWays("0a 00 00 00 00", AmfArray{});
  AmfObject typed{{"x", 1}};
  typed.className = "Pt";
  expectBothWays("10 00 02 50 74 00 01 78 00 3f f0 00 00 00 00 00 00 00 00 09", typed);
  expectBothWays("03 00 01 6f 03 00 01 6e 05 00 00 09 00 00 09",
                 AmfObject{{"o", AmfObject{{"n", nullptr}}}});
}

TEST(Amf0, CarriesAMemberWithAnEmptyName) {
  expectBothWays("03 00 00 01 01 00 00 09", AmfObject{{"", true}});
}

TEST(Amf0, WritesALongStringOnlyBeyond65535Bytes) {
  const std::string longest(65535, 'x');
  Bytes bytes = encode(longest);
  ASSERT_EQ(bytes.size(), 3U + 65535);
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 3), hex("02 ff ff"));
  EXPECT_EQ(*decode(bytes), AmfValue(longest));
  bytes = encode(longest + "y");
  ASSERT_EQ(bytes.size(), 5U + 65536);
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 5), hex("0c 00 01 00 00"));
  EXPECT_EQ(*decode(bytes), AmfValue(longest + "y"));
}

TEST(Amf0, DoesNotTrustTheCountOfAnEcmaArray) {
  const AmfValue expected = AmfValue::ecmaArray(AmfObject{{"a", true}});
  EXPECT_EQ(*decode(hex("08 00 00 00 00 00 01 61 01 01 00 00 09")), expected);
  EXPECT_EQ(*decode(hex("08 ff ff ff ff 00 01 61 01 01 00 00 09")), expected);
}

TEST(Amf0, IgnoresTheTimeZoneOfADate) {
  EXPECT_EQ(*decode(hex("0b 42 76 5c 6e 1a 00 00 00 ff c4")), AmfValue(AmfDate{1536640000000.0}));
}

TEST(Amf0, ReadsUnsupportedAsUndefined) { EXPECT_TRUE(decode(hex("0d"))->isUndefined()); }

TEST(Amf0, TakesTheLastOfMembersWithOneName) {
  EXPECT_EQ(*decode(hex("03 00 01 61 01 00 00 01 61 01 01 00 00 09")),
            AmfValue(AmfObject{{"a", true}}));
}

TEST(Amf0, ResolvesReferencesInTheOrderInWhichObjectsBegan) {
  // [outer {"a": [true]}, reference 1, reference 2]: 0 is the outer array itself.
  EXPECT_EQ(*decode(hex("0a 00 00 00 03  03 00 01 61 0a 00 00 00 01 01 01 00 00 09"
                        "07 00 01  07 00 02")),
            AmfValue(AmfArray{AmfObject{{"a", AmfArray{true}}}, AmfObject{{"a", AmfArray{true}}},
                              AmfArray{true}}));
}

TEST(Amf0, SharesReferencesBetweenTheValuesOfAMessage) {
  const Bytes bytes = hex("03 00 01 61 05 00 00 09  07 00 00");
  util::ByteReader in(bytes);
  Amf0Decoder decoder(in);
  const auto values = decoder.rest();
  ASSERT_TRUE(values) << values.error();
  ASSERT_EQ(values->size(), 2U);
  EXPECT_EQ((*values)[1], AmfValue(AmfObject{{"a", nullptr}}));
}

TEST(Amf0, RefusesAReferenceToNothingOrToWhatIsAroundIt) {
  expectError("07 00 00", Errc::CorruptData, "reference 0 names no object");
  expectError("0a 00 00 00 01 07 00 00", Errc::Unsupported, "reference 0");
  expectError("0a 00 00 00 01 07 00 01", Errc::CorruptData, "reference 1");
}

TEST(Amf0, NamesTheOffsetWhereBytesAreMissing) {
  expectError("", Errc::CorruptData, "byte 0");
  for (const char* text :
       {"00 40 10", "01", "02", "02 00", "02 00 04 46 6f 6f", "0c 00 00 00 01", "0f ff ff ff ff 00",
        "0b 00 00 00 00 00 00 00 00 00", "03", "03 00", "03 00 01", "03 00 01 61", "03 00 01 61 05",
        "03 00 00", "08 00 00", "10 00 05 61", "07 00", "0a 00 00", "0a 00 00 00 02 05"}) {
    expectError(text, Errc::CorruptData, "AMF0 at byte");
  }
}

TEST(Amf0, RefusesMarkersThatAreNoValue) {
  for (const char* text : {"04", "09", "0e", "12", "ff"}) {
    expectError(text, Errc::CorruptData, "unknown type");
  }
  expectError("11 12", Errc::CorruptData, "AMF3 at byte 2: unknown type 18");
}

TEST(Amf0, RefusesAnArrayLongerThanItsBytesBeforeReadingIt) {
  expectError("0a ff ff ff ff 05", Errc::CorruptData, "4294967295 elements");
}

TEST(Amf0, BoundsTheDepth) {
  std::string text;
  for (int i = 0; i < 32; ++i) text += "0a 00 00 00 01 ";
  EXPECT_TRUE(decode(hex(text + "05")));
  expectError("0a 00 00 00 01 " + text + "05", Errc::LimitExceeded, "32 levels");
}

TEST(Amf0, BoundsTheDepthThatAReferenceAdds) {
  const Limits limits{3, 100, 100};
  // Reference 1 is two levels high: allowed at depth 1, not at depth 2.
  const std::string array = "0a 00 00 00 02  0a 00 00 00 01  0a 00 00 00 00";
  EXPECT_TRUE(decode(hex(array + "07 00 01"), limits));
  expectError(array + "0a 00 00 00 01  07 00 01", Errc::LimitExceeded, "3 levels", limits);
}

TEST(Amf0, BoundsTheNumberOfValues) {
  const Limits limits{32, 3, 100};
  EXPECT_TRUE(decode(hex("0a 00 00 00 02 05 05"), limits));
  expectError("0a 00 00 00 03 05 05 05", Errc::LimitExceeded, "3 values", limits);
}

TEST(Amf0, CountsWhatReferencesRepeat) {
  // Each array holds the one before twice: 2^k values from 11 bytes per step.
  std::string text = "0a 00 00 00 20  0a 00 00 00 02 05 05 ";
  for (int i = 1; i < 32; ++i) {
    const std::string before = std::string(i < 16 ? "0" : "1") + "0123456789abcdef"[i % 16];
    text += "0a 00 00 00 02 07 00 " + before + " 07 00 " + before + " ";
  }
  expectError(text, Errc::LimitExceeded, "values", Limits{64, 65536, 1000000});
}

TEST(Amf0, BoundsTheBytesThatReferencesRepeat) {
  // Array 1 takes 8 bytes; array 2 takes 5, a reference of 3 and the 8 that it repeats.
  const std::string text =
      "0a 00 00 00 04  0a 00 00 00 01 02 00 00  0a 00 00 00 01 07 00 01  07 00 02  05";
  EXPECT_TRUE(decode(hex(text), {32, 100, 8 + (5 + 3 + 8)}));
  expectError(text, Errc::LimitExceeded, "23 bytes", {32, 100, 23});
}

TEST(Amf0, ReadsManyMembersInReasonableTime) {
  // 60,000 members with distinct names: quadratic handling would take minutes.
  Bytes bytes = hex("03");
  for (int i = 0; i < 60000; ++i) {
    const std::string name = std::to_string(100000 + i);
    bytes.insert(bytes.end(), {0x00, 0x06});
    bytes.insert(bytes.end(), name.begin(), name.end());
    bytes.push_back(0x05);
  }
  bytes.insert(bytes.end(), {0x00, 0x00, 0x09});
  const auto decoded = decode(bytes);
  ASSERT_TRUE(decoded) << decoded.error();
  EXPECT_EQ(decoded->get<AmfObject>()->size(), 60000U);
}

}  // namespace
}  // namespace multiconnection::amf
