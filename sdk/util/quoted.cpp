#include "util/quoted.hpp"

namespace multiconnection::util {

std::string quoted(std::string text) {
  constexpr std::size_t kShown = 64;
  if (text.size() > kShown) text.resize(kShown);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return "'" + text + "'";
}

}  // namespace multiconnection::util
