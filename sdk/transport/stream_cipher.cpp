#include "transport/stream_cipher.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace multiconnection::transport {

void StreamCipher::skip(std::size_t bytes) {
  std::array<std::uint8_t, 1024> scratch{};
  while (bytes > 0) {
    const std::size_t part = std::min(bytes, scratch.size());
    apply(std::span(scratch).first(part), scratch.data());
    bytes -= part;
  }
}

// A step of RC4 is i += 1, j += S[i], swap S[i] and S[j], all of it modulo 256.
void StreamCipher::rewind(std::size_t bytes) {
  for (; bytes > 0; --bytes) {
    std::swap(context_.S[context_.i], context_.S[context_.j]);
    context_.j = static_cast<std::uint8_t>(context_.j - context_.S[context_.i]);
    --context_.i;
  }
}

}  // namespace multiconnection::transport
