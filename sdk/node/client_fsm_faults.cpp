#include <algorithm>
#include <string>
#include <utility>

#include "node/client_call.hpp"

// Answers that a client gets because the node is told to be at fault.
namespace multiconnection::node {
namespace {

constexpr int kRedirectCode = 302;

std::string usualRefusal(const std::string& command) {
  if (command == "connect") return "NetConnection.Connect.Rejected";
  if (command == "publish") return "NetStream.Publish.BadName";
  if (command == "play") return "NetStream.Play.Failed";
  return "NetConnection.Call.Failed";
}

AmfObject redirection(const std::string& url, bool ofStream) {
  AmfObject where{{"code", kRedirectCode}, {"redirect", url}};
  if (ofStream) {
    // As SRS does it: the connection's URL and, for those who know it, the stream's.
    where = {
        {"code", kRedirectCode}, {"redirect", url.substr(0, url.rfind('/'))}, {"redirect2", url}};
  }
  return {{"level", kError},
          {"code", "NetConnection.Connect.Rejected"},
          {"description", "RTMP 302 Redirect"},
          {"ex", std::move(where)}};
}

}  // namespace

void ClientFsm::refuseObject(const rtmp::Message& message, const Refusal& refusal,
                             ClientActions& out) const {
  const auto object = rtmp::parseSharedObject(message);
  if (!object) return;
  const auto& events = object->events;
  const bool uses = std::any_of(events.begin(), events.end(), [](const auto& event) {
    return event.type == rtmp::SharedObjectEventType::Use;
  });
  const std::string usual = uses ? kCreationFailed : kNoWriteAccess;
  out.send.push_back({makeObjectStatus(object->name, object->persistent,
                                       refusal.code.empty() ? usual : refusal.code, encoding_),
                      rtmp::kCommandChunkStream});
}

void ClientFsm::refuse(const rtmp::Message& message, const Refusal& refusal, ClientActions& out) {
  if (rtmp::isSharedObject(message)) return refuseObject(message, refusal, out);
  const auto command = rtmp::parseCommand(message);
  if (!command) return;
  const bool ofStream = command->name == "publish" || command->name == "play";
  AmfObject info{{"level", kError},
                 {"code", refusal.code.empty() ? usualRefusal(command->name) : refusal.code},
                 {"description", "refused as a fault"}};
  if (!refusal.redirect.empty()) info = redirection(refusal.redirect, ofStream);
  if (ofStream) return sendInfo(message.streamId, std::move(info), out);
  reply({*command, message.streamId}, false, {std::move(info)}, out);
  if (command->name != "connect") return;
  state_ = State::Refused;
  out.events.push_back({ClientEvent::Kind::Refused, 0, "refused as a fault"});
}

void ClientFsm::requestReconnect(const std::string& url, ClientActions& out) const {
  // Enhanced RTMP (version 2), reconnect request.
  sendInfo(0,
           {{"level", kStatus},
            {"code", "NetConnection.Connect.ReconnectRequest"},
            {"description", "the server asks for another connection"},
            {"tcUrl", url}},
           out);
}

}  // namespace multiconnection::node
