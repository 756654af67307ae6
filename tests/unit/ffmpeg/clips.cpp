#include "unit/ffmpeg/clips.hpp"

#include <stdio.h>

#include <array>
#include <optional>
#include <stdexcept>

#include "multiconnection/flv_writer.hpp"

namespace multiconnection::test {
namespace {

/// An independent look at the first bytes: 17 00 / AF 00 are sequence headers, 17 02 is the end.
std::string nameOf(const MediaMessage& message) {
  const Bytes& body = *message.body;
  if (message.kind == MediaKind::Data) return "metadata";
  const std::string track(message.kind == MediaKind::Video ? "video" : "audio");
  const bool coded = body.size() > 1 && ((body[0] & 0x0F) == 7 || body[0] >> 4 == 10);
  if (track == "video" && coded && body[1] == 2) return "end";
  const bool header = coded && body[1] == 0 && (track == "video" || body[0] == 0xAF);
  return track + (header ? " header" : "");
}

std::string compare(const char* track, const std::vector<MediaMessage>& ours,
                    const std::vector<MediaMessage>& theirs, std::optional<std::int64_t>& offset) {
  if (ours.size() != theirs.size()) {
    return std::string(track) + ": " + std::to_string(ours.size()) + " instead of " +
           std::to_string(theirs.size()) + " frames";
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const std::string place = std::string(track) + " frame " + std::to_string(i);
    if (*ours[i].body != *theirs[i].body) return place + " has another body";
    const std::int64_t apart = (ours[i].timestamp - theirs[i].timestamp).count();
    if (apart != offset.value_or(apart)) {
      return place + " is " + std::to_string(apart) + " instead of " + std::to_string(*offset) +
             " ms apart";
    }
    offset = apart;
  }
  return {};
}

}  // namespace

std::string run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string text;
  std::array<char, 4096> part{};
  while (const std::size_t count = ::fread(part.data(), 1, part.size(), pipe)) {
    text.append(part.data(), count);
  }
  if (::pclose(pipe) != 0) throw std::runtime_error(command + ": " + text);
  return text;
}

std::string makeClip(const TempDir& dir) {
  const std::string path = dir.file("clip.mp4");
  run("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=320x180:r=30 -f lavfi -i sine=440:r=44100"
      " -t 2 -pix_fmt yuv420p -c:v libx264 -preset veryfast -bf 2 -g 30 -c:a aac -b:a 96k -ac 2 " +
      path);
  return path;
}

Tracks readTracks(PullSource& source, std::size_t limit) {
  Tracks tracks;
  while (tracks.order.size() < limit) {
    auto next = source.read();
    if (!next) throw std::runtime_error(next.error().message);
    if (!*next) break;
    const MediaMessage& message = **next;
    const std::string name = nameOf(message);
    tracks.order.push_back(name);
    if (name == "video header") tracks.videoHeaders.push_back(*message.body);
    // ffmpeg writes an empty one before it has seen the first ADTS header.
    if (name == "audio header" && message.body->size() > 2)
      tracks.audioHeaders.push_back(*message.body);
    if (name == "video") tracks.video.push_back(message);
    if (name == "audio") tracks.audio.push_back(message);
  }
  return tracks;
}

std::string difference(const Tracks& ours, const Tracks& theirs) {
  if (ours.videoHeaders != theirs.videoHeaders) return "video sequence headers";
  if (ours.audioHeaders != theirs.audioHeaders) return "audio sequence headers";
  std::optional<std::int64_t> offset;
  const std::string found = compare("video", ours.video, theirs.video, offset);
  return found.empty() ? compare("audio", ours.audio, theirs.audio, offset) : found;
}

void save(PullSource& source, const std::string& path, std::size_t limit) {
  auto writer = FlvWriter::create(path);
  if (!writer) throw std::runtime_error(writer.error().message);
  for (std::size_t i = 0; i < limit; ++i) {
    auto next = source.read();
    if (!next) throw std::runtime_error(next.error().message);
    if (!*next) break;
    if (auto written = (*writer)->write(**next); !written) {
      throw std::runtime_error(written.error().message);
    }
  }
  if (auto closed = (*writer)->close(); !closed) throw std::runtime_error(closed.error().message);
}

}  // namespace multiconnection::test
