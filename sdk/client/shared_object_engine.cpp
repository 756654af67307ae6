#include "client/shared_object_engine.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::client {
namespace {

using shared_object::Mirror;
using State = SharedObjectReport::State;

StatusLevel levelOf(const std::string& level) {
  if (level == "error") return StatusLevel::Error;
  return level == "warning" ? StatusLevel::Warning : StatusLevel::Status;
}

rtmp::SharedObjectMessage releaseOf(const std::string& name, Persistence persistence) {
  rtmp::SharedObjectMessage release{name, 0, persistence == Persistence::Persistent, {}};
  release.events.push_back({rtmp::SharedObjectEventType::Release, {}, {}, {}, {}});
  return release;
}

State stateOn(const SharedMirror& mirror, ServerId server) {
  return mirror.read([&](const Mirror& content) {
    const auto* copy = content.copy(server);
    return copy == nullptr ? State::Off : copy->state();
  });
}

}  // namespace

void SharedObjectEngine::add(std::shared_ptr<SharedMirror> mirror) {
  // One of that name whose last handle is just going: its server takes no second `use`.
  const auto same = std::find_if(mirrors_.begin(), mirrors_.end(), [&](const auto& other) {
    return other->name() == mirror->name();
  });
  if (same != mirrors_.end()) drop(std::shared_ptr<SharedMirror>(*same));
  mirrors_.push_back(mirror);
  std::map<std::size_t, ServerId> order;
  for (const auto& [server, place] : places_) {
    if (!place.off) order[place.index] = server;
  }
  std::vector<ServerId> servers;
  servers.reserve(order.size());
  for (const auto& [index, server] : order) servers.push_back(server);
  Mirror::Actions actions;
  mirror->change(
      [&](Mirror& content, Mirror::Actions&) {
        if (!servers.empty()) content.begin(servers, Clock::now());
      },
      actions);
  for (const auto& [server, place] : places_) {
    tellPlace(server);
    if (place.own && !place.off) hooks_.openOwn(server);
  }
  for (const ServerId server : servers) {
    if (ServerSlot* slot = connection(server)) connect(*mirror, *slot);
  }
}

void SharedObjectEngine::drop(const std::shared_ptr<SharedMirror>& mirror) {
  const auto found = std::find(mirrors_.begin(), mirrors_.end(), mirror);
  if (found == mirrors_.end()) return;
  const bool last = mirrors_.size() == 1;
  Mirror::Actions actions;
  for (auto& [server, place] : places_) {
    if (stateOn(*mirror, server) == State::Waiting) continue;
    if (last) {
      mirror->change(
          [&, id = server](Mirror& content, Mirror::Actions& out) { content.release(id, out); },
          actions);
    } else {
      // crtmpserver takes it as leaving all objects of the connection.
      place.lingering[mirror->name()] = mirror->persistence();
    }
  }
  flush(*mirror);
  mirrors_.erase(found);
  if (last) leaveAll();
}

/// There is no shared object any more.
void SharedObjectEngine::leaveAll() {
  for (auto& [server, place] : places_) {
    ServerSlot* slot = connection(server);
    for (const auto& [name, persistence] : std::exchange(place.lingering, {})) {
      if (slot != nullptr) slot->sendSharedObject(releaseOf(name, persistence));
    }
    if (place.own) hooks_.closeOwn(server);
  }
}

void SharedObjectEngine::enter(const ServerConfig& server) {
  Place& place = places_[server.id];
  place.index = server.index;
  place.wanted = server.sharedObjects;
  place.own = place.wanted == SharedObjectPlacement::OwnConnection;
  place.off = place.wanted == SharedObjectPlacement::Off;
}

void SharedObjectEngine::begin(const std::vector<ServerConfig>& servers) {
  places_.clear();
  for (const ServerConfig& server : servers) enter(server);
  for (auto& mirror : std::exchange(mirrors_, {})) add(std::move(mirror));
}

void SharedObjectEngine::end() {
  timer_.cancel();
  closeTimer_.cancel();
  unwanted_.clear();
  for (const auto& mirror : mirrors_) {
    Mirror::Actions actions;
    mirror->change([](Mirror& content, Mirror::Actions&) { content.end(); }, actions);
    for (const auto& [server, place] : places_) mirror->forgetPlace(server);
  }
  places_.clear();
}

void SharedObjectEngine::addServer(const ServerConfig& server) {
  enter(server);
  tellPlace(server.id);
  if (!places_.at(server.id).off) addCopies(server.id);
}

void SharedObjectEngine::addCopies(ServerId server) {
  const Place& place = places_.at(server);
  const auto before = std::count_if(places_.begin(), places_.end(), [&](const auto& other) {
    return !other.second.off && other.second.index < place.index;
  });
  for (const auto& mirror : mirrors_) {
    Mirror::Actions actions;
    mirror->change(
        [&](Mirror& content, Mirror::Actions&) {
          content.addServer(server, static_cast<std::size_t>(before), Clock::now());
        },
        actions);
  }
  if (place.own && !mirrors_.empty()) hooks_.openOwn(server);
}

void SharedObjectEngine::startServer(ServerId server) {
  const auto found = places_.find(server);
  if (found == places_.end()) return;
  Place& place = found->second;
  place.unanswered = 0;
  if (!place.off || place.wanted == SharedObjectPlacement::Off) return;
  place.off = false;
  unwanted_.erase(server);
  tellPlace(server);
  addCopies(server);
}

void SharedObjectEngine::removeServer(ServerId server) {
  for (const auto& mirror : mirrors_) {
    mirror->onLost(server);
    Mirror::Actions actions;
    mirror->change([&](Mirror& content, Mirror::Actions&) { content.removeServer(server); },
                   actions);
    mirror->forgetPlace(server);
  }
  places_.erase(server);
}

bool SharedObjectEngine::usesOwn(ServerId server) const {
  const auto place = places_.find(server);
  return place != places_.end() && place->second.own && !place->second.off && !mirrors_.empty();
}

SharedObjectEngine::Place* SharedObjectEngine::placeOf(const ServerSlot& slot, bool own) {
  const auto place = places_.find(slot.config().id);
  const bool used = place != places_.end() && place->second.own == own && !place->second.off;
  return used ? &place->second : nullptr;
}

void SharedObjectEngine::tellPlace(ServerId server) {
  const Place& place = places_.at(server);
  for (const auto& mirror : mirrors_) mirror->setPlace(server, {place.index, place.own, place.off});
}

ServerSlot* SharedObjectEngine::slotOf(ServerId server) const {
  const auto place = places_.find(server);
  if (place == places_.end() || place->second.off) return nullptr;
  return hooks_.find(server, place->second.own);
}

ServerSlot* SharedObjectEngine::connection(ServerId server) const {
  ServerSlot* slot = slotOf(server);
  return slot != nullptr && slot->isReady() ? slot : nullptr;
}

void SharedObjectEngine::connect(SharedMirror& mirror, ServerSlot& slot) {
  const ServerId server = slot.config().id;
  Mirror::Actions actions;
  auto& lingering = places_.at(server).lingering;
  if (const auto left = lingering.find(mirror.name()); left != lingering.end()) {
    slot.sendSharedObject(releaseOf(left->first, left->second));
    lingering.erase(left);
  }
  mirror.change([&](Mirror& content,
                    Mirror::Actions& out) { content.onConnected(server, Clock::now(), out); },
                actions);
  finish(mirror, std::move(actions));
}

void SharedObjectEngine::onConnected(ServerSlot& slot, bool own) {
  Place* place = placeOf(slot, own);
  if (place == nullptr) return;
  place->lingering.clear();
  for (const auto& mirror : mirrors_) connect(*mirror, slot);
}

void SharedObjectEngine::onMoved(ServerSlot& slot, bool own) {
  Place* place = placeOf(slot, own);
  if (place == nullptr) return;
  onLost(slot, *place);
  if (slot.isConnected()) onConnected(slot, own);
}

void SharedObjectEngine::onEnded(ServerSlot& slot, bool own) {
  if (Place* place = placeOf(slot, own)) onLost(slot, *place);
}

void SharedObjectEngine::onLost(ServerSlot& slot, Place& place) {
  const ServerId server = slot.config().id;
  const bool unanswered = slot.endedByServer() && slot.isWanted() && isUsing(server);
  const bool wasKnown = isKnown(server);
  for (const auto& mirror : mirrors_) mirror->onLost(server);
  if (!unanswered) return;
  ++place.unanswered;
  // One such end may be chance, which is unlikely at a first `use`.
  const bool sure = !place.own && !wasKnown;
  if (sure || place.unanswered >= 2) learn(slot, place);
}

/// The server ends the connection instead of answering `use`.
void SharedObjectEngine::learn(ServerSlot& slot, Place& place) {
  const ServerId server = slot.config().id;
  place.unanswered = 0;
  if (!place.own) {
    place.own = true;
    tellPlace(server);
    raiseStatus(nullptr, slot,
                {std::string(codeName(StatusCode::SharedObjectOwnConnection)), "warning",
                 "the server ended the connection at a shared object: from now on these have one "
                 "of their own"});
    return hooks_.openOwn(server);
  }
  place.off = true;
  tellPlace(server);
  for (const auto& mirror : mirrors_) {
    Mirror::Actions actions;
    mirror->change([&](Mirror& content, Mirror::Actions&) { content.removeServer(server); },
                   actions);
  }
  raiseStatus(nullptr, slot,
              {std::string(codeName(StatusCode::SharedObjectOff)), "error",
               "the server ends each connection at a shared object: it gets none any more"});
  unwanted_.insert(server);
  closeTimer_.arm(Clock::now(), [this] {
    for (const ServerId each : std::exchange(unwanted_, {})) hooks_.closeOwn(each);
  });
}

bool SharedObjectEngine::isUsing(ServerId server) const {
  return std::any_of(mirrors_.begin(), mirrors_.end(),
                     [&](const auto& mirror) { return stateOn(*mirror, server) == State::Using; });
}

bool SharedObjectEngine::isKnown(ServerId server) const {
  return std::any_of(mirrors_.begin(), mirrors_.end(), [&](const auto& mirror) {
    return mirror->read([&](const Mirror& content) {
      const auto* copy = content.copy(server);
      return copy != nullptr && copy->isKnown();
    });
  });
}

void SharedObjectEngine::onMessage(ServerSlot& slot, bool own,
                                   const rtmp::SharedObjectMessage& message) {
  if (placeOf(slot, own) == nullptr) return;
  const ServerId server = slot.config().id;
  // A status without a name (seen of Red5) is for the object that has waited longest.
  const auto mirror = std::find_if(mirrors_.begin(), mirrors_.end(), [&](const auto& candidate) {
    if (!message.name.empty()) return candidate->name() == message.name;
    return stateOn(*candidate, server) == State::Using;
  });
  if (mirror == mirrors_.end()) return;
  const auto kept = *mirror;
  Mirror::Actions actions;
  kept->change([&](Mirror& content,
                   Mirror::Actions& out) { content.onMessage(server, message, Clock::now(), out); },
               actions);
  finish(*kept, std::move(actions));
  if (!isUsing(server)) places_.at(server).unanswered = 0;
}

void SharedObjectEngine::finish(SharedMirror& mirror, Mirror::Actions&& actions) {
  for (auto& [server, done] : actions) {
    ServerSlot* slot = slotOf(server);  // one that is being closed has its last answers told
    if (slot != nullptr && slot->isConnected()) tell(mirror, *slot, std::move(done));
  }
  flush(mirror);
  arm();
}

void SharedObjectEngine::tell(SharedMirror& mirror, ServerSlot& slot,
                              session::SharedObjectActions&& done) {
  for (const session::Status& status : done.statuses) raiseStatus(&mirror, slot, status);
  if (done.snapshot || !done.changes.empty()) {
    mirror.hub.raise(
        SyncEvent{mirror.name(), slot.report(), std::move(done.changes), done.snapshot});
  }
  for (auto& message : done.messages) {
    mirror.hub.raise(SharedMessage{mirror.name(), slot.report(), std::move(message.handler),
                                   std::move(message.arguments)});
  }
}

void SharedObjectEngine::tellContent(SharedMirror& mirror) {
  for (const SharedObjectReport& report : mirror.reports()) {
    ServerSlot* slot = connection(report.server);
    if (slot == nullptr || report.state != State::Ready) continue;
    SyncEvent event{mirror.name(), slot->report(), {}, true};
    event.changes.push_back({SyncChange::Code::Clear, {}, {}, {}});
    for (const auto& [name, value] : report.slots) {
      event.changes.push_back({SyncChange::Code::Change, name, value, {}});
    }
    mirror.hub.raise(std::move(event));
  }
}

void SharedObjectEngine::raiseStatus(SharedMirror* mirror, ServerSlot& slot,
                                     const session::Status& status) {
  StatusEvent event;
  event.codeText = slot.presentable(status.code);
  event.code = statusCode(event.codeText);
  event.level = levelOf(status.level);
  event.reason = slot.presentable(status.description);
  event.server = slot.report();
  if (mirror != nullptr) {
    event.sharedObject = mirror->name();
    mirror->hub.raise(event);
  } else {
    for (const auto& each : mirrors_) each->hub.raise(event);
  }
  hooks_.raise(std::move(event));
}

void SharedObjectEngine::flush(SharedMirror& mirror) {
  for (auto& [server, message] : mirror.takeOutgoing()) {
    if (ServerSlot* slot = connection(server)) slot->sendSharedObject(message);
  }
  arm();
}

void SharedObjectEngine::arm() {
  std::optional<Clock::time_point> first;
  for (const auto& mirror : mirrors_) {
    const auto next = mirror->read([](const Mirror& content) { return content.deadline(); });
    if (next && (!first || *next < *first)) first = next;
  }
  if (!first) return timer_.cancel();
  timer_.arm(*first, [this] {
    const auto all = mirrors_;
    for (const auto& mirror : all) {
      Mirror::Actions actions;
      mirror->change(
          [](Mirror& content, Mirror::Actions& out) { content.onTick(Clock::now(), out); },
          actions);
      finish(*mirror, std::move(actions));
    }
  });
}

}  // namespace multiconnection::client
