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

}  // namespace multiconnection::tools
