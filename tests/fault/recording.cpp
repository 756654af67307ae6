#include "fault/recording.hpp"

#include <optional>
#include <vector>

#include "fault/pump.hpp"

namespace multiconnection::test {
namespace {

struct Recording {
  std::vector<MediaMessage> frames;
  bool headerFirst = false;
};

Recording read(const std::string& path) {
  Recording recording;
  auto file = FileSource::open(path);
  EXPECT_TRUE(file) << path;
  if (!file) return recording;
  for (;;) {
    auto message = file.value()->read();
    EXPECT_TRUE(message) << path << ": " << (message ? "" : message.error().message);
    if (!message || !message.value()) return recording;
    const MediaMessage& got = *message.value();
    if (got.kind != MediaKind::Video) continue;
    if (Viewer::isVideoFrame(got)) {
      recording.frames.push_back(got);
    } else if (recording.frames.empty()) {
      recording.headerFirst = *got.body == *videoHeader().body;
    }
  }
}

/// Which frame of a Pump it is; nothing for one that is not.
std::optional<std::uint32_t> numberOf(const MediaMessage& message) {
  const Bytes& body = *message.body;
  if (body.size() < 14) return std::nullopt;
  std::uint32_t number = 0;
  for (std::size_t i = 10; i < 14; ++i) number = number << 8 | body[i];
  if (body != *frame(number).body) return std::nullopt;
  return number;
}

}  // namespace

void expectWhole(const std::string& path, std::uint32_t frames) {
  const Recording recording = read(path);
  EXPECT_TRUE(recording.headerFirst) << path;
  ASSERT_EQ(recording.frames.size(), frames) << path;
  for (std::uint32_t number = 0; number < frames; ++number) {
    const MediaMessage& got = recording.frames[number];
    ASSERT_EQ(*got.body, *frame(number).body) << path << ": frame " << number;
    ASSERT_EQ(got.timestamp, frame(number).timestamp) << path << ": frame " << number;
  }
}

void expectPlayable(const std::string& path, std::uint32_t frames) {
  const Recording recording = read(path);
  EXPECT_TRUE(recording.headerFirst) << path;
  ASSERT_FALSE(recording.frames.empty()) << path;
  std::optional<std::uint32_t> last;
  for (const MediaMessage& message : recording.frames) {
    const auto number = numberOf(message);
    ASSERT_TRUE(number) << path << ": not what was published";
    const bool keyFrame = *number % 10 == 0;
    ASSERT_TRUE(last ? *number == *last + 1 || (keyFrame && *number > *last) : keyFrame)
        << path << ": frame " << *number << " after " << last.value_or(0);
    last = number;
  }
  EXPECT_EQ(*last + 1, frames) << path << ": its end is missing";
}

}  // namespace multiconnection::test
