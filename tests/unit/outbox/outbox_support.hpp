#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "outbox/outbox.hpp"
#include "rtmp/chunk/chunk_reader.hpp"

namespace multiconnection::outbox::test {

/// Takes off at most `count` bytes, and returns them. Never asks for more than is there.
inline Bytes take(Outbox& outbox, std::size_t count, std::size_t maxBuffers = 4) {
  Bytes taken;
  std::vector<util::ConstBuffer> buffers(maxBuffers);
  while (count != 0) {
    std::size_t now = 0;
    const std::size_t filled = outbox.gather(buffers);
    if (filled == 0) return taken;
    for (std::size_t i = 0; i < filled && now < count; ++i) {
      const std::size_t part = std::min(buffers[i].size, count - now);
      taken.insert(taken.end(), buffers[i].data, buffers[i].data + part);
      now += part;
    }
    outbox.consume(now);
    count -= now;
  }
  return taken;
}

inline Bytes drain(Outbox& outbox) { return take(outbox, outbox.queueBytes()); }

/// The messages in the bytes, as a peer reads them with the protocol's first chunk size.
inline std::vector<rtmp::Message> messagesIn(const Bytes& bytes) {
  rtmp::ChunkReader reader;
  std::vector<rtmp::Message> messages;
  const auto fed =
      reader.feed(bytes, [&](rtmp::Message&& message) { messages.push_back(std::move(message)); });
  if (!fed) throw std::runtime_error(fed.error().message);
  return messages;
}

/// "V0 V40 A40": kind and timestamp of everything that waits; headers too ("H" before it).
inline std::string drainedText(Outbox& outbox) {
  std::string text;
  for (const rtmp::Message& message : messagesIn(drain(outbox))) {
    if (!text.empty()) text += ' ';
    const bool media =
        message.type == rtmp::MessageType::Video || message.type == rtmp::MessageType::Audio;
    if (media && message.body[1] == 0) text += 'H';
    text += message.type == rtmp::MessageType::Video   ? 'V'
            : message.type == rtmp::MessageType::Audio ? 'A'
                                                       : 'D';
    text += std::to_string(message.timestamp);
  }
  return text;
}

inline void push(Outbox& outbox, MediaMessage message, const WireShape& shape = {}) {
  SharedFrame frame(std::move(message));
  outbox.pushMedia(frame, shape);
}

}  // namespace multiconnection::outbox::test
