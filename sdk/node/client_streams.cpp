#include <memory>
#include <utility>

#include "node/client.hpp"
#include "node/client_players.hpp"
#include "node/recording_name.hpp"

// What a client's streams take part in: broadcasts and recordings.
namespace multiconnection::node {

void Client::publish(ClientEvent&& event) {
  const std::uint32_t streamId = event.streamId;
  std::string path;
  if (event.record) {
    auto allowed = recordingPath(fsm_.app(), event.name);
    if (!allowed) {
      return refusePublish(streamId, "NetStream.Record.NoAccess", allowed.error().message);
    }
    path = std::move(allowed).value();
  }
  const Broadcasts::Key key{fsm_.app(), event.name};
  if (host_.broadcasts.isPublished(key)) {
    return refusePublish(streamId, "NetStream.Publish.BadName",
                         "the name " + event.name + " is in use");
  }
  if (event.record && host_.recordings->isBusy(path)) {
    return refusePublish(streamId, "NetStream.Record.AlreadyExists",
                         event.name + " is being recorded");
  }
  Broadcast& broadcast = host_.broadcasts.at(key);
  broadcast.begin();
  Part& part = parts_[streamId] = Part{key, std::move(event.query), &broadcast};
  part.serial = ++lastSerial_;
  if (event.record) return startRecorder(part, streamId, path, *event.record);
  confirmPublish(streamId);
}

void Client::startRecorder(Part& part, std::uint32_t streamId, const std::string& path,
                           RecordMode mode) {
  const auto withClient = [weak = weak_from_this()](auto step) {
    if (const auto client = weak.lock()) step(*client);
  };
  const std::uint64_t serial = part.serial;
  // The file may be completed when the client is gone: its events then still speak of the client.
  const NodeEvent about = eventOf(NodeEvent::Kind::RecordStarted, part.key.second, "", part.query);
  const auto reason = std::make_shared<std::string>();
  Recordings::Handlers handlers;
  handlers.onOpened = [=, &host = host_](const Result<void>& opened) {
    if (opened) host.report(about);
    withClient([&](Client& client) { client.onRecorderOpened(streamId, serial, opened); });
  };
  handlers.onFailed = [=](const Error& why) {
    *reason = why.message;
    withClient([&](Client& client) { client.onRecorderFailed(streamId, serial, why); });
  };
  handlers.onEnded = [=, &host = host_] {
    NodeEvent ended = about;
    ended.kind = NodeEvent::Kind::RecordEnded;
    ended.reason = *reason;
    host.report(ended);
    withClient([&](Client& client) {
      if (client.ended_) return;
      ClientActions actions;
      client.fsm_.recordStopped(streamId, about.streamName, actions);
      client.perform(std::move(actions));
    });
  };
  part.recorder = host_.recordings->record(path, mode, std::move(handlers));
}

void Client::onRecorderOpened(std::uint32_t streamId, std::uint64_t serial,
                              const Result<void>& opened) {
  const auto found = parts_.find(streamId);
  if (found == parts_.end() || found->second.serial != serial) return;
  if (opened) return confirmPublish(streamId);
  leave(streamId);
  refusePublish(streamId, "NetStream.Record.NoAccess", opened.error().message);
}

void Client::onRecorderFailed(std::uint32_t streamId, std::uint64_t serial, const Error& why) {
  const auto found = parts_.find(streamId);
  if (found == parts_.end() || found->second.serial != serial) return;
  found->second.recorder.reset();
  ClientActions actions;
  fsm_.recordFailed(streamId, "NetStream.Record.Failed", why.message, actions);
  perform(std::move(actions));
}

void Client::confirmPublish(std::uint32_t streamId) {
  Part& part = parts_.at(streamId);
  part.begun = true;
  ClientActions actions;
  fsm_.publishStarted(streamId, part.recorder != nullptr, actions);
  host_.report(eventOf(NodeEvent::Kind::PublishStarted, part.key.second, "", part.query));
  perform(std::move(actions));
}

void Client::refusePublish(std::uint32_t streamId, const char* code, const std::string& why) {
  ClientActions actions;
  fsm_.publishRefused(streamId, code, why, actions);
  perform(std::move(actions));
}

void Client::play(ClientEvent&& event, bool switching) {
  const std::uint32_t streamId = event.streamId;
  const Broadcasts::Key key{fsm_.app(), event.name};
  Part& part = parts_[streamId] = Part{key, std::move(event.query)};
  part.serial = ++lastSerial_;
  part.request = event.play;
  part.switching = switching;
  const bool live =
      event.play.from == PlayRequest::From::Live ||
      (event.play.from == PlayRequest::From::LiveOrRecorded && host_.broadcasts.isPublished(key));
  if (live || !host_.recordings) return playLive(streamId);
  const auto path = recordingPath(fsm_.app(), event.name);
  if (!path) return onRecordingMissing(streamId, path.error());
  part.player = std::make_unique<RecordedPlayer>(*this, streamId, *path, event.play);
}

void Client::switchStream(ClientEvent&& event) {
  const auto found = parts_.find(event.streamId);
  if (found == parts_.end()) return;
  // A switch goes on in the other stream where this one is.
  if (event.wanted && found->second.player) event.play.start = found->second.player->position();
  leave(event.streamId);
  play(std::move(event), true);
}

void Client::onRecordingMissing(std::uint32_t streamId, const Error& why) {
  Part& part = parts_.at(streamId);
  const bool noSuchName = why.code == std::errc::no_such_file_or_directory ||
                          why.code == std::errc::not_a_directory ||
                          why.code == Errc::InvalidArgument;
  if (!noSuchName) return endPlay(streamId, why);
  // Several players ask for a recording and mean what there is.
  if (part.request.from == PlayRequest::From::LiveOrRecorded ||
      host_.broadcasts.isPublished(part.key)) {
    part.player.reset();
    return playLive(streamId);
  }
  const std::string name = part.key.second;
  leave(streamId);  // without a word: nothing was played
  refusePlay(streamId, "NetStream.Play.StreamNotFound", "no stream " + name);
}

void Client::playLive(std::uint32_t streamId) {
  Part& part = parts_.at(streamId);
  part.broadcast = &host_.broadcasts.at(part.key);
  auto player = std::make_unique<LivePlayer>(*this, streamId);
  LivePlayer& added = *player;
  part.player = std::move(player);
  confirmPlay(streamId, false);
  part.broadcast->add(added);
}

void Client::confirmPlay(std::uint32_t streamId, bool recorded) {
  Part& part = parts_.at(streamId);
  part.begun = true;
  ClientActions actions;
  if (part.switching) {
    fsm_.switchDone(streamId, recorded, actions);
  } else {
    fsm_.playStarted(streamId, recorded, actions);
  }
  host_.report(eventOf(NodeEvent::Kind::PlayStarted, part.key.second, "", part.query));
  perform(std::move(actions));
}

void Client::endPlay(std::uint32_t streamId, const Error& why) {
  const char* code = why.code == Errc::CorruptData ? "NetStream.Play.FileStructureInvalid"
                                                   : "NetStream.Play.Failed";
  refusePlay(streamId, code, why.message);
}

void Client::refusePlay(std::uint32_t streamId, const char* code, const std::string& why) {
  leave(streamId, why);
  ClientActions actions;
  fsm_.playRefused(streamId, code, why, actions);
  perform(std::move(actions));
}

void Client::tellLength(ClientEvent&& event) {
  const auto answer = [weak = weak_from_this(), transaction = event.transaction](double seconds) {
    const auto client = weak.lock();
    if (!client || client->ended_) return;
    ClientActions actions;
    client->fsm_.answerCall(transaction, AmfValue(seconds), actions);
    client->perform(std::move(actions));
  };
  const auto path = recordingPath(fsm_.app(), event.name);
  if (!host_.recordings || !path) return answer(0);
  host_.recordings->openReader(*path, [answer](auto&& reader) {
    answer(reader ? static_cast<double>((*reader)->duration().count()) / 1000 : 0);
  });
}

void Client::leave(std::uint32_t streamId, const std::string& reason) {
  const auto found = parts_.find(streamId);
  if (found == parts_.end()) return;
  const Part part = std::move(found->second);
  parts_.erase(found);
  if (part.broadcast != nullptr) {
    if (part.player) {
      part.broadcast->remove(static_cast<const LivePlayer&>(*part.player));
    } else {
      part.broadcast->end();
    }
    host_.broadcasts.releaseIfUnused(part.key);
  }
  if (!part.begun && reason.empty()) return;
  const auto kind = part.player ? NodeEvent::Kind::PlayEnded : NodeEvent::Kind::PublishEnded;
  host_.report(eventOf(kind, part.key.second, reason, part.query));
}

}  // namespace multiconnection::node
