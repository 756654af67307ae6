#include <algorithm>
#include <utility>

#include "node/client_call.hpp"
#include "rtmp/message/data.hpp"

// The commands of players.
namespace multiconnection::node {
namespace {

using std::chrono::milliseconds;

/// `play` in its usual form: name, start, duration, reset. Times travel as milliseconds; the two
/// special starts are seen as -1 and -2 as well as thousandfold.
PlayRequest playRequestOf(const AmfValue& start, const AmfValue& duration) {
  constexpr std::int64_t kAnything = -2;
  PlayRequest request;
  const auto from = timeOf(start, kAnything).count();
  if (from >= 0) {
    request.from = PlayRequest::From::Recorded;
    request.start = milliseconds(from);
  } else if (from == -1 || from == -1000) {
    request.from = PlayRequest::From::Live;
  }
  if (const milliseconds length = timeOf(duration, -1); length.count() >= 0) {
    request.duration = length;
  }
  return request;
}

double inSeconds(milliseconds time) { return static_cast<double>(time.count()) / 1000; }

rtmp::Outgoing playStatus(std::uint32_t streamId, AmfObject info) {
  return {rtmp::makeData({"onPlayStatus", {std::move(info)}}, streamId, 0),
          rtmp::kStreamCommandChunkStream};
}

}  // namespace

Result<void> ClientFsm::play(const Call& call, ClientActions& out) {
  if (call.isFalse(0)) return closeStream(call, out);
  Stream* stream = streamToBegin(call, "NetStream.Play.Failed", out);
  if (stream == nullptr) return {};
  stream->begin(Stream::State::Playing, withoutQuery(call.text(0)));
  ClientEvent event{ClientEvent::Kind::PlayRequested, call.streamId, stream->name};
  event.query = queryOf(call.text(0));
  event.play = playRequestOf(call.value(1), call.value(2));
  event.play.reset = call.flag(3, true);
  event.play.buffer = stream->buffer;
  out.events.push_back(std::move(event));
  return {};
}

void ClientFsm::playStarted(std::uint32_t streamId, bool recorded, ClientActions& out) {
  Stream* stream = openStream(streamId, Stream::State::Playing);
  if (stream == nullptr) return;
  stream->recorded = recorded;
  const std::string& name = stream->name;
  if (recorded) sendUserControl(rtmp::UserControlEvent::StreamIsRecorded, streamId, out);
  sendUserControl(rtmp::UserControlEvent::StreamBegin, streamId, out);
  sendStatus(streamId, kStatus, "NetStream.Play.Reset", "playing and resetting " + name, out);
  sendStatus(streamId, kStatus, "NetStream.Play.Start", "started playing " + name, out);
  out.send.push_back({rtmp::makeData({"|RtmpSampleAccess", {true, true}}, streamId, 0),
                      rtmp::kStreamCommandChunkStream});
}

void ClientFsm::playRefused(std::uint32_t streamId, const std::string& code, const std::string& why,
                            ClientActions& out) {
  Stream* stream = openStream(streamId, Stream::State::Playing);
  if (stream == nullptr) return;
  stream->begin(Stream::State::Idle, "");
  sendStatus(streamId, kError, code, why, out);
}

void ClientFsm::playCompleted(std::uint32_t streamId, milliseconds duration, ClientActions& out) {
  const Stream* stream = openStream(streamId, Stream::State::Playing);
  if (stream == nullptr) return;
  out.send.push_back(playStatus(streamId, {{"level", kStatus},
                                           {"code", "NetStream.Play.Complete"},
                                           {"duration", inSeconds(duration)}}));
  sendUserControl(rtmp::UserControlEvent::StreamEof, streamId, out);
  sendStatus(streamId, kStatus, "NetStream.Play.Stop", "stopped playing " + stream->name, out);
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

void ClientFsm::tellPlayer(const Call& call, ClientEvent&& event, ClientActions& out) {
  if (openStream(call.streamId, Stream::State::Playing) == nullptr) return;
  event.streamId = call.streamId;
  out.events.push_back(std::move(event));
}

Result<void> ClientFsm::play2(const Call& call, ClientActions& out) {
  const AmfValue& asked = call.value(0);
  const std::string transition = asked["transition"].as<std::string>("switch");
  const std::string name = withoutQuery(asked["streamName"].as<std::string>());
  Stream* stream = openStream(call.streamId, Stream::State::Playing);
  std::string problem;
  if (stream == nullptr) {
    problem = "nothing plays that could be switched";
  } else if (transition == "stop") {
    return closeStream(call, out);
  } else if (transition != "switch" && transition != "swap" && transition != "reset") {
    problem = "the transition " + quoted(transition) + " is not supported";
  } else if (problem = nameProblem(name); !problem.empty()) {
    problem = "the stream name " + problem;
  }
  if (!problem.empty()) {
    sendStatus(call.streamId, kError, "NetStream.Play.Failed", problem, out);
    return {};
  }
  ClientEvent event{ClientEvent::Kind::SwitchRequested, call.streamId, name};
  event.query = queryOf(asked["streamName"].as<std::string>());
  event.play = playRequestOf(asked["start"], asked["len"]);
  event.play.buffer = stream->buffer;
  // A switch goes on where the other stream is; a reset begins anew.
  event.wanted = transition != "reset";
  stream->name = name;
  out.events.push_back(std::move(event));
  return {};
}

void ClientFsm::switchDone(std::uint32_t streamId, bool recorded, ClientActions& out) {
  Stream* stream = openStream(streamId, Stream::State::Playing);
  if (stream == nullptr) return;
  stream->recorded = recorded;
  const std::string& name = stream->name;
  sendInfo(streamId,
           {{"level", kStatus},
            {"code", "NetStream.Play.Transition"},
            {"description", "switched to " + name},
            {"details", name},
            {"reason", "NetStream.Transition.Success"}},
           out);
  out.send.push_back(playStatus(
      streamId,
      {{"level", kStatus}, {"code", "NetStream.Play.TransitionComplete"}, {"details", name}}));
}

Result<void> ClientFsm::pause(const Call& call, ClientActions& out) {
  ClientEvent event{ClientEvent::Kind::PauseRequested, call.streamId, ""};
  event.wanted = call.flag(0, true);
  tellPlayer(call, std::move(event), out);
  return {};
}

void ClientFsm::pauseDone(std::uint32_t streamId, bool paused, ClientActions& out) {
  const Stream* stream = openStream(streamId, Stream::State::Playing);
  if (stream == nullptr) return;
  sendStatus(streamId, kStatus, paused ? "NetStream.Pause.Notify" : "NetStream.Unpause.Notify",
             (paused ? "pausing " : "unpausing ") + stream->name, out);
}

Result<void> ClientFsm::receiveAudio(const Call& call, ClientActions& out) {
  ClientEvent event{ClientEvent::Kind::AudioRequested, call.streamId, ""};
  event.wanted = call.flag(0, true);
  tellPlayer(call, std::move(event), out);
  return {};
}

Result<void> ClientFsm::receiveVideo(const Call& call, ClientActions& out) {
  ClientEvent event{ClientEvent::Kind::VideoRequested, call.streamId, ""};
  event.wanted = call.flag(0, true);
  tellPlayer(call, std::move(event), out);
  return {};
}

Result<void> ClientFsm::seek(const Call& call, ClientActions& out) {
  const Stream* stream = openStream(call.streamId, Stream::State::Playing);
  if (stream == nullptr || !stream->recorded) {
    sendStatus(call.streamId, kError, "NetStream.Seek.Failed", "a live stream cannot be sought",
               out);
    return {};
  }
  ClientEvent event{ClientEvent::Kind::SeekRequested, call.streamId, ""};
  event.position = std::max(timeOf(call.value(0), 0), milliseconds(0));
  tellPlayer(call, std::move(event), out);
  return {};
}

void ClientFsm::seekDone(std::uint32_t streamId, milliseconds position, ClientActions& out) {
  const Stream* stream = openStream(streamId, Stream::State::Playing);
  if (stream == nullptr) return;
  sendStatus(streamId, kStatus, "NetStream.Seek.Notify",
             "seeking " + std::to_string(position.count()) + " in " + stream->name, out);
  sendUserControl(rtmp::UserControlEvent::StreamBegin, streamId, out);
}

void ClientFsm::seekFailed(std::uint32_t streamId, milliseconds end, ClientActions& out) {
  if (openStream(streamId, Stream::State::Playing) == nullptr) return;
  sendInfo(streamId,
           {{"level", kError},
            {"code", "NetStream.Seek.InvalidTime"},
            {"description", "the recording ends before that"},
            {"details", inSeconds(end)}},
           out);
}

void ClientFsm::onBufferLength(const rtmp::Message& message, ClientActions& out) {
  const auto control = rtmp::parseUserControl(message);
  if (!control || control->event != rtmp::UserControlEvent::SetBufferLength) return;
  const auto found = streams_.find(control->value);
  if (found == streams_.end()) return;
  found->second.buffer = milliseconds(control->bufferMilliseconds);
  if (found->second.state != Stream::State::Playing) return;
  ClientEvent event{ClientEvent::Kind::BufferRequested, control->value, ""};
  event.position = found->second.buffer;
  out.events.push_back(std::move(event));
}

Result<void> ClientFsm::streamLength(const Call& call, ClientActions& out) {
  ClientEvent event{ClientEvent::Kind::LengthRequested, call.streamId, withoutQuery(call.text(0))};
  event.transaction = call.command.transactionId;
  out.events.push_back(std::move(event));
  return {};
}

}  // namespace multiconnection::node
