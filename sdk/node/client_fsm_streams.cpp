#include <utility>

#include "node/client_call.hpp"
#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/data.hpp"
#include "rtmp/message/user_control.hpp"

// The commands that concern streams.
namespace multiconnection::node {
namespace {

constexpr char kStatus[] = "status";
constexpr char kError[] = "error";

AmfObject statusObject(const std::string& code, const std::string& description) {
  return {{"level", kStatus}, {"code", code}, {"description", description}};
}

void sendUserControl(rtmp::UserControlEvent event, std::uint32_t streamId, ClientActions& out) {
  out.send.push_back({rtmp::makeUserControl({event, streamId}), rtmp::kControlChunkStream});
}

}  // namespace

Result<void> ClientFsm::createStream(const Call& call, ClientActions& out) {
  if (streams_.size() >= settings_.maxStreams) {
    reply(call, false,
          {AmfObject{{"level", kError},
                     {"code", "NetConnection.Call.Failed"},
                     {"description", "at most " + std::to_string(settings_.maxStreams) +
                                         " streams per connection"}}},
          out);
    return {};
  }
  // The lowest free id: players that share ids share their chunked frames as well.
  std::uint32_t id = 1;
  while (streams_.count(id) != 0) ++id;
  streams_[id];
  reply(call, true, {id}, out);
  return {};
}

Result<void> ClientFsm::deleteStream(const Call& call, ClientActions& out) {
  const auto& arguments = call.command.arguments;
  const auto id = arguments.empty() ? 0 : arguments[0].as<std::uint32_t>();
  endStream(id, out);
  streams_.erase(id);
  return {};
}

Result<void> ClientFsm::closeStream(const Call& call, ClientActions& out) {
  endStream(call.streamId, out);
  return {};
}

Result<void> ClientFsm::releaseStream(const Call& call, ClientActions& out) {
  reply(call, true, {AmfValue()}, out);
  return {};
}

Result<void> ClientFsm::announcePublish(const Call& call, ClientActions& out) {
  reply(call, true, {AmfValue()}, out);
  send({"onFCPublish", 0, nullptr, {statusObject("NetStream.Publish.Start", call.text(0))}}, out);
  return {};
}

Result<void> ClientFsm::announceUnpublish(const Call& call, ClientActions& out) {
  const std::string name = withoutQuery(call.text(0));
  for (auto& [id, stream] : streams_) {
    if (stream.state == Stream::State::Publishing && stream.name == name) endStream(id, out);
  }
  reply(call, true, {AmfValue()}, out);
  send({"onFCUnpublish", 0, nullptr, {statusObject("NetStream.Unpublish.Success", call.text(0))}},
       out);
  return {};
}

Result<void> ClientFsm::subscribe(const Call& call, ClientActions& out) {
  send({"onFCSubscribe", 0, nullptr, {statusObject("NetStream.Play.Start", call.text(0))}}, out);
  return {};
}

ClientFsm::Stream* ClientFsm::streamToBegin(const Call& call, const std::string& refusal,
                                            ClientActions& out) {
  const auto found = streams_.find(call.streamId);
  std::string problem;
  if (found == streams_.end()) {
    problem = "stream " + std::to_string(call.streamId) + " was not created";
  } else if (found->second.state != Stream::State::Idle) {
    problem = "stream " + std::to_string(call.streamId) + " is in use already";
  } else if (problem = nameProblem(withoutQuery(call.text(0))); !problem.empty()) {
    problem = "the stream name " + problem;
  } else {
    return &found->second;
  }
  sendStatus(call.streamId, kError, refusal, problem, out);
  return nullptr;
}

Result<void> ClientFsm::publish(const Call& call, ClientActions& out) {
  if (call.isFalse(0)) return closeStream(call, out);
  Stream* stream = streamToBegin(call, "NetStream.Publish.BadName", out);
  if (stream == nullptr) return {};
  const std::string type = call.text(1);
  if (!type.empty() && type != "live") {
    sendStatus(call.streamId, kError, "NetStream.Record.NoAccess",
               "this server publishes live only and keeps no recordings", out);
    return {};
  }
  *stream = {Stream::State::Publishing, withoutQuery(call.text(0)), {}};
  out.events.push_back({ClientEvent::Kind::PublishRequested, call.streamId, stream->name, {}});
  return {};
}

void ClientFsm::publishStarted(std::uint32_t streamId, ClientActions& out) {
  sendUserControl(rtmp::UserControlEvent::StreamBegin, streamId, out);
  sendStatus(streamId, kStatus, "NetStream.Publish.Start",
             streams_[streamId].name + " is now published", out);
}

void ClientFsm::publishRefused(std::uint32_t streamId, const std::string& why, ClientActions& out) {
  streams_[streamId] = {};
  sendStatus(streamId, kError, "NetStream.Publish.BadName", why, out);
}

Result<void> ClientFsm::play(const Call& call, ClientActions& out) {
  if (call.isFalse(0)) return closeStream(call, out);
  Stream* stream = streamToBegin(call, "NetStream.Play.Failed", out);
  if (stream == nullptr) return {};
  *stream = {Stream::State::Playing, withoutQuery(call.text(0)), {}};
  out.events.push_back({ClientEvent::Kind::PlayRequested, call.streamId, stream->name, {}});
  return {};
}

void ClientFsm::playStarted(std::uint32_t streamId, ClientActions& out) {
  const std::string& name = streams_[streamId].name;
  sendUserControl(rtmp::UserControlEvent::StreamBegin, streamId, out);
  sendStatus(streamId, kStatus, "NetStream.Play.Reset", "playing and resetting " + name, out);
  sendStatus(streamId, kStatus, "NetStream.Play.Start", "started playing " + name, out);
  out.send.push_back({rtmp::makeData({"|RtmpSampleAccess", {true, true}}, streamId, 0),
                      rtmp::kStreamCommandChunkStream});
}

void ClientFsm::publisherCame(std::uint32_t streamId, ClientActions& out) {
  sendUserControl(rtmp::UserControlEvent::StreamBegin, streamId, out);
  sendStatus(streamId, kStatus, "NetStream.Play.PublishNotify",
             streams_[streamId].name + " is now published", out);
}

void ClientFsm::publisherLeft(std::uint32_t streamId, ClientActions& out) {
  sendStatus(streamId, kStatus, "NetStream.Play.UnpublishNotify",
             streams_[streamId].name + " is now unpublished", out);
  sendUserControl(rtmp::UserControlEvent::StreamEof, streamId, out);
}

Result<void> ClientFsm::seek(const Call& call, ClientActions& out) {
  sendStatus(call.streamId, kError, "NetStream.Seek.Failed", "a live stream cannot be sought", out);
  return {};
}

Result<void> ClientFsm::streamLength(const Call& call, ClientActions& out) {
  reply(call, true, {0}, out);
  return {};
}

void ClientFsm::endStream(std::uint32_t id, ClientActions& out) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.state == Stream::State::Idle) return;
  const Stream ended = std::exchange(found->second, {});
  if (ended.state == Stream::State::Playing) {
    out.events.push_back({ClientEvent::Kind::PlayEnded, id, ended.name, {}});
    return;
  }
  sendStatus(id, kStatus, "NetStream.Unpublish.Success", ended.name + " is now unpublished", out);
  out.events.push_back({ClientEvent::Kind::PublishEnded, id, ended.name, {}});
}

}  // namespace multiconnection::node
