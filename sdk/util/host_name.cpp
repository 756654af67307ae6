#include "util/host_name.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace multiconnection::util {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Calls `check` for each part between separators. @return how many, or nothing if one failed.
template <class Check>
std::optional<std::size_t> countParts(std::string_view text, char separator, Check check) {
  for (std::size_t parts = 1;; ++parts) {
    const auto end = text.find(separator);
    if (!check(text.substr(0, end), end == std::string_view::npos)) return std::nullopt;
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool isIpv4Address(std::string_view text) {
  const auto parts = countParts(text, '.', [](std::string_view part, bool) {
    if (part.empty() || part.size() > 3 || !std::all_of(part.begin(), part.end(), isDigit)) {
      return false;
    }
    int value = 0;
    for (const char c : part) value = value * 10 + (c - '0');
    return value <= 255;
  });
  return parts == 4U;
}

bool isLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return isDigit(c) || isLetter(c) || c == '-' || c == '_'; });
}

/// 16-bit groups in "a:b:c", an IPv4 tail being two; nothing if one is wrong.
std::optional<std::size_t> countGroups(std::string_view text, bool ipv4Tail) {
  if (text.empty()) return 0;
  bool tail = false;
  const auto parts = countParts(text, ':', [&](std::string_view part, bool last) {
    tail = last && ipv4Tail && isIpv4Address(part);
    return tail ||
           (!part.empty() && part.size() <= 4 && std::all_of(part.begin(), part.end(), isHexDigit));
  });
  if (!parts) return std::nullopt;
  return *parts + (tail ? 1 : 0);
}

}  // namespace

bool isHostName(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);  // A fully qualified name.
  if (std::all_of(text.begin(), text.end(), [](char c) { return isDigit(c) || c == '.'; })) {
    return isIpv4Address(text);
  }
  const auto labels =
      countParts(text, '.', [](std::string_view label, bool) { return isLabel(label); });
  return text.size() <= 253 && labels.has_value();
}

bool isIpv6Address(std::string_view text) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return countGroups(text, true) == 8U;
  const auto before = countGroups(text.substr(0, gap), false);
  const auto after = countGroups(text.substr(gap + 2), true);
  return before && after && *before + *after <= 7;
}

}  // namespace multiconnection::util
