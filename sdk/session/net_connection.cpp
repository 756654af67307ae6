#include "session/net_connection.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/control.hpp"
#include "session/secure_token.hpp"
#include "session/status.hpp"

namespace multiconnection::session {
namespace {

constexpr std::size_t kMaxPending = 1024;

/// By code, since levels are not to be trusted; of an unknown code the level is all there is.
bool endsConnection(const Status& status, bool opening) {
  const std::string& code = status.code;
  if (code == "NetConnection.Connect.AppShutdown" || code == "NetConnection.Connect.Closed") {
    return true;
  }
  return opening &&
         (status.level == "error" || code == "NetConnection.Connect.Rejected" ||
          code == "NetConnection.Connect.InvalidApp" || code == "NetConnection.Connect.Failed");
}

}  // namespace

void NetConnection::send(const rtmp::Command& command, Actions& out) const {
  out.send.push_back({rtmp::makeCommand(command, 0, encoding()), rtmp::kCommandChunkStream});
}

void NetConnection::open(Actions& out) {
  state_ = State::Opening;
  out.send.push_back({rtmp::makeSetChunkSize(parameters_.chunkSize), rtmp::kControlChunkStream});
  control_.announceWindow(parameters_.acknowledgeEvery, out.send);
  call(
      "connect", connectObject(parameters_), parameters_.arguments,
      [this](const rtmp::Command& reply, bool accepted, Actions& actions) {
        onConnectReply(reply, accepted, actions);
      },
      out);
}

Result<double> NetConnection::startCall(const std::string& method, std::vector<AmfValue> arguments,
                                        Actions& out) {
  if (state_ != State::Connected) {
    return Error{Errc::InvalidState, "the call of " + method + " finds no connection"};
  }
  if (calls_.size() >= kMaxCalls) {
    return Error{Errc::LimitExceeded, "the call of " + method + " finds " +
                                          std::to_string(kMaxCalls) + " others unanswered"};
  }
  const double transaction = newTransaction();
  calls_.insert(transaction);
  send({method, transaction, nullptr, std::move(arguments)}, out);
  return transaction;
}

void NetConnection::answerCall(double transaction, bool accepted, AmfValue value, Actions& out) {
  if (transaction == 0) return;
  send({accepted ? "_result" : "_error", transaction, nullptr, {std::move(value)}}, out);
}

void NetConnection::call(const std::string& method, AmfValue object,
                         std::vector<AmfValue> arguments, Responder responder, Actions& out) {
  const double transaction = newTransaction();
  pending_.emplace(transaction, std::move(responder));
  if (pending_.size() > kMaxPending) pending_.erase(pending_.begin());
  send({method, transaction, std::move(object), std::move(arguments)}, out);
}

void NetConnection::callUnheard(const std::string& method, std::vector<AmfValue> arguments,
                                Actions& out) {
  send({method, newTransaction(), nullptr, std::move(arguments)}, out);
}

void NetConnection::notify(const std::string& method, std::vector<AmfValue> arguments,
                           Actions& out) {
  send({method, 0, nullptr, std::move(arguments)}, out);
}

void NetConnection::onCommand(const rtmp::Command& command, Actions& out) {
  if (command.name == "_result" || command.name == "_error") {
    onReply(command, command.name == "_result", out);
  } else if (command.name == "close") {
    Status status = statusOf(command);
    if (status.code.empty()) status = {"NetConnection.Connect.Closed", "status", ""};
    refuse(std::move(status), out);
  } else if (command.name == "onStatus") {
    onStatus(statusOf(command), out);
  } else {
    onCall(command, out);
  }
}

void NetConnection::onReply(const rtmp::Command& reply, bool accepted, Actions& out) {
  if (std::isnan(reply.transactionId)) return;  // equal to nothing, but unordered in a map
  if (calls_.erase(reply.transactionId) != 0) {
    std::vector<AmfValue> values = reply.arguments;
    if (values.empty() && !reply.object.isNull()) values.push_back(reply.object);
    out.raise(Event::Kind::CallAnswered, {reply.transactionId, accepted, {}, std::move(values)});
    return;
  }
  const auto call = pending_.find(reply.transactionId);
  if (call == pending_.end()) return;  // late, or invented
  const Responder responder = std::move(call->second);
  pending_.erase(call);
  responder(reply, accepted, out);
}

void NetConnection::onStatus(Status status, Actions& out) {
  if (status.code == kReconnectRequest) {
    if (state_ == State::Connected) return out.raise(Event::Kind::MoveRequested, std::move(status));
    earlyMove_ = std::move(status);
  } else if (status.redirect && state_ == State::Connected) {
    callUnheard("Redirected", {*status.redirect}, out);  // SRS waits some seconds for that
    refuse(std::move(status), out);
  } else if (endsConnection(status, state_ == State::Opening)) {
    refuse(std::move(status), out);
  } else {
    out.raise(Event::Kind::Informed, std::move(status));
  }
}

void NetConnection::onCall(const rtmp::Command& command, Actions& out) {
  if (handled_.contains(command.name)) {
    out.raise(Event::Kind::CallReceived,
              {command.transactionId, false, command.name, command.arguments});
  } else if (!answerBandwidthCheck(command, out) && command.transactionId != 0) {
    answerCall(command.transactionId, false,
               AmfObject{{"level", "error"},
                         {"code", "NetConnection.Call.Failed"},
                         {"description", "no method " + command.name.substr(0, 128)}},
               out);
  }
}

void NetConnection::onConnectReply(const rtmp::Command& reply, bool accepted, Actions& out) {
  if (state_ != State::Opening) return;
  Status status = statusOf(reply);
  const bool success = status.code.empty() || status.code == "NetConnection.Connect.Success";
  if (accepted && success) {
    state_ = State::Connected;
    capabilities_ = capabilitiesOf(reply);
    // A server that offers AMF3 unasked gets what it was told: AMF0.
    if (parameters_.objectEncoding == rtmp::Encoding::Amf0) {
      capabilities_.objectEncoding = rtmp::Encoding::Amf0;
    }
    answerSecureToken(reply, out);
    if (status.code.empty()) status = {"NetConnection.Connect.Success", "status", ""};
    out.raise(Event::Kind::Connected, std::move(status));
    if (earlyMove_) out.raise(Event::Kind::MoveRequested, *std::exchange(earlyMove_, {}));
    return;
  }
  if (status.code.empty()) {
    status = {"NetConnection.Connect.Rejected", "error", "connect was refused without a reason"};
  }
  refuse(std::move(status), out);
}

void NetConnection::answerSecureToken(const rtmp::Command& reply, Actions& out) {
  const auto sealed = secureTokenIn(reply);
  if (!sealed || parameters_.token.empty()) return;
  // A token that is none is not answered: the server has the last word anyway.
  const auto token = decodeSecureToken(*sealed, parameters_.token);
  if (token) notify("secureTokenResponse", {*token}, out);
}

bool NetConnection::answerBandwidthCheck(const rtmp::Command& command, Actions& out) {
  if (command.name == "onBWDone" || command.name == "_onbwdone") return true;
  if (command.name == "onBWCheck") {
    answerCall(command.transactionId, true, 0, out);
    return true;
  }
  if (command.name == "_onbwcheck") {
    answerCall(command.transactionId, true,
               command.arguments.empty() ? AmfValue(nullptr) : command.arguments.back(), out);
    return true;
  }
  if (command.name == "ping") {
    send({"pong", command.transactionId, nullptr, {}}, out);
    return true;
  }
  return command.name.starts_with("onFC");
}

void NetConnection::refuse(Status status, Actions& out) {
  if (state_ == State::Refused) return;
  state_ = State::Refused;
  const auto kind = status.redirect ? Event::Kind::Redirected : Event::Kind::ConnectRefused;
  out.raise(kind, std::move(status));
}

}  // namespace multiconnection::session
