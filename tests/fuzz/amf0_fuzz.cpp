// Any bytes: what AMF0 decodes from them survives being written and read again.
#include "amf/amf0.hpp"

#include "amf_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace amf = multiconnection::amf;
  multiconnection::fuzz::rewriteAmf<amf::Amf0Decoder>(data, size, amf::encodeAmf0);
  return 0;
}
