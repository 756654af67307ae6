// Any bytes, in any portions: the portions do not matter, and what was read survives being written
// and read again. The first byte is the size of a portion.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "rtmp/chunk/chunk_reader.hpp"
#include "rtmp/chunk/chunk_writer.hpp"

namespace {

using multiconnection::rtmp::ChunkReader;
using multiconnection::rtmp::Message;
using multiconnection::rtmp::MessageHeader;
using multiconnection::rtmp::MessageType;

struct Outcome {
  std::vector<Message> messages;
  bool ok = true;
};

bool same(const Message& left, const Message& right) {
  return left.type == right.type && left.timestamp == right.timestamp &&
         left.streamId == right.streamId && left.body == right.body;
}

void expectSame(const std::vector<Message>& left, const std::vector<Message>& right) {
  if (!std::equal(left.begin(), left.end(), right.begin(), right.end(), same)) std::abort();
}

Outcome read(std::span<const std::uint8_t> bytes, std::size_t portion) {
  Outcome outcome;
  ChunkReader reader({.maxMessageBytes = 4096, .maxPartialBytes = 8192, .maxChunkStreams = 4});
  while (!bytes.empty() && outcome.ok) {
    const auto part = bytes.first(std::min(portion, bytes.size()));
    bytes = bytes.subspan(part.size());
    const auto result = reader.feed(
        part, [&](Message&& message) { outcome.messages.push_back(std::move(message)); });
    outcome.ok = static_cast<bool>(result);
  }
  return outcome;
}

void expectWritable(const std::vector<Message>& messages, std::uint8_t selector) {
  std::vector<Message> media;
  multiconnection::Bytes bytes;
  const std::uint32_t chunkStream = 2U + selector * 257U;
  for (const auto& message : messages) {
    // Those would change how the rest is read.
    if (message.type == MessageType::SetChunkSize || message.type == MessageType::Abort) continue;
    const MessageHeader header{message.type, message.timestamp, message.streamId};
    const std::size_t before = bytes.size();
    appendChunks(bytes, header, message.body, chunkStream, 128);
    if (bytes.size() - before != chunkedSize(header, message.body.size(), chunkStream, 128)) {
      std::abort();
    }
    media.push_back(message);
  }
  expectSame(read(bytes, bytes.size() + 1).messages, media);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  const Outcome whole = read(bytes, size);
  const Outcome parts = read(bytes, data[0] % 16U + 1);
  if (whole.ok != parts.ok) std::abort();
  expectSame(whole.messages, parts.messages);
  expectWritable(whole.messages, data[0]);
  return 0;
}
