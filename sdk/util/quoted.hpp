#pragma once

#include <string>

namespace multiconnection::util {

/// A stranger's text as part of a message for people: in quotes, short, and printable.
std::string quoted(std::string text);

}  // namespace multiconnection::util
