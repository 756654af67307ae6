#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace multiconnection::tools {

constexpr bool isControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
}

/// One line that cannot move the cursor: texts of servers and users go through this.
inline std::string printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return isControl(c); }, '?');
  return out;
}

/// "timed_out" -> "timed out"
inline std::string wordsOf(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace multiconnection::tools
