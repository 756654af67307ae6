#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace multiconnection::util {

/// Reads big-endian values from bytes that a stranger wrote. Reading past the end yields zeros and
/// makes ok() false from then on, so that a parser checks once, at the end of a record.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(unsignedOf(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(unsignedOf(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(unsignedOf(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(unsignedOf(4)); }
  std::uint64_t u64() { return unsignedOf(8); }
  std::uint32_t u32LittleEndian() {
    const auto part = take(4);
    return part.empty()
               ? 0
               : static_cast<std::uint32_t>(part[0]) | static_cast<std::uint32_t>(part[1]) << 8 |
                     static_cast<std::uint32_t>(part[2]) << 16 |
                     static_cast<std::uint32_t>(part[3]) << 24;
  }
  /// A view of the next `count` bytes; empty when fewer remain.
  std::span<const std::uint8_t> take(std::size_t count) {
    if (!ok_ || count > remaining()) {
      ok_ = false;
      return {};
    }
    const auto part = bytes_.subspan(position_, count);
    position_ += count;
    return part;
  }
  void skip(std::size_t count) { take(count); }
  std::span<const std::uint8_t> rest() { return take(ok_ ? remaining() : 0); }

 private:
  std::uint64_t unsignedOf(std::size_t width) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(width)) value = value << 8 | byte;
    return value;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace multiconnection::util
