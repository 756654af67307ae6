#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection {

/// Turns formats and encoded packets into the media messages that carry them: metadata, sequence
/// headers, frames. H.264, AAC and MP3 become messages as RTMP always had them, the other codecs
/// those of Enhanced RTMP. PacketSource works with one; so may a PullSource of your own. One thread
/// at a time.
class MC_API PacketPackager {
 public:
  PacketPackager();
  ~PacketPackager();
  PacketPackager(const PacketPackager&) = delete;
  PacketPackager& operator=(const PacketPackager&) = delete;

  /// Sets a track's format, or its change: metadata and a sequence header are due before its next
  /// frame.
  /// @return Errc::InvalidArgument for a codec of the other kind, a negative number, or a
  /// configuration record that cannot be read; Errc::Unsupported for an MP3 sample rate that RTMP
  /// has no code for.
  Result<void> setVideoFormat(VideoFormat format);
  Result<void> setAudioFormat(AudioFormat format);

  /// Makes metadata and sequence headers due again, for a consumer that has not seen them.
  void announceAgain() noexcept;
  /// The metadata and the sequence headers that are due, at that time.
  std::vector<MediaMessage> announce(std::chrono::milliseconds timestamp);

  /// What is due, then the frame, which is the last one.
  /// @return Errc::InvalidState before the track's format is set; Errc::InvalidArgument for times
  /// out of range, and for AV1, VP8 and VP9 presented at another time than decoded;
  /// Errc::CorruptData for a frame that is not what its codec says; Errc::LimitExceeded for one
  /// over 16 MiB. What was due stays due then.
  Result<std::vector<MediaMessage>> package(const EncodedPacket& packet);

  /// The messages that end the tracks whose sequence headers went out, where their codecs have such
  /// a message; players and servers then wait for no more frames. The headers are due again.
  std::vector<MediaMessage> finish(std::chrono::milliseconds timestamp);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection
