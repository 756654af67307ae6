#include "values.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <sstream>
#include <vector>

#include "boundary.hpp"

namespace multiconnection::c {

std::vector<const mc_value*> viewOf(const std::vector<AmfValue>& values) {
  std::vector<const mc_value*> all;
  std::transform(values.begin(), values.end(), std::back_inserter(all),
                 [](const AmfValue& value) { return handleOf(&value); });
  return all;
}

bool TakenValues::complete() const noexcept {
  return count_ == given_ && std::all_of(handles_, handles_ + count_,
                                         [](const mc_value* one) { return one != nullptr; });
}

AmfArray TakenValues::contents() {
  AmfArray all;
  all.reserve(count_);
  std::transform(handles_, handles_ + count_, std::back_inserter(all),
                 [](mc_value* one) { return std::move(*valueOf(one)); });
  return all;
}

namespace {

/// NULL when memory is short.
template <class... Content>
mc_value* make(Content&&... content) noexcept {
  try {
    return handleOf(new AmfValue(std::forward<Content>(content)...));
  } catch (...) {
    return nullptr;
  }
}

template <class Body>
mc_value* makeWith(Body&& body) noexcept {
  try {
    return make(std::forward<Body>(body)());
  } catch (...) {
    return nullptr;
  }
}

template <class T>
const T* contentOf(const mc_value* value) noexcept {
  return value == nullptr ? nullptr : valueOf(value)->get<T>();
}

const AmfObject::Member* memberAt(const mc_value* value, std::size_t place) noexcept {
  const auto* object = contentOf<AmfObject>(value);
  if (object == nullptr || place >= object->size()) return nullptr;
  return &*std::next(object->begin(), static_cast<std::ptrdiff_t>(place));
}

Result<void> setMember(mc_value* object, const char* name, std::unique_ptr<AmfValue> member) {
  if (object == nullptr) return missing("object");
  if (name == nullptr) return missing("name");
  if (!member) return missing("member");
  AmfValue& target = *valueOf(object);
  const auto* members = target.get<AmfObject>();
  if (members == nullptr) return invalid(std::string("not an object: cannot set ") + name);
  AmfObject changed = *members;
  changed.set(name, std::move(*member));
  target = target.kind() == AmfValue::Kind::EcmaArray ? AmfValue::ecmaArray(std::move(changed))
                                                      : AmfValue(std::move(changed));
  return {};
}

}  // namespace
}  // namespace multiconnection::c

using namespace multiconnection;
using namespace multiconnection::c;

extern "C" {

mc_value* mc_value_new_undefined(void) { return make(); }
mc_value* mc_value_new_null(void) { return make(nullptr); }
mc_value* mc_value_new_boolean(int32_t truth) { return make(truth != 0); }
mc_value* mc_value_new_number(double number) { return make(number); }
mc_value* mc_value_new_string(const char* text) { return text == nullptr ? nullptr : make(text); }
mc_value* mc_value_new_string_n(const char* text, size_t length) {
  return text == nullptr ? nullptr : makeWith([&] { return std::string(text, length); });
}
mc_value* mc_value_new_date(double milliseconds) { return make(AmfDate{milliseconds}); }
mc_value* mc_value_new_xml(const char* text) {
  return text == nullptr ? nullptr : makeWith([&] { return AmfXml{text}; });
}
mc_value* mc_value_new_bytes(const void* bytes, size_t count) {
  if (bytes == nullptr && count != 0) return nullptr;
  const auto* first = static_cast<const std::uint8_t*>(bytes);
  return makeWith([&] { return std::vector<std::uint8_t>(first, first + count); });
}
mc_value* mc_value_new_object(const char* className) {
  return makeWith([&] {
    AmfObject object;
    object.className = textOr(className);
    return object;
  });
}
mc_value* mc_value_new_ecma_array(void) {
  return makeWith([] { return AmfValue::ecmaArray({}); });
}
mc_value* mc_value_new_array(mc_value* const* elements, size_t count) {
  TakenValues taken(elements, count);
  return taken.complete() ? makeWith([&] { return taken.contents(); }) : nullptr;
}
mc_value* mc_value_copy(const mc_value* value) {
  return value == nullptr ? nullptr : make(*valueOf(value));
}
void mc_value_free(mc_value* value) { delete valueOf(value); }

mc_result mc_value_set(mc_value* object, const char* name, mc_value* member, mc_error* error) {
  std::unique_ptr<AmfValue> taken(valueOf(member));
  return guarded(error, [&] { return setMember(object, name, std::move(taken)); });
}

mc_value_kind mc_value_kind_of(const mc_value* value) {
  if (value == nullptr) return MC_VALUE_UNDEFINED;
  switch (valueOf(value)->kind()) {
    case AmfValue::Kind::Undefined:
      return MC_VALUE_UNDEFINED;
    case AmfValue::Kind::Null:
      return MC_VALUE_NULL;
    case AmfValue::Kind::Boolean:
      return MC_VALUE_BOOLEAN;
    case AmfValue::Kind::Number:
      return MC_VALUE_NUMBER;
    case AmfValue::Kind::String:
      return MC_VALUE_STRING;
    case AmfValue::Kind::Object:
      return MC_VALUE_OBJECT;
    case AmfValue::Kind::EcmaArray:
      return MC_VALUE_ECMA_ARRAY;
    case AmfValue::Kind::Array:
      return MC_VALUE_ARRAY;
    case AmfValue::Kind::Date:
      return MC_VALUE_DATE;
    case AmfValue::Kind::Xml:
      return MC_VALUE_XML;
    case AmfValue::Kind::ByteArray:
      return MC_VALUE_BYTES;
  }
  return MC_VALUE_UNDEFINED;
}
int32_t mc_value_boolean(const mc_value* value, int32_t otherwise) {
  const auto* truth = contentOf<bool>(value);
  return truth == nullptr ? otherwise : static_cast<int32_t>(*truth);
}
double mc_value_number(const mc_value* value, double otherwise) {
  if (const auto* number = contentOf<double>(value)) return *number;
  if (const auto* date = contentOf<AmfDate>(value)) return date->milliseconds;
  return otherwise;
}
const char* mc_value_string(const mc_value* value, size_t* length) {
  const auto* text = contentOf<std::string>(value);
  if (const auto* xml = contentOf<AmfXml>(value)) text = &xml->text;
  if (length != nullptr) *length = text == nullptr ? 0 : text->size();
  return text == nullptr ? nullptr : text->c_str();
}
const void* mc_value_bytes(const mc_value* value, size_t* count) {
  const auto* bytes = contentOf<std::vector<std::uint8_t>>(value);
  if (count != nullptr) *count = bytes == nullptr ? 0 : bytes->size();
  return bytes == nullptr ? nullptr : bytes->data();
}
size_t mc_value_count(const mc_value* value) {
  if (const auto* array = contentOf<AmfArray>(value)) return array->size();
  if (const auto* object = contentOf<AmfObject>(value)) return object->size();
  return 0;
}
const mc_value* mc_value_at(const mc_value* value, size_t place) {
  if (const auto* array = contentOf<AmfArray>(value)) {
    return place < array->size() ? handleOf(&(*array)[place]) : nullptr;
  }
  const AmfObject::Member* member = memberAt(value, place);
  return member == nullptr ? nullptr : handleOf(&member->second);
}
const char* mc_value_name_at(const mc_value* value, size_t place) {
  const AmfObject::Member* member = memberAt(value, place);
  return member == nullptr ? nullptr : member->first.c_str();
}
const mc_value* mc_value_member(const mc_value* value, const char* name) {
  const auto* object = contentOf<AmfObject>(value);
  return object == nullptr || name == nullptr ? nullptr : handleOf(object->find(name));
}
const char* mc_value_class_name(const mc_value* value) {
  const auto* object = contentOf<AmfObject>(value);
  return object == nullptr ? nullptr : object->className.c_str();
}
int32_t mc_value_equal(const mc_value* left, const mc_value* right) {
  if (left == nullptr || right == nullptr) return left == right ? 1 : 0;
  return *valueOf(left) == *valueOf(right) ? 1 : 0;
}
size_t mc_value_print(const mc_value* value, char* buffer, size_t size) {
  std::string text;
  const mc_result result = guarded(nullptr, [&]() -> Result<void> {
    std::ostringstream out;
    if (value != nullptr) out << *valueOf(value);
    text = out.str();
    return {};
  });
  if (result != MC_OK) text.clear();
  copyText(buffer, buffer == nullptr ? 0 : size, text);
  return text.size();
}

}  // extern "C"
