#include <algorithm>
#include <bit>
#include <utility>

#include "amf/amf3.hpp"
#include "util/quoted.hpp"

namespace multiconnection::amf {
namespace {

/// Sign extension of 29 bits.
double signedOf(std::uint32_t u29) {
  const auto number = static_cast<std::int32_t>(u29);
  return u29 < 0x10000000 ? number : number - 0x20000000;
}

}  // namespace

Amf3Decoder::Amf3Decoder(util::ByteReader& in, const Limits& limits)
    : Decoder("AMF3", in, limits) {}

Amf3Decoder::Amf3Decoder(util::ByteReader& in, Budget& shared) : Decoder("AMF3", in, shared) {}

Result<AmfValue> Amf3Decoder::next() {
  auto read = part(0);
  if (!read) return read.error();
  return std::move(read->value);
}

void Amf3Decoder::forgetReferences() {
  forgetComplex();
  strings_.clear();
  traits_.clear();
}

std::uint32_t Amf3Decoder::u29() {
  std::uint32_t number = 0;
  for (int i = 0; i < 3; ++i) {
    const std::uint8_t byte = in_.u8();
    number = number << 7 | (byte & 0x7FU);
    if (byte < 0x80) return number;
  }
  return number << 8 | in_.u8();
}

Error Amf3Decoder::pastEnd() const {
  return failure(Errc::CorruptData, "a value runs past the end");
}

std::string_view Amf3Decoder::bytesAsText(std::size_t size) {
  const auto bytes = in_.take(size);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<std::string_view> Amf3Decoder::text() {
  const std::uint32_t head = u29();
  if (!in_.ok()) return pastEnd();
  const std::uint32_t number = head >> 1;
  if ((head & 1) != 0) {
    const std::string_view found = bytesAsText(number);
    if (!in_.ok()) return pastEnd();
    if (!found.empty()) strings_.push_back(found);
    return found;
  }
  if (number >= strings_.size()) {
    return failure(Errc::CorruptData,
                   "string reference " + std::to_string(number) + " names no string");
  }
  if (auto allowed = repeat(strings_[number].size()); !allowed) return allowed.error();
  return strings_[number];
}

Result<Amf3Decoder::Part> Amf3Decoder::part(std::size_t depth) {
  if (auto counted = count(1); !counted) return counted.error();
  const std::size_t start = in_.position();
  const std::uint8_t marker = in_.u8();
  if (!in_.ok()) return failure(Errc::CorruptData, "a value is missing");
  AmfValue value;
  switch (static_cast<Marker3>(marker)) {
    case Marker3::Undefined:
      break;
    case Marker3::Null:
      value = nullptr;
      break;
    case Marker3::False:
    case Marker3::True:
      value = static_cast<Marker3>(marker) == Marker3::True;
      break;
    case Marker3::Integer:
      value = signedOf(u29());
      break;
    case Marker3::Double:
      value = std::bit_cast<double>(in_.u64());
      break;
    case Marker3::String: {
      const auto found = text();
      if (!found) return found.error();
      value = *found;
      break;
    }
    default:
      return complex(static_cast<Marker3>(marker), start, depth);
  }
  if (!in_.ok()) return pastEnd();
  return Part{std::move(value), 0};
}

Result<Amf3Decoder::Part> Amf3Decoder::complex(Marker3 marker, std::size_t start,
                                               std::size_t depth) {
  if (marker > Marker3::Dictionary) {
    return failure(Errc::CorruptData,
                   "unknown type " + std::to_string(static_cast<unsigned>(marker)));
  }
  const std::uint32_t head = u29();
  if (!in_.ok()) return pastEnd();
  if ((head & 1) == 0) return repeated(head >> 1, depth);
  const std::size_t slot = beginComplex(start);
  auto read = content(marker, head >> 1, depth);
  if (!read) return read.error();
  if (!in_.ok()) return pastEnd();
  return endComplex(slot, std::move(read->value), read->height);
}

Result<Amf3Decoder::Part> Amf3Decoder::content(Marker3 marker, std::uint32_t head,
                                               std::size_t depth) {
  switch (marker) {
    case Marker3::Date:
      return Part{AmfDate{std::bit_cast<double>(in_.u64())}, 0};
    case Marker3::ByteArray: {
      const auto bytes = in_.take(head);
      return Part{Bytes(bytes.begin(), bytes.end()), 0};
    }
    case Marker3::XmlDocument:
    case Marker3::Xml:
      return Part{AmfXml{std::string(bytesAsText(head))}, 0};
    default:
      break;
  }
  if (auto allowed = checkDepth(depth + 1); !allowed) return allowed.error();
  switch (marker) {
    case Marker3::Array:
      return array(head, depth + 1);
    case Marker3::VectorObject:
      return values(head, depth + 1);
    case Marker3::Dictionary:
      return dictionary(head, depth + 1);
    case Marker3::Object:
      return object(head, depth + 1);
    default:
      return numbers(marker, head);
  }
}

Result<void> Amf3Decoder::fits(std::uint32_t size, std::size_t bytesEach) const {
  if (size > in_.remaining() / bytesEach) {
    return failure(Errc::CorruptData, std::to_string(size) + " elements run past the end");
  }
  return checkRoom(size);
}

Result<void> Amf3Decoder::members(std::vector<AmfObject::Member>& found, std::size_t depth,
                                  std::size_t& height) {
  for (;;) {
    const auto name = text();
    if (!name) return name.error();
    if (name->empty()) return {};
    auto member = part(depth);
    if (!member) return member.error();
    height = std::max(height, member->height);
    found.emplace_back(*name, std::move(member->value));
  }
}

Result<void> Amf3Decoder::elements(AmfArray& found, std::uint32_t size, std::size_t depth,
                                   std::size_t& height) {
  if (auto enough = fits(size, 1); !enough) return enough;
  for (std::uint32_t i = 0; i < size; ++i) {
    auto element = part(depth);
    if (!element) return element.error();
    height = std::max(height, element->height);
    found.push_back(std::move(element->value));
  }
  return {};
}

Result<Amf3Decoder::Part> Amf3Decoder::array(std::uint32_t size, std::size_t depth) {
  std::vector<AmfObject::Member> named;
  AmfArray places;
  std::size_t height = 0;
  if (auto read = members(named, depth, height); !read) return read.error();
  if (auto read = elements(places, size, depth, height); !read) return read.error();
  if (named.empty()) return Part{std::move(places), height + 1};
  for (std::size_t i = 0; i < places.size(); ++i) {
    named.emplace_back(std::to_string(i), std::move(places[i]));
  }
  return Part{AmfValue::ecmaArray(AmfObject::fromMembers(std::move(named))), height + 1};
}

Result<Amf3Decoder::Part> Amf3Decoder::values(std::uint32_t size, std::size_t depth) {
  in_.skip(1);  // Whether its length is fixed.
  if (const auto type = text(); !type) return type.error();
  AmfArray found;
  std::size_t height = 0;
  if (auto read = elements(found, size, depth, height); !read) return read.error();
  return Part{std::move(found), height + 1};
}

Result<Amf3Decoder::Part> Amf3Decoder::numbers(Marker3 marker, std::uint32_t size) {
  in_.skip(1);  // Whether its length is fixed.
  const bool wide = marker == Marker3::VectorDouble;
  if (auto enough = fits(size, wide ? 8 : 4); !enough) return enough.error();
  if (auto counted = count(size); !counted) return counted.error();
  AmfArray found;
  found.reserve(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    if (wide) {
      found.emplace_back(std::bit_cast<double>(in_.u64()));
    } else if (marker == Marker3::VectorInt) {
      found.emplace_back(static_cast<std::int32_t>(in_.u32()));
    } else {
      found.emplace_back(in_.u32());
    }
  }
  return Part{std::move(found), 1};
}

Result<Amf3Decoder::Part> Amf3Decoder::dictionary(std::uint32_t size, std::size_t depth) {
  in_.skip(1);  // Whether its keys are weak.
  if (auto enough = fits(size, 2); !enough) return enough.error();
  std::vector<AmfObject::Member> found;
  std::size_t height = 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    const auto key = part(depth);
    if (!key) return key.error();
    const auto* name = key->value.get<std::string>();
    if (name == nullptr) {
      return failure(Errc::Unsupported, "a dictionary key that is no string");
    }
    auto member = part(depth);
    if (!member) return member.error();
    height = std::max(height, member->height);
    found.emplace_back(*name, std::move(member->value));
  }
  return Part{AmfObject::fromMembers(std::move(found)), height + 1};
}

Result<std::size_t> Amf3Decoder::traits(std::uint32_t head) {
  // What stands behind the object's own bit: 0 and a reference, or 1, whether externalizable,
  // whether dynamic, and the number of sealed members (section 3.12).
  if ((head & 1) == 0) {
    const std::size_t number = head >> 1;
    if (number >= traits_.size()) {
      return failure(Errc::CorruptData,
                     "traits reference " + std::to_string(number) + " names no class");
    }
    if (auto allowed = repeat(traits_[number].bytes); !allowed) return allowed.error();
    return number;
  }
  const auto className = text();
  if (!className) return className.error();
  if ((head & 2) != 0) {
    return failure(Errc::Unsupported,
                   "the externalizable class " + util::quoted(std::string(*className)));
  }
  Traits found{*className, {}, (head & 4) != 0, className->size()};
  const std::uint32_t sealed = head >> 3;
  if (auto enough = fits(sealed, 1); !enough) return enough.error();
  for (std::uint32_t i = 0; i < sealed; ++i) {
    const auto name = text();
    if (!name) return name.error();
    found.bytes += name->size();
    found.names.push_back(*name);
  }
  traits_.push_back(std::move(found));
  return traits_.size() - 1;
}

Result<Amf3Decoder::Part> Amf3Decoder::object(std::uint32_t head, std::size_t depth) {
  const auto shape = traits(head);
  if (!shape) return shape.error();
  std::vector<AmfObject::Member> found;
  std::size_t height = 0;
  for (const std::string_view name : traits_[*shape].names) {
    auto member = part(depth);
    if (!member) return member.error();
    height = std::max(height, member->height);
    found.emplace_back(name, std::move(member->value));
  }
  if (traits_[*shape].dynamic) {
    if (auto read = members(found, depth, height); !read) return read.error();
  }
  AmfObject object = AmfObject::fromMembers(std::move(found));
  object.className = traits_[*shape].className;
  return Part{std::move(object), height + 1};
}

}  // namespace multiconnection::amf
