#include "tools/json_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace multiconnection::tools {
namespace {

using Json = nlohmann::ordered_json;
using ByteArray = std::vector<std::uint8_t>;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxReasonBytes = 200;
/// From here on not every integer is a double.
constexpr double kExact = 9007199254740992.0;

constexpr char kDate[] = "$date";
constexpr char kXml[] = "$xml";
constexpr char kBytes[] = "$bytes";
constexpr char kClass[] = "$class";

std::string hexOf(const ByteArray& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool readHex(const std::string& text, ByteArray& bytes) {
  if (text.size() % 2 != 0) return false;
  for (const char* at = text.data(); at != text.data() + text.size(); at += 2) {
    std::uint8_t byte = 0;
    const auto [end, problem] = std::from_chars(at, at + 2, byte, 16);
    if (problem != std::errc{} || end != at + 2) return false;
    bytes.push_back(byte);
  }
  return true;
}

/// Builds the value while the text is read: a tree of JSON values would not know its own depth.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return addInteger(value); }
  bool number_unsigned(number_unsigned_t value) override { return addInteger(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    const bool whole = text.find_first_of(".eE") == string_t::npos;
    return whole ? fail(inexact(text)) : add(value);
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return fail("binary data"); }
  bool start_object(std::size_t) override { return begin(true); }
  bool key(string_t& name) override {
    levels_.back().key = std::move(name);
    return true;
  }
  bool end_object() override {
    auto value = objectOf(std::move(levels_.back().members));
    if (!value) return fail(value.error().message);
    levels_.pop_back();
    return add(*std::move(value));
  }
  bool start_array(std::size_t) override { return begin(false); }
  bool end_array() override {
    AmfArray elements = std::move(levels_.back().elements);
    levels_.pop_back();
    return add(std::move(elements));
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& why) override {
    const std::string text = why.what();
    const auto name = text.find("] ");  // "[json.exception.parse_error.101] parse error at ..."
    return fail("no JSON (a text stands in double quotes): " +
                (name == std::string::npos ? text : text.substr(name + 2)));
  }

  AmfValue takeValue() { return std::move(value_); }
  const std::string& problem() const { return problem_; }

 private:
  struct Level {
    bool object;
    std::string key;
    std::vector<AmfObject::Member> members;
    AmfArray elements;
  };

  static std::string inexact(const std::string& number) {
    return "the integer " + number + " is no exact number of AMF";
  }
  static Result<AmfValue> objectOf(std::vector<AmfObject::Member> members);

  bool fail(const std::string& why) {
    problem_ = why.substr(0, kMaxReasonBytes);
    return false;
  }
  template <class Integer>
  bool addInteger(Integer value) {
    const auto number = static_cast<double>(value);
    return std::abs(number) < kExact ? add(number) : fail(inexact(std::to_string(value)));
  }
  bool begin(bool object) {
    if (levels_.size() == kMaxDepth) {
      return fail("objects and arrays more than " + std::to_string(kMaxDepth) + " deep");
    }
    levels_.push_back({object, {}, {}, {}});
    return true;
  }
  bool add(AmfValue value) {
    if (levels_.empty()) {
      value_ = std::move(value);
    } else if (levels_.back().object) {
      levels_.back().members.emplace_back(std::move(levels_.back().key), std::move(value));
    } else {
      levels_.back().elements.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Level> levels_;
  AmfValue value_;
  std::string problem_;
};

Result<AmfValue> Builder::objectOf(std::vector<AmfObject::Member> members) {
  if (members.size() == 1) {
    const auto& [name, value] = members.front();
    const auto* text = value.get<std::string>();
    ByteArray bytes;
    if (name == kDate && value.isNumber()) return AmfValue(AmfDate{value.as<double>()});
    if (name == kXml && text != nullptr) return AmfValue(AmfXml{*text});
    if (name == kBytes && text != nullptr && readHex(*text, bytes)) return AmfValue(bytes);
    if (name == kDate || name == kXml || name == kBytes) {
      return Error{Errc::InvalidArgument,
                   "expected {\"$date\": number}, {\"$xml\": \"text\"} or {\"$bytes\": \"hex\"}"};
    }
  }
  std::string className;
  if (!members.empty() && members.front().first == kClass) {
    if (!members.front().second.isString()) {
      return Error{Errc::InvalidArgument, "\"$class\" is the name of a class"};
    }
    className = members.front().second.as<std::string>();
    members.erase(members.begin());
  }
  AmfObject object = AmfObject::fromMembers(std::move(members));
  object.className = std::move(className);
  return AmfValue(std::move(object));
}

Json jsonOfNumber(double number) {
  if (std::abs(number) < kExact && number == std::trunc(number)) {
    return static_cast<std::int64_t>(number);
  }
  return std::isfinite(number) ? Json(number) : Json();
}

Json tagged(const char* name, Json content) {
  Json json = Json::object();
  json[name] = std::move(content);
  return json;
}

Json jsonOfObject(const AmfObject& object) {
  Json json = Json::object();
  // Appended, because operator[] searches all members, of which a server may send many.
  auto& members = json.get_ref<Json::object_t&>();
  members.reserve(object.size() + 1);
  if (!object.className.empty() && object.find(kClass) == nullptr) {
    members.push_back({kClass, object.className});
  }
  for (const auto& [name, value] : object) members.push_back({name, jsonOfAmf(value)});
  return json;
}

}  // namespace

Result<AmfValue> amfOfJson(const std::string& text) {
  Builder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return Error{Errc::InvalidArgument, builder.problem()};
  }
  return builder.takeValue();
}

Json jsonOfAmf(const AmfValue& value) {
  switch (value.kind()) {
    case AmfValue::Kind::Boolean:
      return value.as<bool>();
    case AmfValue::Kind::Number:
      return jsonOfNumber(value.as<double>());
    case AmfValue::Kind::String:
      return *value.get<std::string>();
    case AmfValue::Kind::Object:
    case AmfValue::Kind::EcmaArray:
      return jsonOfObject(*value.get<AmfObject>());
    case AmfValue::Kind::Array: {
      Json json = Json::array();
      for (const AmfValue& element : *value.get<AmfArray>()) json.push_back(jsonOfAmf(element));
      return json;
    }
    case AmfValue::Kind::Date:
      return tagged(kDate, jsonOfNumber(value.get<AmfDate>()->milliseconds));
    case AmfValue::Kind::Xml:
      return tagged(kXml, value.get<AmfXml>()->text);
    case AmfValue::Kind::ByteArray:
      return tagged(kBytes, hexOf(*value.get<ByteArray>()));
    case AmfValue::Kind::Undefined:
    case AmfValue::Kind::Null:
      break;
  }
  return nullptr;
}

std::string textOfJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace multiconnection::tools
