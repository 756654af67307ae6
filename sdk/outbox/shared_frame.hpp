#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "flv/tag_traits.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection::outbox {

/// What makes two servers need different bytes for the same message. Normally all share one shape.
struct WireShape {
  std::uint32_t chunkSize = 128;            ///< Bytes of payload per chunk.
  std::uint32_t streamId = 1;               ///< Message stream id that createStream answered.
  std::chrono::milliseconds timeOffset{0};  ///< Added to every timestamp.
  friend bool operator==(const WireShape&, const WireShape&) = default;
};

/// A media message on its way to many servers: classified once, chunked once per wire shape, and
/// from then on only referred to.
class SharedFrame {
 public:
  explicit SharedFrame(MediaMessage message);

  const MediaMessage& message() const { return message_; }
  const flv::TagTraits& traits() const { return traits_; }
  /// Headers and metadata: what a decoder needs before, and apart from, the frames.
  bool isHeader() const { return traits_.header(); }

  /// The chunked bytes, the first chunk of type 0 (a delta would be wrong after a drop, and could
  /// not be shared). Made at the first call for a shape.
  const SharedBytes& wire(const WireShape& shape);
  /// How often the message was chunked so far: once per shape in use.
  std::size_t chunkings() const { return wires_.size(); }

 private:
  MediaMessage message_;
  flv::TagTraits traits_;
  std::vector<std::pair<WireShape, SharedBytes>> wires_;
};

}  // namespace multiconnection::outbox
