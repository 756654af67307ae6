// Any bytes: what AMF3 decodes from them survives being written and read again.
#include "amf/amf3.hpp"

#include <cstdint>
#include <cstdlib>
#include <sstream>

using multiconnection::AmfValue;
using multiconnection::Bytes;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A small limit, or the fuzzer would spend its time on writing out references.
  const multiconnection::amf::Limits limits{.maxRepeatedBytes = 1U << 16};
  multiconnection::util::ByteReader in({data, size});
  multiconnection::amf::Amf3Decoder decoder(in, limits);
  while (in.remaining() != 0) {
    const auto value = decoder.next();
    if (!value) {
      if (value.error().message.empty()) std::abort();
      return 0;
    }
    std::ostringstream printed;
    printed << *value;
    Bytes first;
    multiconnection::amf::encodeAmf3(first, *value);
    // Our references to strings and traits may repeat more than the input's did.
    multiconnection::util::ByteReader again(first);
    const auto reread = multiconnection::amf::decodeAmf3(again);
    if (!reread || again.remaining() != 0) std::abort();
    // Bytes are compared, not values: NaN differs from itself.
    Bytes second;
    multiconnection::amf::encodeAmf3(second, *reread);
    if (first != second) std::abort();
  }
  return 0;
}
