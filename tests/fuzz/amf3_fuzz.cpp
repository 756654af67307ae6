// Any bytes: what AMF3 decodes from them survives being written and read again.
#include "amf/amf3.hpp"

#include "amf_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace amf = multiconnection::amf;
  multiconnection::fuzz::rewriteAmf<amf::Amf3Decoder>(data, size, amf::encodeAmf3);
  return 0;
}
