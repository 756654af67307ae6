#include "node/recording_writer.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "amf/amf0.hpp"
#include "flv/flv_writer.hpp"
#include "flv/format.hpp"
#include "flv/metadata.hpp"
#include "flv/tag_traits.hpp"
#include "node/recording_tags.hpp"
#include "rtmp/message/data.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::node {
namespace {

using std::chrono::milliseconds;

/// Name of a member and the marker of a number, as AMF0 writes them.
constexpr std::string_view kDuration(
    "\x00\x08"
    "duration\x00",
    11);
constexpr std::string_view kFileSize(
    "\x00\x08"
    "filesize\x00",
    11);
constexpr std::size_t kNumberBytes = 8;

/// onMetaData with room for the numbers that the end of the recording tells; `described` is the
/// publisher's own, or anything else.
Bytes metadataFor(std::span<const std::uint8_t> described) {
  AmfObject members{{"duration", 0}, {"filesize", 0}};
  const auto event = rtmp::parseData(described);
  if (event && event->handler == "onMetaData" && !event->arguments.empty()) {
    if (const auto* given = event->arguments[0].get<AmfObject>()) {
      for (const auto& [name, value] : *given) {
        if (name != "duration" && name != "filesize") members.set(name, value);
      }
    }
  }
  Bytes body;
  amf::encodeAmf0(body, "onMetaData");
  amf::encodeAmf0(body, AmfValue::ecmaArray(std::move(members)));
  return body.size() <= flv::kMaxBodyBytes ? body : metadataFor({});
}

std::optional<std::uint64_t> numberBehind(std::span<const std::uint8_t> bytes,
                                          std::string_view name, std::uint64_t offset) {
  const auto found =
      std::search(bytes.begin(), bytes.end(), name.begin(), name.end(),
                  [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
  const auto place = static_cast<std::size_t>(found - bytes.begin()) + name.size();
  if (place + kNumberBytes > bytes.size()) return std::nullopt;
  return offset + place;
}

/// A number without its marker.
Bytes numberBytes(double value) {
  Bytes bytes;
  amf::encodeAmf0(bytes, value);
  bytes.erase(bytes.begin());
  return bytes;
}

}  // namespace

Result<RecordingWriter> RecordingWriter::open(const util::ConfinedFolder& root,
                                              const std::string& path, RecordMode mode) {
  if (mode != RecordMode::Overwrite) {
    auto old = root.openToChange(path);
    if (old) {
      RecordingWriter writer(std::move(old).value(), mode);
      if (auto continued = writer.continueOld(); !continued) return continued.error();
      return writer;
    }
    if (old.error().code != std::errc::no_such_file_or_directory) return old.error();
  }
  auto file = root.create(path);
  if (!file) return file.error();
  RecordingWriter writer(std::move(file).value(), mode);
  if (auto begun = writer.begin(); !begun) return begun.error();
  return writer;
}

Result<void> RecordingWriter::begin() {
  Bytes header;
  // Both tracks, until finish() knows better: a player that is told of none looks for none.
  flv::appendFlvHeader(header, true, true);
  if (auto written = file_.write(0, header); !written) return written;
  size_ = header.size();
  return {};
}

Result<void> RecordingWriter::continueOld() {
  const auto size = file_.size();
  if (!size) return size.error();
  if (*size == 0) return begin();
  auto tags = RecordedTags::open(file_);
  if (!tags) return tags.error();
  while (true) {
    const auto tag = tags->next();
    if (!tag) return tag.error();
    if (!*tag) break;
    if (!described_ && (*tag)->kind == MediaKind::Data && flv::isMetadata((*tag)->beginning)) {
      const auto body = tags->body(**tag);
      if (!body) return body.error();
      const std::uint64_t at = (*tag)->offset + flv::kTagHeaderBytes;
      places_ = {numberBehind(**body, kDuration, at), numberBehind(**body, kFileSize, at)};
    }
    described_ = true;
    hasAudio_ = hasAudio_ || (*tag)->kind == MediaKind::Audio;
    hasVideo_ = hasVideo_ || (*tag)->kind == MediaKind::Video;
    last_ = std::max(last_, (*tag)->timestamp);
  }
  size_ = tags->position();
  continued_ = described_;
  return size_ == *size ? Result<void>() : file_.truncate(size_);
}

Result<void> RecordingWriter::append(std::span<const MediaMessage> messages) {
  const milliseconds lastBefore = last_;
  Bytes out;
  for (const MediaMessage& message : messages) appendMessage(out, message);
  auto written = file_.write(size_, out);
  if (written) {
    size_ += out.size();
    return {};
  }
  last_ = lastBefore;
  static_cast<void>(file_.truncate(size_));  // a torn tag does no harm, if this fails too
  return written;
}

void RecordingWriter::appendMessage(Bytes& out, const MediaMessage& message) {
  const std::span<const std::uint8_t> body = message.kind == MediaKind::Data
                                                 ? flv::withoutSetDataFrame(*message.body)
                                                 : std::span(*message.body);
  if (!described_) {
    described_ = true;
    const Bytes description = metadataFor(body);
    const std::uint64_t at = size_ + out.size() + flv::kTagHeaderBytes;
    places_ = {numberBehind(description, kDuration, at), numberBehind(description, kFileSize, at)};
    appendTag(out, {MediaKind::Data, last_, nullptr}, description);
    if (flv::isMetadata(body)) return;
  }
  const milliseconds place = placeOf(message);
  hasAudio_ = hasAudio_ || message.kind == MediaKind::Audio;
  hasVideo_ = hasVideo_ || message.kind == MediaKind::Video;
  last_ = std::max(last_, place);
  appendTag(out, {message.kind, place, nullptr}, body);
}

void RecordingWriter::appendTag(Bytes& out, const MediaMessage& place,
                                std::span<const std::uint8_t> body) {
  flv::appendTagHeader(out, place, body.size());
  util::ByteWriter(out).bytes(body);
  flv::appendTagTrailer(out, body.size());
}

milliseconds RecordingWriter::placeOf(const MediaMessage& message) {
  if (!offset_) {
    const flv::TagTraits traits = flv::classify(message.kind, *message.body);
    // Headers and data before the first frame may be stamped with anything, often with 0.
    if (message.kind == MediaKind::Data || traits.sequenceHeader) return last_;
    const milliseconds next = continued_ ? last_ + milliseconds(1) : milliseconds(0);
    const bool gap = mode_ == RecordMode::AppendWithGap && message.timestamp >= next;
    offset_ = gap ? milliseconds(0) : next - message.timestamp;
  }
  return std::max(message.timestamp + *offset_, milliseconds(0));
}

Result<void> RecordingWriter::finish() {
  constexpr double kMillisecondsPerSecond = 1000;
  const std::uint8_t flags = flv::headerFlags(hasAudio_, hasVideo_);
  if (auto written = file_.write(flv::kFlagsOffset, {&flags, 1}); !written) return written;
  const std::array<std::pair<std::optional<std::uint64_t>, double>, 2> numbers{
      std::pair{places_.duration, static_cast<double>(last_.count()) / kMillisecondsPerSecond},
      std::pair{places_.fileSize, static_cast<double>(size_)}};
  for (const auto& [place, value] : numbers) {
    if (!place) continue;
    if (auto written = file_.write(*place, numberBytes(value)); !written) return written;
  }
  return {};
}

}  // namespace multiconnection::node
