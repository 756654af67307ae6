#include "rtmp/chunk/chunk_writer.hpp"

#include <cassert>

#include "rtmp/chunk_streams.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::rtmp {
namespace {

constexpr std::uint32_t kExtended = 0xFFFFFF;
constexpr std::size_t kFullHeaderBytes = 11;

std::size_t basicHeaderBytes(std::uint32_t chunkStreamId) {
  return chunkStreamId < 64 ? 1 : chunkStreamId < 64 + 256 ? 2 : 3;
}

void appendBasicHeader(util::ByteWriter& writer, unsigned format, std::uint32_t chunkStreamId) {
  const auto high = static_cast<std::uint8_t>(format << 6);
  switch (basicHeaderBytes(chunkStreamId)) {
    case 1:
      writer.u8(static_cast<std::uint8_t>(high | chunkStreamId));
      break;
    case 2:
      writer.u8(high);
      writer.u8(static_cast<std::uint8_t>(chunkStreamId - 64));
      break;
    default:
      writer.u8(high | 1U);
      writer.u8(static_cast<std::uint8_t>(chunkStreamId - 64));
      writer.u8(static_cast<std::uint8_t>((chunkStreamId - 64) >> 8));
  }
}

}  // namespace

void appendChunks(Bytes& out, const MessageHeader& header, std::span<const std::uint8_t> body,
                  std::uint32_t chunkStreamId, std::uint32_t chunkSize) {
  assert(chunkSize > 0 && chunkStreamId >= 2 && chunkStreamId <= 65599);
  assert(body.size() <= kMaxMessageBytes);
  const bool extended = header.timestamp >= kExtended;
  util::ByteWriter writer(out);
  appendBasicHeader(writer, 0, chunkStreamId);
  writer.u24(extended ? kExtended : header.timestamp);
  writer.u24(static_cast<std::uint32_t>(body.size()));
  writer.u8(static_cast<std::uint8_t>(header.type));
  writer.u32LittleEndian(header.streamId);
  if (extended) writer.u32(header.timestamp);
  while (body.size() > chunkSize) {
    writer.bytes(body.first(chunkSize));
    body = body.subspan(chunkSize);
    appendBasicHeader(writer, 3, chunkStreamId);
    if (extended) writer.u32(header.timestamp);
  }
  writer.bytes(body);
}

std::size_t chunkedSize(const MessageHeader& header, std::size_t bodyBytes,
                        std::uint32_t chunkStreamId, std::uint32_t chunkSize) {
  const std::size_t chunks = bodyBytes == 0 ? 1 : (bodyBytes - 1) / chunkSize + 1;
  const std::size_t extendedBytes = header.timestamp >= kExtended ? 4 : 0;
  return bodyBytes + kFullHeaderBytes + chunks * (basicHeaderBytes(chunkStreamId) + extendedBytes);
}

}  // namespace multiconnection::rtmp
