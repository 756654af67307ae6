#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "multiconnection/packet_reader.hpp"

namespace multiconnection::flv {

/// Reads what a track's messages hold, whichever form they came in. It knows of the track what its
/// sequence header said.
class TrackReader {
 public:
  using Body = std::span<const std::uint8_t>;

  /// Where something stands in the stream.
  struct Place {
    MediaKind kind = MediaKind::Video;
    int track = 0;
    std::chrono::milliseconds timestamp{0};
    std::chrono::nanoseconds offset{0};
    AmfValue about;  ///< What the metadata says of the track; maybe nothing.
  };
  struct Frame {
    bool keyFrame = false;
    std::chrono::milliseconds compositionTime{0};
    Body data;
  };

  /// Each appends to `items`. @return as PacketReader::read(); then nothing was appended.
  Result<void> onConfiguration(Codec codec, Body body, const Place& place,
                               std::vector<PacketReader::Item>& items);
  Result<void> onFrame(Codec codec, const Frame& frame, const Place& place,
                       std::vector<PacketReader::Item>& items);
  void onEnd(const Place& place, std::vector<PacketReader::Item>& items);

 private:
  std::optional<Codec> codec_;   ///< Nothing before its first Format.
  std::size_t lengthBytes_ = 4;  ///< Before each NAL unit.
};

}  // namespace multiconnection::flv
