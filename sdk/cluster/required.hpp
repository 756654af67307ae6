#pragma once

#include <algorithm>
#include <cstddef>

#include "multiconnection/server.hpp"

namespace multiconnection::cluster {

/// How many of `servers` a policy needs. The array may have shrunk below a quorum since connect():
/// then it needs all that are left; an array without servers never has what it needs.
inline std::size_t requiredOf(const Policy& policy, std::size_t servers) {
  return std::max<std::size_t>(1, std::min(policy.required(servers), servers));
}

}  // namespace multiconnection::cluster
