#include "flv/enhanced.hpp"

#include <array>
#include <string>

#include "flv/format.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::flv {
namespace {

constexpr std::uint8_t kTimestampOffsetNano = 0;
constexpr std::uint32_t kMaxOffset = 999'999;  ///< Nanoseconds; more would be a millisecond.

std::array<char, 4> lettersOf(FourCc fourCc) {
  return {static_cast<char>(fourCc >> 24), static_cast<char>(fourCc >> 16),
          static_cast<char>(fourCc >> 8), static_cast<char>(fourCc)};
}

}  // namespace

std::optional<Codec> codecOf(FourCc fourCc) {
  const auto letters = lettersOf(fourCc);
  return codecOfFourCc({letters.data(), letters.size()});
}

std::string textOf(FourCc fourCc) {
  const auto letters = lettersOf(fourCc);
  for (const char c : letters) {
    if (c < ' ' || c > '~') return std::to_string(fourCc);
  }
  return '\'' + std::string(letters.data(), letters.size()) + '\'';
}

bool hasCompositionTime(FourCc fourCc) {
  return fourCc == fourCcOf("avc1") || fourCc == fourCcOf("hvc1") || fourCc == fourCcOf("vvc1");
}

bool isEnhanced(MediaKind kind, std::span<const std::uint8_t> body) {
  if (body.empty()) return false;
  return (kind == MediaKind::Video && (body[0] & 0x80) != 0) ||
         (kind == MediaKind::Audio && body[0] >> 4 == kSoundEnhanced);
}

EnhancedReader::EnhancedReader(MediaKind kind, std::span<const std::uint8_t> body) : in_(body) {
  const bool video = kind == MediaKind::Video;
  const std::uint8_t first = in_.u8();
  if (video) frameType_ = (first >> 4) & 0x07;
  packetType_ = first & 0x0F;
  readModEx();
  // FFmpeg gives metadata the frame type of a command, so that the packet type is looked at first.
  command_ = video && frameType_ == kCommandFrame && packetType_ != packet_type::kVideoMetadata;
  if (command_) return;
  if (packetType_ == (video ? packet_type::kVideoMultitrack : packet_type::kAudioMultitrack)) {
    readMultitrack();
    // One inside the other is not allowed.
    ok_ = ok_ && packetType_ != packet_type::kModEx &&
          packetType_ != (video ? packet_type::kVideoMultitrack : packet_type::kAudioMultitrack);
  }
  if (form_ != Form::ManyTracksManyCodecs) fourCc_ = in_.u32();
}

void EnhancedReader::readModEx() {
  while (packetType_ == packet_type::kModEx && in_.ok()) {
    std::size_t size = in_.u8() + std::size_t{1};
    if (size == 256) size = in_.u16() + std::size_t{1};
    util::ByteReader data(in_.take(size));
    const std::uint8_t next = in_.u8();
    packetType_ = next & 0x0F;
    if (next >> 4 != kTimestampOffsetNano) continue;
    const std::uint32_t offset = data.u24();
    if (data.ok() && offset <= kMaxOffset) offset_ = std::chrono::nanoseconds(offset);
  }
}

void EnhancedReader::readMultitrack() {
  const std::uint8_t types = in_.u8();
  packetType_ = types & 0x0F;
  form_ = static_cast<Form>(types >> 4);
  ok_ = form_ <= Form::ManyTracksManyCodecs;
}

std::optional<EnhancedTrack> EnhancedReader::next() {
  if (!ok() || command_ || done_) return std::nullopt;
  EnhancedTrack track{fourCc_, 0, {}};
  if (form_ == Form::ManyTracksManyCodecs) track.fourCc = in_.u32();
  if (form_ != Form::Plain) track.id = in_.u8();
  if (form_ == Form::ManyTracks || form_ == Form::ManyTracksManyCodecs) {
    track.body = in_.take(in_.u24());
    done_ = in_.remaining() == 0;
  } else {
    track.body = in_.rest();
    done_ = true;
  }
  return in_.ok() ? std::optional(track) : std::nullopt;
}

void appendEnhancedHeader(Bytes& out, Codec codec, std::uint8_t packetType,
                          std::uint8_t frameType) {
  util::ByteWriter writer(out);
  const unsigned first = isVideo(codec) ? 0x80U | static_cast<unsigned>(frameType) << 4
                                        : static_cast<unsigned>(kSoundEnhanced) << 4;
  writer.u8(static_cast<std::uint8_t>(first | packetType));
  writer.text(fourCc(codec));
}

Bytes enhancedBody(Codec codec, std::uint8_t packetType, std::span<const std::uint8_t> content) {
  Bytes body;
  appendEnhancedHeader(body, codec, packetType, kKeyFrame);
  util::ByteWriter(body).bytes(content);
  return body;
}

}  // namespace multiconnection::flv
