#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "multiconnection/export.hpp"

namespace multiconnection {

class AmfValue;

/// Named values in the order in which they were set. A name occurs once.
class MC_API AmfObject {
 public:
  using Member = std::pair<std::string, AmfValue>;

  AmfObject();
  AmfObject(std::initializer_list<Member> members);
  /// Takes many members at once; of several with one name the first keeps its place and the last
  /// gives the value, as with set().
  static AmfObject fromMembers(std::vector<Member> members);
  AmfObject(const AmfObject&);
  AmfObject(AmfObject&&) noexcept;
  AmfObject& operator=(const AmfObject&);
  AmfObject& operator=(AmfObject&&) noexcept;
  ~AmfObject();

  /// The member's value, or null when there is none.
  const AmfValue* find(std::string_view name) const noexcept;
  /// The member's value; an Undefined value when there is none.
  const AmfValue& operator[](std::string_view name) const noexcept;
  /// Sets or replaces a member; a new one goes to the end.
  void set(std::string name, AmfValue value);
  /// Removes a member. @return whether it existed.
  bool erase(std::string_view name);

  std::size_t size() const noexcept;
  bool empty() const noexcept { return size() == 0; }
  std::vector<Member>::const_iterator begin() const noexcept;
  std::vector<Member>::const_iterator end() const noexcept;

  /// Class name of an AMF typed object; empty for an anonymous one.
  std::string className;

  /// Equal class names and members; their order does not count.
  friend MC_API bool operator==(const AmfObject& left, const AmfObject& right) noexcept;
  friend bool operator!=(const AmfObject& left, const AmfObject& right) noexcept {
    return !(left == right);
  }

 private:
  std::vector<Member> members_;
};

/// Values by position: an AMF strict array.
using AmfArray = std::vector<AmfValue>;

/// A moment: milliseconds since 1970-01-01 00:00 UTC, as AMF carries it.
struct AmfDate {
  double milliseconds = 0;
  friend bool operator==(const AmfDate& left, const AmfDate& right) noexcept {
    return left.milliseconds == right.milliseconds;
  }
};

/// An XML document in its text form.
struct AmfXml {
  std::string text;
  friend bool operator==(const AmfXml& left, const AmfXml& right) noexcept {
    return left.text == right.text;
  }
};

/// One value as ActionScript knows it; what commands, data messages and shared objects carry.
///
/// @code
/// AmfValue seat = AmfObject{{"userName", "Foo"}, {"seat", 7}};
/// double number = seat["seat"].as<double>();
/// @endcode
class MC_API AmfValue {
 public:
  /// The kinds of value. Object and EcmaArray differ on the wire only; readers should take either.
  enum class Kind {
    Undefined,
    Null,
    Boolean,
    Number,
    String,
    Object,
    EcmaArray,
    Array,
    Date,
    Xml,
    ByteArray,  ///< std::vector<std::uint8_t>.
  };
  struct Undefined {};

  AmfValue() noexcept = default;  ///< Undefined.
  AmfValue(std::nullptr_t) noexcept;
  AmfValue(const char* text);
  AmfValue(std::string text);
  AmfValue(std::string_view text);
  AmfValue(AmfObject object);
  AmfValue(AmfArray array);
  AmfValue(AmfDate date) noexcept;
  AmfValue(AmfXml document);
  AmfValue(std::vector<std::uint8_t> bytes);
  /// bool stays a boolean; every integer and floating-point type becomes a number.
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  AmfValue(T value) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
      data_ = value;
    } else {
      data_ = static_cast<double>(value);
    }
  }
  /// An object that travels as an ECMA array (associative array), as onMetaData usually does.
  static AmfValue ecmaArray(AmfObject members);

  Kind kind() const noexcept;
  bool isUndefined() const noexcept { return kind() == Kind::Undefined; }
  bool isNull() const noexcept { return kind() == Kind::Null; }
  bool isBoolean() const noexcept { return kind() == Kind::Boolean; }
  bool isNumber() const noexcept { return kind() == Kind::Number; }
  bool isString() const noexcept { return kind() == Kind::String; }
  bool isObject() const noexcept { return kind() == Kind::Object || kind() == Kind::EcmaArray; }
  bool isArray() const noexcept { return kind() == Kind::Array; }
  bool isByteArray() const noexcept { return kind() == Kind::ByteArray; }

  /// The content if the kind fits T (bool, double, std::string, AmfObject, AmfArray, AmfDate,
  /// AmfXml, std::vector<std::uint8_t>), else null. AmfObject fits Object and EcmaArray.
  template <class T>
  const T* get() const noexcept;
  /// The content, or `otherwise` when the kind does not fit. Integers are cast from the number when
  /// it is in range.
  template <class T>
  T as(T otherwise = T{}) const;
  /// The member of that name; Undefined when this is no object or has no such member.
  const AmfValue& operator[](std::string_view name) const noexcept;
  /// The element at that place; Undefined when this is no array or is shorter.
  const AmfValue& operator[](std::size_t place) const noexcept;
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  const AmfValue& operator[](T place) const noexcept {
    return (*this)[static_cast<std::size_t>(place)];
  }
  const AmfValue& operator[](const char* name) const noexcept {
    return (*this)[std::string_view(name)];
  }

  /// Equal kind and content. Numbers compare as doubles: NaN differs from itself.
  friend MC_API bool operator==(const AmfValue& left, const AmfValue& right) noexcept;
  friend bool operator!=(const AmfValue& left, const AmfValue& right) noexcept {
    return !(left == right);
  }

 private:
  struct Ecma;
  using Data = std::variant<Undefined, std::nullptr_t, bool, double, std::string,
                            std::shared_ptr<const AmfObject>, std::shared_ptr<const Ecma>,
                            std::shared_ptr<const AmfArray>, AmfDate, AmfXml,
                            std::shared_ptr<const std::vector<std::uint8_t>>>;
  const AmfObject* object() const noexcept;
  const AmfArray* array() const noexcept;
  const std::vector<std::uint8_t>* bytes() const noexcept;

  Data data_;
};

/// Prints the value in a JSON-like form for logs and people.
MC_API std::ostream& operator<<(std::ostream& out, const AmfValue& value);

struct AmfValue::Ecma {
  AmfObject members;
};

template <class T>
const T* AmfValue::get() const noexcept {
  if constexpr (std::is_same_v<T, AmfObject>) {
    return object();
  } else if constexpr (std::is_same_v<T, AmfArray>) {
    return array();
  } else if constexpr (std::is_same_v<T, std::vector<std::uint8_t>>) {
    return bytes();
  } else {
    static_assert(std::is_same_v<T, bool> || std::is_same_v<T, double> ||
                      std::is_same_v<T, std::string> || std::is_same_v<T, AmfDate> ||
                      std::is_same_v<T, AmfXml>,
                  "AmfValue holds bool, double, std::string, AmfObject, AmfArray, AmfDate, AmfXml "
                  "and std::vector<std::uint8_t>");
    return std::get_if<T>(&data_);
  }
}

template <class T>
T AmfValue::as(T otherwise) const {
  if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
    const double* number = get<double>();
    if (number == nullptr) return otherwise;
    if constexpr (std::is_integral_v<T>) {
      // 2^digits is exact as a double where the largest T itself may not be.
      constexpr double kAbove = 2.0 * static_cast<double>(T{1} << (sizeof(T) * 8 - 2)) *
                                (std::is_signed_v<T> ? 1.0 : 2.0);
      constexpr double kLowest = std::is_signed_v<T> ? -kAbove : 0.0;
      if (!(*number >= kLowest && *number < kAbove)) return otherwise;
    }
    return static_cast<T>(*number);
  } else {
    const T* content = get<T>();
    return content == nullptr ? std::move(otherwise) : *content;
  }
}

}  // namespace multiconnection
