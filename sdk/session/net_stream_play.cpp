// The playing half of NetStream.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>
#include <utility>

#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/aggregate.hpp"
#include "rtmp/message/data.hpp"
#include "session/net_stream.hpp"
#include "session/status.hpp"

namespace multiconnection::session {
namespace {

using std::chrono::milliseconds;

/// The specification has play's times in seconds; players send, and servers read, milliseconds:
/// -2000 and -1000 for -2 and -1 (librtmp and FFmpeg among them).
double onWire(double seconds) { return std::round(seconds * 1000); }

bool refusesPlay(const Status& status) {
  // A seek that fails leaves the stream where it was.
  if (status.code.starts_with("NetStream.Seek.")) return false;
  return status.level == "error" || status.code == "NetStream.Play.StreamNotFound" ||
         status.code == "NetStream.Play.Failed";
}

bool endsPlay(std::string_view code) {
  return code == "NetStream.Play.UnpublishNotify" || code == "NetStream.Play.Stop" ||
         code == "NetStream.Play.Complete";
}

/// The event's name in the protocol.
const char* eventName(rtmp::UserControlEvent event) {
  switch (event) {
    case rtmp::UserControlEvent::StreamDry:
      return "StreamDry";
    case rtmp::UserControlEvent::StreamIsRecorded:
      return "StreamIsRecorded";
    case rtmp::UserControlEvent::BufferEmpty:
      return "BufferEmpty";
    default:
      return "BufferReady";
  }
}

}  // namespace

Result<void> NetStream::play(PlayRequest request, Actions& out) {
  if (auto idle = checkIdle(request.name); !idle) return idle;
  request_ = std::move(request);
  mediaTime_ = {};
  ended_ = false;
  rearranging_ = false;
  seekTarget_.reset();
  create(Purpose::Play, out);
  return {};
}

void NetStream::requestPlay(Actions& out) {
  sendBufferLength(out);
  std::vector<AmfValue> arguments{request_.name, onWire(request_.start)};
  const bool reset = request_.reset.has_value();
  if (reset || request_.duration != -1) arguments.emplace_back(onWire(request_.duration));
  if (reset) arguments.emplace_back(*request_.reset);
  sendOnStream("play", connection_.newTransaction(), std::move(arguments), out);
}

void NetStream::sendBufferLength(Actions& out) {
  const auto length = std::clamp<milliseconds::rep>(request_.bufferTime.count(), 0, 0xFFFFFFFF);
  out.send.push_back({rtmp::makeUserControl({rtmp::UserControlEvent::SetBufferLength, id_,
                                             static_cast<std::uint32_t>(length)}),
                      rtmp::kControlChunkStream});
}

Result<void> NetStream::checkPlaying(const char* verb) const {
  if (state_ == State::Active && purpose_ == Purpose::Play) return {};
  return Error{Errc::InvalidState, std::string(verb) + " needs a stream that plays"};
}

Result<void> NetStream::pause(bool paused, milliseconds at, Actions& out) {
  if (auto playing = checkPlaying("pause"); !playing) return playing;
  rearranging_ = paused;
  sendOnStream("pause", 0, {paused, at.count()}, out);
  return {};
}

Result<void> NetStream::seek(milliseconds to, Actions& out) {
  if (auto playing = checkPlaying("seek"); !playing) return playing;
  if (to < milliseconds(0)) {
    return Error{Errc::InvalidArgument, "cannot seek to " + std::to_string(to.count()) + " ms"};
  }
  rearranging_ = true;
  seekTarget_ = to;
  sendOnStream("seek", 0, {to.count()}, out);
  return {};
}

Result<void> NetStream::receiveAudio(bool wanted, Actions& out) {
  if (auto playing = checkPlaying("receiveAudio"); !playing) return playing;
  sendOnStream("receiveAudio", 0, {wanted}, out);
  return {};
}

Result<void> NetStream::receiveVideo(bool wanted, Actions& out) {
  if (auto playing = checkPlaying("receiveVideo"); !playing) return playing;
  sendOnStream("receiveVideo", 0, {wanted}, out);
  return {};
}

Result<void> NetStream::play2(const PlaySwitch& request, Actions& out) {
  if (auto playing = checkPlaying("play2"); !playing) return playing;
  AmfObject options{{"streamName", request.name}};
  if (!request.oldName.empty()) options.set("oldStreamName", request.oldName);
  options.set("start", request.start);
  options.set("len", request.length);
  options.set("transition", wireName(request.transition));
  options.set("offset", request.offset);
  sendOnStream("play2", connection_.newTransaction(), {std::move(options)}, out);
  return {};
}

Result<void> NetStream::setBufferLength(milliseconds length, Actions& out) {
  if (!takesMedia()) {
    return Error{Errc::InvalidState, "setBufferLength needs a stream that plays"};
  }
  if (length < milliseconds(0)) {
    return Error{Errc::InvalidArgument,
                 "a buffer cannot hold " + std::to_string(length.count()) + " ms"};
  }
  request_.bufferTime = length;
  sendBufferLength(out);
  return {};
}

void NetStream::onPlayStatus(Status status, Actions& out) {
  if (state_ == State::Idle) return out.raise(Event::Kind::Informed, std::move(status));
  followTime(status.code);
  if (state_ == State::Requested && status.code == "NetStream.Play.Start") {
    state_ = State::Active;
    out.raise(Event::Kind::PlayStarted, std::move(status));
  } else if (refusesPlay(status)) {
    refuse(std::move(status), out);
  } else if (state_ == State::Active && endsPlay(status.code)) {
    endPlay(std::move(status), out);
  } else {
    out.raise(Event::Kind::Informed, std::move(status));
  }
}

void NetStream::followTime(const std::string& code) {
  if (code == "NetStream.Play.Reset") {
    mediaTime_ = {};
  } else if (code == "NetStream.Seek.Notify") {
    if (seekTarget_) mediaTime_.jumpTo(*seekTarget_);
    ended_ = false;
  } else if (code == "NetStream.Play.Start" || code == "NetStream.Play.PublishNotify") {
    ended_ = false;
  }
  if (code.starts_with("NetStream.Seek.") || code == "NetStream.Pause.Notify") {
    rearranging_ = false;
    seekTarget_.reset();
  }
}

void NetStream::endPlay(Status status, Actions& out) {
  // Servers say it up to three times: UnpublishNotify, Play.Stop and StreamEOF.
  const auto kind = ended_ ? Event::Kind::Informed : Event::Kind::PlayEnded;
  ended_ = true;
  out.raise(kind, std::move(status));
}

void NetStream::onStreamEvent(const rtmp::UserControl& control, Actions& out) {
  if (state_ != State::Active || purpose_ != Purpose::Play || isLate(control.value)) return;
  if (control.event != rtmp::UserControlEvent::StreamEof) {
    out.raise(Event::Kind::Informed, {eventName(control.event), "status", ""});
  } else if (!rearranging_ && !ended_) {
    endPlay({"NetStream.Play.Stop", "status", "the stream ended"}, out);
  }
}

/// Media may overtake the answer to play.
bool NetStream::takesMedia() const {
  return purpose_ == Purpose::Play && (state_ == State::Requested || state_ == State::Active);
}

Result<void> NetStream::onAggregate(const rtmp::Message& message, Actions& out) {
  if (!takesMedia()) return {};
  const auto inner = rtmp::splitAggregate(message);
  if (!inner) return inner.error();
  for (const rtmp::Message& part : *inner) onMedia(part, out);
  return {};
}

void NetStream::onMedia(const rtmp::Message& message, Actions& out) {
  if (!takesMedia()) return;
  rtmp::Message media = message;
  if (message.type != rtmp::MessageType::Audio && message.type != rtmp::MessageType::Video) {
    if (onDataMessage(media, out)) return;
  } else if (!message.body.empty()) {
    ended_ = false;
  }
  const auto time = std::max(mediaTime_.at(media.timestamp), milliseconds(0));
  Event event{Event::Kind::MediaReceived};
  event.media = {static_cast<MediaKind>(media.type), time,
                 std::make_shared<const Bytes>(std::move(media.body))};
  out.events.push_back(std::move(event));
}

/// @return whether the message is dealt with; else it is an AMF0 one now, to be handed on.
bool NetStream::onDataMessage(rtmp::Message& message, Actions& out) {
  auto data = rtmp::parseData(message);
  if (!data || data->handler == "|RtmpSampleAccess") return true;
  if (data->handler == "onStatus" || data->handler == "onPlayStatus") {
    for (const AmfValue& value : data->arguments) {
      if (auto status = statusIn(value)) {
        onStatus(*std::move(status), message.streamId, out);
        break;
      }
    }
    return true;
  }
  if (message.type == rtmp::MessageType::DataAmf3) {
    message = rtmp::makeData(*data, message.streamId, message.timestamp);
  }
  return false;
}

}  // namespace multiconnection::session
