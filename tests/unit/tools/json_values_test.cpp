#include "tools/json_values.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "unit/amf/random_values.hpp"

namespace multiconnection::tools {
namespace {

using ByteArray = std::vector<std::uint8_t>;

std::string written(const AmfValue& value) { return textOfJson(jsonOfAmf(value)); }

AmfValue read(const std::string& text) {
  auto value = amfOfJson(text);
  EXPECT_TRUE(value) << text << ": " << value.error().message;
  return value ? *value : AmfValue();
}

std::string problem(const std::string& text) {
  const auto value = amfOfJson(text);
  return value ? "" : value.error().message;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonValues, EveryValueOfJsonIsReadAndWrittenBack) {
  const AmfValue value = AmfArray{AmfObject{{"seat", 7}, {"a b", "\xC3\xA4\n"}},
                                  AmfArray{},
                                  AmfObject{},
                                  true,
                                  false,
                                  nullptr,
                                  -1,
                                  0.25,
                                  1e300};
  const std::string text =
      "[{\"seat\":7,\"a b\":\"\xC3\xA4\\n\"},[],{},true,false,null,-1,0.25,1e+300]";
  EXPECT_EQ(read(text), value);
  EXPECT_EQ(written(value), text);
}

TEST(JsonValues, WhatJsonLacksStandsInAnObjectOfItsOwn) {
  AmfObject user{{"name", "Foo"}};
  user.className = "chat.User";
  const std::vector<std::pair<AmfValue, std::string>> cases{
      {AmfDate{1700000000123.0}, R"({"$date":1700000000123})"},
      {AmfXml{"<a/>"}, R"({"$xml":"<a/>"})"},
      {ByteArray{0x00, 0x0F, 0xFF}, R"({"$bytes":"000fff"})"},
      {ByteArray{}, R"({"$bytes":""})"},
      {user, R"({"$class":"chat.User","name":"Foo"})"},
  };
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(written(value), text);
    EXPECT_EQ(read(text), value);
  }
}

TEST(JsonValues, MembersBesideThemMakeAnOrdinaryObject) {
  EXPECT_EQ(read(R"({"$date":1,"x":2})"), AmfValue(AmfObject{{"$date", 1}, {"x", 2}}));
  EXPECT_EQ(read(R"({"x":2,"$class":"C"})"), AmfValue(AmfObject{{"x", 2}, {"$class", "C"}}));
}

TEST(JsonValues, ATagWithTheWrongContentIsRefused) {
  for (const char* text : {R"({"$date":"x"})", R"({"$xml":1})", R"({"$bytes":"0"})",
                           R"({"$bytes":"0g"})", R"({"$bytes":"+1"})", R"({"$class":1})"}) {
    EXPECT_NE(problem(text).find('$'), std::string::npos) << text;
  }
}

TEST(JsonValues, NothingIsInventedForWhatJsonCannotSay) {
  EXPECT_EQ(written(AmfValue()), "null");
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(written(AmfDate{std::numeric_limits<double>::quiet_NaN()}), R"({"$date":null})");
}

TEST(JsonValues, WholeNumbersAreWrittenWithoutAPointAsFarAsTheyAreExact) {
  EXPECT_EQ(written(9007199254740991.0), "9007199254740991");
  EXPECT_EQ(written(-9007199254740991.0), "-9007199254740991");
  EXPECT_EQ(written(9007199254740992.0), "9.007199254740992e+15");
}

TEST(JsonValues, AnIntegerThatADoubleDoesNotHoldIsRefused) {
  EXPECT_EQ(read("9007199254740991"), AmfValue(9007199254740991.0));
  for (const char* text : {"9007199254740993", "-9007199254740993", "18446744073709551615",
                           "123456789012345678901234567890"}) {
    EXPECT_NE(problem(text).find(text), std::string::npos) << text;
  }
  EXPECT_NE(problem("1e400"), "");
}

TEST(JsonValues, DepthIsBounded) {
  EXPECT_EQ(problem(nested(32)), "");
  EXPECT_EQ(problem(nested(33)), "objects and arrays more than 32 deep");
  EXPECT_NE(problem(nested(100000)), "");
  std::string objects;
  for (int i = 0; i < 33; ++i) objects += "{\"a\":";
  EXPECT_NE(problem(objects).find("32 deep"), std::string::npos);
}

TEST(JsonValues, WhatIsNoJsonIsRefusedWithItsPlace) {
  for (const char* text : {"", "foo", "[1,", "{\"a\"}", "1 2", "\"\xff\"", "nul", "'a'"}) {
    EXPECT_NE(problem(text).find("column"), std::string::npos) << text << ": " << problem(text);
  }
  EXPECT_LE(problem('"' + std::string(100000, 'x')).size(), 200U) << "one line";
}

TEST(JsonValues, OfAMemberGivenTwiceTheLastOneCounts) {
  EXPECT_EQ(read(R"({"a":1,"b":2,"a":3})"), AmfValue(AmfObject{{"a", 3}, {"b", 2}}));
}

TEST(JsonValues, BytesThatAreNoUtf8AreReplacedInNamesToo) {
  EXPECT_EQ(written(AmfObject{{"n\xff", "v\xff\nw"}}), "{\"n\xEF\xBF\xBD\":\"v\xEF\xBF\xBD\\nw\"}");
}

TEST(JsonValues, WhateverAServerSendsBecomesValidJsonThatIsReadAgain) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  amf::test::RandomValues random(seed);
  for (int i = 0; i < 300; ++i) {
    const std::string text = written(random.value(4));
    ASSERT_EQ(text.find('\n'), std::string::npos);
    const auto value = amfOfJson(text);
    ASSERT_TRUE(value) << value.error().message << " in " << text;
    // Names that were no UTF-8 may have become equal ones; what was read has none of them.
    EXPECT_EQ(read(written(*value)), *value);
  }
}

}  // namespace
}  // namespace multiconnection::tools
