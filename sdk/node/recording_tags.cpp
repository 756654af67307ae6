#include "node/recording_tags.hpp"

#include <algorithm>
#include <string>

#include "flv/format.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::node {
namespace {

constexpr std::size_t kWindowBytes = 16 * 1024;
/// Of a body: the longest thing that is looked for is "@setDataFrame", "onMetaData".
constexpr std::size_t kBeginningBytes = 64;
constexpr std::uint32_t kMaxHeaderBytes = 65536;

Error corrupt(const util::DataFile& file, const std::string& what, std::uint64_t offset) {
  return {Errc::CorruptData,
          "'" + file.name() + "': " + what + " at byte " + std::to_string(offset)};
}

}  // namespace

Result<RecordedTags> RecordedTags::open(util::DataFile& file) {
  const auto size = file.size();
  if (!size) return size.error();
  RecordedTags tags(file, *size);
  const auto header = tags.peek(0, flv::kFileHeaderBytes);
  if (!header) return header.error();
  util::ByteReader in(*header);
  const bool named = in.u24() == 0x464C56 && in.u8() == 1;
  in.u8();
  const std::uint32_t bytes = in.u32();
  if (!named || bytes < flv::kFileHeaderBytes || bytes > kMaxHeaderBytes) {
    return corrupt(file, "no FLV header", 0);
  }
  tags.position_ = bytes + flv::kTrailerBytes;
  if (tags.position_ > *size) return corrupt(file, "no FLV header", 0);
  return tags;
}

Result<std::span<const std::uint8_t>> RecordedTags::peek(std::uint64_t offset, std::size_t count) {
  const auto covered = [&] {
    return offset >= windowOffset_ && offset + count <= windowOffset_ + window_.size();
  };
  if (!covered()) {
    window_.resize(kWindowBytes);
    const auto read = file_->read(offset, window_);
    window_.resize(read ? *read : 0);
    windowOffset_ = offset;
    if (!read) return read.error();
  }
  const auto start = static_cast<std::size_t>(offset - windowOffset_);
  return std::span<const std::uint8_t>(window_).subspan(start,
                                                        std::min(count, window_.size() - start));
}

Result<std::optional<RecordedTag>> RecordedTags::next() {
  const std::optional<RecordedTag> none;
  if (size_ - std::min(size_, position_) < flv::kTagHeaderBytes) return none;
  const auto header = peek(position_, flv::kTagHeaderBytes + kBeginningBytes);
  if (!header) return header.error();
  if (header->size() < flv::kTagHeaderBytes) return none;  // shortened meanwhile
  util::ByteReader in(*header);
  const unsigned type = in.u8();
  const std::uint32_t bytes = in.u24();
  const std::uint32_t low = in.u24();
  const std::uint32_t timestamp = low | static_cast<std::uint32_t>(in.u8()) << 24;
  in.skip(3);  // stream id
  RecordedTag tag;
  tag.offset = position_;
  tag.end = position_ + flv::kTagHeaderBytes + bytes + flv::kTrailerBytes;
  if (type == 0 || (type & 0xE0) != 0) return corrupt(*file_, "no FLV tag", position_);
  if (tag.end > size_) return none;
  tag.known = type == static_cast<unsigned>(MediaKind::Audio) ||
              type == static_cast<unsigned>(MediaKind::Video) ||
              type == static_cast<unsigned>(MediaKind::Data);
  tag.kind = static_cast<MediaKind>(type);
  const auto beginning = in.take(std::min({std::size_t{bytes}, kBeginningBytes, in.remaining()}));
  tag.beginning.assign(beginning.begin(), beginning.end());
  const auto trailer = peek(tag.end - flv::kTrailerBytes, flv::kTrailerBytes);
  if (!trailer) return trailer.error();
  const std::uint32_t back = util::ByteReader(*trailer).u32();
  if (back != flv::kTagHeaderBytes + bytes && back != 0) {
    return corrupt(*file_, "no end of an FLV tag", tag.end - flv::kTrailerBytes);
  }
  if (tag.known)
    tag.timestamp = std::max(base_ + time_.at(timestamp), std::chrono::milliseconds(0));
  position_ = tag.end;
  return std::optional(std::move(tag));
}

Result<SharedBytes> RecordedTags::body(const RecordedTag& tag) const {
  Bytes body(static_cast<std::size_t>(tag.end - tag.offset) - flv::kTagHeaderBytes -
             flv::kTrailerBytes);
  const auto read = file_->read(tag.offset + flv::kTagHeaderBytes, body);
  if (!read) return read.error();
  if (*read < body.size()) return corrupt(*file_, "the file became shorter", tag.offset);
  return std::make_shared<const Bytes>(std::move(body));
}

void RecordedTags::goTo(const RecordedTag& tag) {
  position_ = tag.offset;
  time_ = {};
  // The file keeps 32 bits of a timestamp; what is above them was found out on the first way here.
  base_ = tag.timestamp - std::chrono::milliseconds(tag.timestamp.count() & 0xFFFFFFFF);
}

}  // namespace multiconnection::node
