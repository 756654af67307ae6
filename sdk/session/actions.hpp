#pragma once

#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/media.hpp"
#include "rtmp/message/outgoing.hpp"

namespace multiconnection::session {

using rtmp::Outgoing;

/// A NetStatus info object as a server sent it.
struct Status {
  std::string code;
  std::string level;
  std::string description;
};

/// What a session's owner must hear of.
struct Event {
  enum class Kind {
    Connected,       ///< `status` is the server's.
    ConnectRefused,  ///< The server said no, or ended the NetConnection later; it will close.
    PublishStarted,
    PublishRefused,  ///< The stream is idle again; the connection stays.
    Unpublished,     ///< The server confirmed the end of the publishing.
    PlayStarted,
    PlayRefused,
    PlayEnded,      ///< The live stream ended; it may come back.
    Informed,       ///< Any other status.
    MediaReceived,  ///< `media` is a message of the played stream.
  };
  Kind kind = Kind::Informed;
  Status status;
  MediaMessage media;
};

/// What a step of a state machine wants done, in this order.
struct Actions {
  std::vector<Outgoing> send;
  std::vector<Event> events;

  void raise(Event::Kind kind, Status status) { events.push_back({kind, std::move(status), {}}); }
};

}  // namespace multiconnection::session
