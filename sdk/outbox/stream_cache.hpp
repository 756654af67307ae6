#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "outbox/shared_frame.hpp"

namespace multiconnection::outbox {

/// What a late joiner needs before its first frame: the newest metadata and sequence headers.
class StreamCache {
 public:
  /// Remembers headers, and that a track exists. @return false for a header that is already known
  /// to the byte: it need not be sent again.
  bool observe(const SharedFrame& frame);

  bool hasVideo() const { return hasVideo_; }
  /// Whether any frame (not only headers) has passed.
  bool hasStarted() const { return hasStarted_; }
  /// Metadata, video header, audio header, as far as they are known, stamped with `timestamp`.
  std::vector<MediaMessage> headersAt(std::chrono::milliseconds timestamp) const;

 private:
  std::optional<MediaMessage> metadata_;
  std::optional<MediaMessage> video_;
  std::optional<MediaMessage> audio_;
  bool hasVideo_ = false;
  bool hasStarted_ = false;
};

}  // namespace multiconnection::outbox
