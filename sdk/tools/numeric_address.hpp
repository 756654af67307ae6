#pragma once

#include <string>

namespace multiconnection::tools {

/// Whether the text is an address itself, nothing to be looked up.
bool isNumericIpv4(const std::string& text);
bool isNumericIpv6(const std::string& text);

}  // namespace multiconnection::tools
