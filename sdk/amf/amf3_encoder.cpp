#include <algorithm>
#include <bit>
#include <cmath>

#include "amf/amf3.hpp"

namespace multiconnection::amf {
namespace {

/// What 28 bits can count: one bit of a U29 tells a size from a reference.
constexpr std::size_t kMaxSize = 0x0FFFFFFF;

bool fitsU29(double number) {
  constexpr double kAbove = 0x10000000;
  return number >= -kAbove && number < kAbove && number == std::trunc(number) &&
         !(number == 0 && std::signbit(number));
}

}  // namespace

void Amf3Encoder::value(const AmfValue& value) {
  switch (value.kind()) {
    case AmfValue::Kind::Undefined:
      return marker(Marker3::Undefined);
    case AmfValue::Kind::Null:
      return marker(Marker3::Null);
    case AmfValue::Kind::Boolean:
      return marker(*value.get<bool>() ? Marker3::True : Marker3::False);
    case AmfValue::Kind::Number:
      return number(*value.get<double>());
    case AmfValue::Kind::String:
      marker(Marker3::String);
      return text(*value.get<std::string>());
    case AmfValue::Kind::Object:
      return object(*value.get<AmfObject>(), value.get<AmfObject>()->className);
    case AmfValue::Kind::EcmaArray:
      return ecmaArray(*value.get<AmfObject>());
    case AmfValue::Kind::Array:
      return array(*value.get<AmfArray>());
    case AmfValue::Kind::Date:
      marker(Marker3::Date);
      u29(1);
      return out_.u64(std::bit_cast<std::uint64_t>(value.get<AmfDate>()->milliseconds));
    case AmfValue::Kind::Xml:
      return unshared(Marker3::Xml, value.get<AmfXml>()->text);
    case AmfValue::Kind::ByteArray: {
      const Bytes& bytes = *value.get<Bytes>();
      return unshared(Marker3::ByteArray,
                      {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
  }
}

void Amf3Encoder::u29(std::uint32_t number) {
  const auto more = [&](unsigned shift) {
    out_.u8(static_cast<std::uint8_t>(0x80U | (number >> shift & 0x7FU)));
  };
  if (number >= 1U << 21) {
    for (const unsigned shift : {22U, 15U, 8U}) more(shift);
    return out_.u8(static_cast<std::uint8_t>(number));
  }
  if (number >= 1U << 14) more(14);
  if (number >= 1U << 7) more(7);
  out_.u8(static_cast<std::uint8_t>(number & 0x7FU));
}

void Amf3Encoder::inlineSize(std::size_t size) { u29(static_cast<std::uint32_t>(size << 1 | 1)); }

void Amf3Encoder::number(double number) {
  if (fitsU29(number)) {
    marker(Marker3::Integer);
    return u29(static_cast<std::uint32_t>(static_cast<std::int32_t>(number)) & 0x1FFFFFFF);
  }
  marker(Marker3::Double);
  out_.u64(std::bit_cast<std::uint64_t>(number));
}

void Amf3Encoder::text(std::string_view text) {
  text = text.substr(0, kMaxSize);
  if (!text.empty()) {
    const auto [known, added] =
        strings_.try_emplace(std::string(text), static_cast<std::uint32_t>(strings_.size()));
    if (!added) return u29(known->second << 1);
  }
  inlineSize(text.size());
  out_.text(text);
}

void Amf3Encoder::unshared(Marker3 type, std::string_view text) {
  text = text.substr(0, kMaxSize);
  marker(type);
  inlineSize(text.size());
  out_.text(text);
}

void Amf3Encoder::traits(std::string_view className, const std::vector<std::string_view>& sealed,
                         bool dynamic) {
  std::string key(1, dynamic ? 'd' : 's');
  const auto append = [&](std::string_view part) {
    key += std::to_string(part.size()) + ':';
    key += part;
  };
  append(className);
  for (const auto name : sealed) append(name);
  const auto [known, added] =
      traits_.try_emplace(std::move(key), static_cast<std::uint32_t>(traits_.size()));
  if (!added) return u29(known->second << 2 | 1);
  u29(static_cast<std::uint32_t>(sealed.size() << 4) | (dynamic ? 0x0BU : 0x03U));
  text(className);
  for (const auto name : sealed) text(name);
}

void Amf3Encoder::object(const AmfObject& object, std::string_view className) {
  marker(Marker3::Object);
  const bool dynamic = className.empty();
  const auto isSealed = [&](const AmfObject::Member& member) {
    return !dynamic || member.first.empty();
  };
  std::vector<std::string_view> sealed;
  for (const auto& member : object) {
    if (isSealed(member)) sealed.emplace_back(member.first);
  }
  traits(className, sealed, dynamic);
  for (const auto& member : object) {
    if (isSealed(member)) value(member.second);
  }
  if (dynamic) members(object);
}

void Amf3Encoder::members(const AmfObject& object) {
  for (const auto& [name, member] : object) {
    if (name.empty()) continue;
    text(name);
    value(member);
  }
  text({});
}

void Amf3Encoder::ecmaArray(const AmfObject& object) {
  if (object.empty() || object.find("") != nullptr) return this->object(object, {});
  marker(Marker3::Array);
  inlineSize(0);
  members(object);
}

void Amf3Encoder::array(const AmfArray& array) {
  marker(Marker3::Array);
  inlineSize(array.size());
  text({});
  for (const auto& element : array) value(element);
}

void encodeAmf3(Bytes& out, const AmfValue& value) { Amf3Encoder(out).value(value); }

}  // namespace multiconnection::amf
