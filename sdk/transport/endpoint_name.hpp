#pragma once

#include <cstdint>
#include <string>

namespace multiconnection::transport {

/// "example.org:1935", "[::1]:1935".
inline std::string endpointName(const std::string& host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace multiconnection::transport
