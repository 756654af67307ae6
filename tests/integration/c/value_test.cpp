#include <gtest/gtest.h>
#include <multiconnection.h>

#include <cstring>
#include <limits>
#include <memory>
#include <string>

namespace {

struct FreeValue {
  void operator()(mc_value* value) const { mc_value_free(value); }
};
using Value = std::unique_ptr<mc_value, FreeValue>;

std::string printed(const mc_value* value) {
  std::string text(mc_value_print(value, nullptr, 0), '\0');
  EXPECT_EQ(mc_value_print(value, text.data(), text.size() + 1), text.size());
  return text;
}

TEST(CValue, EachKindIsMadeAndRead) {
  const Value undefined(mc_value_new_undefined());
  EXPECT_EQ(mc_value_kind_of(undefined.get()), MC_VALUE_UNDEFINED);
  const Value null(mc_value_new_null());
  EXPECT_EQ(mc_value_kind_of(null.get()), MC_VALUE_NULL);
  const Value truth(mc_value_new_boolean(-7));
  EXPECT_EQ(mc_value_kind_of(truth.get()), MC_VALUE_BOOLEAN);
  EXPECT_EQ(mc_value_boolean(truth.get(), 0), 1);
  const Value number(mc_value_new_number(-0.5));
  EXPECT_EQ(mc_value_kind_of(number.get()), MC_VALUE_NUMBER);
  EXPECT_EQ(mc_value_number(number.get(), 9), -0.5);
  const Value date(mc_value_new_date(1e12));
  EXPECT_EQ(mc_value_kind_of(date.get()), MC_VALUE_DATE);
  EXPECT_EQ(mc_value_number(date.get(), 9), 1e12);
  const Value xml(mc_value_new_xml("<a/>"));
  EXPECT_EQ(mc_value_kind_of(xml.get()), MC_VALUE_XML);
  EXPECT_STREQ(mc_value_string(xml.get(), nullptr), "<a/>");
}

TEST(CValue, AStringMayHoldZeroBytes) {
  const Value text(mc_value_new_string_n("a\0b", 3));
  std::size_t length = 0;
  const char* content = mc_value_string(text.get(), &length);
  ASSERT_EQ(length, 3U);
  EXPECT_EQ(std::memcmp(content, "a\0b", 4), 0) << "with the zero byte behind it";
}

TEST(CValue, CarriesByteArrays) {
  const Value bytes(mc_value_new_bytes("\x00\xff", 2));
  EXPECT_EQ(mc_value_kind_of(bytes.get()), MC_VALUE_BYTES);
  std::size_t count = 0;
  const void* content = mc_value_bytes(bytes.get(), &count);
  ASSERT_EQ(count, 2U);
  EXPECT_EQ(std::memcmp(content, "\x00\xff", 2), 0);
  const Value empty(mc_value_new_bytes(nullptr, 0));
  EXPECT_EQ(mc_value_kind_of(empty.get()), MC_VALUE_BYTES);
  EXPECT_EQ(mc_value_new_bytes(nullptr, 1), nullptr);
  const Value text(mc_value_new_string("text"));
  EXPECT_EQ(mc_value_bytes(text.get(), &count), nullptr);
  EXPECT_EQ(count, 0U);
}

TEST(CValue, ReadingTheWrongKindGivesTheOtherAnswer) {
  const Value text(mc_value_new_string("7"));
  EXPECT_EQ(mc_value_number(text.get(), 42), 42);
  EXPECT_EQ(mc_value_boolean(text.get(), -1), -1);
  EXPECT_EQ(mc_value_count(text.get()), 0U);
  EXPECT_EQ(mc_value_at(text.get(), 0), nullptr);
  EXPECT_EQ(mc_value_member(text.get(), "x"), nullptr);
  EXPECT_EQ(mc_value_class_name(text.get()), nullptr);
  const Value number(mc_value_new_number(7));
  std::size_t length = 99;
  EXPECT_EQ(mc_value_string(number.get(), &length), nullptr);
  EXPECT_EQ(length, 0U);
}

TEST(CValue, AnObjectKeepsItsMembersInOrder) {
  const Value seat(mc_value_new_object("Seat"));
  ASSERT_EQ(mc_value_set(seat.get(), "user", mc_value_new_string("Foo"), nullptr), MC_OK);
  ASSERT_EQ(mc_value_set(seat.get(), "number", mc_value_new_number(7), nullptr), MC_OK);
  ASSERT_EQ(mc_value_set(seat.get(), "user", mc_value_new_string("Bar"), nullptr), MC_OK);
  EXPECT_EQ(mc_value_kind_of(seat.get()), MC_VALUE_OBJECT);
  EXPECT_STREQ(mc_value_class_name(seat.get()), "Seat");
  ASSERT_EQ(mc_value_count(seat.get()), 2U);
  EXPECT_STREQ(mc_value_name_at(seat.get(), 0), "user");
  EXPECT_STREQ(mc_value_string(mc_value_at(seat.get(), 0), nullptr), "Bar");
  EXPECT_STREQ(mc_value_name_at(seat.get(), 1), "number");
  EXPECT_EQ(mc_value_number(mc_value_member(seat.get(), "number"), 0), 7);
  EXPECT_EQ(mc_value_name_at(seat.get(), 2), nullptr);
  EXPECT_EQ(mc_value_member(seat.get(), "none"), nullptr);
}

TEST(CValue, AnAssociativeArrayStaysOne) {
  const Value metadata(mc_value_new_ecma_array());
  ASSERT_EQ(mc_value_set(metadata.get(), "width", mc_value_new_number(640), nullptr), MC_OK);
  EXPECT_EQ(mc_value_kind_of(metadata.get()), MC_VALUE_ECMA_ARRAY);
  EXPECT_EQ(mc_value_number(mc_value_member(metadata.get(), "width"), 0), 640);
}

TEST(CValue, AnArrayTakesItsElementsOver) {
  mc_value* elements[] = {mc_value_new_number(1), mc_value_new_string("two")};
  const Value array(mc_value_new_array(elements, 2));
  EXPECT_EQ(mc_value_kind_of(array.get()), MC_VALUE_ARRAY);
  ASSERT_EQ(mc_value_count(array.get()), 2U);
  EXPECT_EQ(mc_value_number(mc_value_at(array.get(), 0), 0), 1);
  EXPECT_STREQ(mc_value_string(mc_value_at(array.get(), 1), nullptr), "two");
  EXPECT_EQ(mc_value_name_at(array.get(), 0), nullptr);
  const Value empty(mc_value_new_array(nullptr, 0));
  EXPECT_EQ(mc_value_kind_of(empty.get()), MC_VALUE_ARRAY);
}

// The leak checker of the sanitized build sees to the second half of the names.
TEST(CValue, AFailedArrayFreesItsElements) {
  mc_value* elements[] = {mc_value_new_number(1), nullptr, mc_value_new_number(3)};
  EXPECT_EQ(mc_value_new_array(elements, 3), nullptr);
  EXPECT_EQ(mc_value_new_array(nullptr, 3), nullptr);
}

TEST(CValue, AFailedSetSaysWhyAndFreesTheMember) {
  mc_error error = MC_ERROR_INIT;
  const Value number(mc_value_new_number(1));
  EXPECT_EQ(mc_value_set(number.get(), "name", mc_value_new_number(2), &error),
            MC_INVALID_ARGUMENT);
  EXPECT_EQ(error.result, MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "not an object: cannot set name");
  EXPECT_EQ(mc_value_set(nullptr, "name", mc_value_new_number(2), &error), MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "object is NULL");
  const Value object(mc_value_new_object(nullptr));
  EXPECT_EQ(mc_value_set(object.get(), nullptr, mc_value_new_number(2), &error),
            MC_INVALID_ARGUMENT);
  EXPECT_EQ(mc_value_set(object.get(), "name", nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_EQ(mc_value_count(object.get()), 0U);
}

TEST(CValue, ACopyIsEqualAndItsOwn) {
  const Value seat(mc_value_new_object(nullptr));
  ASSERT_EQ(mc_value_set(seat.get(), "number", mc_value_new_number(7), nullptr), MC_OK);
  const Value copy(mc_value_copy(seat.get()));
  EXPECT_EQ(mc_value_equal(seat.get(), copy.get()), 1);
  ASSERT_EQ(mc_value_set(copy.get(), "number", mc_value_new_number(8), nullptr), MC_OK);
  EXPECT_EQ(mc_value_equal(seat.get(), copy.get()), 0);
  EXPECT_EQ(mc_value_number(mc_value_member(seat.get(), "number"), 0), 7);
}

TEST(CValue, NullIsAnAnswerNotACrash) {
  EXPECT_EQ(mc_value_kind_of(nullptr), MC_VALUE_UNDEFINED);
  EXPECT_EQ(mc_value_boolean(nullptr, 5), 5);
  EXPECT_EQ(mc_value_number(nullptr, 5), 5);
  EXPECT_EQ(mc_value_string(nullptr, nullptr), nullptr);
  EXPECT_EQ(mc_value_count(nullptr), 0U);
  EXPECT_EQ(mc_value_at(nullptr, 0), nullptr);
  EXPECT_EQ(mc_value_name_at(nullptr, 0), nullptr);
  EXPECT_EQ(mc_value_member(nullptr, "x"), nullptr);
  EXPECT_EQ(mc_value_class_name(nullptr), nullptr);
  EXPECT_EQ(mc_value_copy(nullptr), nullptr);
  EXPECT_EQ(mc_value_equal(nullptr, nullptr), 1);
  EXPECT_EQ(mc_value_new_string(nullptr), nullptr);
  EXPECT_EQ(mc_value_new_string_n(nullptr, 3), nullptr);
  EXPECT_EQ(mc_value_new_xml(nullptr), nullptr);
  const Value null(mc_value_new_null());
  EXPECT_EQ(mc_value_equal(null.get(), nullptr), 0);
  mc_value_free(nullptr);
}

TEST(CValue, PrintsAsSnprintfDoesAndCutsBetweenCharacters) {
  const Value seat(mc_value_new_object(nullptr));
  ASSERT_EQ(mc_value_set(seat.get(), "name", mc_value_new_string("Zo\xC3\xAB"), nullptr), MC_OK);
  const std::string whole = printed(seat.get());
  EXPECT_NE(whole.find("Zo\xC3\xAB"), std::string::npos) << whole;
  const std::size_t inside = whole.find('\xAB');
  std::string cut(inside + 1, '?');
  EXPECT_EQ(mc_value_print(seat.get(), cut.data(), cut.size()), whole.size());
  EXPECT_STREQ(cut.c_str(), whole.substr(0, inside - 1).c_str()) << "no half of a character";
}

}  // namespace
