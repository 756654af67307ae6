#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "node/shared_objects.hpp"
#include "node/stream_requests.hpp"
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
  std::size_t maxCallValues = 65536;    ///< AMF values of one command.
  bool recordings = false;              ///< Whether streams can be recorded at all.
};

/// What the owner must do or tell.
struct ClientEvent {
  enum class Kind {
    Connected,         ///< `name` is the app.
    Refused,           ///< No connection; `name` says why. It is to be ended once this is sent.
    PublishRequested,  ///< As `record` says; to be answered by publishStarted() or
                       ///< publishRefused().
    PublishEnded,
    PlayRequested,  ///< As `play` says; to be answered by playStarted() or playRefused().
    PlayEnded,
    Media,           ///< `media` is a message of the stream that is being published.
    SeekRequested,   ///< To `position`; to be answered by seekDone() or seekFailed().
    PauseRequested,  ///< `wanted`: pause, else go on.
    AudioRequested,  ///< `wanted`: send it, else leave it out.
    VideoRequested,
    BufferRequested,  ///< `position` is how far ahead the player wants media.
    SwitchRequested,  ///< play2: `name` in place of what plays now, as `play` says.
    LengthRequested,  ///< Of the recording `name`; to be answered by answerCall().
    CallReceived,     ///< The method `name`; to be answered by answerCall().
    CallAnswered,     ///< Call `transaction` was `wanted` (accepted), with `arguments`.
    BandwidthRequested,
    ObjectRequested,  ///< `object` is a message about a shared object.
  };
  Kind kind = Kind::Connected;
  std::uint32_t streamId = 0;
  std::string name;
  MediaMessage media{};
  std::string query{};  ///< What stood behind the stream's name: tokens of the client.
  std::optional<RecordMode> record{};
  PlayRequest play{};
  std::chrono::milliseconds position{0};
  bool wanted = false;
  double transaction = 0;
  std::vector<AmfValue> arguments{};
  std::shared_ptr<const ObjectRequest> object{};
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
///                                                                  ^--another play, play2--|
class ClientFsm {
 public:
  enum class State { Opening, Connected, Refused };

  explicit ClientFsm(const ClientSettings& settings = {}) : settings_(settings) {}

  State state() const { return state_; }
  const std::string& app() const { return app_; }
  rtmp::Encoding encoding() const { return encoding_; }

  /// @return what in the message breaks the protocol; the connection must then be ended.
  Result<void> onMessage(rtmp::Message&& message, ClientActions& out);
  void onBytesReceived(std::uint64_t total, ClientActions& out) {
    control_.onBytesReceived(total, out.send);
  }

  /// Tells which methods the owner has; others that are not ours are unknown.
  void setHandled(std::function<bool(const std::string&)> handled) {
    handled_ = std::move(handled);
  }
  static bool isOwnMethod(const std::string& name);

  void publishStarted(std::uint32_t streamId, bool recorded, ClientActions& out);
  /// @param code  of the stream's status, e.g. "NetStream.Publish.BadName".
  void publishRefused(std::uint32_t streamId, const std::string& code, const std::string& why,
                      ClientActions& out);
  /// Publishing goes on without the recording.
  void recordFailed(std::uint32_t streamId, const std::string& code, const std::string& why,
                    ClientActions& out);
  void recordStopped(std::uint32_t streamId, const std::string& name, ClientActions& out);
  void playStarted(std::uint32_t streamId, bool recorded, ClientActions& out);
  /// Also ends what plays already.
  void playRefused(std::uint32_t streamId, const std::string& code, const std::string& why,
                   ClientActions& out);
  /// A recording was sent to its end.
  void playCompleted(std::uint32_t streamId, std::chrono::milliseconds duration,
                     ClientActions& out);
  void seekDone(std::uint32_t streamId, std::chrono::milliseconds position, ClientActions& out);
  /// @param end  the last time that can be sought.
  void seekFailed(std::uint32_t streamId, std::chrono::milliseconds end, ClientActions& out);
  void pauseDone(std::uint32_t streamId, bool paused, ClientActions& out);
  /// What plays is another one now, without a new beginning.
  void switchDone(std::uint32_t streamId, bool recorded, ClientActions& out);
  /// For a stream that plays: its publisher came, or left.
  void publisherCame(std::uint32_t streamId, ClientActions& out);
  void publisherLeft(std::uint32_t streamId, ClientActions& out);

  /// Calls a method of the client. @return the transaction that CallAnswered will name; 0 when no
  /// answer is wanted. Errc::LimitExceeded for more than one message can hold.
  Result<double> call(const std::string& method, std::vector<AmfValue> arguments, bool wantsAnswer,
                      ClientActions& out);
  /// Nobody waits for that answer any more.
  void forgetCall(double transaction) { calls_.erase(transaction); }
  void answerCall(double transaction, const Result<AmfValue>& result, ClientActions& out) const;
  // Faults: what a connect, createStream, publish or play is answered with, instead of being
  // looked at; and a wish that the client come back elsewhere.
  struct Refusal {
    std::string code{};      ///< Empty: the usual one.
    std::string redirect{};  ///< A URL, instead.
  };
  void refuse(const rtmp::Message& message, const Refusal& refusal, ClientActions& out);
  void requestReconnect(const std::string& url, ClientActions& out) const;

  /// The application ends.
  void shutDown(ClientActions& out) const;

 private:
  struct Stream {
    enum class State { Idle, Publishing, Playing };
    State state = State::Idle;
    std::string name;
    rtmp::MediaTime time{};  ///< Of what is published.
    bool recorded = false;   ///< What plays can be sought.
    std::chrono::milliseconds buffer = PlayRequest().buffer;
    /// What was, forgotten but for the player's wish.
    Stream begin(State next, std::string nextName) {
      return std::exchange(*this, {next, std::move(nextName), {}, false, buffer});
    }
  };
  struct Call;  ///< A command and the stream it came on.
  using Method = Result<void> (ClientFsm::*)(const Call&, ClientActions&);
  static Method methodOf(const std::string& name);

  Result<void> onCommand(const rtmp::Message& message, ClientActions& out);
  Result<void> onAggregate(const rtmp::Message& message, ClientActions& out);
  Result<void> onSharedObject(const rtmp::Message& message, ClientActions& out) const;
  void onMedia(rtmp::Message&& message, ClientActions& out);
  void onBufferLength(const rtmp::Message& message, ClientActions& out);

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
  Result<void> play2(const Call& call, ClientActions& out);
  Result<void> pause(const Call& call, ClientActions& out);
  Result<void> receiveAudio(const Call& call, ClientActions& out);
  Result<void> receiveVideo(const Call& call, ClientActions& out);
  Result<void> seek(const Call& call, ClientActions& out);
  Result<void> streamLength(const Call& call, ClientActions& out);
  Result<void> checkBandwidth(const Call& call, ClientActions& out);
  Result<void> answered(const Call& call, ClientActions& out);
  Result<void> acceptSilently(const Call& call, ClientActions& out);
  Result<void> acceptWithResult(const Call& call, ClientActions& out);

  void acceptConnect(const Call& call, std::string app, ClientActions& out);
  void refuseConnect(const Call& call, const std::string& why, ClientActions& out);
  void refuseObject(const rtmp::Message& message, const Refusal& refusal, ClientActions& out) const;
  /// The stream that a publish or play is for, if it can begin there; else refuses it.
  Stream* streamToBegin(const Call& call, const std::string& refusal, ClientActions& out);
  void endStream(std::uint32_t id, ClientActions& out);
  void unknownMethod(const Call& call, ClientActions& out);
  /// An event for the player of the call's stream; nothing when none plays there.
  void tellPlayer(const Call& call, ClientEvent&& event, ClientActions& out);
  /// The stream, if it was not closed meanwhile.
  Stream* openStream(std::uint32_t id, Stream::State state);
  std::string nameProblem(const std::string& name) const;

  void send(const rtmp::Command& command, ClientActions& out) const;
  void reply(const Call& call, bool accepted, std::vector<AmfValue> values,
             ClientActions& out) const;
  /// An onStatus.
  void sendInfo(std::uint32_t streamId, AmfObject info, ClientActions& out) const;
  void sendStatus(std::uint32_t streamId, const char* level, const std::string& code,
                  const std::string& description, ClientActions& out) const;

  ClientSettings settings_;
  std::function<bool(const std::string&)> handled_;
  double lastTransaction_ = 0;
  std::set<double> calls_;  ///< Ours, not answered yet.
  State state_ = State::Opening;
  std::string app_;
  rtmp::Encoding encoding_ = rtmp::Encoding::Amf0;  ///< Of our commands, as connect asked for.
  rtmp::ProtocolControl control_;
  std::map<std::uint32_t, Stream> streams_;
};

/// An app or stream name without the query string that clients append for their own purposes.
std::string withoutQuery(const std::string& name);
/// That query string, without the question mark.
std::string queryOf(const std::string& name);

}  // namespace multiconnection::node
