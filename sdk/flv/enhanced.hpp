#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "multiconnection/media.hpp"
#include "util/byte_reader.hpp"

/// The packets of Enhanced RTMP (version 2): what stands between the first byte of a tag body and
/// the codec's own bytes.
namespace multiconnection::flv {

/// A FourCC as a big-endian number, as the wire and onMetaData have it.
using FourCc = std::uint32_t;
constexpr FourCc fourCcOf(std::string_view text) {
  FourCc value = 0;
  for (const char c : text) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}
/// Nothing for a FourCC that this SDK has no codec for.
std::optional<Codec> codecOf(FourCc fourCc);
/// For messages: its four letters, or its number where they are none.
std::string textOf(FourCc fourCc);
/// H.264, HEVC and VVC: CodedFrames begin with a composition time.
bool hasCompositionTime(FourCc fourCc);

/// VideoPacketType and AudioPacketType. Where both have a number, it means the same, but for 4
/// to 6.
namespace packet_type {
inline constexpr std::uint8_t kSequenceStart = 0;
inline constexpr std::uint8_t kCodedFrames = 1;
inline constexpr std::uint8_t kSequenceEnd = 2;
inline constexpr std::uint8_t kCodedFramesX = 3;          ///< Video only.
inline constexpr std::uint8_t kVideoMetadata = 4;         ///< HDR.
inline constexpr std::uint8_t kMultichannelConfig = 4;    ///< Audio only.
inline constexpr std::uint8_t kMpeg2TsSequenceStart = 5;  ///< Video only.
inline constexpr std::uint8_t kAudioMultitrack = 5;
inline constexpr std::uint8_t kVideoMultitrack = 6;
inline constexpr std::uint8_t kModEx = 7;
}  // namespace packet_type

/// One track's part of a body.
struct EnhancedTrack {
  FourCc fourCc = 0;
  std::uint8_t id = 0;
  std::span<const std::uint8_t> body;
};

/// Takes an Enhanced RTMP body apart: the header at once, then track for track.
class EnhancedReader {
 public:
  /// @param kind  Audio or Video. @param body  one that isEnhanced().
  EnhancedReader(MediaKind kind, std::span<const std::uint8_t> body);

  /// Whether what was read so far keeps to the format.
  bool ok() const { return ok_ && in_.ok(); }
  std::uint8_t frameType() const { return frameType_; }  ///< Of video; means nothing for metadata.
  std::uint8_t packetType() const { return packetType_; }
  /// A video command (seeking) instead of a picture: there are no tracks.
  bool isCommand() const { return command_; }
  /// To be added to the presentation time.
  std::chrono::nanoseconds presentationOffset() const { return offset_; }
  /// The next track; nothing after the last one, and where ok() became false.
  std::optional<EnhancedTrack> next();

 private:
  enum class Form : std::uint8_t { OneTrack = 0, ManyTracks = 1, ManyTracksManyCodecs = 2, Plain };

  void readModEx();
  void readMultitrack();

  util::ByteReader in_;
  std::uint8_t frameType_ = 0;
  std::uint8_t packetType_ = 0;
  bool command_ = false;
  bool ok_ = true;
  bool done_ = false;
  Form form_ = Form::Plain;
  FourCc fourCc_ = 0;
  std::chrono::nanoseconds offset_{0};
};

/// Whether a body of that kind has a FourCC header.
bool isEnhanced(MediaKind kind, std::span<const std::uint8_t> body);

/// Appends what stands before a track's bytes in the plain form: packet type (and the frame type of
/// video), FourCC.
void appendEnhancedHeader(Bytes& out, Codec codec, std::uint8_t packetType,
                          std::uint8_t frameType = 0);
/// A body of that and no more than `content`. Video counts as a key frame.
Bytes enhancedBody(Codec codec, std::uint8_t packetType, std::span<const std::uint8_t> content);

}  // namespace multiconnection::flv
