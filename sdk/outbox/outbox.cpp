#include "outbox/outbox.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::outbox {
namespace {

std::uint64_t& counterOf(MessageCounts& counts, MediaKind kind) {
  switch (kind) {
    case MediaKind::Audio:
      return counts.audio;
    case MediaKind::Video:
      return counts.video;
    case MediaKind::Data:
      break;
  }
  return counts.data;
}

}  // namespace

void Outbox::pushControl(Bytes bytes) {
  if (bytes.empty()) return;
  controlBytes_ += bytes.size();
  control_.push_back(std::move(bytes));
}

void Outbox::pushMedia(SharedFrame& frame, const WireShape& shape) {
  const MediaMessage& message = frame.message();
  const flv::TagTraits& traits = frame.traits();
  if (!sawMedia_) newestSent_ = message.timestamp;
  newest_ = sawMedia_ ? std::max(newest_, message.timestamp) : message.timestamp;
  sawMedia_ = true;
  const bool video = message.kind == MediaKind::Video && !frame.isHeader();
  if (video) {
    VideoTrack& track = videoTrack(shape.streamId);
    if (traits.keyFrame) track.awaitsKeyFrame = false;
    if (track.awaitsKeyFrame) {
      ++dropped_.video;
      return;
    }
  }
  Entry entry{frame.wire(shape), shape.streamId,  message.kind,     message.timestamp,
              frame.isHeader(),  traits.keyFrame, traits.disposable};
  if (entry.header) supersedeHeader(entry);
  mediaBytes_ += entry.wire->size();
  media_.push_back(std::move(entry));
  if (!policy_.lossless) shed();
}

void Outbox::dropMedia() {
  const std::size_t first = mediaOffset_ != 0 ? 1 : 0;
  while (media_.size() > first) {
    const Entry& entry = media_.back();
    ++counterOf(dropped_, entry.kind);
    mediaBytes_ -= entry.wire->size();
    media_.pop_back();
  }
  awaitKeyFrames();
}

std::size_t Outbox::gather(std::span<util::ConstBuffer> buffers) const {
  std::size_t filled = 0;
  const auto add = [&](const Bytes& bytes, std::size_t offset) {
    if (filled == buffers.size()) return false;
    buffers[filled++] = {bytes.data() + offset, bytes.size() - offset};
    return true;
  };
  auto media = media_.begin();
  if (mediaOffset_ != 0) add(*(media++)->wire, mediaOffset_);
  std::size_t offset = controlOffset_;
  for (const Bytes& bytes : control_) {
    if (!add(bytes, std::exchange(offset, 0))) return filled;
  }
  while (media != media_.end() && add(*media->wire, 0)) ++media;
  return filled;
}

void Outbox::consume(std::size_t count) {
  while (count != 0) {
    if (mediaOffset_ == 0 && !control_.empty()) {
      const std::size_t rest = control_.front().size() - controlOffset_;
      const std::size_t taken = std::min(rest, count);
      controlOffset_ += taken;
      controlBytes_ -= taken;
      count -= taken;
      if (taken != rest) return;
      control_.pop_front();
      controlOffset_ = 0;
    } else {
      const std::size_t rest = media_.front().wire->size() - mediaOffset_;
      const std::size_t taken = std::min(rest, count);
      mediaOffset_ += taken;
      mediaBytes_ -= taken;
      count -= taken;
      if (taken != rest) return;
      countSent(media_.front());
      media_.pop_front();
      mediaOffset_ = 0;
    }
  }
}

std::chrono::milliseconds Outbox::queueTime() const {
  return media_.empty()
             ? std::chrono::milliseconds(0)
             : std::max(newest_ - media_.front().timestamp, std::chrono::milliseconds(0));
}

std::chrono::milliseconds Outbox::lag() const {
  return media_.empty() ? std::chrono::milliseconds(0)
                        : std::max(newest_ - newestSent_, std::chrono::milliseconds(0));
}

Outbox::VideoTrack& Outbox::videoTrack(std::uint32_t streamId) {
  for (VideoTrack& track : videoTracks_) {
    if (track.streamId == streamId) return track;
  }
  return videoTracks_.emplace_back(VideoTrack{streamId, false});
}

void Outbox::awaitKeyFrames() {
  for (VideoTrack& track : videoTracks_) track.awaitsKeyFrame = true;
}

bool Outbox::droppable(std::size_t place) const {
  return !media_[place].header && (place != 0 || mediaOffset_ == 0);
}

std::chrono::milliseconds Outbox::ageOf(MediaKind kind) const {
  for (std::size_t place = 0; place < media_.size(); ++place) {
    if (media_[place].kind == kind && droppable(place)) return newest_ - media_[place].timestamp;
  }
  return std::chrono::milliseconds(0);
}

void Outbox::supersedeHeader(const Entry& newer) {
  for (std::size_t place = media_.size(); place-- > 0;) {
    if (media_[place].kind != newer.kind || media_[place].streamId != newer.streamId) continue;
    if (!media_[place].header || (place == 0 && mediaOffset_ != 0)) return;
    mediaBytes_ -= media_[place].wire->size();
    media_.erase(media_.begin() + static_cast<std::ptrdiff_t>(place));
    return;
  }
}

void Outbox::shed() {
  if (ageOf(MediaKind::Video) > policy_.disposableAfter) dropDisposable();
  if (ageOf(MediaKind::Video) > policy_.videoAfter) dropVideoToKeyFrame();
  dropOldAudio(videoTracks_.empty() ? policy_.audioOnlyAfter : policy_.audioAfter);
  if (queueBytes() > policy_.maxBytes) shedBytes();
}

template <class Predicate>
void Outbox::dropWhere(std::size_t end, Predicate condemned) {
  std::size_t kept = 0;
  for (std::size_t place = 0; place < media_.size(); ++place) {
    if (place < end && droppable(place) && condemned(media_[place])) {
      mediaBytes_ -= media_[place].wire->size();
      ++counterOf(dropped_, media_[place].kind);
      continue;
    }
    if (kept != place) media_[kept] = std::move(media_[place]);
    ++kept;
  }
  media_.resize(kept, Entry{});
}

void Outbox::dropDisposable() {
  dropWhere(media_.size(),
            [](const Entry& entry) { return entry.kind == MediaKind::Video && entry.disposable; });
}

void Outbox::dropVideoToKeyFrame() {
  // The newest waiting key frame is where video can go on, unless it is too old itself.
  std::size_t resume = media_.size();
  for (std::size_t place = media_.size(); place-- > 0;) {
    if (!media_[place].keyFrame || !droppable(place)) continue;
    if (newest_ - media_[place].timestamp <= policy_.videoAfter) resume = place;
    break;
  }
  if (resume == media_.size()) awaitKeyFrames();
  dropWhere(resume, [](const Entry& entry) { return entry.kind == MediaKind::Video; });
}

void Outbox::dropOldAudio(std::chrono::milliseconds limit) {
  if (ageOf(MediaKind::Audio) <= limit && ageOf(MediaKind::Data) <= limit) return;
  dropWhere(media_.size(), [&](const Entry& entry) {
    return entry.kind != MediaKind::Video && newest_ - entry.timestamp > limit;
  });
}

void Outbox::shedBytes() {
  if (ageOf(MediaKind::Video) > std::chrono::milliseconds(0)) {
    awaitKeyFrames();
    dropWhere(media_.size(), [](const Entry& entry) { return entry.kind == MediaKind::Video; });
  }
  // A single message over the limit is sent nevertheless: it cannot be had any smaller.
  while (queueBytes() > policy_.maxBytes && media_.size() > 1) {
    std::size_t oldest = 0;
    while (oldest + 1 < media_.size() && !droppable(oldest)) ++oldest;
    if (oldest + 1 == media_.size()) return;
    if (media_[oldest].kind == MediaKind::Video) awaitKeyFrames();
    dropWhere(oldest + 1, [](const Entry&) { return true; });
  }
}

void Outbox::countSent(const Entry& entry) {
  ++counterOf(sent_, entry.kind);
  newestSent_ = std::max(newestSent_, entry.timestamp);
}

}  // namespace multiconnection::outbox
