#pragma once

#include <cstdint>

#include "multiconnection/media.hpp"

namespace multiconnection::tools {

/// What a player has received.
struct PlayCounters {
  std::uint64_t audioMessages = 0;
  std::uint64_t videoMessages = 0;
  std::uint64_t dataMessages = 0;
  std::uint64_t bytes = 0;  ///< Of message bodies.

  void count(const MediaMessage& message) {
    bytes += message.body->size();
    switch (message.kind) {
      case MediaKind::Audio:
        ++audioMessages;
        break;
      case MediaKind::Video:
        ++videoMessages;
        break;
      case MediaKind::Data:
        ++dataMessages;
        break;
    }
  }
  bool played() const { return audioMessages + videoMessages != 0; }
};

}  // namespace multiconnection::tools
