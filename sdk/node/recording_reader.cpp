#include "node/recording_reader.hpp"

#include <algorithm>
#include <utility>

#include "flv/tag_traits.hpp"
#include "outbox/shared_frame.hpp"
#include "outbox/stream_cache.hpp"

namespace multiconnection::node {
namespace {

using std::chrono::milliseconds;

/// A day of pictures that are all key frames.
constexpr std::size_t kMaxPoints = 1u << 22;
/// Headers that are read anew for each seek; of more, the oldest are not looked at.
constexpr std::size_t kMaxHeaders = 256;
constexpr milliseconds kAudioPointDistance{1000};

bool isBefore(milliseconds time, const RecordedTag& tag) { return time < tag.timestamp; }

}  // namespace

Result<std::unique_ptr<RecordingReader>> RecordingReader::open(const util::ConfinedFolder& root,
                                                               const std::string& path) {
  auto file = root.openToRead(path);
  if (!file) return file.error();
  std::unique_ptr<RecordingReader> reader(new RecordingReader(std::move(file).value()));
  auto tags = RecordedTags::open(reader->file_);
  if (!tags) return tags.error();
  reader->tags_ = std::move(tags).value();
  return reader;
}

Result<bool> RecordingReader::index(std::size_t tags) {
  for (; tags != 0; --tags) {
    auto tag = tags_->next();
    if (!tag) return tag.error();
    if (!*tag) return true;
    if (!(*tag)->known) continue;
    if (auto noted = note(**std::move(tag)); !noted) return noted.error();
  }
  return false;
}

Result<void> RecordingReader::note(RecordedTag&& tag) {
  duration_ = std::max(duration_, tag.timestamp);
  const flv::TagTraits traits = flv::classify(tag.kind, std::exchange(tag.beginning, {}));
  if (!first_) first_ = tag;
  if (traits.sequenceHeader || traits.metadata) {
    if (headers_.size() == kMaxHeaders) headers_.erase(headers_.begin());
    headers_.push_back(tag);
  } else if (traits.keyFrame) {
    if (!track_) track_ = traits.track;
    if (*track_ == traits.track) keyFrames_.push_back(tag);
  } else if (tag.kind == MediaKind::Audio && keyFrames_.empty() &&
             (audioPoints_.empty() ||
              tag.timestamp >= audioPoints_.back().timestamp + kAudioPointDistance)) {
    audioPoints_.push_back(tag);
  }
  if (keyFrames_.size() + audioPoints_.size() <= kMaxPoints) return {};
  return Error{Errc::LimitExceeded, "'" + file_.name() + "' has more than " +
                                        std::to_string(kMaxPoints) + " key frames"};
}

Result<std::vector<MediaMessage>> RecordingReader::seek(milliseconds time) {
  const auto& points = keyFrames_.empty() ? audioPoints_ : keyFrames_;
  const auto after = std::upper_bound(points.begin(), points.end(), time, isBefore);
  std::vector<MediaMessage> headers;
  if (after == points.begin() || after == points.begin() + 1) {
    // From the very beginning nothing needs to be told before it is told anyway.
    if (first_) tags_->goTo(*first_);
    return headers;
  }
  const RecordedTag& point = *std::prev(after);
  outbox::StreamCache cache;
  for (const RecordedTag& tag : headers_) {
    if (tag.offset > point.offset) break;
    auto header = messageOf(tag);
    if (!header) return header.error();
    cache.observe(outbox::SharedFrame(std::move(header).value()));
  }
  tags_->goTo(point);
  return cache.headersAt(point.timestamp);
}

Result<std::vector<MediaMessage>> RecordingReader::read(std::size_t bytes) {
  std::vector<MediaMessage> messages;
  std::size_t done = 0;
  while (done < bytes || messages.empty()) {
    const auto tag = tags_->next();
    if (!tag) return tag.error();
    if (!*tag) break;
    done += static_cast<std::size_t>((*tag)->end - (*tag)->offset);
    if (!(*tag)->known) continue;
    auto message = messageOf(**tag);
    if (!message) return message.error();
    messages.push_back(std::move(message).value());
  }
  return messages;
}

Result<MediaMessage> RecordingReader::messageOf(const RecordedTag& tag) {
  auto body = tags_->body(tag);
  if (!body) return body.error();
  return MediaMessage{tag.kind, tag.timestamp, std::move(body).value()};
}

}  // namespace multiconnection::node
