#include "outbox/stream_cache.hpp"

#include <algorithm>

namespace multiconnection::outbox {

bool StreamCache::observe(const SharedFrame& frame) {
  const MediaMessage& message = frame.message();
  const flv::TagTraits& traits = frame.traits();
  if (traits.endOfSequence || traits.clearsMetadata) {
    endTrack(message.kind, traits.track);
    return true;
  }
  if (message.kind == MediaKind::Video && !message.body->empty()) videoTracks_.set(traits.track);
  if (frame.isHeader()) return remember(frame);
  hasStarted_ = hasStarted_ || message.kind != MediaKind::Data;
  return true;
}

bool StreamCache::remember(const SharedFrame& frame) {
  const MediaMessage& message = frame.message();
  const flv::TagTraits& traits = frame.traits();
  const auto known = std::find_if(headers_.begin(), headers_.end(), [&](const Header& header) {
    return header.message.kind == message.kind && header.track == traits.track &&
           header.manyTracks == traits.manyTracks && header.supplement == traits.supplement;
  });
  if (known != headers_.end()) {
    if (*known->message.body == *message.body) return false;
    headerBytes_ -= known->message.body->size();
    headers_.erase(known);
  }
  const std::size_t bytes = message.body->size();
  if (headers_.size() < kMaxHeaders && headerBytes_ + bytes <= kMaxBytes) {
    headerBytes_ += bytes;
    headers_.push_back({message, traits.track, traits.manyTracks, traits.supplement});
  }
  return true;
}

void StreamCache::endTrack(MediaKind kind, std::uint8_t track) {
  if (kind == MediaKind::Video) videoTracks_.reset(track);
  std::erase_if(headers_, [&](const Header& header) {
    const bool ended = header.message.kind == kind && header.track == track;
    if (ended) headerBytes_ -= header.message.body->size();
    return ended;
  });
}

std::vector<MediaMessage> StreamCache::headersAt(std::chrono::milliseconds timestamp) const {
  std::vector<MediaMessage> headers;
  const auto add = [&](MediaKind kind, bool supplement) {
    for (const Header& header : headers_) {
      if (header.message.kind != kind || header.supplement != supplement) continue;
      headers.push_back(header.message);
      headers.back().timestamp = timestamp;
    }
  };
  add(MediaKind::Data, false);
  for (const MediaKind kind : {MediaKind::Video, MediaKind::Audio}) {
    add(kind, false);
    add(kind, true);  // A decoder that starts anew at a sequence header must not lose it.
  }
  return headers;
}

}  // namespace multiconnection::outbox
