#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/media.hpp"
#include "multiconnection/source.hpp"

namespace multiconnection {

/// How publish() goes about it.
struct PublishOptions {
  /// Time for the array to reach the Publish verdict, from the later of publish() and the Setup
  /// verdict. Positive.
  std::chrono::milliseconds publishTimeout{5000};
  /// A server counts as publishing once it has stayed open this long after Publish.Start: several
  /// servers refuse by accepting and then closing. Media flows meanwhile. 0 or more.
  std::chrono::milliseconds settleTime{250};
};

/// How a pull source is read.
struct PullOptions {
  enum class Pace {
    RealTime,      ///< By its timestamps; a slow server drops frames, as with a live source.
    SlowestServer  ///< As fast as the slowest server that is not stalled takes it; no drops.
  };
  Pace pace = Pace::RealTime;
  bool loop = false;  ///< Start again at the end; timestamps go on rising.
  /// Raised once on the event thread or executor: at the end of the input (no error), or when it
  /// broke. Everything read by then is still delivered.
  std::function<void(Result<void>)> onEnd;
};

/// How play() goes about it.
struct PlayOptions {
  /// Time for the first answer to play. Positive.
  std::chrono::milliseconds playTimeout{5000};
};

/// Takes the messages of a played stream, in order, on the event thread or executor.
using MediaHandler = std::function<void(const MediaMessage&)>;

namespace client {
class StreamClient;
}

/// One logical NetStream over the array; MultiConnection::stream() and openStream() give it.
///
/// @par Thread safety
/// As MultiConnection.
class MC_API MultiStream {
 public:
  /// Ends a further stream in order, as stop() does, and its connections. Waits as detach() does.
  ~MultiStream();
  MultiStream(const MultiStream&) = delete;
  MultiStream& operator=(const MultiStream&) = delete;

  /// 0 for the array's first stream; else what StatusEvent::stream holds. Never reused.
  std::size_t number() const;

  /// Publishes live under `name` on every server (entries with a streamName of their own: under
  /// that). Exactly one of MultiStream.Publish.Success or .Failed follows. Servers that become
  /// ready later join at the next key frame.
  /// @return Errc::InvalidArgument for an empty name (with an entry that has none) or one over
  /// 65,535 bytes; Errc::InvalidState before connect(), after close(), or while publishing/playing.
  Result<void> publish(const std::string& name, const PublishOptions& options = {});

  /// Attaches a source; before or after publish(). The stream shares its ownership. A pull source
  /// is read from Publish.Success on. One source at a time.
  /// @return Errc::InvalidArgument for null; Errc::InvalidState when another one is attached.
  Result<void> attach(std::shared_ptr<PullSource> source, PullOptions options = {});
  Result<void> attach(std::shared_ptr<PacketSource> source);
  /// Takes the source off; waits for its running read() at most as long as interrupt() needs.
  void detach();

  /// Receives a live stream from the first server (lowest index) that is connected.
  /// NetStream.Play.* of that server follow as server status. While the handler does not keep up,
  /// at most 8 MiB wait; then the server is read no further.
  /// @return as publish(); Errc::InvalidArgument without a handler.
  Result<void> play(const std::string& name, MediaHandler handler, const PlayOptions& options = {});

  /// Ends publishing or playing on every server in order; the connections stay.
  /// @return Errc::InvalidState when it does neither.
  Result<void> stop();

  /// Newest timestamp handed in; 0 before the first.
  std::chrono::milliseconds time() const;

 private:
  friend class MultiConnection;
  explicit MultiStream(std::shared_ptr<client::StreamClient> client);
  std::shared_ptr<client::StreamClient> client_;
};

}  // namespace multiconnection
