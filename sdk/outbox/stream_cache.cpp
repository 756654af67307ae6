#include "outbox/stream_cache.hpp"

namespace multiconnection::outbox {

bool StreamCache::observe(const SharedFrame& frame) {
  const MediaMessage& message = frame.message();
  hasVideo_ = hasVideo_ || (message.kind == MediaKind::Video && !message.body->empty());
  if (!frame.isHeader()) {
    hasStarted_ = hasStarted_ || message.kind != MediaKind::Data;
    return true;
  }
  auto& slot = message.kind == MediaKind::Video   ? video_
               : message.kind == MediaKind::Audio ? audio_
                                                  : metadata_;
  if (slot && *slot->body == *message.body) return false;
  slot = message;
  return true;
}

std::vector<MediaMessage> StreamCache::headersAt(std::chrono::milliseconds timestamp) const {
  std::vector<MediaMessage> headers;
  for (const auto* slot : {&metadata_, &video_, &audio_}) {
    if (!*slot) continue;
    headers.push_back(**slot);
    headers.back().timestamp = timestamp;
  }
  return headers;
}

}  // namespace multiconnection::outbox
