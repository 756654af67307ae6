#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "multiconnection/export.hpp"

namespace multiconnection {

using Bytes = std::vector<std::uint8_t>;
/// Immutable bytes shared by everyone who sends them.
using SharedBytes = std::shared_ptr<const Bytes>;

/// What a media message carries; the values are those of RTMP message types and FLV tag types.
enum class MediaKind : std::uint8_t { Audio = 8, Video = 9, Data = 18 };
MC_API std::string_view kindName(MediaKind kind) noexcept;

/// One timed message of a stream: an FLV tag body, which is also an RTMP message body.
struct MediaMessage {
  MediaKind kind = MediaKind::Data;
  /// Decoding time since the start of the stream; 0 or more. The wire carries it modulo 2^32 ms.
  std::chrono::milliseconds timestamp{0};
  SharedBytes body;  ///< Never null; at most 16,777,215 bytes.
};

/// Codecs whose packets PacketSource turns into media messages. H.264, AAC and MP3 travel as RTMP
/// always had them; the others as Enhanced RTMP (version 2) defines them, which not every server
/// takes.
enum class Codec { H264, Hevc, Av1, Vp8, Vp9, Aac, Mp3, Opus, Flac, Ac3, Eac3 };
/// As people write it: "H.264".
MC_API std::string_view codecName(Codec codec) noexcept;
/// As Enhanced RTMP writes it, four bytes: "avc1", "hvc1", "Opus", ".mp3".
MC_API std::string_view fourCc(Codec codec) noexcept;
/// The codec of a FourCC, letter for letter; nothing for one that is not listed above.
MC_API std::optional<Codec> codecOfFourCc(std::string_view fourCc) noexcept;
/// Whether it is a codec for pictures, not for sound.
MC_API bool isVideo(Codec codec) noexcept;

/// What a player must know of a video track before its first frame.
struct VideoFormat {
  Codec codec = Codec::H264;
  /// What the codec's decoder begins with; it may be empty: then it is made from the first key
  /// frame, and follows the stream. H.264, HEVC: the decoder configuration record (ISO/IEC
  /// 14496-15), or the parameter sets in Annex B form; empty for Annex B input only. AV1:
  /// AV1CodecConfigurationRecord, or OBUs with a sequence header, as encoders give them. VP8, VP9:
  /// VPCodecConfigurationRecord with its version and flags.
  Bytes configuration;
  int width = 0;         ///< Pixels; 0 = unknown.
  int height = 0;        ///< Pixels; 0 = unknown.
  double frameRate = 0;  ///< Frames per second; 0 = unknown.
  int bitrateBps = 0;    ///< 0 = unknown.
};

/// What a player must know of an audio track before its first frame.
struct AudioFormat {
  Codec codec = Codec::Aac;
  /// AAC: AudioSpecificConfig (ISO/IEC 14496-3). Opus: identification header ("OpusHead", RFC
  /// 7845); may be empty for mono and stereo. FLAC: "fLaC" with the STREAMINFO block, or its 34
  /// bytes alone. MP3, AC-3, E-AC-3: empty.
  Bytes configuration;
  int sampleRate = 0;  ///< Hz.
  int channels = 0;
  int bitrateBps = 0;  ///< 0 = unknown.
};

/// One encoded frame as an encoder or demuxer gives it.
struct EncodedPacket {
  Codec codec = Codec::H264;
  std::chrono::milliseconds decodeTime{0};
  /// H.264, HEVC: at most 8388 s from decodeTime. Others: the same as decodeTime.
  std::chrono::milliseconds presentationTime{0};
  bool keyFrame = false;  ///< Video: decodable on its own (H.264, HEVC: IDR).
  /// H.264, HEVC: one access unit, NAL units length-prefixed as the configuration says, or Annex B.
  /// AV1: one temporal unit of OBUs. VP8, VP9: one frame, or superframe.
  /// AAC: one raw frame, no ADTS. Opus: one packet; MP3, FLAC, AC-3, E-AC-3: whole frames.
  Bytes data;
  /// What PacketReader found beyond the milliseconds: to be added to presentationTime, under 1 ms.
  std::chrono::nanoseconds presentationOffset{0};
  int track = 0;  ///< What PacketReader read it from: 0, or a number of Enhanced RTMP's multitrack.
};

}  // namespace multiconnection
