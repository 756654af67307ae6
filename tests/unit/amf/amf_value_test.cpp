#include "multiconnection/amf_value.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>

namespace multiconnection {
namespace {

using Kind = AmfValue::Kind;

std::string printed(const AmfValue& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(AmfValue, TakesItsKindFromWhatItIsMadeOf) {
  EXPECT_EQ(AmfValue().kind(), Kind::Undefined);
  EXPECT_EQ(AmfValue(nullptr).kind(), Kind::Null);
  EXPECT_EQ(AmfValue(true).kind(), Kind::Boolean);
  EXPECT_EQ(AmfValue(7).kind(), Kind::Number);
  EXPECT_EQ(AmfValue(7U).kind(), Kind::Number);
  EXPECT_EQ(AmfValue(0.5F).kind(), Kind::Number);
  EXPECT_EQ(AmfValue("text").kind(), Kind::String);
  EXPECT_EQ(AmfValue(AmfObject{}).kind(), Kind::Object);
  EXPECT_EQ(AmfValue::ecmaArray({}).kind(), Kind::EcmaArray);
  EXPECT_EQ(AmfValue(AmfArray{}).kind(), Kind::Array);
  EXPECT_EQ(AmfValue(AmfDate{1}).kind(), Kind::Date);
  EXPECT_EQ(AmfValue(AmfXml{"<a/>"}).kind(), Kind::Xml);
  EXPECT_EQ(AmfValue(std::vector<std::uint8_t>{1, 2}).kind(), Kind::ByteArray);
}

TEST(AmfValue, IsReadByNameAndByPlace) {
  const AmfValue seat = AmfObject{{"userName", "Foo"}, {"places", AmfArray{1, 2, 3}}};
  EXPECT_EQ(seat["userName"].as<std::string>(), "Foo");
  EXPECT_EQ(seat["places"][2].as<int>(), 3);
  EXPECT_TRUE(seat["places"][3].isUndefined());
  EXPECT_TRUE(seat["missing"]["deeper"][0].isUndefined());
  EXPECT_TRUE(AmfValue("text")["member"].isUndefined());
}

TEST(AmfValue, GivesTheOtherwiseWhereTheKindDoesNotFit) {
  EXPECT_EQ(AmfValue("7").as<int>(5), 5);
  EXPECT_EQ(AmfValue(7).as<std::string>("none"), "none");
  EXPECT_EQ(AmfValue().as<bool>(true), true);
}

TEST(AmfValue, CastsNumbersOnlyWhereTheyFit) {
  EXPECT_EQ(AmfValue(255).as<std::uint8_t>(1), 255);
  EXPECT_EQ(AmfValue(256).as<std::uint8_t>(1), 1);
  EXPECT_EQ(AmfValue(-1).as<unsigned>(1), 1U);
  EXPECT_EQ(AmfValue(2147483647.0).as<int>(1), 2147483647);
  EXPECT_EQ(AmfValue(2147483648.0).as<int>(1), 1);
  EXPECT_EQ(AmfValue(-2147483648.0).as<int>(1), std::numeric_limits<int>::min());
  EXPECT_EQ(AmfValue(18446744073709551616.0).as<std::uint64_t>(1), 1U);
  EXPECT_EQ(AmfValue(std::numeric_limits<double>::quiet_NaN()).as<int>(1), 1);
}

TEST(AmfValue, ComparesContentNotIdentity) {
  const AmfValue left = AmfObject{{"a", 1}, {"b", AmfArray{"x", nullptr}}};
  EXPECT_EQ(left, AmfValue(AmfObject({{"a", 1}, {"b", AmfArray{"x", nullptr}}})));
  EXPECT_NE(left, AmfValue(AmfObject({{"a", 1}, {"b", AmfArray{"x", AmfValue()}}})));
  EXPECT_NE(AmfValue(0), AmfValue(false));
  EXPECT_NE(AmfValue(AmfObject{}), AmfValue::ecmaArray({}));
  const AmfValue nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(nan, nan);
  const std::vector<std::uint8_t> bytes{0, 255};
  EXPECT_EQ(AmfValue(bytes), AmfValue(bytes));
  EXPECT_NE(AmfValue(bytes), AmfValue(std::vector<std::uint8_t>{0}));
  EXPECT_EQ(*AmfValue(bytes).get<std::vector<std::uint8_t>>(), bytes);
  EXPECT_EQ(AmfValue("text").get<std::vector<std::uint8_t>>(), nullptr);
}

TEST(AmfValue, PrintsLikeJson) {
  AmfObject typed{{"x", 0.1}};
  typed.className = "Point";
  EXPECT_EQ(printed(AmfObject{{"a", 1}, {"b\n", AmfArray{true, nullptr, AmfValue(), "q\"\\"}}}),
            R"({"a": 1, "b\u000a": [true, null, undefined, "q\"\\"]})");
  EXPECT_EQ(printed(typed), R"(Point{"x": 0.1})");
  EXPECT_EQ(printed(AmfDate{1.5e12}), "Date(1.5e+12)");
  EXPECT_EQ(printed(AmfXml{"<a/>"}), R"(Xml("<a/>"))");
  EXPECT_EQ(printed(std::vector<std::uint8_t>{0x0A, 0xFF}), "Bytes(0aff)");
}

TEST(AmfObject, KeepsTheOrderInWhichMembersWereSet) {
  AmfObject object;
  object.set("b", 1);
  object.set("a", 2);
  object.set("b", 3);
  ASSERT_EQ(object.size(), 2U);
  EXPECT_EQ(object.begin()->first, "b");
  EXPECT_EQ(object["b"].as<int>(), 3);
  EXPECT_TRUE(object.erase("b"));
  EXPECT_FALSE(object.erase("b"));
  EXPECT_EQ(object.begin()->first, "a");
}

TEST(AmfObject, MadeFromMembersKeepsTheFirstPlaceAndTheLastValue) {
  const auto object = AmfObject::fromMembers({{"a", 1}, {"b", 2}, {"a", 3}});
  ASSERT_EQ(object.size(), 2U);
  EXPECT_EQ(object.begin()->first, "a");
  EXPECT_EQ(object["a"].as<int>(), 3);
  EXPECT_EQ(object["b"].as<int>(), 2);
}

TEST(AmfObject, EqualsAnotherWithTheSameMembersInAnyOrder) {
  EXPECT_EQ((AmfObject{{"a", 1}, {"b", 2}}), (AmfObject{{"b", 2}, {"a", 1}}));
  EXPECT_NE((AmfObject{{"a", 1}, {"b", 2}}), (AmfObject{{"b", 1}, {"a", 2}}));
  EXPECT_NE((AmfObject{{"a", 1}, {"b", 2}}), (AmfObject{{"a", 1}, {"c", 2}}));
  EXPECT_NE((AmfObject{{"a", 1}}), (AmfObject{{"a", 1}, {"b", 2}}));
  AmfObject named{{"a", 1}};
  named.className = "C";
  EXPECT_NE(named, (AmfObject{{"a", 1}}));
}

}  // namespace
}  // namespace multiconnection
