#include <bit>
#include <string_view>

#include "amf/amf0.hpp"
#include "amf/amf0_marker.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::amf {
namespace {

constexpr std::size_t kMaxShort = 0xFFFF;

class Encoder {
 public:
  explicit Encoder(Bytes& out) : bytes_(out), out_(out) {}

  void value(const AmfValue& value) {
    switch (value.kind()) {
      case AmfValue::Kind::Undefined:
        return marker(Marker::Undefined);
      case AmfValue::Kind::Null:
        return marker(Marker::Null);
      case AmfValue::Kind::Boolean:
        marker(Marker::Boolean);
        return out_.u8(*value.get<bool>() ? 1 : 0);
      case AmfValue::Kind::Number:
        marker(Marker::Number);
        return number(*value.get<double>());
      case AmfValue::Kind::String:
        return string(*value.get<std::string>());
      case AmfValue::Kind::Object:
        return object(*value.get<AmfObject>());
      case AmfValue::Kind::EcmaArray:
        return ecmaArray(*value.get<AmfObject>());
      case AmfValue::Kind::Array:
        return array(*value.get<AmfArray>());
      case AmfValue::Kind::Date:
        marker(Marker::Date);
        number(value.get<AmfDate>()->milliseconds);
        return out_.u16(0);
      case AmfValue::Kind::Xml:
        marker(Marker::Xml);
        return longText(value.get<AmfXml>()->text);
      case AmfValue::Kind::ByteArray:
        marker(Marker::AvmPlus);
        return encodeAmf3(bytes_, value);
    }
  }

 private:
  void marker(Marker marker) { out_.u8(static_cast<std::uint8_t>(marker)); }
  void number(double number) { out_.u64(std::bit_cast<std::uint64_t>(number)); }

  void shortText(std::string_view text) {
    const auto part = text.substr(0, kMaxShort);
    out_.u16(static_cast<std::uint16_t>(part.size()));
    out_.text(part);
  }

  void longText(std::string_view text) {
    out_.u32(static_cast<std::uint32_t>(text.size()));
    out_.text(text);
  }

  void string(std::string_view text) {
    if (text.size() <= kMaxShort) {
      marker(Marker::String);
      return shortText(text);
    }
    marker(Marker::LongString);
    longText(text);
  }

  void object(const AmfObject& object) {
    if (object.className.empty()) {
      marker(Marker::Object);
    } else {
      marker(Marker::TypedObject);
      shortText(object.className);
    }
    members(object);
  }

  void ecmaArray(const AmfObject& object) {
    marker(Marker::EcmaArray);
    out_.u32(static_cast<std::uint32_t>(object.size()));
    members(object);
  }

  void members(const AmfObject& object) {
    for (const auto& [name, member] : object) {
      shortText(name);
      value(member);
    }
    out_.u16(0);
    marker(Marker::ObjectEnd);
  }

  void array(const AmfArray& array) {
    marker(Marker::StrictArray);
    out_.u32(static_cast<std::uint32_t>(array.size()));
    for (const auto& element : array) value(element);
  }

  Bytes& bytes_;
  util::ByteWriter out_;
};

}  // namespace

void encodeAmf0(Bytes& out, const AmfValue& value) { Encoder(out).value(value); }

}  // namespace multiconnection::amf
