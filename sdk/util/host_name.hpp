#pragma once

#include <string_view>

namespace multiconnection::util {

/// An IPv4 address or a DNS name (RFC 1123; underscores occur and are taken). A text of digits and
/// dots must be an IPv4 address.
bool isHostName(std::string_view text);
/// An IPv6 address in any form of RFC 4291, section 2.2; no zone, no brackets.
bool isIpv6Address(std::string_view text);

}  // namespace multiconnection::util
