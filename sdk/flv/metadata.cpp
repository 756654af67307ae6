#include "flv/metadata.hpp"

#include <algorithm>
#include <string_view>

#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

// AMF0 strings: marker 02, 16-bit length, text.
constexpr std::string_view kSetDataFrame("\x02\x00\x0d@setDataFrame", 16);
constexpr std::string_view kOnMetaData("\x02\x00\x0aonMetaData", 13);

bool startsWith(std::span<const std::uint8_t> body, std::string_view prefix) {
  return body.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), body.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

}  // namespace

bool isMetadata(std::span<const std::uint8_t> body) {
  return startsWith(withoutSetDataFrame(body), kOnMetaData);
}

Bytes withSetDataFrame(std::span<const std::uint8_t> body) {
  Bytes out;
  util::ByteWriter writer(out);
  writer.text(kSetDataFrame);
  writer.bytes(withoutSetDataFrame(body));
  return out;
}

std::span<const std::uint8_t> withoutSetDataFrame(std::span<const std::uint8_t> body) {
  return startsWith(body, kSetDataFrame) ? body.subspan(kSetDataFrame.size()) : body;
}

}  // namespace multiconnection::flv
