#include <utility>

#include "node/client_call.hpp"

// Calls in both directions.
namespace multiconnection::node {
namespace {

AmfObject callFailed(const std::string& description) {
  return {{"level", "error"}, {"code", "NetConnection.Call.Failed"}, {"description", description}};
}

}  // namespace

void ClientFsm::unknownMethod(const Call& call, ClientActions& out) {
  const std::string& name = call.command.name;
  if (!handled_ || !handled_(name)) {
    return reply(call, false, {callFailed("no method " + quoted(name))}, out);
  }
  ClientEvent event{ClientEvent::Kind::CallReceived, call.streamId, name};
  event.transaction = call.command.transactionId;
  event.arguments = call.command.arguments;
  out.events.push_back(std::move(event));
}

void ClientFsm::answerCall(double transaction, const Result<AmfValue>& result,
                           ClientActions& out) const {
  if (transaction == 0) return;
  if (result) return send({"_result", transaction, nullptr, {*result}}, out);
  send({"_error", transaction, nullptr, {callFailed(result.error().message)}}, out);
}

double ClientFsm::call(const std::string& method, std::vector<AmfValue> arguments, bool wantsAnswer,
                       ClientActions& out) {
  const double transaction = wantsAnswer ? ++lastTransaction_ : 0;
  if (wantsAnswer) calls_.insert(transaction);
  send({method, transaction, nullptr, std::move(arguments)}, out);
  return transaction;
}

Result<void> ClientFsm::answered(const Call& call, ClientActions& out) {
  const double transaction = call.command.transactionId;
  // An id that is no number at all (NaN) is found nowhere, and erases nothing.
  if (!(transaction > 0) || calls_.erase(transaction) == 0) return {};
  ClientEvent event{ClientEvent::Kind::CallAnswered, 0, ""};
  event.transaction = transaction;
  event.wanted = call.command.name == "_result";
  event.arguments = call.command.arguments;
  out.events.push_back(std::move(event));
  return {};
}

Result<void> ClientFsm::checkBandwidth(const Call& call, ClientActions& out) {
  reply(call, true, {AmfValue()}, out);
  out.events.push_back({ClientEvent::Kind::BandwidthRequested, 0, ""});
  return {};
}

Result<void> ClientFsm::acceptSilently(const Call&, ClientActions&) { return {}; }

Result<void> ClientFsm::acceptWithResult(const Call& call, ClientActions& out) {
  reply(call, true, {}, out);
  return {};
}

void ClientFsm::shutDown(ClientActions& out) const {
  if (state_ != State::Connected) return;
  sendStatus(0, "error", "NetConnection.Connect.AppShutdown", "the server stops", out);
}

}  // namespace multiconnection::node
