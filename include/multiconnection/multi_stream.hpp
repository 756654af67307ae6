#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/media.hpp"
#include "multiconnection/server.hpp"
#include "multiconnection/source.hpp"

namespace multiconnection {

/// What servers do with a published stream besides handing it on, if they can.
enum class PublishMode {
  Live,          ///< Nothing.
  Record,        ///< Keep it, in place of an earlier recording of that name.
  Append,        ///< Keep it behind the earlier recording.
  AppendWithGap  ///< The same, with the time between the two left as a gap.
};

/// How publish() goes about it.
struct PublishOptions {
  PublishMode mode = PublishMode::Live;
  /// What the stream will hold, so that servers that cannot take it are not even asked. Codecs that
  /// are not named here are looked at when they come. A server that says it does not take one
  /// counts as refusing the stream, with MultiStream.Publish.CodecUnsupported; one that says
  /// nothing gets the stream, with the warning CodecUnconfirmed (see
  /// ConnectOptions::allowUnconfirmedCodecs).
  std::vector<Codec> codecs{};
  /// Time for the array to reach the Publish verdict, from the later of publish() and the Setup
  /// verdict; and for one server to answer: one that does not is given up, and tried again.
  /// Positive.
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

/// Takes the data messages of a played stream, on the event thread or executor.
using DataHandler =
    std::function<void(const std::string& handler, const std::vector<AmfValue>& arguments)>;

/// How play() goes about it.
struct PlayOptions {
  /// Time for each server's answer to play. Positive.
  std::chrono::milliseconds playTimeout{5000};
  /// Seconds. -2: the live stream, else the recording; -1: the live stream only; 0 or more: the
  /// recording, from there.
  double start = -2;
  double duration = -1;  ///< Seconds; -1: to the end.
  /// Whether a playlist that runs is replaced; nothing: the server's habit.
  std::optional<bool> reset{};
  /// Where to play from. Nothing: the ready server with the lowest index; when that is lost,
  /// refuses or does not answer, the next, with MultiStream.Play.Failover. A live stream just goes
  /// on there, a recording goes on where it stood.
  std::optional<Server> server{};
  /// How far ahead the server may send. 0 to 24 h.
  std::chrono::milliseconds bufferTime{1000};
  /// Gets every data message that can be read, decoded; the media handler gets them, too.
  DataHandler onData{};
};

/// How switchTo() goes from one stream to the other.
enum class Transition { Append, AppendAndWait, Reset, Resume, Stop, Swap, Switch };

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

  /// Sends a data message to every server that publishes, in order with the media and stamped
  /// time(). "@setDataFrame" with "onMetaData" and an object replaces the stream's metadata.
  /// @return Errc::InvalidArgument for an empty handler, or more than 16,777,215 bytes;
  /// Errc::InvalidState unless publishing; Errc::LimitExceeded as PacketSource::push().
  Result<void> send(const std::string& handler, const std::vector<AmfValue>& arguments = {});

  /// Receives a stream from one server: see PlayOptions::server. NetStream.Play.* of that server
  /// follow as server status; when no server that is ready plays it, MultiStream.Play.Failed
  /// follows once. While the handler does not keep up, at most 8 MiB wait; then the server is read
  /// no further.
  /// @return as publish(); Errc::InvalidArgument without a handler, for times that make no sense,
  /// or for a server that is not exactly one of the array.
  Result<void> play(const std::string& name, MediaHandler handler, const PlayOptions& options = {});
  // What follows asks something of the stream that is played, at once or as soon as it starts; a
  // server that takes over is asked the same. The server's answer, if any, comes as server status:
  // NetStream.Pause.Notify, NetStream.Seek.Notify and so on. Each returns Errc::InvalidState unless
  // playing.
  Result<void> pause(bool paused);
  /// Goes on at the key frame before that time. @return Errc::InvalidArgument below 0.
  Result<void> seek(std::chrono::milliseconds position);
  Result<void> receiveAudio(bool wanted);
  Result<void> receiveVideo(bool wanted);
  /// Goes over to another stream of the server (play2), whatever stream name the entry has.
  /// @return Errc::InvalidArgument for a name that is empty or too long.
  Result<void> switchTo(const std::string& name, Transition transition = Transition::Switch);
  /// @return Errc::InvalidArgument below 0 or above 24 h.
  Result<void> setBufferTime(std::chrono::milliseconds length);

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
