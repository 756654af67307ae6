#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "amf/decoder.hpp"
#include "multiconnection/amf_value.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::fuzz {

/// What `Decoder` makes of any bytes survives being written with `encode` and read again.
template <class Decoder, class Encode>
void rewriteAmf(const std::uint8_t* data, std::size_t size, Encode encode) {
  // A small limit, or the fuzzer would spend its time on writing out references.
  const amf::Limits limits{.maxRepeatedBytes = 1U << 16};
  util::ByteReader in({data, size});
  Decoder decoder(in, limits);
  while (in.remaining() != 0) {
    const auto value = decoder.next();
    if (!value) {
      if (value.error().message.empty()) std::abort();
      return;
    }
    std::ostringstream printed;
    printed << *value;
    Bytes first;
    encode(first, *value);
    // Without that limit: our references may repeat more than the input's did.
    util::ByteReader again(first);
    const auto reread = Decoder(again).next();
    if (!reread || again.remaining() != 0) std::abort();
    // Bytes are compared, not values: NaN differs from itself.
    Bytes second;
    encode(second, *reread);
    if (first != second) std::abort();
  }
}

}  // namespace multiconnection::fuzz
