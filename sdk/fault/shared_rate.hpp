#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace multiconnection::fault {

/// What so many bytes take at that rate; 0: no limit.
std::chrono::steady_clock::duration timeOf(std::size_t bytes, std::uint64_t bitsPerSecond);

}  // namespace multiconnection::fault
