#pragma once

#include <random>
#include <string>

#include "multiconnection/amf_value.hpp"

namespace multiconnection::amf::test {

/// Random values. Numbers are never NaN: it differs from itself.
class RandomValues {
 public:
  enum class Kinds {
    All,
    Librtmp,  ///< What librtmp can carry: neither undefined, bytes, classes nor empty names.
  };
  explicit RandomValues(unsigned seed, Kinds kinds = Kinds::All) : kinds_(kinds), engine_(seed) {}

  int upTo(int most) { return std::uniform_int_distribution<int>(0, most)(engine_); }
  bool one(int of) { return upTo(of - 1) == 0; }

  double number() {
    switch (upTo(3)) {
      case 0:
        return upTo(300);
      case 1:
        return upTo(1 << 30) - (1 << 29);
      case 2:
        return -static_cast<double>(upTo(300));
      default:
        return upTo(2000000) / 64.0 - 1000;
    }
  }

  std::string text() {
    std::string text(static_cast<std::size_t>(upTo(one(200) ? 70000 : 20)), ' ');
    for (char& c : text) c = static_cast<char>(upTo(255));
    return text;
  }

  /// One of few, so that names and classes repeat; sometimes long, sometimes empty.
  std::string name() {
    if (kinds_ == Kinds::All && one(30)) return "";
    if (kinds_ == Kinds::All && one(30)) return text();
    return "name" + std::to_string(upTo(9));
  }

  AmfValue scalar() {
    switch (upTo(kinds_ == Kinds::All ? 7 : 5)) {
      case 0:
        return number();
      case 1:
        return upTo(1) == 1;
      case 2:
        return text();
      case 3:
        return nullptr;
      case 4:
        return AmfDate{number()};
      case 5:
        return AmfXml{text()};
      case 6: {
        const std::string content = text();
        return std::vector<std::uint8_t>(content.begin(), content.end());
      }
      default:
        return {};
    }
  }

  AmfValue value(int depth) {
    switch (depth > 0 ? upTo(5) : 5) {
      case 0:
      case 1:
        return object(depth);
      case 2:
        return AmfValue::ecmaArray(members(depth));
      case 3: {
        AmfArray array;
        for (int i = upTo(4); i > 0; --i) array.push_back(value(depth - 1));
        return array;
      }
      default:
        return scalar();
    }
  }

 private:
  AmfObject members(int depth) {
    AmfObject object;
    for (int i = upTo(5); i > 0; --i) object.set(name(), value(depth - 1));
    return object;
  }

  AmfObject object(int depth) {
    AmfObject object = members(depth);
    if (kinds_ == Kinds::All && one(3)) object.className = "Class" + std::to_string(upTo(2));
    return object;
  }

  Kinds kinds_;
  std::mt19937 engine_;
};

}  // namespace multiconnection::amf::test
