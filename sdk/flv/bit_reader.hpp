#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace multiconnection::flv {

/// Reads bit fields, most significant bit first. Past the end it yields zeros and ok() is false.
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_ && place_ <= bytes_.size() * 8; }
  std::uint32_t bits(unsigned count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++place_) {
      const std::size_t byte = place_ / 8;
      const std::uint32_t bit = byte < bytes_.size() ? bytes_[byte] >> (7 - place_ % 8) & 1U : 0U;
      value = value << 1 | bit;
    }
    return value;
  }
  bool flag() { return bits(1) != 0; }
  void skip(std::size_t count) { place_ += count; }
  /// ue(v) of ISO/IEC 14496-10, 9.1; uvlc() of AV1, 4.10.3. At most 2^32 - 2.
  std::uint32_t exponentialGolomb() {
    unsigned zeros = 0;
    while (ok() && !flag()) ++zeros;
    ok_ = ok_ && zeros < 32;
    return ok() ? (1U << zeros) - 1 + bits(zeros) : 0;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t place_ = 0;
  bool ok_ = true;
};

}  // namespace multiconnection::flv
