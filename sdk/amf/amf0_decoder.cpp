#include <algorithm>
#include <bit>
#include <span>
#include <string>
#include <utility>

#include "amf/amf0.hpp"
#include "amf/amf0_marker.hpp"

namespace multiconnection::amf {
namespace {

std::string textOf(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Amf0Decoder::Amf0Decoder(util::ByteReader& in, const Limits& limits)
    : Decoder("AMF0", in, limits) {}

Amf0Decoder::Amf0Decoder(util::ByteReader& in, Budget& shared) : Decoder("AMF0", in, shared) {}

Result<AmfValue> Amf0Decoder::next() {
  auto read = part(0);
  if (!read) return read.error();
  return std::move(read->value);
}

Result<std::vector<AmfValue>> Amf0Decoder::rest() {
  std::vector<AmfValue> values;
  while (!atEnd()) {
    auto value = next();
    if (!value) return value.error();
    values.push_back(*std::move(value));
  }
  return values;
}

Result<Amf0Decoder::Part> Amf0Decoder::part(std::size_t depth) {
  if (auto counted = count(1); !counted) return counted.error();
  const std::uint8_t marker = in_.u8();
  if (!in_.ok()) return failure(Errc::CorruptData, "a value is missing");
  switch (static_cast<Marker>(marker)) {
    case Marker::Object:
    case Marker::EcmaArray:
    case Marker::TypedObject:
      return objectPart(static_cast<Marker>(marker), depth);
    case Marker::StrictArray:
      return arrayPart(depth);
    case Marker::Reference:
      return referencePart(depth);
    case Marker::AvmPlus:
      return amf3Part(depth);
    default:
      break;
  }
  auto value = scalar(marker);
  if (!value) return value.error();
  if (!in_.ok()) {
    return failure(Errc::CorruptData,
                   "the value of type " + std::to_string(marker) + " runs past the end");
  }
  return Part{*std::move(value), 0};
}

Result<AmfValue> Amf0Decoder::scalar(std::uint8_t marker) {
  switch (static_cast<Marker>(marker)) {
    case Marker::Number:
      return AmfValue(std::bit_cast<double>(in_.u64()));
    case Marker::Boolean:
      return AmfValue(in_.u8() != 0);
    case Marker::String:
      return AmfValue(textOf(in_.take(in_.u16())));
    case Marker::LongString:
      return AmfValue(textOf(in_.take(in_.u32())));
    case Marker::Xml:
      return AmfValue(AmfXml{textOf(in_.take(in_.u32()))});
    case Marker::Date: {
      const AmfDate date{std::bit_cast<double>(in_.u64())};
      in_.skip(2);  // Time zone: reserved, to be ignored (AMF0 specification, section 2.13).
      return AmfValue(date);
    }
    case Marker::Null:
      return AmfValue(nullptr);
    case Marker::Undefined:
    case Marker::Unsupported:
      return AmfValue();
    default:
      return failure(Errc::CorruptData, "unknown type " + std::to_string(marker));
  }
}

Result<Amf0Decoder::Part> Amf0Decoder::objectPart(Marker marker, std::size_t depth) {
  if (auto allowed = checkDepth(depth + 1); !allowed) return allowed.error();
  const std::size_t slot = beginComplex(in_.position() - 1);
  std::string className;
  if (marker == Marker::TypedObject) className = textOf(in_.take(in_.u16()));
  if (marker == Marker::EcmaArray) in_.skip(4);  // A hint that real senders get wrong.
  std::size_t height = 0;
  auto object = members(depth + 1, height);
  if (!object) return object.error();
  object->className = std::move(className);
  AmfValue value = marker == Marker::EcmaArray ? AmfValue::ecmaArray(*std::move(object))
                                               : AmfValue(*std::move(object));
  return endComplex(slot, std::move(value), height + 1);
}

Result<AmfObject> Amf0Decoder::members(std::size_t depth, std::size_t& height) {
  std::vector<AmfObject::Member> found;
  for (;;) {
    std::string name = textOf(in_.take(in_.u16()));
    if (!in_.ok()) return failure(Errc::CorruptData, "an object has no end");
    if (name.empty()) {
      util::ByteReader ahead = in_;
      if (static_cast<Marker>(ahead.u8()) == Marker::ObjectEnd) {
        in_ = ahead;
        return AmfObject::fromMembers(std::move(found));
      }
    }
    auto member = part(depth);
    if (!member) return member.error();
    height = std::max(height, member->height);
    found.emplace_back(std::move(name), std::move(member->value));
  }
}

Result<Amf0Decoder::Part> Amf0Decoder::arrayPart(std::size_t depth) {
  if (auto allowed = checkDepth(depth + 1); !allowed) return allowed.error();
  const std::size_t slot = beginComplex(in_.position() - 1);
  const std::uint32_t elements = in_.u32();
  if (!in_.ok() || elements > in_.remaining()) {
    return failure(Errc::CorruptData,
                   "an array of " + std::to_string(elements) + " elements runs past the end");
  }
  AmfArray array;
  std::size_t height = 0;
  for (std::uint32_t i = 0; i < elements; ++i) {
    auto element = part(depth + 1);
    if (!element) return element.error();
    height = std::max(height, element->height);
    array.push_back(std::move(element->value));
  }
  return endComplex(slot, AmfValue(std::move(array)), height + 1);
}

Result<Amf0Decoder::Part> Amf0Decoder::referencePart(std::size_t depth) {
  const std::uint16_t slot = in_.u16();
  if (!in_.ok()) return failure(Errc::CorruptData, "a reference runs past the end");
  return repeated(slot, depth);
}

Result<Amf0Decoder::Part> Amf0Decoder::amf3Part(std::size_t depth) {
  if (!amf3_) amf3_.emplace(in_, budget());
  --budget().values;  // The AMF3 value counts itself; the marker is none.
  return amf3_->part(depth);
}

void Amf0Decoder::forgetAmf3References() {
  if (amf3_) amf3_->forgetReferences();
}

}  // namespace multiconnection::amf
