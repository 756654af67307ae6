#include "session/net_stream.hpp"

#include <utility>

#include "rtmp/chunk_streams.hpp"
#include "session/status.hpp"

namespace multiconnection::session {
namespace {

/// By code, since levels are not to be trusted; of an unknown code the level is all there is. That
/// the server cannot record does not end the live stream.
bool refusesPublish(const Status& status) {
  if (status.code == "NetStream.Publish.BadName" || status.code == "NetStream.Publish.Denied") {
    return true;
  }
  return status.level == "error" && !status.code.starts_with("NetStream.Record.");
}

/// 0 when the reply names no stream.
std::uint32_t createdId(const rtmp::Command& reply, bool accepted) {
  const double id = reply.arguments.empty() ? 0 : reply.arguments[0].as<double>(0);
  return accepted && id >= 1 && id <= 4294967295.0 ? static_cast<std::uint32_t>(id) : 0;
}

}  // namespace

Result<void> NetStream::checkIdle(const std::string& name) const {
  if (connection_.state() != NetConnection::State::Connected) {
    return Error{Errc::InvalidState, "no connection for the stream " + name};
  }
  if (state_ != State::Idle) {
    return Error{Errc::InvalidState, "the stream is in use and cannot take " + name};
  }
  return {};
}

Result<void> NetStream::publish(const std::string& name, PublishMode mode, Actions& out) {
  if (auto idle = checkIdle(name); !idle) return idle;
  request_ = {name};
  mode_ = mode;
  connection_.callUnheard("releaseStream", {name}, out);
  connection_.callUnheard("FCPublish", {name}, out);
  create(Purpose::Publish, out);
  return {};
}

void NetStream::create(Purpose purpose, Actions& out) {
  purpose_ = purpose;
  if (keptId_ != 0) {
    id_ = std::exchange(keptId_, 0);
    state_ = State::Requested;
    return request(out);
  }
  state_ = State::Creating;
  connection_.call(
      "createStream", nullptr, {},
      [this, generation = ++generation_](const rtmp::Command& reply, bool accepted,
                                         Actions& actions) {
        if (generation == generation_ && state_ == State::Creating) {
          onCreated(reply, accepted, actions);
        } else {
          onCreatedTooLate(reply, accepted, actions);
        }
      },
      out);
}

void NetStream::onCreated(const rtmp::Command& reply, bool accepted, Actions& out) {
  id_ = createdId(reply, accepted);
  if (id_ == 0) {
    Status status = statusOf(reply);
    if (status.code.empty()) {
      status = {"NetStream.Failed", "error", "createStream was refused"};
    }
    return refuse(std::move(status), out);
  }
  state_ = State::Requested;
  request(out);
}

/// The stream was stopped before it had an id: nobody else would delete it at the server. One that
/// gives the same id to every stream means the one in use.
void NetStream::onCreatedTooLate(const rtmp::Command& reply, bool accepted, Actions& out) {
  const std::uint32_t id = createdId(reply, accepted);
  const bool inUse =
      id == keptId_ || (id == id_ && (state_ == State::Requested || state_ == State::Active));
  if (id != 0 && !inUse) connection_.notify("deleteStream", {id}, out);
}

void NetStream::request(Actions& out) {
  if (purpose_ == Purpose::Play) return requestPlay(out);
  sendOnStream("publish", connection_.newTransaction(), {request_.name, wireName(mode_)}, out);
}

void NetStream::sendOnStream(const std::string& method, double transaction,
                             std::vector<AmfValue> arguments, Actions& out) {
  out.send.push_back({rtmp::makeCommand({method, transaction, nullptr, std::move(arguments)}, id_,
                                        connection_.encoding()),
                      rtmp::kStreamCommandChunkStream});
}

void NetStream::stop(Actions& out) {
  if (keptId_ != 0) connection_.notify("deleteStream", {std::exchange(keptId_, 0)}, out);
  if (state_ == State::Idle) return;
  if (purpose_ == Purpose::Publish) connection_.callUnheard("FCUnpublish", {request_.name}, out);
  if (state_ != State::Creating) {
    connection_.notify("deleteStream", {id_}, out);
    stoppedId_ = id_;
  }
  end();
}

void NetStream::closeStream(Actions& out) {
  if (state_ != State::Requested && state_ != State::Active) return stop(out);
  if (purpose_ == Purpose::Publish) connection_.callUnheard("FCUnpublish", {request_.name}, out);
  sendOnStream("closeStream", 0, {}, out);
  keptId_ = id_;
  end();
}

void NetStream::end() {
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
    // While Active nobody here has asked for it: servers answer in order, so it is no late answer.
    if (state_ == State::Active) return refuse(std::move(status), out);
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

/// Servers keep the message stream of what they refused, and have been seen to count it.
void NetStream::refuse(Status status, Actions& out) {
  if (purpose_ == Purpose::Publish && state_ != State::Creating) {
    connection_.notify("deleteStream", {id_}, out);
    stoppedId_ = id_;
  }
  end();
  out.raise(purpose_ == Purpose::Publish ? Event::Kind::PublishRefused : Event::Kind::PlayRefused,
            std::move(status));
}

}  // namespace multiconnection::session
