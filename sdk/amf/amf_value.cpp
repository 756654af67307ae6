#include "multiconnection/amf_value.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace multiconnection {
namespace {

const AmfValue kUndefined;

using Members = std::vector<AmfObject::Member>;

std::vector<const AmfObject::Member*> byName(const AmfObject& object) {
  std::vector<const AmfObject::Member*> sorted;
  sorted.reserve(object.size());
  for (const auto& member : object) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* left, const auto* right) { return left->first < right->first; });
  return sorted;
}

}  // namespace

AmfObject::AmfObject() = default;
AmfObject::AmfObject(std::initializer_list<Member> members) {
  *this = fromMembers(Members(members));
}
AmfObject::AmfObject(const AmfObject&) = default;
AmfObject::AmfObject(AmfObject&&) noexcept = default;
AmfObject& AmfObject::operator=(const AmfObject&) = default;
AmfObject& AmfObject::operator=(AmfObject&&) noexcept = default;
AmfObject::~AmfObject() = default;

AmfObject AmfObject::fromMembers(std::vector<Member> members) {
  // Views into names stay valid: the strings live in `members` until each one's turn has passed.
  AmfObject object;
  std::unordered_map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < members.size(); ++i) last[members[i].first] = i;
  if (last.size() == members.size()) {
    object.members_ = std::move(members);
    return object;
  }
  std::unordered_map<std::string_view, std::size_t> places;
  object.members_.reserve(last.size());
  for (const auto& member : members) {
    if (!places.emplace(member.first, object.members_.size()).second) continue;
    object.members_.emplace_back(member.first, members[last[member.first]].second);
  }
  return object;
}

const AmfValue* AmfObject::find(std::string_view name) const noexcept {
  for (const auto& member : members_) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

const AmfValue& AmfObject::operator[](std::string_view name) const noexcept {
  const AmfValue* value = find(name);
  return value == nullptr ? kUndefined : *value;
}

void AmfObject::set(std::string name, AmfValue value) {
  for (auto& member : members_) {
    if (member.first == name) {
      member.second = std::move(value);
      return;
    }
  }
  members_.emplace_back(std::move(name), std::move(value));
}

bool AmfObject::erase(std::string_view name) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.first == name; });
  if (found == members_.end()) return false;
  members_.erase(found);
  return true;
}

std::size_t AmfObject::size() const noexcept { return members_.size(); }
Members::const_iterator AmfObject::begin() const noexcept { return members_.begin(); }
Members::const_iterator AmfObject::end() const noexcept { return members_.end(); }

bool operator==(const AmfObject& left, const AmfObject& right) noexcept {
  if (left.className != right.className || left.size() != right.size()) return false;
  const auto sameName = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::equal(left.begin(), left.end(), right.begin(), sameName)) {
    return left.members_ == right.members_;
  }
  const auto sortedLeft = byName(left);
  const auto sortedRight = byName(right);
  return std::equal(sortedLeft.begin(), sortedLeft.end(), sortedRight.begin(),
                    [](const auto* a, const auto* b) { return *a == *b; });
}

AmfValue::AmfValue(std::nullptr_t) noexcept : data_(nullptr) {}
AmfValue::AmfValue(const char* text) : data_(std::string(text)) {}
AmfValue::AmfValue(std::string text) : data_(std::move(text)) {}
AmfValue::AmfValue(std::string_view text) : data_(std::string(text)) {}
AmfValue::AmfValue(AmfObject object)
    : data_(std::make_shared<const AmfObject>(std::move(object))) {}
AmfValue::AmfValue(AmfArray array) : data_(std::make_shared<const AmfArray>(std::move(array))) {}
AmfValue::AmfValue(AmfDate date) noexcept : data_(date) {}
AmfValue::AmfValue(AmfXml document) : data_(std::move(document)) {}
AmfValue::AmfValue(std::vector<std::uint8_t> bytes)
    : data_(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes))) {}

AmfValue AmfValue::ecmaArray(AmfObject members) {
  AmfValue value;
  value.data_ = std::make_shared<const Ecma>(Ecma{std::move(members)});
  return value;
}

AmfValue::Kind AmfValue::kind() const noexcept { return static_cast<Kind>(data_.index()); }

const AmfObject* AmfValue::object() const noexcept {
  if (const auto* plain = std::get_if<std::shared_ptr<const AmfObject>>(&data_)) {
    return plain->get();
  }
  if (const auto* ecma = std::get_if<std::shared_ptr<const Ecma>>(&data_)) {
    return &(*ecma)->members;
  }
  return nullptr;
}

const AmfArray* AmfValue::array() const noexcept {
  const auto* elements = std::get_if<std::shared_ptr<const AmfArray>>(&data_);
  return elements == nullptr ? nullptr : elements->get();
}

const std::vector<std::uint8_t>* AmfValue::bytes() const noexcept {
  const auto* held = std::get_if<std::shared_ptr<const std::vector<std::uint8_t>>>(&data_);
  return held == nullptr ? nullptr : held->get();
}

const AmfValue& AmfValue::operator[](std::string_view name) const noexcept {
  const AmfObject* members = object();
  return members == nullptr ? kUndefined : (*members)[name];
}

const AmfValue& AmfValue::operator[](std::size_t place) const noexcept {
  const AmfArray* elements = array();
  return elements == nullptr || place >= elements->size() ? kUndefined : (*elements)[place];
}

bool operator==(const AmfValue& left, const AmfValue& right) noexcept {
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case AmfValue::Kind::Undefined:
    case AmfValue::Kind::Null:
      return true;
    case AmfValue::Kind::Boolean:
      return *left.get<bool>() == *right.get<bool>();
    case AmfValue::Kind::Number:
      return *left.get<double>() == *right.get<double>();
    case AmfValue::Kind::String:
      return *left.get<std::string>() == *right.get<std::string>();
    case AmfValue::Kind::Object:
    case AmfValue::Kind::EcmaArray:
      return left.object() == right.object() || *left.object() == *right.object();
    case AmfValue::Kind::Array:
      return left.array() == right.array() || *left.array() == *right.array();
    case AmfValue::Kind::Date:
      return *left.get<AmfDate>() == *right.get<AmfDate>();
    case AmfValue::Kind::Xml:
      return *left.get<AmfXml>() == *right.get<AmfXml>();
    case AmfValue::Kind::ByteArray:
      return *left.bytes() == *right.bytes();
  }
  return false;
}

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void printText(std::ostream& out, std::string_view text) {
  out << '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out << '\\' << c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out << "\\u00" << kHex[byte >> 4] << kHex[byte & 15];
    } else {
      out << c;
    }
  }
  out << '"';
}

/// Independent of the stream's locale and precision, and exact.
void printNumber(std::ostream& out, double number) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), number);
  out.write(text, end.ptr - text);
}

void printObject(std::ostream& out, const AmfObject& object) {
  out << object.className << '{';
  std::string_view separator;
  for (const auto& [name, value] : object) {
    out << std::exchange(separator, ", ");
    printText(out, name);
    out << ": " << value;
  }
  out << '}';
}

void printBytes(std::ostream& out, const std::vector<std::uint8_t>& bytes) {
  out << "Bytes(";
  for (const std::uint8_t byte : bytes) out << kHex[byte >> 4] << kHex[byte & 15];
  out << ')';
}

void printArray(std::ostream& out, const AmfArray& array) {
  out << '[';
  std::string_view separator;
  for (const auto& value : array) out << std::exchange(separator, ", ") << value;
  out << ']';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const AmfValue& value) {
  switch (value.kind()) {
    case AmfValue::Kind::Undefined:
      return out << "undefined";
    case AmfValue::Kind::Null:
      return out << "null";
    case AmfValue::Kind::Boolean:
      return out << (*value.get<bool>() ? "true" : "false");
    case AmfValue::Kind::Number:
      printNumber(out, *value.get<double>());
      break;
    case AmfValue::Kind::String:
      printText(out, *value.get<std::string>());
      break;
    case AmfValue::Kind::Object:
    case AmfValue::Kind::EcmaArray:
      printObject(out, *value.get<AmfObject>());
      break;
    case AmfValue::Kind::Array:
      printArray(out, *value.get<AmfArray>());
      break;
    case AmfValue::Kind::Date:
      out << "Date(";
      printNumber(out, value.get<AmfDate>()->milliseconds);
      out << ')';
      break;
    case AmfValue::Kind::Xml:
      out << "Xml(";
      printText(out, value.get<AmfXml>()->text);
      out << ')';
      break;
    case AmfValue::Kind::ByteArray:
      printBytes(out, *value.get<std::vector<std::uint8_t>>());
      break;
  }
  return out;
}

}  // namespace multiconnection
