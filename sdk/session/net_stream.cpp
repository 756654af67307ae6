#include "session/net_stream.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/data.hpp"
#include "rtmp/message/user_control.hpp"

namespace multiconnection::session {
namespace {

/// play's start argument: live if there is a publisher, else recorded (in ms, as players send it).
constexpr int kLiveOrRecorded = -2000;
constexpr std::uint32_t kPlayBufferMilliseconds = 1000;

void sendOnStream(const rtmp::Command& command, std::uint32_t streamId, Actions& out) {
  out.send.push_back({rtmp::makeCommand(command, streamId), rtmp::kStreamCommandChunkStream});
}

/// By code, since levels are not to be trusted; of an unknown code the level is all there is. That
/// the server cannot record does not end the live stream.
bool refusesPublish(const Status& status) {
  if (status.code == "NetStream.Publish.BadName" || status.code == "NetStream.Publish.Denied") {
    return true;
  }
  return status.level == "error" && !status.code.starts_with("NetStream.Record.");
}

bool refusesPlay(const Status& status) {
  return status.level == "error" || status.code == "NetStream.Play.StreamNotFound" ||
         status.code == "NetStream.Play.Failed";
}

const auto kIgnoreReply = [](const rtmp::Command&, bool, Actions&) {};

}  // namespace

void NetStream::publish(const std::string& name, Actions& out) {
  connection_.call("releaseStream", nullptr, {name}, kIgnoreReply, out);
  connection_.call("FCPublish", nullptr, {name}, kIgnoreReply, out);
  create(Purpose::Publish, name, out);
}

void NetStream::play(const std::string& name, Actions& out) {
  mediaTime_ = {};
  create(Purpose::Play, name, out);
}

void NetStream::create(Purpose purpose, const std::string& name, Actions& out) {
  purpose_ = purpose;
  name_ = name;
  state_ = State::Creating;
  connection_.call(
      "createStream", nullptr, {},
      [this, generation = ++generation_](const rtmp::Command& reply, bool accepted,
                                         Actions& actions) {
        if (generation == generation_) onCreated(reply, accepted, actions);
      },
      out);
}

void NetStream::onCreated(const rtmp::Command& reply, bool accepted, Actions& out) {
  if (state_ != State::Creating) return;
  const double id = reply.arguments.empty() ? 0 : reply.arguments[0].as<double>(0);
  if (!accepted || !(id >= 1 && id <= 4294967295.0)) {
    Status status = statusOf(reply);
    if (status.code.empty()) {
      status = {"NetStream.Failed", "error", "createStream was refused"};
    }
    refuse(std::move(status), out);
    return;
  }
  id_ = static_cast<std::uint32_t>(id);
  state_ = State::Requested;
  request(out);
}

void NetStream::request(Actions& out) {
  if (purpose_ == Purpose::Publish) {
    sendOnStream({"publish", connection_.newTransaction(), nullptr, {name_, "live"}}, id_, out);
    return;
  }
  out.send.push_back({rtmp::makeUserControl(
                          {rtmp::UserControlEvent::SetBufferLength, id_, kPlayBufferMilliseconds}),
                      rtmp::kControlChunkStream});
  sendOnStream({"play", connection_.newTransaction(), nullptr, {name_, kLiveOrRecorded}}, id_, out);
}

void NetStream::stop(Actions& out) {
  if (state_ == State::Idle) return;
  if (purpose_ == Purpose::Publish) {
    connection_.call("FCUnpublish", nullptr, {name_}, kIgnoreReply, out);
  }
  if (state_ != State::Creating) {
    connection_.notify("deleteStream", {id_}, out);
    stoppedId_ = id_;
  }
  ++generation_;
  state_ = State::Idle;
}

bool NetStream::isLate(std::uint32_t streamId) const {
  if (stoppedId_ == 0) return false;
  // Nothing was asked of the new stream yet; servers answer in order.
  if (state_ == State::Creating) return true;
  return streamId == stoppedId_ && streamId != id_;
}

void NetStream::onStatus(Status status, std::uint32_t streamId, Actions& out) {
  if (isLate(streamId) && status.code != "NetStream.Unpublish.Success") {
    out.raise(Event::Kind::Informed, std::move(status));
  } else if (purpose_ == Purpose::Publish) {
    onPublishStatus(std::move(status), out);
  } else {
    onPlayStatus(std::move(status), out);
  }
}

void NetStream::onPublishStatus(Status status, Actions& out) {
  if (status.code == "NetStream.Unpublish.Success") {
    out.raise(Event::Kind::Unpublished, std::move(status));
  } else if (state_ == State::Requested && status.code == "NetStream.Publish.Start") {
    state_ = State::Active;
    out.raise(Event::Kind::PublishStarted, std::move(status));
  } else if (state_ != State::Idle && refusesPublish(status)) {
    refuse(std::move(status), out);
  } else {
    out.raise(Event::Kind::Informed, std::move(status));
  }
}

void NetStream::onPlayStatus(Status status, Actions& out) {
  const std::string& code = status.code;
  if (state_ == State::Requested && code == "NetStream.Play.Start") {
    state_ = State::Active;
    out.raise(Event::Kind::PlayStarted, std::move(status));
  } else if (state_ != State::Idle && refusesPlay(status)) {
    refuse(std::move(status), out);
  } else if (state_ == State::Active &&
             (code == "NetStream.Play.UnpublishNotify" || code == "NetStream.Play.Stop" ||
              code == "NetStream.Play.Complete")) {
    out.raise(Event::Kind::PlayEnded, std::move(status));
  } else {
    out.raise(Event::Kind::Informed, std::move(status));
  }
}

void NetStream::refuse(Status status, Actions& out) {
  state_ = State::Idle;
  ++generation_;
  out.raise(purpose_ == Purpose::Publish ? Event::Kind::PublishRefused : Event::Kind::PlayRefused,
            std::move(status));
}

void NetStream::onStreamEof(Actions& out) {
  if (state_ != State::Active || purpose_ != Purpose::Play) return;
  out.raise(Event::Kind::PlayEnded, {"NetStream.Play.Stop", "status", "the stream ended"});
}

void NetStream::onMedia(const rtmp::Message& message, Actions& out) {
  if (purpose_ != Purpose::Play || state_ == State::Idle || state_ == State::Creating) return;
  if (message.type == rtmp::MessageType::DataAmf0 && onDataMessage(message, out)) return;
  const auto time = std::max(mediaTime_.at(message.timestamp), std::chrono::milliseconds(0));
  Event event{Event::Kind::MediaReceived, {}, {}};
  event.media = {static_cast<MediaKind>(message.type), time,
                 std::make_shared<const Bytes>(message.body)};
  out.events.push_back(std::move(event));
}

bool NetStream::onDataMessage(const rtmp::Message& message, Actions& out) {
  const auto data = rtmp::parseData(message);
  if (!data || data->handler == "|RtmpSampleAccess") return true;
  if (data->handler != "onStatus" && data->handler != "onPlayStatus") return false;
  for (const AmfValue& value : data->arguments) {
    if (!value["code"].isString()) continue;
    onStatus({value["code"].as<std::string>(), value["level"].as<std::string>(),
              value["description"].as<std::string>()},
             message.streamId, out);
    break;
  }
  return true;
}

}  // namespace multiconnection::session
