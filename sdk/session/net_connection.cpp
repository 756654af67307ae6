#include "session/net_connection.hpp"

#include <utility>

#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/control.hpp"

namespace multiconnection::session {
namespace {

constexpr std::size_t kMaxPendingCalls = 65536;

void sendCommand(const rtmp::Command& command, Actions& out) {
  out.send.push_back({rtmp::makeCommand(command), rtmp::kCommandChunkStream});
}

bool readStatus(const AmfValue& value, Status& status) {
  if (!value["code"].isString()) return false;
  status.code = value["code"].as<std::string>();
  status.level = value["level"].as<std::string>();
  status.description = value["description"].as<std::string>();
  return true;
}

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

Status statusOf(const rtmp::Command& command) {
  Status status;
  for (const AmfValue& value : command.arguments) {
    if (readStatus(value, status)) return status;
  }
  readStatus(command.object, status);
  return status;
}

void NetConnection::open(Actions& out) {
  state_ = State::Opening;
  out.send.push_back({rtmp::makeSetChunkSize(parameters_.chunkSize), rtmp::kControlChunkStream});
  control_.announceWindow(parameters_.acknowledgeEvery, out.send);
  AmfObject object{
      {"app", parameters_.app},     {"type", "nonprivate"},  {"flashVer", parameters_.flashVersion},
      {"tcUrl", parameters_.tcUrl}, {"fpad", false},         {"capabilities", 15},
      {"audioCodecs", 0x0FFF},      {"videoCodecs", 0x00FF}, {"videoFunction", 1},
      {"objectEncoding", 0}};
  call(
      "connect", std::move(object), {},
      [this](const rtmp::Command& reply, bool accepted, Actions& actions) {
        onConnectReply(reply, accepted, actions);
      },
      out);
}

void NetConnection::call(const std::string& method, AmfValue object,
                         std::vector<AmfValue> arguments, Responder responder, Actions& out) {
  const double transaction = newTransaction();
  pending_.emplace(transaction, std::move(responder));
  if (pending_.size() > kMaxPendingCalls) pending_.erase(pending_.begin());
  sendCommand({method, transaction, std::move(object), std::move(arguments)}, out);
}

void NetConnection::notify(const std::string& method, std::vector<AmfValue> arguments,
                           Actions& out) {
  sendCommand({method, 0, nullptr, std::move(arguments)}, out);
}

void NetConnection::onCommand(const rtmp::Command& command, Actions& out) {
  const bool accepted = command.name == "_result";
  if (accepted || command.name == "_error") {
    const auto call = pending_.find(command.transactionId);
    if (call == pending_.end()) return;  // late, or invented
    const Responder responder = std::move(call->second);
    pending_.erase(call);
    responder(command, accepted, out);
  } else if (command.name == "close") {
    Status status = statusOf(command);
    if (status.code.empty()) status = {"NetConnection.Connect.Closed", "status", ""};
    refuse(std::move(status), out);
  } else if (command.name == "onStatus") {
    Status status = statusOf(command);
    if (endsConnection(status, state_ == State::Opening)) {
      refuse(std::move(status), out);
    } else {
      out.raise(Event::Kind::Informed, std::move(status));
    }
  } else if (!answerBandwidthCheck(command, out) && command.transactionId != 0) {
    sendCommand({"_error",
                 command.transactionId,
                 nullptr,
                 {AmfObject{{"level", "error"},
                            {"code", "NetConnection.Call.Failed"},
                            {"description", "no method " + command.name.substr(0, 128)}}}},
                out);
  }
}

void NetConnection::onConnectReply(const rtmp::Command& reply, bool accepted, Actions& out) {
  if (state_ != State::Opening) return;
  Status status = statusOf(reply);
  const bool success = status.code.empty() || status.code == "NetConnection.Connect.Success";
  if (accepted && success) {
    state_ = State::Connected;
    if (status.code.empty()) status = {"NetConnection.Connect.Success", "status", ""};
    out.raise(Event::Kind::Connected, std::move(status));
    return;
  }
  if (status.code.empty()) {
    status = {"NetConnection.Connect.Rejected", "error", "connect was refused without a reason"};
  }
  refuse(std::move(status), out);
}

bool NetConnection::answerBandwidthCheck(const rtmp::Command& command, Actions& out) {
  const auto answer = [&](AmfValue value) {
    if (command.transactionId == 0) return;
    sendCommand({"_result", command.transactionId, nullptr, {std::move(value)}}, out);
  };
  if (command.name == "onBWDone" || command.name == "_onbwdone") return true;
  if (command.name == "onBWCheck") {
    answer(0);
    return true;
  }
  if (command.name == "_onbwcheck") {
    answer(command.arguments.empty() ? AmfValue(nullptr) : command.arguments.back());
    return true;
  }
  if (command.name == "ping") {
    sendCommand({"pong", command.transactionId, nullptr, {}}, out);
    return true;
  }
  return command.name.starts_with("onFC");
}

void NetConnection::refuse(Status status, Actions& out) {
  if (state_ == State::Refused) return;
  state_ = State::Refused;
  out.raise(Event::Kind::ConnectRefused, std::move(status));
}

}  // namespace multiconnection::session
