#pragma once

#include <bitset>
#include <cstdint>

#include "outbox/shared_frame.hpp"

namespace multiconnection::outbox {

/// Lets each video track through from a key frame of its own on. Headers, sound and data pass.
class KeyFrameGate {
 public:
  using Tracks = std::bitset<256>;

  void close(std::uint8_t track) { closed_.set(track); }
  void close(const Tracks& tracks) { closed_ |= tracks; }
  void open() { closed_.reset(); }
  bool isClosed() const { return closed_.any(); }

  /// Whether the frame, the next one of its stream, passes.
  bool takes(const SharedFrame& frame) {
    if (closed_.none() || frame.message().kind != MediaKind::Video) return true;
    const flv::TagTraits& traits = frame.traits();
    if (traits.keyFrame || traits.endOfSequence) closed_.reset(traits.track);
    return frame.isHeader() || !closed_.test(traits.track);
  }

 private:
  Tracks closed_;
};

}  // namespace multiconnection::outbox
