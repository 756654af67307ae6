#include "flv/vpx.hpp"

#include <array>
#include <optional>
#include <string>

#include "flv/bit_reader.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::flv {
namespace {

/// chromaSubsampling of the record.
enum : std::uint8_t { k420 = 1, k422 = 2, k444 = 3 };
constexpr std::uint8_t kUnspecified = 2;  ///< Of ISO/IEC 23091-2.

struct FrameHead {
  std::uint8_t profile = 0;
  std::uint8_t bitDepth = 8;
  std::uint8_t chroma = k420;
  bool fullRange = false;
  std::uint8_t matrix = kUnspecified;
};

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

/// color_space of VP9 as matrixCoefficients of ISO/IEC 23091-2.
std::uint8_t matrixOf(unsigned colourSpace) {
  constexpr std::array<std::uint8_t, 8> kMatrix{kUnspecified, 6, 1, 6, 7, 9, kUnspecified, 0};
  return kMatrix[colourSpace];
}

/// The uncompressed header of a VP9 key frame (VP9, 6.2) up to its colours.
std::optional<FrameHead> readVp9(std::span<const std::uint8_t> frame) {
  constexpr unsigned kMarker = 2;
  constexpr unsigned kSync = 0x498342;
  constexpr unsigned kRgb = 7;
  BitReader in(frame);
  if (in.bits(2) != kMarker) return std::nullopt;
  FrameHead head;
  const unsigned low = in.bits(1);
  head.profile = static_cast<std::uint8_t>(in.bits(1) << 1 | low);
  if (head.profile == 3) in.flag();
  const bool showExisting = in.flag();
  const bool inter = in.flag();
  in.skip(2);  // shown, error resilient
  if (showExisting || inter || in.bits(24) != kSync) return std::nullopt;
  if (head.profile >= 2) head.bitDepth = in.flag() ? 12 : 10;
  const unsigned colourSpace = in.bits(3);
  head.matrix = matrixOf(colourSpace);
  const bool anySampling = head.profile == 1 || head.profile == 3;
  if (colourSpace == kRgb) {
    head.fullRange = true;
    head.chroma = k444;
  } else {
    head.fullRange = in.flag();
    const bool halfWidth = !anySampling || in.flag();
    const bool halfHeight = !anySampling || in.flag();
    head.chroma = !halfWidth ? k444 : halfHeight ? k420 : k422;
  }
  return in.ok() ? std::optional(head) : std::nullopt;
}

/// The frame tag of VP8 (RFC 6386, 9.1).
std::optional<FrameHead> readVp8(std::span<const std::uint8_t> frame) {
  util::ByteReader in(frame);
  const bool inter = (in.u8() & 1) != 0;
  in.skip(2);
  const bool started = in.u24() == 0x9d012a;
  return in.ok() && started && !inter ? std::optional(FrameHead()) : std::nullopt;
}

/// Levels times 10 with the samples per second and per picture that they allow (VP9, annex A).
struct Level {
  std::uint8_t number;
  std::uint64_t rate;
  std::uint64_t picture;
};
constexpr std::array<Level, 14> kLevels{{{10, 829'440, 36'864},
                                         {11, 2'764'800, 73'728},
                                         {20, 4'608'000, 122'880},
                                         {21, 9'216'000, 245'760},
                                         {30, 20'736'000, 552'960},
                                         {31, 36'864'000, 983'040},
                                         {40, 83'558'400, 2'228'224},
                                         {41, 160'432'128, 2'228'224},
                                         {50, 311'951'360, 8'912'896},
                                         {51, 588'251'136, 8'912'896},
                                         {52, 1'176'502'272, 8'912'896},
                                         {60, 1'176'502'272, 35'651'584},
                                         {61, 2'353'004'544, 35'651'584},
                                         {62, 4'706'009'088, 35'651'584}}};

std::uint8_t levelOf(const VideoFormat& format) {
  const auto picture =
      static_cast<std::uint64_t>(format.width) * static_cast<std::uint64_t>(format.height);
  const double rate = static_cast<double>(picture) * format.frameRate;
  if (picture == 0) return 0;
  for (const Level& level : kLevels) {
    if (picture <= level.picture && rate <= static_cast<double>(level.rate)) return level.number;
  }
  return 0;
}

}  // namespace

Result<void> checkVpConfiguration(std::span<const std::uint8_t> record) {
  util::ByteReader in(record);
  const std::uint8_t version = in.u8();
  in.u24();  // flags
  const unsigned profile = in.u8();
  in.u8();  // level
  const unsigned bitDepth = in.u8() >> 4;
  in.skip(3);  // primaries, transfer, matrix
  const std::size_t initBytes = in.u16();
  if (!in.ok() || in.remaining() != initBytes) {
    return corrupt("VP codec configuration record of " + std::to_string(record.size()) + " bytes");
  }
  if (version != 1) {
    return corrupt("VP codec configuration record of version " + std::to_string(version) +
                   " instead of 1");
  }
  if (profile > 3 || (bitDepth != 8 && bitDepth != 10 && bitDepth != 12)) {
    return corrupt("VP codec configuration record with profile " + std::to_string(profile) +
                   " and bit depth " + std::to_string(bitDepth));
  }
  return {};
}

Result<Bytes> makeVpConfiguration(const VideoFormat& format,
                                  std::span<const std::uint8_t> keyFrame) {
  const auto head = format.codec == Codec::Vp8 ? readVp8(keyFrame) : readVp9(keyFrame);
  if (!head) {
    return corrupt(std::string(codecName(format.codec)) + " frame of " +
                   std::to_string(keyFrame.size()) + " bytes that is no key frame");
  }
  const std::uint8_t level = format.codec == Codec::Vp8 ? std::uint8_t{0} : levelOf(format);
  return Bytes{1,
               0,
               0,
               0,
               head->profile,
               level,
               static_cast<std::uint8_t>(head->bitDepth << 4 | head->chroma << 1 |
                                         (head->fullRange ? 1 : 0)),
               kUnspecified,
               kUnspecified,
               head->matrix,
               0,
               0};
}

}  // namespace multiconnection::flv
