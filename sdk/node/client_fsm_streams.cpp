#include <utility>

#include "node/client_call.hpp"
#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/data.hpp"
#include "rtmp/message/user_control.hpp"

// The commands that concern streams.
namespace multiconnection::node {
namespace {

/// @param name  a client's, of any length.
AmfObject announcement(const char* code, const std::string& name) {
  return {{"level", kStatus},
          {"code", code},
          {"description", name.substr(0, ClientSettings().maxNameBytes)}};
}

std::optional<RecordMode> recordModeOf(const std::string& type) {
  if (type == "record") return RecordMode::Overwrite;
  if (type == "append") return RecordMode::Append;
  if (type == "appendWithGap") return RecordMode::AppendWithGap;
  return std::nullopt;
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
  send({"onFCPublish", 0, nullptr, {announcement("NetStream.Publish.Start", call.text(0))}}, out);
  return {};
}

Result<void> ClientFsm::announceUnpublish(const Call& call, ClientActions& out) {
  const std::string name = withoutQuery(call.text(0));
  for (auto& [id, stream] : streams_) {
    if (stream.state == Stream::State::Publishing && stream.name == name) endStream(id, out);
  }
  reply(call, true, {AmfValue()}, out);
  send({"onFCUnpublish", 0, nullptr, {announcement("NetStream.Unpublish.Success", call.text(0))}},
       out);
  return {};
}

Result<void> ClientFsm::subscribe(const Call& call, ClientActions& out) {
  send({"onFCSubscribe", 0, nullptr, {announcement("NetStream.Play.Start", call.text(0))}}, out);
  return {};
}

ClientFsm::Stream* ClientFsm::streamToBegin(const Call& call, const std::string& refusal,
                                            ClientActions& out) {
  const auto found = streams_.find(call.streamId);
  const bool again = call.command.name == "play" && call.flag(3, true);
  if (again && openStream(call.streamId, Stream::State::Playing)) endStream(call.streamId, out);
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
  const auto mode = recordModeOf(type);
  const bool live = type.empty() || type == "live";
  if (!live && (!mode || !settings_.recordings)) {
    sendStatus(call.streamId, kError, "NetStream.Record.NoAccess",
               mode ? "this server publishes live only and keeps no recordings"
                    : "nothing is known of the publish type " + quoted(type),
               out);
    return {};
  }
  stream->begin(Stream::State::Publishing, withoutQuery(call.text(0)));
  ClientEvent event{ClientEvent::Kind::PublishRequested, call.streamId, stream->name};
  event.query = queryOf(call.text(0));
  event.record = mode;
  out.events.push_back(std::move(event));
  return {};
}

void ClientFsm::publishStarted(std::uint32_t streamId, bool recorded, ClientActions& out) {
  const Stream* stream = openStream(streamId, Stream::State::Publishing);
  if (stream == nullptr) return;
  sendUserControl(rtmp::UserControlEvent::StreamBegin, streamId, out);
  sendStatus(streamId, kStatus, "NetStream.Publish.Start", stream->name + " is now published", out);
  if (!recorded) return;
  sendStatus(streamId, kStatus, "NetStream.Record.Start", stream->name + " is now recorded", out);
}

void ClientFsm::publishRefused(std::uint32_t streamId, const std::string& code,
                               const std::string& why, ClientActions& out) {
  if (Stream* stream = openStream(streamId, Stream::State::Publishing)) {
    stream->begin(Stream::State::Idle, "");
  }
  sendStatus(streamId, kError, code, why, out);
}

void ClientFsm::recordFailed(std::uint32_t streamId, const std::string& code,
                             const std::string& why, ClientActions& out) {
  sendStatus(streamId, kError, code, why, out);
}

void ClientFsm::recordStopped(std::uint32_t streamId, const std::string& name, ClientActions& out) {
  sendStatus(streamId, kStatus, "NetStream.Record.Stop", name + " is no longer recorded", out);
}

ClientFsm::Stream* ClientFsm::openStream(std::uint32_t id, Stream::State state) {
  const auto found = streams_.find(id);
  return found == streams_.end() || found->second.state != state ? nullptr : &found->second;
}

void ClientFsm::endStream(std::uint32_t id, ClientActions& out) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.state == Stream::State::Idle) return;
  const Stream ended = found->second.begin(Stream::State::Idle, "");
  if (ended.state == Stream::State::Playing) {
    out.events.push_back({ClientEvent::Kind::PlayEnded, id, ended.name});
    return;
  }
  sendStatus(id, kStatus, "NetStream.Unpublish.Success", ended.name + " is now unpublished", out);
  out.events.push_back({ClientEvent::Kind::PublishEnded, id, ended.name});
}

}  // namespace multiconnection::node
