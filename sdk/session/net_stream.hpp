#pragma once

#include <cstdint>
#include <string>

#include "rtmp/media_time.hpp"
#include "session/actions.hpp"
#include "session/net_connection.hpp"

namespace multiconnection::session {

/// One NetStream on one NetConnection: publishing live, or playing live.
///
///   Idle --publish/play--> Creating --createStream's answer--> Requested
///     ^                       |                                    |
///     |<------ _error --------|            Publish.Start/Play.Start|--error status--> Idle
///     |                                                            v
///     |<-------------------------- stop ----------------------- Active
class NetStream {
 public:
  enum class State { Idle, Creating, Requested, Active };
  enum class Purpose { Publish, Play };

  explicit NetStream(NetConnection& connection) : connection_(connection) {}

  State state() const { return state_; }
  Purpose purpose() const { return purpose_; }
  /// The message stream id that the server gave; meaningful from Requested on.
  std::uint32_t id() const { return id_; }

  /// releaseStream, FCPublish, createStream, then publish. Only when Idle.
  void publish(const std::string& name, Actions& out);
  /// createStream, then play of a live stream. Only when Idle.
  void play(const std::string& name, Actions& out);
  /// Ends either: FCUnpublish and deleteStream. In any state.
  void stop(Actions& out);

  /// Takes an onStatus of a NetStream, on whatever message stream it came.
  void onStatus(Status status, std::uint32_t streamId, Actions& out);
  /// Takes audio, video and data; what arrives while not playing is ignored.
  void onMedia(const rtmp::Message& message, Actions& out);
  void onStreamEof(Actions& out);

 private:
  /// Whether a status on this message stream can only be about a stream stopped before.
  bool isLate(std::uint32_t streamId) const;
  void create(Purpose purpose, const std::string& name, Actions& out);
  void onCreated(const rtmp::Command& reply, bool accepted, Actions& out);
  void request(Actions& out);
  void onPublishStatus(Status status, Actions& out);
  void onPlayStatus(Status status, Actions& out);
  void refuse(Status status, Actions& out);
  bool onDataMessage(const rtmp::Message& message, Actions& out);

  NetConnection& connection_;
  State state_ = State::Idle;
  Purpose purpose_ = Purpose::Publish;
  std::string name_;
  std::uint32_t id_ = 0;
  std::uint32_t stoppedId_ = 0;   ///< The last stream stopped; 0 = none. Its answers come late.
  std::uint32_t generation_ = 0;  ///< Tells the answer to an abandoned createStream apart.
  rtmp::MediaTime mediaTime_;     ///< Of what is played.
};

}  // namespace multiconnection::session
