#pragma once

#include <cstddef>
#include <cstdint>

namespace multiconnection::util {

/// A piece of a gathered write; owns nothing.
struct ConstBuffer {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

}  // namespace multiconnection::util
