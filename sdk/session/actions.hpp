#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/media.hpp"
#include "rtmp/message/outgoing.hpp"
#include "rtmp/message/shared_object.hpp"

namespace multiconnection::session {

using rtmp::Outgoing;

/// A NetStatus info object as a server sent it.
struct Status {
  std::string code;
  std::string level;
  std::string description;
  /// Where the server sends us: a URL, or a part of one in relation to where we are; empty: to
  /// where we are. Nothing: it does not send us anywhere.
  std::optional<std::string> redirect = std::nullopt;
  std::string redirectStream = {};  ///< The stream's name there; empty: the same.
};

/// A remote call from the server, or its answer to one of ours.
struct CallInfo {
  double transaction = 0;  ///< Of a call from the server: 0 = it wants no answer.
  bool accepted = false;   ///< Of an answer: _result, not _error.
  std::string method;      ///< Of a call from the server.
  /// Everything behind the command object. Of an answer with nothing there: the command object,
  /// unless that is null.
  std::vector<AmfValue> values;
};

/// What a session's owner must hear of.
struct Event {
  enum class Kind {
    Connected,       ///< `status` is the server's.
    ConnectRefused,  ///< The server said no, or ended the NetConnection later; it will close.
    Redirected,      ///< The same, and `status.redirect` says where to go.
    MoveRequested,  ///< The server would have us go to `status.redirect`, and serves us until then.
    PublishStarted,
    PublishRefused,  ///< Or ended by the server. The stream is idle again; the connection stays.
    Unpublished,     ///< The server confirmed the end of the publishing.
    PlayStarted,
    PlayRefused,
    PlayEnded,             ///< The stream ended, told once; a live one may come back, with media.
    Informed,              ///< Any other status, and user control events under their names in the
                           ///< protocol: StreamDry, StreamIsRecorded, BufferEmpty, BufferReady.
    MediaReceived,         ///< `media` is a message of the played stream.
    CallAnswered,          ///< `call` is the answer to a call that startCall() began.
    CallReceived,          ///< `call` is the server's call of a method that the owner handles.
    SharedObjectReceived,  ///< `sharedObject` is what the server says of one.
  };
  Kind kind = Kind::Informed;
  Status status{};
  MediaMessage media{};
  CallInfo call{};
  rtmp::SharedObjectMessage sharedObject{};
};

/// What a step of a state machine wants done, in this order.
struct Actions {
  std::vector<Outgoing> send;
  std::vector<Event> events;

  void raise(Event::Kind kind, Status status) { events.push_back({kind, std::move(status)}); }
  void raise(Event::Kind kind, CallInfo call) { events.push_back({kind, {}, {}, std::move(call)}); }
};

}  // namespace multiconnection::session
