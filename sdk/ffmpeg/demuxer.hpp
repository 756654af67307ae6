#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "ffmpeg/av_types.hpp"
#include "ffmpeg/track_clock.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection::ffmpeg {

/// One track that is read.
struct Track {
  int stream = 0;
  Codec codec = Codec::H264;
  TrackClock clock;
  FilterPointer filter;  ///< Takes ADTS headers away; empty where there are none.
  Bytes configuration;   ///< Of the decoder; may be empty until it was met in the stream.
};

/// One packet of one track, its times repaired.
struct TrackPacket {
  PacketPointer packet;
  bool video = false;
};

/// The decoder configuration that holds from this packet of the codec on; empty: as before.
Bytes newConfiguration(const AVPacket& packet, Codec codec);

/// Reads the best video and the best audio track of a file.
class Demuxer {
 public:
  /// @param interrupted  makes waiting reads end when it becomes true; outlives the demuxer.
  static Result<std::unique_ptr<Demuxer>> open(const std::string& path,
                                               const std::atomic<bool>& interrupted);

  /// The track's format as the container, or its first packet, tells it; the configuration is
  /// missing where neither does.
  std::optional<VideoFormat> videoFormat() const;
  std::optional<AudioFormat> audioFormat() const;

  /// The next packet in the order of the file; nothing at the end.
  Result<std::optional<TrackPacket>> read();
  /// The packet's times are milliseconds since the start of the file, 0 or more.
  EncodedPacket encodedOf(const TrackPacket& packet) const;

 private:
  explicit Demuxer(std::string name) : name_(std::move(name)) {}

  Result<void> openInput(const std::string& path, const std::atomic<bool>& interrupted);
  Result<void> checkFormat();
  Result<void> chooseTracks();
  Result<std::optional<Track>> chooseTrack(AVMediaType type);
  Result<void> readHead();
  Result<std::optional<TrackPacket>> readFiltered();
  Result<std::optional<TrackPacket>> receive(Track& track);
  void startClock(std::optional<Track>& track, bool video);

  std::string name_;    ///< As messages call the file.
  InputPointer input_;  // Outlives format_, which reads from it.
  FormatPointer format_;
  std::optional<Track> video_;
  std::optional<Track> audio_;
  std::deque<TrackPacket> head_;        ///< Read ahead at the start.
  bool cut_ = false;                    ///< The packet read last was incomplete.
  std::int64_t origin_ = 0;             ///< What the container calls the start, in microseconds.
  std::chrono::milliseconds first_{0};  ///< Earliest decoding time of any track, from there.
};

}  // namespace multiconnection::ffmpeg
