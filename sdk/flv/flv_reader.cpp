#include "flv/flv_reader.hpp"

#include <algorithm>
#include <utility>

#include "flv/format.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::flv {
namespace {

constexpr std::uint8_t kFilterBit = 0x20;
constexpr std::uint8_t kTypeBits = 0x1F;
/// A file header may grow in later versions; more than this is no FLV.
constexpr std::uint32_t kMaxHeaderBytes = 65536;

std::string at(std::uint64_t offset) { return " at byte " + std::to_string(offset); }

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

bool isMediaType(std::uint8_t type) {
  return type == static_cast<std::uint8_t>(MediaKind::Audio) ||
         type == static_cast<std::uint8_t>(MediaKind::Video) ||
         type == static_cast<std::uint8_t>(MediaKind::Data);
}

}  // namespace

void FlvReader::expect(Step step, std::size_t bytes) {
  step_ = step;
  wanted_ = bytes;
  skipped_ = 0;
  kept_.clear();
}

Result<void> FlvReader::feed(std::span<const std::uint8_t> bytes, const Sink& sink) {
  while (true) {
    const std::size_t part = std::min(bytes.size(), wanted_ - skipped_ - kept_.size());
    if (step_ == Step::HeaderRest || step_ == Step::Skipped) {
      skipped_ += part;
    } else {
      // Grows with what really arrives, so that a lying size costs nothing.
      kept_.insert(kept_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(part));
    }
    position_ += part;
    bytes = bytes.subspan(part);
    if (skipped_ + kept_.size() < wanted_) return {};
    if (auto result = advance(sink); !result) return result;
  }
}

Result<void> FlvReader::advance(const Sink& sink) {
  switch (step_) {
    case Step::Header:
      return onHeader();
    case Step::HeaderRest:
      tagBytes_ = 0;
      expect(Step::Trailer, kTrailerBytes);
      return {};
    case Step::TagHeader:
      return onTagHeader();
    case Step::Body:
      onBody(sink);
      return {};
    case Step::Skipped:
      expect(Step::Trailer, kTrailerBytes);
      return {};
    case Step::Trailer:
      return onTrailer();
  }
  return {};
}

Result<void> FlvReader::onHeader() {
  util::ByteReader in(kept_);
  if (in.u24() != 0x464C56) return corrupt("not an FLV: \"FLV\" is missing at byte 0");
  const unsigned version = in.u8();
  if (version != 1) {
    return corrupt("FLV version " + std::to_string(version) + " instead of 1 at byte 3");
  }
  in.u8();  // Track flags: live writers do not know them.
  const std::uint32_t offset = in.u32();
  if (offset < kFileHeaderBytes || offset > kMaxHeaderBytes) {
    return corrupt("FLV header size " + std::to_string(offset) + " instead of 9 at byte 5");
  }
  expect(Step::HeaderRest, offset - kFileHeaderBytes);
  return {};
}

Result<void> FlvReader::onTagHeader() {
  util::ByteReader in(kept_);
  const std::uint8_t first = in.u8();
  const std::uint32_t size = in.u24();
  const std::uint32_t low = in.u24();
  const std::uint32_t timestamp = low | static_cast<std::uint32_t>(in.u8()) << 24;
  if ((first & kFilterBit) != 0) {
    return Error{Errc::Unsupported, "encrypted FLV tag" + at(tagOffset_)};
  }
  tagBytes_ = static_cast<std::uint32_t>(kTagHeaderBytes) + size;
  const std::uint8_t type = first & kTypeBits;
  if (!isMediaType(type)) {
    expect(Step::Skipped, size);
    return {};
  }
  message_.kind = static_cast<MediaKind>(type);
  message_.timestamp = std::chrono::milliseconds(extendTimestamp(timestamp));
  expect(Step::Body, size);
  return {};
}

void FlvReader::onBody(const Sink& sink) {
  message_.body = std::make_shared<const Bytes>(std::exchange(kept_, {}));
  expect(Step::Trailer, kTrailerBytes);
  sink(std::exchange(message_, {}));
}

Result<void> FlvReader::onTrailer() {
  const std::uint32_t size = util::ByteReader(kept_).u32();
  if (size != tagBytes_ && size != 0) {
    return corrupt("FLV tag size " + std::to_string(size) + " instead of " +
                   std::to_string(tagBytes_) + at(position_ - kTrailerBytes));
  }
  tagOffset_ = position_;
  expect(Step::TagHeader, kTagHeaderBytes);
  return {};
}

std::int64_t FlvReader::extendTimestamp(std::uint32_t timestamp) {
  // Encoder delay, a fraction of a second, makes some writers start below 0; what lies further back
  // is a clock that began above 2^31, maybe just before it wraps.
  constexpr std::int64_t kLowest = -1000;
  const auto step =
      static_cast<std::int32_t>(timestamp - static_cast<std::uint32_t>(lastTimestamp_));
  std::int64_t extended = lastTimestamp_ + step;
  if (extended < kLowest) extended += std::int64_t{1} << 32;
  lastTimestamp_ = extended;
  return std::max<std::int64_t>(extended, 0);
}

Result<void> FlvReader::finish() const {
  const std::string found = std::to_string(position_) + " bytes";
  switch (step_) {
    case Step::Header:
    case Step::HeaderRest:
      return corrupt("not an FLV: it ends after " + found + ", within the file header");
    case Step::TagHeader:
      if (kept_.empty()) return {};
      return corrupt("FLV truncated: it ends after " + found + ", within the header of the tag" +
                     at(tagOffset_));
    case Step::Body:
    case Step::Skipped:
      return corrupt("FLV truncated: it ends after " + found + ", " +
                     std::to_string(wanted_ - skipped_ - kept_.size()) +
                     " bytes before the end of the tag" + at(tagOffset_));
    case Step::Trailer:
      return corrupt("FLV truncated: it ends after " + found + ", before the size behind the tag" +
                     at(tagOffset_));
  }
  return {};
}

}  // namespace multiconnection::flv
