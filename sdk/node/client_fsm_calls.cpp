#include <string>
#include <utility>

#include "node/client_call.hpp"

// Calls in both directions.
namespace multiconnection::node {
namespace {

/// Of a text that others wrote.
constexpr std::size_t kMaxDescriptionBytes = 1024;

AmfObject callFailed(const std::string& description) {
  return {{"level", "error"},
          {"code", "NetConnection.Call.Failed"},
          {"description", description.substr(0, kMaxDescriptionBytes)}};
}

/// Whether a message can hold it: one that names a value of a client several times may not.
Result<void> checkSize(const char* what, const rtmp::Message& message) {
  if (message.body.size() <= rtmp::kMaxMessageBytes) return {};
  return Error{Errc::LimitExceeded, std::string(what) + " has " +
                                        std::to_string(message.body.size()) +
                                        " bytes, a message can hold 16777215"};
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
  if (!result) {
    return send({"_error", transaction, nullptr, {callFailed(result.error().message)}}, out);
  }
  rtmp::Message answer =
      rtmp::makeCommand({"_result", transaction, nullptr, {*result}}, 0, encoding_);
  const auto fits = checkSize("the answer", answer);
  if (!fits) return answerCall(transaction, fits.error(), out);
  out.send.push_back({std::move(answer), rtmp::kCommandChunkStream});
}

Result<double> ClientFsm::call(const std::string& method, std::vector<AmfValue> arguments,
                               bool wantsAnswer, ClientActions& out) {
  const double transaction = wantsAnswer ? lastTransaction_ + 1 : 0;
  rtmp::Message message =
      rtmp::makeCommand({method, transaction, nullptr, std::move(arguments)}, 0, encoding_);
  if (const auto fits = checkSize("the call", message); !fits) return fits.error();
  if (wantsAnswer) calls_.insert(lastTransaction_ = transaction);
  out.send.push_back({std::move(message), rtmp::kCommandChunkStream});
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
