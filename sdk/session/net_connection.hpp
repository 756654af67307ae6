#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "rtmp/message/command.hpp"
#include "rtmp/protocol_control.hpp"
#include "session/actions.hpp"
#include "session/connect_command.hpp"
#include "session/server_capabilities.hpp"

namespace multiconnection::session {

/// The NetConnection of one server: connect, calls both ways, and the protocol's own messages.
///
///   Idle --open--> Opening --_result--> Connected --close/AppShutdown--> Refused
///                     |------_error, onStatus error, close-----------------^
class NetConnection {
 public:
  enum class State { Idle, Opening, Connected, Refused };
  /// Takes the reply to a command of ours: `accepted` for _result, not for _error.
  using Responder = std::function<void(const rtmp::Command& reply, bool accepted, Actions& out)>;

  /// Calls of the application that may wait for an answer at one time.
  static constexpr std::size_t kMaxCalls = 65536;

  explicit NetConnection(ConnectParameters parameters) : parameters_(std::move(parameters)) {}

  State state() const { return state_; }
  /// Meaningful once Connected.
  const ServerCapabilities& capabilities() const { return capabilities_; }
  /// How commands and data are written to this server: AMF0 until it has confirmed AMF3.
  rtmp::Encoding encoding() const { return capabilities_.objectEncoding; }

  /// What the handshake came to, if the server asks for the SWF file; before open().
  void setSwfVerification(const rtmp::SwfVerification& response) {
    control_.setSwfVerification(response);
  }
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

  /// Calls a method of the server's application; CallAnswered follows when the server answers,
  /// which some never do: the owner sets the time limit, and then forgets the call.
  /// @return the transaction id that the answer will carry; Errc::InvalidState unless Connected,
  ///   Errc::LimitExceeded while kMaxCalls wait for an answer.
  Result<double> startCall(const std::string& method, std::vector<AmfValue> arguments,
                           Actions& out);
  /// The answer is not waited for any more: it is ignored when it comes.
  void forgetCall(double transaction) { calls_.erase(transaction); }
  std::size_t callsOutstanding() const { return calls_.size(); }

  /// Names that the server may call: CallReceived is raised for these. They go before our own
  /// answers to bandwidth checks; any other call that wants an answer gets
  /// NetConnection.Call.Failed.
  void setHandledMethods(std::set<std::string> names) { handled_ = std::move(names); }
  /// Answers a CallReceived; with transaction 0 nobody waits and nothing is sent.
  void answerCall(double transaction, bool accepted, AmfValue value, Actions& out);

  /// Sends a command of the protocol's own that is answered. At most 1024 are kept: then the oldest
  /// is forgotten, since some servers never answer.
  void call(const std::string& method, AmfValue object, std::vector<AmfValue> arguments,
            Responder responder, Actions& out);
  /// Sends a command whose answer says nothing that matters.
  void callUnheard(const std::string& method, std::vector<AmfValue> arguments, Actions& out);
  /// Sends a command that needs no answer (transaction id 0).
  void notify(const std::string& method, std::vector<AmfValue> arguments, Actions& out);

  /// A transaction id for a command whose answer comes as onStatus.
  double newTransaction() { return nextTransaction_++; }

  /// Bytes that the peer has acknowledged, continued beyond 2^32; 0 = it never did.
  std::uint64_t bytesAcknowledged() const { return control_.bytesAcknowledged(); }
  /// The user control event about a stream in the last message, if it was one.
  std::optional<rtmp::UserControl> takeStreamEvent() { return control_.takeStreamEvent(); }

 private:
  void send(const rtmp::Command& command, Actions& out) const;
  void onReply(const rtmp::Command& reply, bool accepted, Actions& out);
  void onConnectReply(const rtmp::Command& reply, bool accepted, Actions& out);
  void onStatus(Status status, Actions& out);
  void onCall(const rtmp::Command& command, Actions& out);
  void answerSecureToken(const rtmp::Command& reply, Actions& out);
  bool answerBandwidthCheck(const rtmp::Command& command, Actions& out);
  void refuse(Status status, Actions& out);

  ConnectParameters parameters_;
  State state_ = State::Idle;
  ServerCapabilities capabilities_;
  double nextTransaction_ = 1;
  std::map<double, Responder> pending_;  ///< The protocol's own, oldest first.
  std::unordered_set<double> calls_;     ///< The application's, by transaction id.
  std::set<std::string> handled_;
  std::optional<Status> earlyMove_;  ///< Asked for before connect was answered.
  rtmp::ProtocolControl control_;
};

}  // namespace multiconnection::session
