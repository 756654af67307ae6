#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection {

/// A source without a pace of its own: a file, a generator. The stream it is attached to reads it
/// from one thread that it starts for this purpose, and paces it (see PullOptions).
///
/// Implement it to publish from a format of your own.
class MC_API PullSource {
 public:
  virtual ~PullSource();

  /// The next message in the order of the container; nothing at the end. May block on input, never
  /// on a server. The first messages are the metadata and the sequence headers, if there are any.
  /// After an error it is not called again.
  virtual Result<std::optional<MediaMessage>> read() = 0;
  /// Goes back to the first message. @return Errc::Unsupported where the input cannot.
  virtual Result<void> rewind() = 0;
  /// Makes a read() that waits for input end soon, with Errc::Closed; so does every later one up to
  /// rewind(). From any thread.
  virtual void interrupt() noexcept = 0;
};

/// Reads FLV: a file, or a pipe. Message bodies are passed on byte for byte.
class MC_API FileSource final : public PullSource {
 public:
  /// Opens the file and checks its header, for which it waits if the input is a pipe.
  /// @param path  "-" reads standard input.
  /// @return the system's error if it cannot be opened; Errc::CorruptData if it is no FLV.
  static Result<std::shared_ptr<FileSource>> open(const std::string& path);
  ~FileSource() override;

  /// Errc::CorruptData names the byte offset of a broken or truncated tag.
  Result<std::optional<MediaMessage>> read() override;
  Result<void> rewind() override;
  void interrupt() noexcept override;

 private:
  class Impl;
  explicit FileSource(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A live source that the application feeds: encoded frames, or ready FLV tag bodies.
///
/// @par Thread safety
/// Every member from any thread. push() never blocks and costs the same for one server and for a
/// thousand. Attach it to one stream; what is pushed before that is dropped, but for the formats.
class MC_API PacketSource {
 public:
  static std::shared_ptr<PacketSource> create();
  ~PacketSource();

  /// Announces a track, or its change: metadata and a sequence header go out before its next frame.
  /// @return Errc::InvalidArgument for a configuration record that cannot be read.
  Result<void> setVideoFormat(VideoFormat format);
  Result<void> setAudioFormat(AudioFormat format);

  /// Hands one frame over.
  /// @return Errc::InvalidState before the track's format is set; Errc::CorruptData for a frame
  /// that is not what its codec says; Errc::LimitExceeded when the hand-over queue (2 s of media,
  /// or 64 MiB) is full: the frame was dropped, and counted.
  Result<void> push(const EncodedPacket& packet);
  /// Hands a ready FLV tag body over: audio, video or data (an onMetaData replaces the metadata).
  Result<void> push(MediaMessage message);

  /// Takes the stream's wish for a key frame, e.g. for a server that came back: one call stands for
  /// all servers that wait for one. At most one call a second, none once a key frame came by
  /// itself. On the event thread, or by the application's executor; empty: nothing is told. What it
  /// captures by reference must outlive it: replace it, or detach the source, where handlers run.
  void onKeyFrameRequest(std::function<void()> handler);
  /// Calls that handler while a consumer is connected; used by streams.
  void requestKeyFrame() const;

  /// What PacketSource feeds; used by streams.
  using Sink = std::function<Result<void>(MediaMessage)>;
  /// Connects the consumer, once. @return Errc::InvalidState when there is one.
  Result<void> connectSink(Sink sink);
  void disconnectSink() noexcept;

 private:
  PacketSource();
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection
