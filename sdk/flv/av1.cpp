#include "flv/av1.hpp"

#include <optional>
#include <string>

#include "flv/bit_reader.hpp"
#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

// obu_type (AV1, 6.2.2)
constexpr std::uint8_t kSequenceHeader = 1;
constexpr std::uint8_t kTemporalDelimiter = 2;
constexpr std::uint8_t kFrameHeader = 3;
constexpr std::uint8_t kFrame = 6;
constexpr std::uint8_t kHasSize = 0x02;
/// marker 1, version 1
constexpr std::uint8_t kRecordStart = 0x81;
constexpr std::size_t kRecordHeadBytes = 4;

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

struct Obu {
  std::uint8_t type = 0;
  std::span<const std::uint8_t> header;  ///< One byte, or two with the extension.
  std::span<const std::uint8_t> payload;
};

/// leb128() (4.10.5).
std::uint64_t readLeb128(util::ByteReader& in) {
  constexpr unsigned kMaxBytes = 8;
  std::uint64_t value = 0;
  for (unsigned i = 0; i < kMaxBytes; ++i) {
    const std::uint8_t byte = in.u8();
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) == 0) return value;
  }
  in.skip(in.remaining() + 1);  // makes it fail
  return 0;
}

void writeLeb128(util::ByteWriter& out, std::size_t value) {
  while (value >= 0x80) {
    out.u8(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.u8(static_cast<std::uint8_t>(value));
}

/// The next OBU; one without a size reaches to the end.
std::optional<Obu> nextObu(std::span<const std::uint8_t> bytes, util::ByteReader& in) {
  const std::size_t start = in.position();
  const std::uint8_t head = in.u8();
  const bool forbidden = (head & 0x80) != 0;
  const bool extension = (head & 0x04) != 0;
  Obu obu;
  obu.type = head >> 3 & 0x0F;
  if (extension) in.u8();
  if (!in.ok() || forbidden) return std::nullopt;
  obu.header = bytes.subspan(start, extension ? 2 : 1);
  const std::uint64_t size = (head & kHasSize) != 0 ? readLeb128(in) : in.remaining();
  if (size > in.remaining()) return std::nullopt;
  obu.payload = in.take(static_cast<std::size_t>(size));
  return in.ok() ? std::optional(obu) : std::nullopt;
}

void appendObu(Bytes& out, const Obu& obu) {
  util::ByteWriter writer(out);
  writer.u8(obu.header[0] | kHasSize);
  writer.bytes(obu.header.subspan(1));
  writeLeb128(writer, obu.payload.size());
  writer.bytes(obu.payload);
}

/// What a record repeats of a sequence header.
struct SequenceHead {
  std::uint32_t profile = 0;
  std::uint32_t level = 0;
  bool tier = false;
  bool highDepth = false;
  bool twelveBit = false;
  bool mono = false;
  bool subsamplingX = true;
  bool subsamplingY = true;
  std::uint32_t samplePosition = 0;
};

/// timing_info() and decoder_model_info() (5.5.3, 5.5.4). @return bits of a buffer delay; 0 when
/// there is no decoder model.
unsigned readTiming(BitReader& in) {
  if (!in.flag()) return 0;
  in.skip(64);                            // tick, scale
  if (in.flag()) in.exponentialGolomb();  // ticks per picture
  if (!in.flag()) return 0;
  const unsigned delayBits = in.bits(5) + 1;
  in.skip(32 + 5 + 5);
  return delayBits;
}

/// The operating points (5.5.1); the first one's level and tier count.
void readOperatingPoints(BitReader& in, SequenceHead& head) {
  constexpr std::uint32_t kFirstLevelWithTier = 8;
  const unsigned delayBits = readTiming(in);
  const bool delayPresent = in.flag();
  const unsigned points = in.bits(5) + 1;
  for (unsigned i = 0; i < points && in.ok(); ++i) {
    in.skip(12);  // operating_point_idc
    const std::uint32_t level = in.bits(5);
    const bool tier = level >= kFirstLevelWithTier && in.flag();
    if (i == 0) head.level = level;
    if (i == 0) head.tier = tier;
    if (delayBits != 0 && in.flag()) in.skip(2 * std::size_t{delayBits} + 1);
    if (delayPresent && in.flag()) in.skip(4);
  }
}

/// The coding tools between the picture's size and its colours, of a header that is not reduced.
void skipTools(BitReader& in) {
  in.skip(4);  // interintra, masked, warped, dual filter
  const bool orderHint = in.flag();
  if (orderHint) in.skip(2);
  const bool chooseScreenContent = in.flag();
  const bool screenContent = chooseScreenContent || in.flag();
  if (screenContent) {
    const bool chooseIntegerVectors = in.flag();
    if (!chooseIntegerVectors) in.flag();
  }
  if (orderHint) in.skip(3);
}

/// color_config() (5.5.2).
void readColour(BitReader& in, SequenceHead& head) {
  constexpr std::uint32_t kRgb = 1 << 16 | 13 << 8 | 0;  // BT.709, sRGB, identity
  head.highDepth = in.flag();
  if (head.profile == 2 && head.highDepth) head.twelveBit = in.flag();
  head.mono = head.profile != 1 && in.flag();
  const std::uint32_t description = in.flag() ? in.bits(24) : 0;
  if (head.mono) {
    in.flag();  // colour range
    return;
  }
  if (description == kRgb) {
    head.subsamplingX = head.subsamplingY = false;
    return;
  }
  in.flag();  // colour range
  if (head.profile == 1) head.subsamplingX = head.subsamplingY = false;
  if (head.profile == 2) {
    head.subsamplingX = !head.twelveBit || in.flag();
    head.subsamplingY = head.twelveBit && head.subsamplingX && in.flag();
  }
  if (head.subsamplingX && head.subsamplingY) head.samplePosition = in.bits(2);
}

/// sequence_header_obu() (5.5.1).
std::optional<SequenceHead> readSequenceHeader(std::span<const std::uint8_t> payload) {
  BitReader in(payload);
  SequenceHead head;
  head.profile = in.bits(3);
  in.flag();  // still picture
  const bool reduced = in.flag();
  if (reduced) {
    head.level = in.bits(5);
  } else {
    readOperatingPoints(in, head);
  }
  const unsigned widthBits = in.bits(4) + 1;
  const unsigned heightBits = in.bits(4) + 1;
  in.skip(widthBits + heightBits);
  if (!reduced && in.flag()) in.skip(4 + 3);  // frame ids
  in.skip(3);                                 // superblocks, filter intra, intra edge
  if (!reduced) skipTools(in);
  in.skip(3);  // superres, cdef, restoration
  readColour(in, head);
  return in.ok() && head.profile <= 2 ? std::optional(head) : std::nullopt;
}

}  // namespace

bool isAv1Record(std::span<const std::uint8_t> bytes) {
  return !bytes.empty() && bytes[0] == kRecordStart;
}

Result<void> checkAv1Configuration(std::span<const std::uint8_t> record) {
  if (record.size() < kRecordHeadBytes || !isAv1Record(record)) {
    return corrupt("AV1 configuration record of " + std::to_string(record.size()) +
                   " bytes that begins with " +
                   (record.empty() ? "nothing" : std::to_string(record[0]) + " instead of 129"));
  }
  const unsigned profile = record[1] >> 5;
  if (profile > 2) {
    return corrupt("AV1 configuration record with profile " + std::to_string(profile));
  }
  const auto obus = record.subspan(kRecordHeadBytes);
  util::ByteReader in(obus);
  while (in.remaining() > 0) {
    if (!nextObu(obus, in)) {
      return corrupt("AV1 configuration record whose OBUs end within one, at byte " +
                     std::to_string(kRecordHeadBytes + in.position()));
    }
  }
  return {};
}

Result<Bytes> makeAv1Configuration(std::span<const std::uint8_t> obus) {
  util::ByteReader in(obus);
  while (in.remaining() > 0) {
    const auto obu = nextObu(obus, in);
    if (!obu) return corrupt("AV1 data of " + std::to_string(obus.size()) + " bytes is no OBUs");
    if (obu->type != kSequenceHeader) continue;
    const auto head = readSequenceHeader(obu->payload);
    if (!head) {
      return corrupt("AV1 sequence header of " + std::to_string(obu->payload.size()) +
                     " bytes that cannot be read");
    }
    const auto bit = [](bool value, unsigned place) { return (value ? 1U : 0U) << place; };
    Bytes record{kRecordStart, static_cast<std::uint8_t>(head->profile << 5 | head->level),
                 static_cast<std::uint8_t>(bit(head->tier, 7) | bit(head->highDepth, 6) |
                                           bit(head->twelveBit, 5) | bit(head->mono, 4) |
                                           bit(head->subsamplingX, 3) | bit(head->subsamplingY, 2) |
                                           head->samplePosition),
                 0};
    appendObu(record, *obu);
    return record;
  }
  return Bytes();
}

Result<void> appendAv1TemporalUnit(Bytes& out, std::span<const std::uint8_t> obus) {
  util::ByteReader in(obus);
  bool frame = false;
  while (in.remaining() > 0) {
    const auto obu = nextObu(obus, in);
    if (!obu) {
      return corrupt("AV1 temporal unit of " + std::to_string(obus.size()) +
                     " bytes whose OBUs cannot be told apart");
    }
    frame = frame || obu->type == kFrame || obu->type == kFrameHeader;
    if (obu->type != kTemporalDelimiter) appendObu(out, *obu);
  }
  if (!frame) {
    return corrupt("AV1 temporal unit of " + std::to_string(obus.size()) +
                   " bytes without a frame");
  }
  return {};
}

}  // namespace multiconnection::flv
