#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "multiconnection/media.hpp"
#include "support/hex.hpp"

/// Media messages as an H.264 and AAC stream has them. `id` stands in the last byte of a frame.
namespace multiconnection::test {

inline MediaMessage message(MediaKind kind, int milliseconds, Bytes body) {
  return {kind, std::chrono::milliseconds(milliseconds),
          std::make_shared<const Bytes>(std::move(body))};
}

inline Bytes frameBody(Bytes head, std::uint8_t id, std::size_t bytes) {
  head.resize(std::max(bytes, head.size() + 1), 0xEE);
  head.back() = id;
  return head;
}

inline MediaMessage keyFrame(int milliseconds, std::uint8_t id = 0, std::size_t bytes = 8) {
  return message(MediaKind::Video, milliseconds, frameBody({0x17, 1, 0, 0, 0}, id, bytes));
}
inline MediaMessage interFrame(int milliseconds, std::uint8_t id = 0, std::size_t bytes = 8) {
  return message(MediaKind::Video, milliseconds, frameBody({0x27, 1, 0, 0, 0}, id, bytes));
}
inline MediaMessage disposableFrame(int milliseconds, std::uint8_t id = 0, std::size_t bytes = 8) {
  return message(MediaKind::Video, milliseconds, frameBody({0x37, 1, 0, 0, 0}, id, bytes));
}
inline MediaMessage videoHeader(int milliseconds, std::uint8_t id = 0) {
  return message(MediaKind::Video, milliseconds, {0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1F, id});
}
inline MediaMessage audioFrame(int milliseconds, std::uint8_t id = 0, std::size_t bytes = 4) {
  return message(MediaKind::Audio, milliseconds, frameBody({0xAF, 1}, id, bytes));
}
inline MediaMessage audioHeader(int milliseconds, std::uint8_t id = 0x10) {
  return message(MediaKind::Audio, milliseconds, {0xAF, 0, 0x12, id});
}
/// onMetaData with a number that no decoder cares about.
inline MediaMessage metadata(int milliseconds, std::uint8_t id = 0) {
  Bytes body = hex("02 000a 6f6e4d65746144617461 00 3ff00000000000");
  body.push_back(id);
  return message(MediaKind::Data, milliseconds, std::move(body));
}
/// A text for the viewers: no header, so that it may be dropped.
inline MediaMessage cue(int milliseconds) {
  return message(MediaKind::Data, milliseconds, hex("02 0003 637565 05"));
}

}  // namespace multiconnection::test
