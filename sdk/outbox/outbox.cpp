#include "outbox/outbox.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace multiconnection::outbox {
namespace {

/// No frame is so young that video may go on at it.
constexpr auto kNoAge = std::chrono::milliseconds::min();

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

void Outbox::setPolicy(const DropPolicy& policy) {
  policy_ = policy;
  if (policy.withoutVideo) dropVideo(kNoAge);
}

void Outbox::pushControl(Bytes bytes) {
  pushControl(std::make_shared<const Bytes>(std::move(bytes)));
}

void Outbox::pushControl(SharedBytes bytes) {
  if (bytes->empty()) return;
  controlBytes_ += bytes->size();
  control_.push_back(std::move(bytes));
}

void Outbox::pushMedia(SharedFrame& frame, const WireShape& shape) {
  const MediaMessage& message = frame.message();
  const flv::TagTraits& traits = frame.traits();
  noteTime(message.timestamp);
  const bool picture =
      message.kind == MediaKind::Video && !frame.isHeader() && !traits.endOfSequence;
  if (picture) {
    VideoTrack& track = videoTrack(shape.streamId, traits.track);
    if (traits.keyFrame) track.awaitsKeyFrame = false;
    if (policy_.withoutVideo) track.awaitsKeyFrame = true;
    if (track.awaitsKeyFrame) {
      ++dropped_.video;
      return;
    }
  }
  Entry entry{frame.wire(shape), shape.streamId,    message.kind,     traits.track,
              traits.manyTracks, message.timestamp, frame.isHeader(), traits.supplement,
              traits.keyFrame,   traits.disposable};
  mediaBytes_ += entry.wire->size();
  media_.push_back(std::move(entry));
  if (!policy_.lossless) shed();
}

void Outbox::noteTime(std::chrono::milliseconds timestamp) {
  // While nothing waits there is no age to measure: another stream may begin its time anew.
  if (!sawMedia_) {
    newest_ = newestSent_ = timestamp;
  } else if (media_.empty()) {
    newest_ = timestamp;
    newestSent_ = std::min(newestSent_, timestamp);
  } else {
    newest_ = std::max(newest_, timestamp);
  }
  sawMedia_ = true;
}

void Outbox::dropMedia() {
  const std::size_t first = mediaOffset_ != 0 ? 1 : 0;
  while (media_.size() > first) {
    const Entry& entry = media_.back();
    ++counterOf(dropped_, entry.kind);
    mediaBytes_ -= entry.wire->size();
    media_.pop_back();
  }
  for (VideoTrack& track : videoTracks_) track.awaitsKeyFrame = true;
  sawMedia_ = false;
}

bool Outbox::awaitsKeyFrame(std::uint32_t streamId, const KeyFrameGate::Tracks& tracks) const {
  return !policy_.withoutVideo &&
         std::any_of(videoTracks_.begin(), videoTracks_.end(), [&](const VideoTrack& track) {
           return track.awaitsKeyFrame && track.streamId == streamId && tracks.test(track.track);
         });
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
  for (const SharedBytes& bytes : control_) {
    if (!add(*bytes, std::exchange(offset, 0))) return filled;
  }
  while (media != media_.end() && add(*media->wire, 0)) ++media;
  return filled;
}

void Outbox::consume(std::size_t count) {
  while (count != 0) {
    if (mediaOffset_ == 0 && !control_.empty()) {
      const std::size_t rest = control_.front()->size() - controlOffset_;
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

Outbox::VideoTrack& Outbox::videoTrack(std::uint32_t streamId, std::uint8_t number) {
  for (VideoTrack& track : videoTracks_) {
    if (track.streamId == streamId && track.track == number) return track;
  }
  return videoTracks_.emplace_back(VideoTrack{streamId, number, false});
}

bool Outbox::begun(std::size_t place) const { return place == 0 && mediaOffset_ != 0; }

bool Outbox::droppable(std::size_t place) const { return !media_[place].header && !begun(place); }

std::chrono::milliseconds Outbox::ageOf(MediaKind kind) const {
  for (std::size_t place = 0; place < media_.size(); ++place) {
    if (media_[place].kind == kind && droppable(place)) return newest_ - media_[place].timestamp;
  }
  return std::chrono::milliseconds(0);
}

void Outbox::dropSuperseded() {
  const auto headers =
      std::count_if(media_.begin(), media_.end(), [](const Entry& entry) { return entry.header; });
  if (headers < 2) return;
  // From the newest to the oldest: of each track, what of headers comes before its next frame.
  struct Next {
    bool header = false;
    bool supplement = false;
  };
  std::map<std::tuple<std::uint32_t, MediaKind, std::uint8_t>, Next> tracks;
  std::vector<bool> superseded(media_.size());
  for (std::size_t place = media_.size(); place-- > 0;) {
    const Entry& entry = media_[place];
    Next& next = tracks[{entry.streamId, entry.kind, entry.track}];
    if (entry.header) {
      const bool newer = std::exchange(entry.supplement ? next.supplement : next.header, true);
      superseded[place] = newer && !entry.manyTracks;  // it may be the only one of another track
    } else {
      next = {};
    }
  }
  removeIf(media_.size(), [&](std::size_t place) { return superseded[place]; });
}

void Outbox::shedHeaders() {
  std::size_t bytes = 0;
  for (const Entry& entry : media_) bytes += entry.header ? sizeof(Entry) + entry.wire->size() : 0;
  removeIf(media_.size() - 1, [&](std::size_t place) {
    if (!media_[place].header || bytes <= policy_.limits.maxBytes) return false;
    bytes -= sizeof(Entry) + media_[place].wire->size();
    return true;
  });
}

void Outbox::shed() {
  const bool newHeader = media_.back().header;
  const std::size_t before = media_.size();
  if (ageOf(MediaKind::Video) > policy_.limits.disposableAfter) dropDisposable();
  if (ageOf(MediaKind::Video) > policy_.limits.videoAfter) dropVideo(policy_.limits.videoAfter);
  dropOldAudio(videoTracks_.empty() ? policy_.limits.audioOnlyAfter : policy_.limits.audioAfter);
  if (cost(media_.size()) > policy_.limits.maxBytes) shedBytes();
  // Else the headers alone would grow without end where all frames between them are dropped.
  if (newHeader || media_.size() != before) dropSuperseded();
  if (newHeader) shedHeaders();
}

template <class Predicate>
bool Outbox::removeIf(std::size_t end, Predicate condemned) {
  std::size_t kept = 0;
  for (std::size_t place = 0; place < media_.size(); ++place) {
    if (place < end && !begun(place) && condemned(place)) {
      mediaBytes_ -= media_[place].wire->size();
      ++counterOf(dropped_, media_[place].kind);
      continue;
    }
    if (kept != place) media_[kept] = std::move(media_[place]);
    ++kept;
  }
  const bool removed = kept != media_.size();
  media_.resize(kept, Entry{});
  return removed;
}

void Outbox::dropDisposable() {
  removeIf(media_.size(), [&](std::size_t place) {
    return media_[place].disposable && media_[place].kind == MediaKind::Video;
  });
}

std::size_t Outbox::resumptionOf(const VideoTrack& track, std::chrono::milliseconds maxAge) const {
  for (std::size_t place = media_.size(); place-- > 0;) {
    const Entry& entry = media_[place];
    if (!entry.keyFrame || !track.holds(entry) || begun(place)) continue;
    return newest_ - entry.timestamp <= maxAge ? place : media_.size();
  }
  return media_.size();
}

void Outbox::dropVideo(std::chrono::milliseconds maxAge) {
  for (VideoTrack& track : videoTracks_) {
    const std::size_t resumption = resumptionOf(track, maxAge);
    const bool toTheEnd = resumption == media_.size();
    const bool dropped = removeIf(resumption, [&](std::size_t place) {
      const Entry& entry = media_[place];
      return !entry.header && track.holds(entry);
    });
    if (dropped && toTheEnd) track.awaitsKeyFrame = true;
  }
}

void Outbox::dropOldAudio(std::chrono::milliseconds limit) {
  if (ageOf(MediaKind::Audio) <= limit && ageOf(MediaKind::Data) <= limit) return;
  removeIf(media_.size(), [&](std::size_t place) {
    const Entry& entry = media_[place];
    return !entry.header && entry.kind != MediaKind::Video && newest_ - entry.timestamp > limit;
  });
}

std::size_t Outbox::cost(std::size_t messages) const {
  return queueBytes() + messages * sizeof(Entry);
}

void Outbox::shedBytes() {
  std::size_t droppables = 0;
  for (std::size_t place = 0; place < media_.size(); ++place) droppables += droppable(place);
  // A single message over the limit is sent nevertheless: it cannot be had any smaller.
  if (droppables <= 1) return;
  dropVideo(std::chrono::milliseconds::max());
  if (cost(media_.size()) > policy_.limits.maxBytes) dropVideo(kNoAge);
  if (media_.empty()) return;
  std::size_t left = media_.size();
  removeIf(media_.size() - 1, [&](std::size_t place) {
    if (media_[place].header || cost(left) <= policy_.limits.maxBytes) return false;
    --left;
    return true;
  });
}

void Outbox::countSent(const Entry& entry) {
  ++counterOf(sent_, entry.kind);
  newestSent_ = std::max(newestSent_, entry.timestamp);
}

}  // namespace multiconnection::outbox
