#pragma once

#include <string>
#include <vector>

#include "multiconnection/source.hpp"
#include "support/temp_dir.hpp"

namespace multiconnection::test {

/// Runs a shell command. @return what it printed on both outputs; throws when it failed.
std::string run(const std::string& command);

/// Two seconds of moving picture with B-frames, and a tone: H.264 High and AAC in MP4.
std::string makeClip(const TempDir& dir);

/// The messages of one stream, apart by what they are.
struct Tracks {
  std::vector<MediaMessage> video;
  std::vector<MediaMessage> audio;
  std::vector<Bytes> videoHeaders;
  std::vector<Bytes> audioHeaders;
  std::vector<std::string> order;  ///< "metadata", "video header", "audio", ... of each message.
};

/// Reads a source up to its end, or to `limit` messages; throws on an error.
Tracks readTracks(PullSource& source, std::size_t limit = SIZE_MAX);

/// What is different between the frames of two streams, in words; empty when every body is equal in
/// order and one offset holds between all timestamps of both tracks.
std::string difference(const Tracks& ours, const Tracks& theirs);

/// Writes the source into an FLV file, up to `limit` messages.
void save(PullSource& source, const std::string& path, std::size_t limit = SIZE_MAX);

}  // namespace multiconnection::test
