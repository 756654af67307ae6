#pragma once

#include <string>
#include <vector>

#include "multiconnection/packet_reader.hpp"
#include "multiconnection/source.hpp"

namespace multiconnection::test {

/// What a player would have received: the formats and frames in a source's messages.
struct Received {
  std::vector<VideoFormat> videoFormats;
  std::vector<AudioFormat> audioFormats;
  std::vector<EncodedPacket> video;
  std::vector<EncodedPacket> audio;
};

/// Reads a source through PacketReader; throws on an error.
Received receive(PullSource& source);

/// Writes the frames as a file that programs know without Enhanced RTMP: Annex B for HEVC, IVF for
/// AV1, VP8 and VP9, Ogg for Opus, the bare frames for the others. @return the path.
std::string writeVideo(const Received& received, const std::string& path);
std::string writeAudio(const Received& received, const std::string& path);

}  // namespace multiconnection::test
