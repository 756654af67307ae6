#include <arpa/inet.h>

#include "tools/numeric_address.hpp"

namespace multiconnection::tools {

bool isNumericIpv4(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool isNumericIpv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace multiconnection::tools
