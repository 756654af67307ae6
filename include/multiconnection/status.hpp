#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/export.hpp"

namespace multiconnection {

/// The codes this SDK raises or knows. codeName() gives the dotted text; a code that a server
/// sends and this list lacks arrives as Unknown with its text kept in the event.
enum class StatusCode {
  Unknown,
  // The whole array.
  SetupSuccess,          ///< NetConnection.Setup.Success: enough servers connected for the policy.
  SetupFailed,           ///< NetConnection.Setup.Failed: the policy can not be met (in time).
  StreamPublishSuccess,  ///< MultiStream.Publish.Success: enough servers took the stream.
  StreamPublishFailed,   ///< MultiStream.Publish.Failed.
  StreamPlayFailed,      ///< MultiStream.Play.Failed: no server that is ready plays the stream.
  CodecUnsupported,      ///< MultiStream.Publish.CodecUnsupported: a server cannot take a codec.
  CodecUnconfirmed,      ///< MultiStream.Publish.CodecUnconfirmed: it does not say whether it can.
  PublishNameHeld,  ///< MultiStream.Publish.NameHeld: our own lost connection has the name yet.
  PlayFailover,     ///< MultiStream.Play.Failover: the stream goes on with another server.
  Degraded,         ///< MultiConnection.Degraded: a server was lost; the policy still holds.
  Lost,             ///< MultiConnection.Lost: the policy no longer holds.
  Recovered,        ///< MultiConnection.Recovered: every server that was lost is back.
  Closed,           ///< MultiConnection.Closed: the last event after close().
  // What happens to one server's connection.
  Redirected,  ///< MultiConnection.Server.Redirected: the server sent us elsewhere; warning: in
               ///< vain.
  Moved,       ///< MultiConnection.Server.Moved: the stream went over to where the server asked.
  FailedOver,  ///< MultiConnection.Server.FailedOver: a backup takes over.
  FailedBack,  ///< MultiConnection.Server.FailedBack: the stream went back to an earlier server.
  Yielding,    ///< MultiConnection.Server.Yielding: without video, for more important servers.
  Resumed,     ///< MultiConnection.Server.Resumed: with video again.
  // One server's NetConnection.
  ConnectSuccess,
  ConnectFailed,
  ConnectRejected,
  ConnectClosed,
  ConnectInvalidApp,
  ConnectAppShutdown,
  ConnectReconnectRequest,  ///< The server asks us to move to another connection; it waits.
  CallFailed,
  // One server's NetStream.
  PublishStart,
  PublishBadName,
  PublishDenied,
  PublishIdle,
  UnpublishSuccess,
  PlayReset,
  PlayStart,
  PlayStop,
  PlayStreamNotFound,
  PlayFailed,
  PlayPublishNotify,
  PlayUnpublishNotify,
  StreamFailed,   ///< NetStream.Failed
  StreamStalled,  ///< MultiStream.Server.Stalled: bytes wait and nothing moved for stallTimeout.
  // One server's SharedObject.
  SharedObjectBadPersistence,  ///< SharedObject.BadPersistence: it exists with the other one.
  SharedObjectNoReadAccess,
  SharedObjectNoWriteAccess,
  SharedObjectCreationFailed,  ///< SharedObject.ObjectCreationFailed
  SharedObjectNotFound,        ///< SharedObject.NoObjectFound
  SharedObjectTimedOut,        ///< MultiSharedObject.Use.TimedOut: no answer within useTimeout.
  SharedObjectOwnConnection,   ///< MultiSharedObject.Use.OwnConnection: the server ended the
                               ///< stream's connection instead; they have their own from now on.
  SharedObjectOff,             ///< MultiSharedObject.Use.Off: it ends these, too: given up there.
  SharedObjectTooLarge,  ///< MultiSharedObject.Use.TooLarge: the server's copy breaks a limit.
};

enum class StatusLevel { Status, Warning, Error };

/// The dotted text, e.g. "NetConnection.Setup.Success"; "" for Unknown.
MC_API std::string_view codeName(StatusCode code) noexcept;
/// The inverse; Unknown for a text that is not in the list.
MC_API StatusCode statusCode(std::string_view name) noexcept;
/// "status", "warning" or "error".
MC_API std::string_view levelName(StatusLevel level) noexcept;

/// Where one server's connection stands.
enum class ServerState {
  Idle,         ///< Nothing started yet.
  Connecting,   ///< Looking up the name, or opening TCP.
  Handshaking,  ///< TCP is open; the RTMP handshake runs.
  Opening,      ///< The connect command was sent.
  Connected,    ///< NetConnection.Connect.Success.
  Publishing,   ///< NetStream.Publish.Start; media flows.
  Playing,      ///< NetStream.Play.Start.
  Closing,      ///< Unpublishing in order.
  Closed,       ///< Ended by the application.
  Failed,       ///< Could not connect, was refused, or was lost.
};
/// Lower-case name of the state, e.g. "publishing".
MC_API std::string_view stateName(ServerState state) noexcept;

/// Identity of an entry of the array: never reused within one MultiConnection.
using ServerId = std::uint64_t;

/// One server as an event tells of it.
struct ServerReport {
  ServerId id = 0;
  std::size_t index = 0;  ///< Position in the array at connect(); a later server has the next one.
  std::string url;        ///< Stream keys, passwords and query values print as ***.
  ServerState state = ServerState::Idle;
  StatusCode code = StatusCode::Unknown;  ///< The server's last decisive code.
  std::string codeText;                   ///< Its dotted text, also for Unknown.
  std::string reason;                     ///< Why, in words a person can act on; may be empty.
  std::chrono::milliseconds elapsed{0};   ///< From the start of the operation to this state.
  /// How long it has been in trouble, short returns included; nothing while it is not.
  std::optional<std::chrono::milliseconds> troubledFor;
  /// Until it is tried again; nothing when it is not going to be, or is just being tried.
  std::optional<std::chrono::milliseconds> nextTry;
  /// Where the connection is now: where the server sent us, or a backup; empty: at `url`.
  std::string movedTo;
  /// Which server of the entry serves, or is tried: 0 its own, else as in ServerEntry::backups,
  /// counted from 1.
  std::size_t backup = 0;
};
/// "rtmp://b/live/*** NetConnection.Connect.Rejected after 41 ms: reason"
MC_API std::ostream& operator<<(std::ostream& out, const ServerReport& report);

/// One NetStatus info object: of the array, or of one server.
struct StatusEvent {
  StatusCode code = StatusCode::Unknown;
  std::string codeText;  ///< The dotted text; compare `code` where it is known.
  StatusLevel level = StatusLevel::Status;
  std::string reason;                  ///< Why, in words a person can act on.
  std::optional<ServerReport> server;  ///< The one server it speaks of; empty: the whole array.
  std::vector<ServerReport> servers;   ///< Aggregate events: every server. Else empty.
  std::optional<std::size_t> stream;   ///< Number of the further stream it speaks of, if any.
  std::string sharedObject;            ///< Name of the shared object it speaks of, if any.
  /// It speaks of the connection that the shared objects have for themselves on that server.
  bool sharedObjectConnection = false;
  std::chrono::milliseconds elapsed{0};  ///< Since connect() or publish(), where that makes sense.
  /// Equal earlier events (code and server) that this one stands for: they merge when more than
  /// 10,000 wait for a slot that does not keep up.
  std::uint32_t repeats = 0;
};
MC_API std::ostream& operator<<(std::ostream& out, const StatusEvent& event);

}  // namespace multiconnection
