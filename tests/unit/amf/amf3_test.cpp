#include "amf/amf3.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "amf/amf0.hpp"
#include "support/hex.hpp"
#include "unit/amf/random_values.hpp"

namespace multiconnection::amf {
namespace {

using multiconnection::test::hex;

Result<AmfValue> decode(const Bytes& bytes, const Limits& limits = {}) {
  util::ByteReader in(bytes);
  return Amf3Decoder(in, limits).next();
}

Bytes encode(const AmfValue& value) {
  Bytes out;
  encodeAmf3(out, value);
  return out;
}

/// The bytes decode to the value, all of them.
void expectReads(const std::string& text, const AmfValue& value) {
  const Bytes bytes = hex(text);
  util::ByteReader in(bytes);
  const auto decoded = Amf3Decoder(in).next();
  ASSERT_TRUE(decoded) << text << ": " << decoded.error();
  EXPECT_EQ(*decoded, value) << text;
  EXPECT_EQ(in.remaining(), 0U) << text;
}

void expectBothWays(const std::string& text, const AmfValue& value) {
  expectReads(text, value);
  EXPECT_EQ(encode(value), hex(text)) << text;
}

void expectError(const std::string& text, Errc code, const std::string& part,
                 const Limits& limits = {}) {
  const auto decoded = decode(hex(text), limits);
  ASSERT_FALSE(decoded) << text << " gave " << *decoded;
  EXPECT_EQ(decoded.error().code, code) << text << ": " << decoded.error();
  EXPECT_NE(decoded.error().message.find(part), std::string::npos) << text << decoded.error();
}

AmfObject typed(const std::string& name, AmfObject object) {
  object.className = name;
  return object;
}

TEST(Amf3, CarriesScalarsBothWays) {
  expectBothWays("00", AmfValue());
  expectBothWays("01", nullptr);
  expectBothWays("02", false);
  expectBothWays("03", true);
  expectBothWays("05 3f f8 00 00 00 00 00 00", 1.5);
  expectBothWays("06 07 46 6f 6f", "Foo");
  expectBothWays("06 01", "");
  expectBothWays("08 01 42 76 5c 6e 1a 00 00 00", AmfDate{1536640000000.0});
  expectBothWays("0b 09 3c 61 2f 3e", AmfXml{"<a/>"});
  expectBothWays("0c 07 00 ff 10", Bytes{0x00, 0xFF, 0x10});
  expectBothWays("0c 01", Bytes{});
}

TEST(Amf3, CarriesIntegersOf29BitsBothWays) {
  expectBothWays("04 00", 0);
  expectBothWays("04 7f", 0x7F);
  expectBothWays("04 81 00", 0x80);
  expectBothWays("04 ff 7f", 0x3FFF);
  expectBothWays("04 81 80 00", 0x4000);
  expectBothWays("04 ff ff 7f", 0x1FFFFF);
  expectBothWays("04 80 c0 80 00", 0x200000);
  expectBothWays("04 bf ff ff ff", 268435455);
  expectBothWays("04 ff ff ff ff", -1);
  expectBothWays("04 c0 80 80 00", -268435456);
}

TEST(Amf3, WritesADoubleWhereAnIntegerWouldNotDo) {
  expectBothWays("05 41 b0 00 00 00 00 00 00", 268435456);
  expectBothWays("05 c1 b0 00 00 01 00 00 00", -268435457);
  EXPECT_EQ(encode(-0.0), hex("05 80 00 00 00 00 00 00 00"));
  EXPECT_EQ(encode(std::numeric_limits<double>::infinity()), hex("05 7f f0 00 00 00 00 00 00"));
  const auto nan = decode(encode(std::numeric_limits<double>::quiet_NaN()));
  ASSERT_TRUE(nan);
  EXPECT_TRUE(std::isnan(nan->as<double>()));
}

TEST(Amf3, ReadsADoubleThatCouldBeAnInteger) { expectReads("05 40 10 00 00 00 00 00 00", 4); }

TEST(Amf3, CarriesObjectsAndArraysBothWays) {
  expectBothWays("0a 0b 01 03 61 04 01 03 62 06 03 78 01", AmfObject{{"a", 1}, {"b", "x"}});
  expectBothWays("0a 0b 01 01", AmfObject{});
  expectBothWays("09 05 01 01 06 03 78", AmfArray{nullptr, "x"});
  expectBothWays("09 01 01", AmfArray{});
  expectBothWays("09 01 03 61 03 01", AmfValue::ecmaArray(AmfObject{{"a", true}}));
  expectBothWays("0a 23 05 50 74 03 78 03 79 04 01 04 02", typed("Pt", {{"x", 1}, {"y", 2}}));
  expectBothWays("0a 03 05 50 74", typed("Pt", {}));
}

TEST(Amf3, WritesRepeatedStringsAndTraitsAsReferences) {
  // Strings: 0 "Pt", 1 "x", 2 "v"; the second Pt names traits 0.
  expectBothWays("09 05 01  0a 13 05 50 74 03 78 06 03 76  0a 01 06 04",
                 AmfArray{typed("Pt", {{"x", "v"}}), typed("Pt", {{"x", "v"}})});
  expectBothWays("09 05 01  0a 0b 01 03 61 02 01  0a 01 00 03 01",
                 AmfArray{AmfObject{{"a", false}}, AmfObject{{"a", true}}});
}

TEST(Amf3, KeepsTraitsOfOneClassWithOtherMembersApart) {
  const AmfArray three{typed("C", {{"ab", 1}, {"c", 2}}), typed("C", {{"a", 1}, {"bc", 2}}),
                       typed("C", {{"a", 1}})};
  EXPECT_EQ(*decode(encode(three)), AmfValue(three));
}

TEST(Amf3, CarriesAMemberWithoutANameAsASealedOne) {
  expectBothWays("0a 1b 01 01 04 05 03 61 03 01", AmfObject{{"", 5}, {"a", true}});
}

TEST(Amf3, WritesAnEcmaArrayThatAmf3CannotCarryAsAnObject) {
  EXPECT_EQ(encode(AmfValue::ecmaArray({})), hex("0a 0b 01 01"));
  EXPECT_EQ(*decode(encode(AmfValue::ecmaArray(AmfObject{{"", 1}}))), AmfValue(AmfObject{{"", 1}}));
}

TEST(Amf3, ReadsSealedAndDynamicMembersOfOneObject) {
  expectReads("0a 1b 05 50 74 03 78 04 01 03 79 04 02 01", typed("Pt", {{"x", 1}, {"y", 2}}));
}

TEST(Amf3, ReadsAnArrayWithNamesAndPlacesAsAnEcmaArray) {
  expectReads("09 05 03 61 03 01 04 07 04 08",
              AmfValue::ecmaArray(AmfObject{{"a", true}, {"0", 7}, {"1", 8}}));
}

TEST(Amf3, ReadsVectorsAsArrays) {
  expectReads("0d 05 00 ff ff ff fe 00 00 00 03", AmfArray{-2, 3});
  expectReads("0e 05 01 ff ff ff fe 00 00 00 03", AmfArray{4294967294U, 3});
  expectReads("0f 03 00 3f f8 00 00 00 00 00 00", AmfArray{1.5});
  expectReads("10 05 00 05 50 74  0a 13 00 03 78 04 01  0a 01 04 02",
              AmfArray{typed("Pt", {{"x", 1}}), typed("Pt", {{"x", 2}})});
}

TEST(Amf3, ReadsADictionaryWithStringKeysAsAnObject) {
  expectReads("11 05 00 06 03 61 04 01 06 03 62 04 02", AmfObject{{"a", 1}, {"b", 2}});
  expectError("11 03 00 04 01 04 01", Errc::Unsupported, "dictionary key");
}

TEST(Amf3, ReadsTheOldXmlDocumentToo) { expectReads("07 09 3c 61 2f 3e", AmfXml{"<a/>"}); }

TEST(Amf3, ResolvesStringReferencesButNeverToTheEmptyString) {
  expectReads("09 09 01  06 01  06 03 61  06 03 62  06 00", AmfArray{"", "a", "b", "a"});
  expectError("06 00", Errc::CorruptData, "string reference 0");
}

TEST(Amf3, ResolvesObjectReferencesInTheOrderInWhichObjectsBegan) {
  // 0 the array, 1 the object, 2 the bytes inside it, 3 the date.
  expectReads(
      "09 0b 01  0a 0b 01 03 61 0c 03 2a 01  08 01 00 00 00 00 00 00 00 00  0a 02  0c 04  08 06",
      AmfArray{AmfObject{{"a", Bytes{0x2A}}}, AmfDate{0}, AmfObject{{"a", Bytes{0x2A}}},
               Bytes{0x2A}, AmfDate{0}});
}

TEST(Amf3, RefusesAReferenceToNothingOrToWhatIsAroundIt) {
  expectError("0a 00", Errc::CorruptData, "reference 0 names no object");
  expectError("09 03 01 09 00", Errc::Unsupported, "reference 0");
  expectError("0a 0b 01 03 61 0a 00 01", Errc::Unsupported, "reference 0");
  expectError("0a 01", Errc::CorruptData, "traits reference 0");
}

TEST(Amf3, RefusesExternalizableClassesByTheirName) {
  expectError("0a 07 0f 61 2e 42 0a 43 22 64", Errc::Unsupported, "externalizable class 'a.B?C");
}

TEST(Amf3, NamesTheOffsetWhereBytesAreMissing) {
  expectError("", Errc::CorruptData, "AMF3 at byte 0");
  for (const char* text : {"04",
                           "04 80",
                           "04 80 80 80",
                           "05 40 10",
                           "06",
                           "06 09 46",
                           "07 03",
                           "08",
                           "08 01 00",
                           "09",
                           "09 01",
                           "09 03 01",
                           "09 01 03 61",
                           "09 01 03 61 03",
                           "0a",
                           "0a 13",
                           "0a 13 01",
                           "0a 13 01 03 61",
                           "0a 0b 01 03 61 03",
                           "0b 05 3c",
                           "0c 05 01",
                           "0d 03 00 00",
                           "0d 03",
                           "0f 03 00 00 00 00 00 00 00 00",
                           "10 03 00",
                           "10 03 00 01",
                           "11 03 00 06 03 61",
                           "11 03"}) {
    expectError(text, Errc::CorruptData, "AMF3 at byte");
  }
}

TEST(Amf3, RefusesMarkersThatAreNoValue) {
  expectError("12", Errc::CorruptData, "unknown type 18");
  expectError("ff", Errc::CorruptData, "unknown type 255");
}

TEST(Amf3, RefusesCountsThatRunPastTheEndBeforeReadingThem) {
  const std::string most = "ff ff ff ff ";
  expectError("09 " + most + "01 01", Errc::CorruptData, "268435455 elements");
  for (const char* marker : {"0d", "0e", "0f", "11"}) {
    expectError(marker + (" " + most) + "00 00", Errc::CorruptData, "268435455 elements");
  }
  expectError("10 " + most + "00 01 01", Errc::CorruptData, "268435455 elements");
  expectError("0a ff ff ff fb 01 01", Errc::CorruptData, "elements");
}

TEST(Amf3, BoundsTheDepth) {
  for (const std::string level : {"09 03 01 ", "10 03 00 01 ", "0a 13 01 03 61 "}) {
    std::string text;
    for (int i = 0; i < 32; ++i) text += level;
    EXPECT_TRUE(decode(hex(text + "01"))) << level;
    expectError(level + text + "01", Errc::LimitExceeded, "32 levels");
  }
}

TEST(Amf3, BoundsTheNumberOfValues) {
  const Limits limits{32, 3, 100};
  EXPECT_TRUE(decode(hex("09 05 01 01 01"), limits));
  expectError("09 07 01 01 01 01", Errc::LimitExceeded, "3 values", limits);
  EXPECT_TRUE(decode(hex("0d 05 00 00 00 00 00 00 00 00 00"), limits));
  expectError("0d 07 00 00 00 00 00 00 00 00 00 00 00 00 00", Errc::LimitExceeded, "3 values",
              limits);
  // Sealed names would be kept before their values are counted.
  expectError("0a 43 01 03 61 03 62 03 63 03 64 01 01 01 01", Errc::LimitExceeded, "3 values",
              limits);
}

TEST(Amf3, BoundsTheBytesThatReferencesRepeat) {
  const Limits limits{32, 100, 7};
  const std::string text = "09 07 01  06 09 61 62 63 64  06 00";
  EXPECT_TRUE(decode(hex("09 05 01  06 09 61 62 63 64  06 00"), limits));
  expectError(text + " 06 00", Errc::LimitExceeded, "7 bytes", limits);
  // The class and its member's name are 8 bytes that the second object repeats.
  expectError("09 05 01  0a 13 09 61 62 63 64 09 65 66 67 68 01  0a 01 01", Errc::LimitExceeded,
              "7 bytes", limits);
  expectError("09 05 01  0c 11 00 00 00 00 00 00 00 00  0c 02", Errc::LimitExceeded, "7 bytes",
              limits);
}

TEST(Amf3, CountsWhatReferencesRepeat) {
  // Each array holds the one before twice: 2^k values from 7 bytes per step.
  std::string text = "09 41 01  09 05 01 01 01 ";
  for (int i = 1; i < 32; ++i) {
    const std::string before = {"0123456789abcdef"[i >> 3], "02468ace"[i % 8]};
    text += "09 05 01 09 " + before + " 09 " + before + " ";
  }
  expectError(text, Errc::LimitExceeded, "values", Limits{64, 65536, 1000000});
}

TEST(Amf3, InsideAmf0CarriesBytesBothWays) {
  Bytes out;
  encodeAmf0(out, AmfArray{Bytes{1, 2}, "x"});
  EXPECT_EQ(out, hex("0a 00 00 00 02  11 0c 05 01 02  02 00 01 78"));
  util::ByteReader in(out);
  EXPECT_EQ(*Amf0Decoder(in).next(), AmfValue(AmfArray{Bytes{1, 2}, "x"}));
}

TEST(Amf3, InsideAmf0SharesItsTablesThroughoutTheMessage) {
  const Bytes bytes = hex("11 06 03 61  02 00 01 62  11 09 03 01 06 00  11 09 00");
  util::ByteReader in(bytes);
  const auto values = Amf0Decoder(in).rest();
  ASSERT_TRUE(values) << values.error();
  EXPECT_EQ(*values, (std::vector<AmfValue>{"a", "b", AmfArray{"a"}, AmfArray{"a"}}));
}

TEST(Amf3, InsideAmf0SpendsTheSameLimits) {
  const Bytes bytes = hex("0a 00 00 00 01  11 09 03 01 01");
  const auto read = [&](const Limits& limits) {
    util::ByteReader in(bytes);
    return Amf0Decoder(in, limits).next();
  };
  EXPECT_TRUE(read({2, 3, 0}));
  EXPECT_EQ(read({1, 3, 0}).error().code, Errc::LimitExceeded);
  EXPECT_EQ(read({2, 2, 0}).error().code, Errc::LimitExceeded);
}

/// What an ECMA array becomes where AMF3 has no form for it.
AmfValue expectedOf(const AmfValue& value) {
  if (const auto* object = value.get<AmfObject>()) {
    AmfObject members;
    for (const auto& [name, member] : *object) members.set(name, expectedOf(member));
    const bool ecma = value.kind() == AmfValue::Kind::EcmaArray;
    if (ecma && !members.empty() && members.find("") == nullptr) {
      return AmfValue::ecmaArray(std::move(members));
    }
    if (!ecma) members.className = object->className;
    return members;
  }
  if (const auto* array = value.get<AmfArray>()) {
    AmfArray elements;
    for (const auto& element : *array) elements.push_back(expectedOf(element));
    return elements;
  }
  return value;
}

TEST(Amf3, ReadsWhatItWroteForRandomValues) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::RandomValues random(seed);
  for (int i = 0; i < 500; ++i) {
    const AmfValue value = random.value(5);
    const Bytes bytes = encode(value);
    util::ByteReader in(bytes);
    const auto decoded = Amf3Decoder(in, {.maxRepeatedBytes = std::size_t{1} << 30}).next();
    ASSERT_TRUE(decoded) << decoded.error() << " in " << value;
    ASSERT_EQ(*decoded, expectedOf(value));
    ASSERT_EQ(in.remaining(), 0U);
    for (int cut = random.upTo(20); cut > 0; --cut) {
      const auto part = static_cast<std::size_t>(random.upTo(static_cast<int>(bytes.size()) - 1));
      util::ByteReader less({bytes.data(), part});
      ASSERT_FALSE(Amf3Decoder(less).next()) << part << " bytes of " << value;
    }
  }
}

}  // namespace
}  // namespace multiconnection::amf
