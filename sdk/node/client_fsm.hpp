#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "rtmp/media_time.hpp"
#include "rtmp/message/command.hpp"
#include "rtmp/message/outgoing.hpp"
#include "rtmp/protocol_control.hpp"

namespace multiconnection::node {

/// What one client may ask for, and what it is told.
struct ClientSettings {
  std::size_t maxStreams = 32;          ///< Per connection.
  std::size_t maxNameBytes = 256;       ///< App and stream names.
  std::uint32_t chunkSize = 65536;      ///< Of what we send.
  std::uint32_t windowBytes = 2500000;  ///< After so many it shall acknowledge.
};

/// What the owner must do or tell.
struct ClientEvent {
  enum class Kind {
    Connected,         ///< `name` is the app.
    Refused,           ///< No connection; `name` says why. It is to be ended once this is sent.
    PublishRequested,  ///< To be answered by publishStarted() or publishRefused().
    PublishEnded,
    PlayRequested,  ///< To be answered by playStarted().
    PlayEnded,
    Media,  ///< `media` is a message of the stream that is being published.
  };
  Kind kind = Kind::Connected;
  std::uint32_t streamId = 0;
  std::string name;
  MediaMessage media;
};

/// What a step wants done: all of `send`, then the events in their order.
struct ClientActions {
  std::vector<rtmp::Outgoing> send;
  std::vector<ClientEvent> events;
};

/// One client's connection and its streams, as the node sees them. Decisions only.
///
///   Opening --connect--> Connected        a stream:  Idle --publish--> Publishing
///      |----bad app----> Refused                      |  ^--close/delete/FCUnpublish--|
///                                                     |--play--> Playing --close/delete--> Idle
class ClientFsm {
 public:
  enum class State { Opening, Connected, Refused };

  explicit ClientFsm(const ClientSettings& settings = {}) : settings_(settings) {}

  State state() const { return state_; }
  const std::string& app() const { return app_; }

  /// @return what in the message breaks the protocol; the connection must then be ended.
  Result<void> onMessage(rtmp::Message&& message, ClientActions& out);
  void onBytesReceived(std::uint64_t total, ClientActions& out) {
    control_.onBytesReceived(total, out.send);
  }

  void publishStarted(std::uint32_t streamId, ClientActions& out);
  void publishRefused(std::uint32_t streamId, const std::string& why, ClientActions& out);
  void playStarted(std::uint32_t streamId, ClientActions& out);
  /// For a stream that plays: its publisher came, or left.
  void publisherCame(std::uint32_t streamId, ClientActions& out);
  void publisherLeft(std::uint32_t streamId, ClientActions& out);

 private:
  struct Stream {
    enum class State { Idle, Publishing, Playing };
    State state = State::Idle;
    std::string name;
    rtmp::MediaTime time;  ///< Of what is published.
  };
  struct Call;  ///< A command and the stream it came on.
  using Method = Result<void> (ClientFsm::*)(const Call&, ClientActions&);
  static Method methodOf(const std::string& name);

  Result<void> onCommand(const rtmp::Message& message, ClientActions& out);
  void onMedia(rtmp::Message&& message, ClientActions& out);

  // One function per command.
  Result<void> connect(const Call& call, ClientActions& out);
  Result<void> createStream(const Call& call, ClientActions& out);
  Result<void> deleteStream(const Call& call, ClientActions& out);
  Result<void> closeStream(const Call& call, ClientActions& out);
  Result<void> releaseStream(const Call& call, ClientActions& out);
  Result<void> announcePublish(const Call& call, ClientActions& out);
  Result<void> announceUnpublish(const Call& call, ClientActions& out);
  Result<void> subscribe(const Call& call, ClientActions& out);
  Result<void> publish(const Call& call, ClientActions& out);
  Result<void> play(const Call& call, ClientActions& out);
  Result<void> seek(const Call& call, ClientActions& out);
  Result<void> streamLength(const Call& call, ClientActions& out);
  Result<void> acceptSilently(const Call& call, ClientActions& out);
  Result<void> acceptWithResult(const Call& call, ClientActions& out);

  void acceptConnect(const Call& call, std::string app, ClientActions& out);
  void refuseConnect(const Call& call, const std::string& why, ClientActions& out);
  /// The stream that a publish or play is for, if it can begin there; else refuses it.
  Stream* streamToBegin(const Call& call, const std::string& refusal, ClientActions& out);
  void endStream(std::uint32_t id, ClientActions& out);
  std::string nameProblem(const std::string& name) const;

  void send(const rtmp::Command& command, ClientActions& out) const;
  void reply(const Call& call, bool accepted, std::vector<AmfValue> values,
             ClientActions& out) const;
  void sendStatus(std::uint32_t streamId, const char* level, const std::string& code,
                  const std::string& description, ClientActions& out) const;

  ClientSettings settings_;
  State state_ = State::Opening;
  std::string app_;
  rtmp::ProtocolControl control_;
  std::map<std::uint32_t, Stream> streams_;
};

/// An app or stream name without the query string that clients append for their own purposes.
std::string withoutQuery(const std::string& name);

}  // namespace multiconnection::node
