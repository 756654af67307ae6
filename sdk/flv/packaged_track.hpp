#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection::flv {

/// One track on its way into messages: what stands before its frames, and its frames.
class PackagedTrack {
 public:
  explicit PackagedTrack(Codec codec) : codec_(codec) {}
  virtual ~PackagedTrack() = default;
  PackagedTrack(const PackagedTrack&) = delete;
  PackagedTrack& operator=(const PackagedTrack&) = delete;

  Codec codec() const { return codec_; }
  MediaKind kind() const { return isVideo(codec_) ? MediaKind::Video : MediaKind::Audio; }
  /// Tag body with the decoder's configuration; empty where there is none, or none yet.
  virtual Bytes header() const = 0;
  /// Tag body of a frame; may make another header due. @return Errc::CorruptData for a frame that
  /// is not what its codec says.
  virtual Result<Bytes> frame(const EncodedPacket& packet,
                              std::chrono::milliseconds compositionTime) = 0;
  /// Tag body that ends the track; empty where there is none.
  virtual Bytes end() const = 0;

  bool headerDue = true;

 private:
  Codec codec_;
};

/// @return Errc::InvalidArgument for a configuration that cannot be read; Errc::Unsupported for an
/// MP3 sample rate that RTMP has no code for.
Result<std::unique_ptr<PackagedTrack>> makeVideoTrack(const VideoFormat& format);
Result<std::unique_ptr<PackagedTrack>> makeAudioTrack(const AudioFormat& format);

}  // namespace multiconnection::flv
