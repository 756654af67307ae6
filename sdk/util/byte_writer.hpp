#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "multiconnection/media.hpp"

namespace multiconnection::util {

/// Appends big-endian values to a byte vector that it does not own.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value) { unsignedOf(value, 2); }
  void u24(std::uint32_t value) { unsignedOf(value, 3); }
  void u32(std::uint32_t value) { unsignedOf(value, 4); }
  void u64(std::uint64_t value) { unsignedOf(value, 8); }
  void u32LittleEndian(std::uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      out_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  // Not inline: where g++ 12 at -O3 knows the vector's size, it takes insert() for an overrun.
  void bytes(std::span<const std::uint8_t> part);
  void text(std::string_view part);
  std::size_t size() const { return out_.size(); }

 private:
  void unsignedOf(std::uint64_t value, unsigned width) {
    for (unsigned shift = width * 8; shift != 0; shift -= 8) {
      out_.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
    }
  }

  Bytes& out_;
};

}  // namespace multiconnection::util
