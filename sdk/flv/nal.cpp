#include "flv/nal.hpp"

#include <algorithm>

#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

constexpr std::size_t kMaxSets = 255;

/// Place of the next 00 00 01 from `from` on; the size when there is none.
std::size_t findStartCode(std::span<const std::uint8_t> bytes, std::size_t from) {
  for (std::size_t i = from; i + 3 <= bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) return i;
  }
  return bytes.size();
}

}  // namespace

bool isAnnexB(std::span<const std::uint8_t> bytes) {
  const std::size_t place = findStartCode(bytes.first(std::min<std::size_t>(bytes.size(), 4)), 0);
  return place + 3 <= bytes.size() && (place == 0 || (place == 1 && bytes[0] == 0));
}

std::vector<NalUnit> splitAnnexB(std::span<const std::uint8_t> stream) {
  std::vector<NalUnit> units;
  std::size_t start = findStartCode(stream, 0);
  while (start < stream.size()) {
    start += 3;
    const std::size_t next = findStartCode(stream, start);
    std::size_t end = next;
    while (end > start && stream[end - 1] == 0) --end;
    if (end > start) units.push_back(stream.subspan(start, end - start));
    start = next;
  }
  return units;
}

bool isLengthPrefixed(std::span<const std::uint8_t> frame, std::size_t lengthBytes) {
  util::ByteReader in(frame);
  bool found = false;
  while (in.ok() && in.remaining() > 0) {
    const std::size_t length = lengthBytes == 1 ? in.u8() : lengthBytes == 2 ? in.u16() : in.u32();
    in.skip(length);
    found = found || length > 0;
  }
  return in.ok() && found;
}

void appendLengthPrefixed(Bytes& out, std::span<const NalUnit> units) {
  util::ByteWriter writer(out);
  for (const NalUnit unit : units) {
    writer.u32(static_cast<std::uint32_t>(unit.size()));
    writer.bytes(unit);
  }
}

void appendParameterSets(Bytes& out, const std::vector<Bytes>& sets) {
  util::ByteWriter writer(out);
  for (const Bytes& set : sets) {
    writer.u16(static_cast<std::uint16_t>(set.size()));
    writer.bytes(set);
  }
}

void addParameterSet(std::vector<Bytes>& sets, NalUnit unit) {
  Bytes copy(unit.begin(), unit.end());
  if (sets.size() < kMaxSets && std::find(sets.begin(), sets.end(), copy) == sets.end()) {
    sets.push_back(std::move(copy));
  }
}

bool anyOver16Bits(const std::vector<Bytes>& sets) {
  return std::any_of(sets.begin(), sets.end(),
                     [](const Bytes& set) { return set.size() > 0xFFFF; });
}

Bytes withoutEmulationPrevention(NalUnit unit, std::size_t limit) {
  Bytes out;
  unsigned zeros = 0;
  for (const std::uint8_t byte : unit.first(std::min(unit.size(), limit))) {
    const bool prevention = zeros >= 2 && byte == 3;
    zeros = byte == 0 ? zeros + 1 : 0;
    if (!prevention) out.push_back(byte);
  }
  return out;
}

}  // namespace multiconnection::flv
