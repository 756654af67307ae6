#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection {

/// Takes media messages apart into what a decoder needs: the inverse of PacketPackager. Reads
/// classic FLV tag bodies (H.264, AAC, MP3, and HEVC as some encoders write it) and those of
/// Enhanced RTMP with all forms of multitrack. One thread at a time.
class MC_API PacketReader {
 public:
  /// What one message held, in its order.
  struct Item {
    enum class Type {
      Format,         ///< The decoder's configuration, or its repetition: `video` or `audio`.
      Packet,         ///< One encoded frame: `packet`.
      EndOfTrack,     ///< No frames until the next Format; for audio also: silence from here on.
      ColourInfo,     ///< HDR colours from the next frame on: `value`; no object resets them.
      ChannelLayout,  ///< Which speaker each channel is for: `speakers`.
      Metadata        ///< onMetaData: `value`.
    };
    Type type = Type::Packet;
    MediaKind kind = MediaKind::Data;
    int track = 0;  ///< Of Enhanced RTMP's multitrack; audio and video number theirs separately.
    std::optional<VideoFormat> video;
    std::optional<AudioFormat> audio;
    EncodedPacket packet;
    AmfValue value;
    /// One per channel as Enhanced RTMP numbers the speakers (0 front left, 1 front right, 2 front
    /// centre, 3 low frequency, ...); 0xFF unknown.
    std::vector<int> speakers;
  };

  PacketReader();
  ~PacketReader();
  PacketReader(const PacketReader&) = delete;
  PacketReader& operator=(const PacketReader&) = delete;

  /// The contents of the next message; none for data messages other than onMetaData, for a server's
  /// notes about seeking, and for a sequence header without content (FFmpeg sends one for AV1
  /// before it knows better). Codecs that need no configuration give a Format before their first
  /// frame.
  /// @return Errc::CorruptData for a body that breaks its format, and for H.264, HEVC and AAC
  /// frames before their configuration; Errc::Unsupported for a codec, or a kind of packet, that
  /// this SDK does not know (beside other tracks of one message it is left away). Such a message is
  /// lost, nothing after it.
  Result<std::vector<Item>> read(const MediaMessage& message);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection
