#include "node/client_faults.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "rtmp/message/shared_object.hpp"

namespace multiconnection::node {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = NodeFault::Kind;

/// No version of the handshake, and no chunk: a continuation of what never began.
Bytes garbage() { return Bytes(4096, 0xFF); }

/// The moment that a command is, if it is one that faults know.
std::optional<NodeFault::Moment> momentOf(const rtmp::Command& command, ClientFsm::State state) {
  using Moment = NodeFault::Moment;
  if (state == ClientFsm::State::Opening) {
    return command.name == "connect" ? std::optional(Moment::Connect) : std::nullopt;
  }
  if (command.name == "createStream") return Moment::CreateStream;
  // publish(false) and play(false) end a stream.
  if (command.arguments.empty() || !command.arguments[0].isString()) return std::nullopt;
  if (command.name == "publish") return Moment::Publish;
  if (command.name == "play") return Moment::Play;
  return std::nullopt;
}

bool isCommand(const rtmp::Message& message) {
  return message.type == rtmp::MessageType::CommandAmf0 ||
         message.type == rtmp::MessageType::CommandAmf3;
}

bool isMedia(const rtmp::Message& message) {
  using rtmp::MessageType;
  const auto types = {MessageType::Audio, MessageType::Video, MessageType::DataAmf0,
                      MessageType::DataAmf3, MessageType::Aggregate};
  return std::find(types.begin(), types.end(), message.type) != types.end();
}

std::chrono::milliseconds delayOf(const std::vector<NodeFault>& faults) {
  std::chrono::milliseconds sum{0};
  for (const NodeFault& fault : faults) {
    if (fault.kind == Kind::Delay) sum += fault.pause;
  }
  return sum;
}

}  // namespace

Client::Faults::Faults(Client& client, FaultPlan& plan)
    : client_(client),
      plan_(plan),
      delayTimer_(client.host_.loop),
      stallTimer_(client.host_.loop) {}

std::unique_ptr<transport::Connection> Client::Faults::impair(
    std::unique_ptr<transport::Connection> connection) {
  impairment_ = std::make_shared<Impairment>(client_.host_.loop, std::move(connection));
  return Impairment::connectionOf(impairment_);
}

void Client::Faults::onAccept(std::function<void()> goOn) {
  meet(plan_.at(Moment::Accept), nullptr, std::move(goOn));
}

void Client::Faults::onHandshake(std::function<void()> goOn) {
  // Once; what is left of a long answer has been through it.
  if (std::exchange(shaken_, true)) return goOn();
  meet(plan_.at(Moment::Handshake), nullptr, std::move(goOn));
}

void Client::Faults::onMessage(rtmp::Message&& message) {
  if (impairment_->muted()) return;
  if (delaying_) {
    held_.push_back(std::move(message));
    return;
  }
  auto struck = struckBy(message);
  if (struck.empty()) return client_.handle(std::move(message));
  const auto kept = std::make_shared<const rtmp::Message>(std::move(message));
  meet(std::move(struck), kept, [this, kept] { client_.handle(rtmp::Message(*kept)); });
}

std::vector<NodeFault> Client::Faults::struckBy(const rtmp::Message& message) {
  if (isMedia(message)) return struckByMedia(message);
  if (rtmp::isSharedObject(message)) return struckByObject(message);
  if (!isCommand(message)) return {};
  const auto command = rtmp::parseCommand(message);
  if (!command) return {};
  const auto moment = momentOf(*command, client_.fsm_.state());
  if (!moment) return {};
  if (*moment != Moment::Publish && *moment != Moment::Play) return plan_.at(*moment);
  const std::string name = withoutQuery(command->arguments[0].as<std::string>());
  if (*moment == Moment::Publish && plan_.isHeld({client_.fsm_.app(), name}, Clock::now())) {
    NodeFault refusal;
    refusal.moment = Moment::Publish;
    refusal.kind = Kind::Refuse;
    return {refusal};
  }
  return plan_.at(*moment, name);
}

std::vector<NodeFault> Client::Faults::struckByObject(const rtmp::Message& message) {
  const auto object = rtmp::parseSharedObject(message);
  if (!object) return {};
  using Type = rtmp::SharedObjectEventType;
  const auto has = [&object](std::initializer_list<Type> types) {
    const auto& events = object->events;
    return std::any_of(events.begin(), events.end(), [types](const auto& event) {
      return std::find(types.begin(), types.end(), event.type) != types.end();
    });
  };
  if (has({Type::Use})) return plan_.at(Moment::UseObject, object->name);
  if (has({Type::RequestChange, Type::RequestRemove, Type::SendMessage})) {
    return plan_.at(Moment::ChangeObject, object->name);
  }
  return {};
}

std::vector<NodeFault> Client::Faults::struckByMedia(const rtmp::Message& message) {
  const auto part = client_.parts_.find(message.streamId);
  if (part == client_.parts_.end() || part->second.player) return {};
  Media& media = media_[message.streamId];
  if (media.serial != part->second.serial) {
    media = {part->second.serial, {part->second.key.second}};
  }
  return plan_.onMedia(media.media, message.body.size(), message.timestamp);
}

void Client::Faults::meet(std::vector<NodeFault> struck,
                          std::shared_ptr<const rtmp::Message> message,
                          std::function<void()> goOn) {
  const auto pause = delayOf(struck);
  if (pause.count() == 0) return meetNow(struck, message.get(), goOn);
  delay(pause, [this, struck = std::move(struck), message = std::move(message),
                goOn = std::move(goOn)] { meetNow(struck, message.get(), goOn); });
}

void Client::Faults::meetNow(const std::vector<NodeFault>& struck, const rtmp::Message* message,
                             const std::function<void()>& goOn) {
  for (const NodeFault& fault : struck) {
    client_.host_.report(client_.eventOf(NodeEvent::Kind::Fault, "", faultName(fault)));
    if (!carryOut(fault, message)) return;
  }
  goOn();
}

bool Client::Faults::carryOut(const NodeFault& fault, const rtmp::Message* message) {
  switch (fault.kind) {
    case Kind::Refuse:
    case Kind::Redirect:
      answer(fault, *message);
      return fault.moment == Moment::Media;
    case Kind::Reset:
      impairment_->resetOnClose();
      client_.end("fault " + faultName(fault));
      return false;
    case Kind::Close:
      client_.end("fault " + faultName(fault));
      return false;
    case Kind::Silent:
    case Kind::Garbage:
      client_.setupTimer_.cancel();
      if (fault.kind == Kind::Garbage) impairment_->spoil(garbage());
      impairment_->mute();
      // In the handshake what comes must still be read; a message is forgotten.
      return message == nullptr;
    case Kind::Stall:
      stall(fault.pause);
      return true;
    case Kind::Drip:
      client_.setupTimer_.cancel();
      drip_ = fault.bytesPerSecond;
      setReading();
      return true;
    case Kind::Ghost:
      ghosts_[message->streamId] = fault.pause;
      return true;
    case Kind::NoAcks:
      acknowledges_ = false;
      return true;
    case Kind::Ignore:
      return false;
    case Kind::Delay:
      return true;  // is over
  }
  return true;
}

void Client::Faults::answer(const NodeFault& fault, const rtmp::Message& message) {
  ClientActions actions;
  if (fault.moment == Moment::Media) {
    client_.fsm_.requestReconnect(fault.url, actions);
  } else {
    client_.fsm_.refuse(message, {fault.code, fault.url}, actions);
  }
  client_.perform(std::move(actions));
}

void Client::Faults::delay(std::chrono::milliseconds pause, std::function<void()> then) {
  client_.setupTimer_.cancel();
  delaying_ = true;
  setReading();
  delayTimer_.arm(Clock::now() + pause, [this, then = std::move(then)] {
    delaying_ = false;
    setReading();
    then();
    // One of them may be delayed again: the others then wait behind it.
    for (rtmp::Message& message : std::exchange(held_, {})) {
      if (client_.ended_) return;
      onMessage(std::move(message));
    }
  });
}

void Client::Faults::stall(std::chrono::milliseconds pause) {
  client_.setupTimer_.cancel();
  stalled_ = true;
  setReading();
  if (pause.count() == 0) return;
  stallTimer_.arm(Clock::now() + pause, [this] {
    stalled_ = false;
    setReading();
  });
}

void Client::Faults::setReading() {
  impairment_->setReadRate(delaying_ || stalled_ ? std::optional<std::uint64_t>(0) : drip_);
}

void Client::Faults::onEnd() {
  delayTimer_.cancel();
  stallTimer_.cancel();
  for (const auto& [streamId, pause] : ghosts_) {
    const auto part = client_.parts_.find(streamId);
    if (part == client_.parts_.end() || part->second.player) continue;
    plan_.hold(part->second.key, Clock::now(), pause);
  }
}

}  // namespace multiconnection::node
