#include "outbox/shared_frame.hpp"

#include <algorithm>
#include <memory>

#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/chunk_streams.hpp"

namespace multiconnection::outbox {
namespace {

std::uint32_t chunkStreamOf(MediaKind kind) {
  switch (kind) {
    case MediaKind::Audio:
      return rtmp::kAudioChunkStream;
    case MediaKind::Video:
      return rtmp::kVideoChunkStream;
    case MediaKind::Data:
      break;
  }
  return rtmp::kDataChunkStream;
}

}  // namespace

SharedFrame::SharedFrame(MediaMessage message)
    : message_(std::move(message)), traits_(flv::classify(message_.kind, *message_.body)) {}

const SharedBytes& SharedFrame::wire(const WireShape& shape) {
  const auto known = std::find_if(wires_.begin(), wires_.end(),
                                  [&](const auto& entry) { return entry.first == shape; });
  if (known != wires_.end()) return known->second;

  const auto time = (message_.timestamp + shape.timeOffset).count();
  const rtmp::MessageHeader header{static_cast<rtmp::MessageType>(message_.kind),
                                   static_cast<std::uint32_t>(time), shape.streamId};
  const std::uint32_t chunkStream = chunkStreamOf(message_.kind);
  Bytes bytes;
  bytes.reserve(rtmp::chunkedSize(header, message_.body->size(), chunkStream, shape.chunkSize));
  rtmp::appendChunks(bytes, header, *message_.body, chunkStream, shape.chunkSize);
  wires_.emplace_back(shape, std::make_shared<const Bytes>(std::move(bytes)));
  return wires_.back().second;
}

}  // namespace multiconnection::outbox
