#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rtmp/media_time.hpp"
#include "session/actions.hpp"
#include "session/net_connection.hpp"
#include "session/stream_requests.hpp"

namespace multiconnection::session {

/// One NetStream on one NetConnection: publishing or playing.
///
///   Idle --publish/play--> Creating --createStream's answer--> Requested
///     ^                       |                                    |
///     |<------ _error --------|            Publish.Start/Play.Start|--error status--> Idle
///     |                                                            v
///     |<---------------------- stop, closeStream --------------- Active
///
/// After closeStream the next publish or play goes from Idle to Requested at once.
class NetStream {
 public:
  enum class State { Idle, Creating, Requested, Active };
  enum class Purpose { Publish, Play };

  explicit NetStream(NetConnection& connection) : connection_(connection) {}

  State state() const { return state_; }
  Purpose purpose() const { return purpose_; }
  /// The message stream id that the server gave; meaningful from Requested on.
  std::uint32_t id() const { return id_; }

  /// releaseStream, FCPublish, createStream, then publish. PublishStarted or PublishRefused
  /// follows. @return Errc::InvalidState unless connected and Idle.
  Result<void> publish(const std::string& name, PublishMode mode, Actions& out);
  /// createStream, then play. PlayStarted or PlayRefused follows.
  /// @return Errc::InvalidState unless connected and Idle.
  Result<void> play(PlayRequest request, Actions& out);

  // Of a stream that plays; each returns Errc::InvalidState while none does, which is before
  // PlayStarted for all but setBufferLength(). The server's status follows as Informed, if it
  // sends one: Pause.Notify, Seek.Notify, Play.Transition and so on.

  /// @param at  where the player stands: it goes on from there.
  Result<void> pause(bool paused, std::chrono::milliseconds at, Actions& out);
  /// Media goes on at the key frame before that time; its timestamps may then be smaller than
  /// before.
  Result<void> seek(std::chrono::milliseconds to, Actions& out);
  Result<void> receiveAudio(bool wanted, Actions& out);
  Result<void> receiveVideo(bool wanted, Actions& out);
  Result<void> play2(const PlaySwitch& request, Actions& out);
  /// How far ahead the server may send; from Requested on.
  Result<void> setBufferLength(std::chrono::milliseconds length, Actions& out);

  /// Ends either: FCUnpublish and deleteStream. In any state.
  void stop(Actions& out);
  /// Ends either but keeps the message stream for the next publish() or play(): there are servers
  /// that give one only once. The server cannot tell late answers to the old from those to the new.
  void closeStream(Actions& out);

  /// Takes an onStatus of a NetStream, on whatever message stream it came.
  void onStatus(Status status, std::uint32_t streamId, Actions& out);
  /// Takes audio, video and data; what arrives while not playing is ignored.
  void onMedia(const rtmp::Message& message, Actions& out);
  /// Takes media that the server has packed together.
  /// @return what in it breaks the protocol; not looked at while not playing.
  Result<void> onAggregate(const rtmp::Message& message, Actions& out);
  /// Takes a user control event about a stream.
  void onStreamEvent(const rtmp::UserControl& control, Actions& out);

 private:
  /// Whether a status on this message stream can only be about a stream stopped before.
  bool isLate(std::uint32_t streamId) const;
  Result<void> checkIdle(const std::string& name) const;
  Result<void> checkPlaying(const char* verb) const;
  bool takesMedia() const;
  void create(Purpose purpose, Actions& out);
  void onCreated(const rtmp::Command& reply, bool accepted, Actions& out);
  void onCreatedTooLate(const rtmp::Command& reply, bool accepted, Actions& out);
  void request(Actions& out);
  void requestPlay(Actions& out);
  void sendBufferLength(Actions& out);
  void sendOnStream(const std::string& method, double transaction, std::vector<AmfValue> arguments,
                    Actions& out);
  void end();
  void onPublishStatus(Status status, Actions& out);
  void onPlayStatus(Status status, Actions& out);
  void followTime(const std::string& code);
  void endPlay(Status status, Actions& out);
  void refuse(Status status, Actions& out);
  bool onDataMessage(rtmp::Message& message, Actions& out);

  NetConnection& connection_;
  State state_ = State::Idle;
  Purpose purpose_ = Purpose::Publish;
  PublishMode mode_ = PublishMode::Live;
  PlayRequest request_;  ///< Its name is also what is published.
  std::uint32_t id_ = 0;
  std::uint32_t keptId_ = 0;      ///< Left open by closeStream(); 0 = none.
  std::uint32_t stoppedId_ = 0;   ///< The last stream stopped; 0 = none. Its answers come late.
  std::uint32_t generation_ = 0;  ///< Tells the answer to an abandoned createStream apart.

  // Of what is played.
  rtmp::MediaTime mediaTime_;
  bool ended_ = false;  ///< PlayEnded was told, and nothing has come since.
  /// pause(true) or seek() is not answered yet: a StreamEOF then only says that the server has
  /// emptied its queue of what was on its way.
  bool rearranging_ = false;
  std::optional<std::chrono::milliseconds> seekTarget_;  ///< Of a seek() without an answer yet.
};

}  // namespace multiconnection::session
