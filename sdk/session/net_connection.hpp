#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rtmp/message/command.hpp"
#include "rtmp/protocol_control.hpp"
#include "session/actions.hpp"

namespace multiconnection::session {

/// What goes into the connect command (RTMP 1.0, section 7.2.1.1).
struct ConnectParameters {
  std::string app;    ///< Query included.
  std::string tcUrl;  ///< rtmp://host[:port]/app
  std::string flashVersion;
  std::uint32_t chunkSize = 65536;          ///< Announced before connect.
  std::uint32_t acknowledgeEvery = 250000;  ///< Bytes after which the peer shall acknowledge.
};

/// The NetConnection of one server: connect, calls, and the protocol's own messages.
///
///   Idle --open--> Opening --_result--> Connected --close/AppShutdown--> Refused
///                     |------_error, onStatus error, close-----------------^
class NetConnection {
 public:
  enum class State { Idle, Opening, Connected, Refused };
  /// Takes the reply to a call: `accepted` for _result, not for _error.
  using Responder = std::function<void(const rtmp::Command& reply, bool accepted, Actions& out)>;

  explicit NetConnection(ConnectParameters parameters) : parameters_(std::move(parameters)) {}

  State state() const { return state_; }
  /// The handshake is done: announces the chunk size and sends connect.
  void open(Actions& out);
  /// Takes protocol control and user control messages. @return whether it was one.
  bool onControl(const rtmp::Message& message, Actions& out) {
    return control_.onMessage(message, out.send);
  }
  /// Takes a command that does not concern a stream.
  void onCommand(const rtmp::Command& command, Actions& out);
  /// `total` bytes came in since the handshake: sends the Acknowledgement when it is due.
  void onBytesReceived(std::uint64_t total, Actions& out) {
    control_.onBytesReceived(total, out.send);
  }

  /// Sends a command that is answered; at most 65,536 may be outstanding: then the oldest is
  /// forgotten, since some servers never answer.
  void call(const std::string& method, AmfValue object, std::vector<AmfValue> arguments,
            Responder responder, Actions& out);
  /// Sends a command that needs no answer (transaction id 0).
  void notify(const std::string& method, std::vector<AmfValue> arguments, Actions& out);

  /// A transaction id for a command whose answer comes as onStatus.
  double newTransaction() { return nextTransaction_++; }

  /// Bytes that the peer has acknowledged, continued beyond 2^32; 0 = it never did.
  std::uint64_t bytesAcknowledged() const { return control_.bytesAcknowledged(); }
  /// Of the play stream: raised by StreamEOF. The owner clears it.
  bool takeStreamEof() { return control_.takeStreamEof(); }

 private:
  void onConnectReply(const rtmp::Command& reply, bool accepted, Actions& out);
  bool answerBandwidthCheck(const rtmp::Command& command, Actions& out);
  void refuse(Status status, Actions& out);

  ConnectParameters parameters_;
  State state_ = State::Idle;
  double nextTransaction_ = 1;
  std::map<double, Responder> pending_;
  rtmp::ProtocolControl control_;
};

/// The first object with a code among a command's values; servers differ in where they put it.
Status statusOf(const rtmp::Command& command);

}  // namespace multiconnection::session
