#include "node/client_fsm.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "node/client_call.hpp"
#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/aggregate.hpp"
#include "rtmp/message/control.hpp"
#include "rtmp/message/data.hpp"
#include "rtmp/message/user_control.hpp"

namespace multiconnection::node {
namespace {

/// Enhanced RTMP (version 2), connect: what a relay can do with any codec, and which of the new
/// packet forms pass through it.
constexpr int kCanForward = 4;
constexpr int kMultitrack = 2;
constexpr int kModEx = 4;
constexpr int kNanoOffset = 8;

}  // namespace

std::string withoutQuery(const std::string& name) { return name.substr(0, name.find('?')); }

std::string queryOf(const std::string& name) {
  const auto mark = name.find('?');
  return mark == std::string::npos ? "" : name.substr(mark + 1);
}

ClientFsm::Method ClientFsm::methodOf(const std::string& name) {
  static const std::unordered_map<std::string_view, Method> methods{
      {"connect", &ClientFsm::connect},
      {"createStream", &ClientFsm::createStream},
      {"deleteStream", &ClientFsm::deleteStream},
      {"closeStream", &ClientFsm::closeStream},
      {"releaseStream", &ClientFsm::releaseStream},
      {"FCPublish", &ClientFsm::announcePublish},
      {"FCUnpublish", &ClientFsm::announceUnpublish},
      {"FCSubscribe", &ClientFsm::subscribe},
      {"FCUnsubscribe", &ClientFsm::acceptSilently},
      {"publish", &ClientFsm::publish},
      {"play", &ClientFsm::play},
      {"play2", &ClientFsm::play2},
      {"seek", &ClientFsm::seek},
      {"pause", &ClientFsm::pause},
      {"pauseRaw", &ClientFsm::pause},
      {"receiveAudio", &ClientFsm::receiveAudio},
      {"receiveVideo", &ClientFsm::receiveVideo},
      {"getStreamLength", &ClientFsm::streamLength},
      {"_checkbw", &ClientFsm::acceptWithResult},
      {"checkBandwidth", &ClientFsm::checkBandwidth},
      {"_result", &ClientFsm::answered},
      {"_error", &ClientFsm::answered},
  };
  const auto known = methods.find(name);
  return known == methods.end() ? nullptr : known->second;
}

bool ClientFsm::isOwnMethod(const std::string& name) { return methodOf(name) != nullptr; }

Result<void> ClientFsm::onMessage(rtmp::Message&& message, ClientActions& out) {
  if (state_ == State::Refused) return {};  // in flight when it was told
  switch (message.type) {
    case rtmp::MessageType::CommandAmf0:
    case rtmp::MessageType::CommandAmf3:
      return onCommand(message, out);
    case rtmp::MessageType::Audio:
    case rtmp::MessageType::Video:
    case rtmp::MessageType::DataAmf0:
    case rtmp::MessageType::DataAmf3:
      onMedia(std::move(message), out);
      return {};
    case rtmp::MessageType::Aggregate:
      return onAggregate(message, out);
    case rtmp::MessageType::SharedObjectAmf0:
    case rtmp::MessageType::SharedObjectAmf3:
      return onSharedObject(message, out);
    case rtmp::MessageType::UserControl:
      onBufferLength(message, out);
      break;
    default:
      break;
  }
  control_.onMessage(message, out.send);
  return {};  // types that nobody asked for are ignored
}

Result<void> ClientFsm::onCommand(const rtmp::Message& message, ClientActions& out) {
  amf::Limits limits;
  limits.maxValues = settings_.maxCallValues;
  const auto command = rtmp::parseCommand(message, limits);
  if (!command) return command.error();
  const Call call{*command, message.streamId};
  if (state_ == State::Opening && command->name != "connect") {
    return Error{Errc::CorruptData, "the command " + quoted(command->name) + " before connect"};
  }
  if (const Method method = methodOf(command->name)) return (this->*method)(call, out);
  unknownMethod(call, out);
  return {};
}

Result<void> ClientFsm::onAggregate(const rtmp::Message& message, ClientActions& out) {
  if (openStream(message.streamId, Stream::State::Publishing) == nullptr) return {};
  auto parts = rtmp::splitAggregate(message);
  if (!parts) return parts.error();
  for (rtmp::Message& part : *parts) onMedia(std::move(part), out);
  return {};
}

void ClientFsm::onMedia(rtmp::Message&& message, ClientActions& out) {
  // Media for a refused or ended stream may have been under way when the client heard of it.
  Stream* stream = openStream(message.streamId, Stream::State::Publishing);
  if (stream == nullptr) return;
  if (message.type == rtmp::MessageType::DataAmf3) {
    // Everyone reads AMF0: players without AMF3, and those of the recording.
    const auto data = rtmp::parseData(message);
    if (!data) return;
    message = rtmp::makeData(*data, message.streamId, message.timestamp);
    if (message.body.size() > rtmp::kMaxMessageBytes) return;  // it named one value many times
  }
  ClientEvent event{ClientEvent::Kind::Media, message.streamId, ""};
  event.media = {static_cast<MediaKind>(message.type), stream->time.at(message.timestamp),
                 std::make_shared<const Bytes>(std::move(message.body))};
  out.events.push_back(std::move(event));
}

Result<void> ClientFsm::connect(const Call& call, ClientActions& out) {
  if (state_ != State::Opening) return Error{Errc::CorruptData, "a second connect"};
  std::string app = withoutQuery(call.command.object["app"].as<std::string>());
  while (!app.empty() && app.back() == '/') app.pop_back();
  app.erase(0, std::min(app.find_first_not_of('/'), app.size()));
  const std::string problem = nameProblem(app);
  if (problem.empty()) {
    acceptConnect(call, std::move(app), out);
  } else {
    refuseConnect(call, "app " + quoted(app) + " " + problem, out);
  }
  return {};
}

void ClientFsm::acceptConnect(const Call& call, std::string app, ClientActions& out) {
  state_ = State::Connected;
  app_ = std::move(app);
  const bool amf3 = call.command.object["objectEncoding"].as<double>() == 3;
  control_.announceWindow(settings_.windowBytes, out.send);
  for (rtmp::Message& message :
       std::array{rtmp::makeSetPeerBandwidth(settings_.windowBytes),
                  rtmp::makeSetChunkSize(settings_.chunkSize),
                  rtmp::makeUserControl({rtmp::UserControlEvent::StreamBegin, 0})}) {
    out.send.push_back({std::move(message), rtmp::kControlChunkStream});
  }
  send({"_result",
        call.command.transactionId,
        AmfObject{{"fmsVer", "FMS/3,0,1,123"},
                  {"capabilities", 31},
                  {"mode", 1},
                  {"fourCcList", AmfArray{"*"}},
                  {"videoFourCcInfoMap", AmfObject{{"*", kCanForward}}},
                  {"audioFourCcInfoMap", AmfObject{{"*", kCanForward}}},
                  {"capsEx", kMultitrack | kModEx | kNanoOffset}},
        {AmfObject{{"level", "status"},
                   {"code", "NetConnection.Connect.Success"},
                   {"description", "Connection succeeded."},
                   {"objectEncoding", amf3 ? 3 : 0}}}},
       out);
  if (amf3) encoding_ = rtmp::Encoding::Amf3;  // from the next command on
  send({"onBWDone", 0, nullptr, {}}, out);
  out.events.push_back({ClientEvent::Kind::Connected, 0, app_});
}

void ClientFsm::refuseConnect(const Call& call, const std::string& why, ClientActions& out) {
  state_ = State::Refused;
  send({"_error",
        call.command.transactionId,
        nullptr,
        {AmfObject{{"level", "error"},
                   {"code", "NetConnection.Connect.InvalidApp"},
                   {"description", why}}}},
       out);
  out.events.push_back({ClientEvent::Kind::Refused, 0, why});
}

std::string ClientFsm::nameProblem(const std::string& name) const {
  if (name.empty()) return "is empty";
  if (name.size() > settings_.maxNameBytes) {
    return "has " + std::to_string(name.size()) + " bytes, at most " +
           std::to_string(settings_.maxNameBytes) + " are taken";
  }
  const bool unprintable = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  return unprintable ? "has control characters" : "";
}

void ClientFsm::send(const rtmp::Command& command, ClientActions& out) const {
  out.send.push_back({rtmp::makeCommand(command, 0, encoding_), rtmp::kCommandChunkStream});
}

void ClientFsm::reply(const Call& call, bool accepted, std::vector<AmfValue> values,
                      ClientActions& out) const {
  if (call.command.transactionId == 0) return;
  send({accepted ? "_result" : "_error", call.command.transactionId, nullptr, std::move(values)},
       out);
}

void ClientFsm::sendInfo(std::uint32_t streamId, AmfObject info, ClientActions& out) const {
  const rtmp::Command status{"onStatus", 0, nullptr, {std::move(info)}};
  out.send.push_back(
      {rtmp::makeCommand(status, streamId, encoding_), rtmp::kStreamCommandChunkStream});
}

void ClientFsm::sendStatus(std::uint32_t streamId, const char* level, const std::string& code,
                           const std::string& description, ClientActions& out) const {
  sendInfo(streamId, {{"level", level}, {"code", code}, {"description", description}}, out);
}

}  // namespace multiconnection::node
