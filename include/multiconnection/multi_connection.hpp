#pragma once

#include <boost/signals2/connection.hpp>
#include <boost/signals2/slot.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/media.hpp"
#include "multiconnection/server.hpp"
#include "multiconnection/source.hpp"
#include "multiconnection/statistics.hpp"
#include "multiconnection/status.hpp"

namespace multiconnection {

enum class LogLevel { Debug, Info, Warning, Error };

/// What a MultiConnection needs from its application, once.
struct MultiConnectionOptions {
  /// Runs the tasks it is given one after another, e.g. on the GUI's thread; never inside the call
  /// itself. Empty: the SDK runs slots on an event thread of its own.
  std::function<void(std::function<void()>)> executor;
  /// Takes log lines, from any thread of the SDK; must not block. Empty: nothing is logged.
  std::function<void(LogLevel, std::string_view)> log;
};

/// How connect() goes about it.
struct ConnectOptions {
  /// Time for the array to reach its verdict. Positive.
  std::chrono::milliseconds setupTimeout{3000};
  /// Time for one server's whole attempt: name, TCP, handshake, connect. A server that is ready
  /// after the verdict but within this time joins silently. At least setupTimeout counts.
  std::chrono::milliseconds attemptTimeout{10000};
  /// How many servers must be connected for Setup.Success, publishing for Publish.Success.
  Policy policy = Policy::all();
  /// A server with bytes waiting, none of which moves for this long, is given up as stalled.
  std::chrono::milliseconds stallTimeout{5000};
  /// flashVer of the connect command; empty: "FMLE/3.0 (compatible; MultiConnection <version>)".
  std::string flashVersion;
};

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

using StatusSlot = boost::signals2::slot<void(const StatusEvent&)>;
/// Takes the messages of a played stream, in order, on the event thread or executor.
using MediaHandler = std::function<void(const MediaMessage&)>;

namespace client {
class ArrayClient;
}

/// One logical NetStream over the array; MultiConnection::stream() gives it.
///
/// @par Thread safety
/// As MultiConnection, to which it belongs and which it must not outlive.
class MC_API MultiStream {
 public:
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
  explicit MultiStream(client::ArrayClient& client) : client_(client) {}
  client::ArrayClient& client_;
};

/// One logical NetConnection over an array of RTMP servers.
///
/// @code
/// multiconnection::MultiConnection array;
/// array.onStatus([&](const multiconnection::StatusEvent& event) { ... });
/// auto result = array.connect({"rtmp://a.example/live", "rtmp://b.example/live"});
/// @endcode
///
/// @par Thread safety
/// Every member may be called from any thread and from a slot, the destructor too.
class MC_API MultiConnection {
 public:
  explicit MultiConnection(MultiConnectionOptions options = {});
  /// close() without draining; waits for a running slot, unless called from one. No slot starts
  /// afterwards.
  ~MultiConnection();
  MultiConnection(const MultiConnection&) = delete;
  MultiConnection& operator=(const MultiConnection&) = delete;

  /// Starts connecting to all servers at once and returns. Exactly one of
  /// NetConnection.Setup.Success or .Failed follows, as soon as the outcome is certain, at the
  /// latest after setupTimeout. Servers that did connect stay open after Setup.Failed.
  /// @return Errc::InvalidArgument, naming it, for an empty array, a bad URL, policy, chunk size or
  /// time; Errc::InvalidState unless closed.
  Result<void> connect(const std::vector<ServerEntry>& servers, const ConnectOptions& options = {});

  /// Ends everything in order: queues drain and streams unpublish for at most `drainLimit`, then
  /// the connections end. Returns at once; exactly one MultiConnection.Closed follows, unless
  /// nothing was open. The array may then connect() again.
  void close(std::chrono::milliseconds drainLimit = std::chrono::milliseconds(2000));
  /// Waits for the end that close() started, and, where slots run on the SDK's event thread, until
  /// MultiConnection.Closed went through them. Not from a slot (Errc::InvalidState).
  /// @return Errc::TimedOut when it lasts longer.
  Result<void> waitClosed(std::chrono::milliseconds limit);

  /// The array's stream.
  MultiStream& stream();

  /// Events of the array as a whole: Setup, Publish, Degraded, Lost, Closed. Earlier events are
  /// not replayed. Keep the handle in a boost::signals2::scoped_connection.
  boost::signals2::connection onStatus(const StatusSlot& slot);
  /// Events of single servers: NetConnection.* and NetStream.* with `server` filled.
  boost::signals2::connection onServerStatus(const StatusSlot& slot);

  /// A consistent snapshot of every server, cheap enough to poll at 10 Hz.
  std::vector<ServerStatistics> statistics() const;

 private:
  std::unique_ptr<client::ArrayClient> client_;
  MultiStream stream_;
};

}  // namespace multiconnection
