#include "util/byte_writer.hpp"

namespace multiconnection::util {

void ByteWriter::bytes(std::span<const std::uint8_t> part) {
  out_.insert(out_.end(), part.begin(), part.end());
}

void ByteWriter::text(std::string_view part) { out_.insert(out_.end(), part.begin(), part.end()); }

}  // namespace multiconnection::util
