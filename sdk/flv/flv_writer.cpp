#include "flv/flv_writer.hpp"

#include "util/byte_writer.hpp"

namespace multiconnection::flv {

std::uint8_t headerFlags(bool hasAudio, bool hasVideo) {
  return static_cast<std::uint8_t>((hasAudio ? 4 : 0) | (hasVideo ? 1 : 0));
}

void appendFlvHeader(Bytes& out, bool hasAudio, bool hasVideo) {
  util::ByteWriter writer(out);
  writer.text("FLV\x01");
  writer.u8(headerFlags(hasAudio, hasVideo));
  writer.u32(kFileHeaderBytes);
  writer.u32(0);
}

void appendTagHeader(Bytes& out, const MediaMessage& message, std::size_t bodyBytes) {
  const auto timestamp = static_cast<std::uint32_t>(message.timestamp.count());
  util::ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(message.kind));
  writer.u24(static_cast<std::uint32_t>(bodyBytes));
  writer.u24(timestamp & 0xFFFFFF);
  writer.u8(static_cast<std::uint8_t>(timestamp >> 24));
  writer.u24(0);  // stream id
}

void appendTagTrailer(Bytes& out, std::size_t bodyBytes) {
  util::ByteWriter(out).u32(static_cast<std::uint32_t>(kTagHeaderBytes + bodyBytes));
}

}  // namespace multiconnection::flv
