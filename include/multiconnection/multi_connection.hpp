#pragma once

#include <boost/signals2/connection.hpp>
#include <boost/signals2/slot.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/call.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/log.hpp"
#include "multiconnection/multi_stream.hpp"
#include "multiconnection/server.hpp"
#include "multiconnection/shared_object.hpp"
#include "multiconnection/statistics.hpp"
#include "multiconnection/status.hpp"

namespace multiconnection {

/// What a MultiConnection needs from its application, once.
struct MultiConnectionOptions {
  /// Runs the tasks it is given one after another, e.g. on the GUI's thread; never inside the call
  /// itself. Empty: the SDK runs slots on an event thread of its own.
  std::function<void(std::function<void()>)> executor;
  /// Takes log lines, without line breaks and secrets, from any thread of the SDK, several at once
  /// too, and not any more once the destructor has returned. It must not block, since the reactor
  /// waits for it, nor call into the SDK; what it throws is dropped. Empty: nothing is logged.
  std::function<void(LogLevel, std::string_view)> log;
  /// Lines below it are not made.
  LogLevel logLevel = LogLevel::Info;
};

/// How the values of commands travel.
enum class ObjectEncoding { Amf0 = 0, Amf3 = 3 };

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
  /// When a server that failed or was lost is tried again; entries may have one of their own. One
  /// that refused before it was ever connected is not.
  ReconnectPolicy reconnect;
  /// A server that was lost counts as back once it has done for so long what it did before:
  /// one that comes and goes is told of once. 0 to 24 h.
  std::chrono::milliseconds recoveryTime{5000};
  /// flashVer of the connect command; empty: "FMLE/3.0 (compatible; MultiConnection <version>)".
  std::string flashVersion;
  std::string swfUrl;  ///< Members swfUrl and pageUrl of the connect command; empty: left out.
  std::string pageUrl;
  /// Further members of the connect command's object. One with a name of ours replaces ours; an
  /// Undefined value leaves it out.
  AmfObject fields;
  /// Arguments of connect behind its object; some applications want a user name here.
  std::vector<AmfValue> arguments;
  /// Asked of each server; AMF3 is written to those that confirm it.
  ObjectEncoding objectEncoding = ObjectEncoding::Amf0;
  /// Announced to each server as what we send and take by Enhanced RTMP; empty: nothing of it.
  std::vector<Codec> codecs{Codec::Hevc, Codec::Av1,  Codec::Vp8, Codec::Vp9,
                            Codec::Opus, Codec::Flac, Codec::Ac3, Codec::Eac3};
  /// A server that does not say whether it takes a codec beyond H.264, AAC and MP3 gets the stream
  /// anyway, and a warning tells of it; false: it counts as one that does not.
  bool allowUnconfirmedCodecs = true;
};

using StatusSlot = boost::signals2::slot<void(const StatusEvent&)>;
namespace client {
class ArrayClient;
}

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
  /// close() without draining; waits for a running slot, unless called from one. No slot or handler
  /// starts afterwards.
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

  /// Adds a server and starts connecting to it; it joins what the streams do, a running stream at
  /// the next key frame. Its connecting is told by server status; no verdict waits for it, and the
  /// policy counts it from now on.
  /// @return its id, which is never reused; its index is the next one never used since connect().
  /// Errc::InvalidArgument for a bad entry, or one without a stream name while a stream without one
  /// is published; Errc::InvalidState unless connected.
  Result<ServerId> addServer(const ServerEntry& entry);
  /// Takes servers out: each drains and unpublishes for at most `drainLimit`, then its connection
  /// ends, and with its NetConnection.Connect.Closed it is gone from servers() and statistics().
  /// That is no loss (no Degraded or Lost), and a pending verdict counts it as down. A quorum
  /// larger than the array that is left means all of it.
  /// @return Errc::InvalidArgument for no such server; Errc::InvalidState unless connected.
  Result<void> removeServer(const Server& server,
                            std::chrono::milliseconds drainLimit = std::chrono::milliseconds(2000));
  /// Ends servers like removeServer(), but keeps them in the array, for startServer(). The policy
  /// does not count them meanwhile.
  /// @return as removeServer().
  Result<void> stopServer(const Server& server,
                          std::chrono::milliseconds drainLimit = std::chrono::milliseconds(2000));
  /// Connects anew to servers that failed, were lost or were stopped, within attemptTimeout: same
  /// ids, statistics go on. A server that is connecting or connected is left alone.
  /// @return as removeServer().
  Result<void> startServer(const Server& server);
  /// Calls a method of the servers' applications. `onReply` is called exactly once for each server
  /// addressed, whatever happens to it, by close() at the latest; after the destructor not any
  /// more. Without `onReply` the servers are told that no answer is wanted.
  /// @return Errc::InvalidArgument for an empty or too long (65,535 bytes) method, a deadline that
  /// is not positive, or no such server; Errc::InvalidState unless connected: then `onReply` is not
  /// called.
  Result<void> callRemote(const std::string& method, const Server& server,
                          std::vector<AmfValue> arguments = {}, ReplyHandler onReply = {},
                          const CallOptions& options = {});
  /// Takes the calls of that method that servers make on the array's own connections; an empty
  /// handler takes it away, and then they are refused. In any state. When a handler is replaced
  /// while a call waits for it, the new one gets the call. Of each server 1024 calls may wait.
  /// "onStatus", "close", "_result" and "_error" are the protocol's own and never come up.
  void onCall(std::string method, CallHandler handler);

  /// Where each server stands, by index.
  std::vector<ServerReport> servers() const;

  /// The array's first stream; it uses the connections that connect() opens.
  MultiStream& stream();
  /// A further stream. On every server it has a connection of its own, the only layout that every
  /// server supports, opened with the first publish() or play(). Its events carry its number. It
  /// ends with its handle, and may outlive the array: then its calls return Errc::InvalidState.
  std::shared_ptr<MultiStream> openStream();

  /// One shared object on every server, as ServerEntry::sharedObjects says. It is used as soon as a
  /// server is connected, in any state of the array. The same name gives the same object while it
  /// is held; then the options of the first call hold.
  /// @param name  '/' separates folders.
  /// @return Errc::InvalidArgument, naming it, for a name that is empty, longer than 65,535 bytes
  /// or holds a space or one of ~%&\\;:"',<>?#, for options out of range, and for one that is held
  /// with another persistence.
  Result<MultiSharedObject> sharedObject(const std::string& name,
                                         Persistence persistence = Persistence::Temporary,
                                         const SharedObjectOptions& options = {});

  /// Events of the array as a whole: Setup, Publish, Degraded, Lost, Recovered, Closed. Earlier
  /// events are not replayed. Keep the handle in a boost::signals2::scoped_connection.
  boost::signals2::connection onStatus(const StatusSlot& slot);
  /// Events of single servers: NetConnection.* and NetStream.* with `server` filled.
  boost::signals2::connection onServerStatus(const StatusSlot& slot);

  /// A consistent snapshot of every server, cheap enough to poll at 10 Hz: first of the array's own
  /// connections, by index, then of those of further streams.
  std::vector<ServerStatistics> statistics() const;

 private:
  std::unique_ptr<client::ArrayClient> client_;
  MultiStream stream_;
};

}  // namespace multiconnection
