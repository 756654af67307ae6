#include "node/shared_objects.hpp"

#include <algorithm>

namespace multiconnection::node {
namespace {

using EventType = SharedObject::EventType;

bool asksForWrites(const ObjectRequest& request) {
  const auto& events = request.message.events;
  return std::any_of(events.begin(), events.end(), isWrite);
}

/// Messages that wait for one object at most; and of which it is only known that they are refused.
constexpr std::size_t kMaxHeld = 1024;
constexpr std::size_t kMaxRefused = 8 * kMaxHeld;
constexpr std::size_t kRefusedBytes = 256;

/// What an object takes beside its slots.
std::size_t overheadOf(const ObjectKey& key) {
  constexpr std::size_t kBytes = 512;
  return kBytes + 2 * (key.first.size() + key.second.size());
}

/// What has to be known of a request to refuse it.
ObjectRequest outlineOf(const ObjectRequest& request) {
  const rtmp::SharedObjectMessage& message = request.message;
  ObjectRequest outline{{message.name, message.version, message.persistent, {}}, kRefusedBytes};
  const auto add = [&outline](EventType type) {
    outline.message.events.push_back({type, {}, {}, {}, {}});
  };
  if (request.has(EventType::Use)) add(EventType::Use);
  if (asksForWrites(request)) add(EventType::RequestRemove);
  if (request.has(EventType::Release)) add(EventType::Release);
  return outline;
}

}  // namespace

bool ObjectRequest::has(EventType type) const {
  return std::any_of(message.events.begin(), message.events.end(),
                     [type](const auto& event) { return event.type == type; });
}

SharedObjects::SharedObjects(Settings settings) : settings_(std::move(settings)) {}

void SharedObjects::refuse(const ObjectKey& key, bool persistent, const ObjectClient& client,
                           const char* code, ObjectActions& out) {
  ObjectAction action{ObjectAction::Kind::Tell, key};
  action.step.deliveries.push_back(
      {{client.id}, makeObjectStatus(key.second, persistent, code, client.encoding)});
  out.push_back(std::move(action));
}

bool SharedObjects::allows(NodeObjectRequest::Kind kind, const ObjectKey& key, bool persistent,
                           const ObjectClient& client, const SharedObject::Event* event) const {
  if (!settings_.options.allow) return true;
  NodeObjectRequest request{kind, client.id, client.peer, key.first, key.second, persistent};
  if (event != nullptr) {
    request.slot = event->name;
    request.value = event->value;
    request.arguments = event->arguments;
  }
  return settings_.options.allow(request);
}

void SharedObjects::onMessage(const ObjectClient& client,
                              const std::shared_ptr<const ObjectRequest>& request,
                              ObjectActions& out) {
  Entry* entry = entryFor(client, *request, out);
  if (entry == nullptr) return;
  const ObjectKey key{client.app, request->message.name};
  if (entry->loading || entry->locks != 0) return hold(key, *entry, client, request);
  process(key, *entry, client, *request, out);
  finish(key, out);
}

SharedObjects::Entry* SharedObjects::entryFor(const ObjectClient& client,
                                              const ObjectRequest& request, ObjectActions& out) {
  const rtmp::SharedObjectMessage& message = request.message;
  const ObjectKey key{client.app, message.name};
  const auto deny = [&](const char* code) {
    refuse(key, message.persistent, client, code, out);
    return nullptr;
  };
  const bool uses = request.has(EventType::Use);
  if (message.name.empty()) return uses ? deny(kNoObjectFound) : nullptr;
  const auto found = objects_.find(key);
  if (found == objects_.end()) {
    // A write to what the client does not use; a release, or a send, may have crossed the end.
    if (!uses) return asksForWrites(request) ? deny(kNoWriteAccess) : nullptr;
    const char* problem = whyNoUse(key, message.persistent, client);
    // Of one with a file it is not known yet whether it is there.
    const bool creates = !(message.persistent && settings_.stored);
    using Kind = NodeObjectRequest::Kind;
    if (problem == nullptr && creates && !allows(Kind::Create, key, message.persistent, client)) {
      problem = kCreationFailed;
    }
    if (problem != nullptr) return deny(problem);
    Entry* created = create(key, message.persistent, out);
    if (created == nullptr) return deny(kCreationFailed);
    created->allowed = creates;
    created->admitted = client.id;
    ++perClient_[client.id];
    return created;
  }
  if (uses && found->second.object.persistent() != message.persistent) {
    return deny(kBadPersistence);
  }
  return &found->second;
}

SharedObjects::Entry* SharedObjects::create(const ObjectKey& key, bool persistent,
                                            ObjectActions& out) {
  const auto app = perApp_.find(key.first);
  const NodeObjectOptions& options = settings_.options;
  if (app != perApp_.end() && app->second >= options.maxObjectsPerApp) return nullptr;
  if (overheadOf(key) > room()) return nullptr;
  ++perApp_[key.first];
  const ObjectLimits limits{options.maxSlots, options.maxSlotBytes, options.maxObjectBytes};
  Entry& entry =
      objects_.try_emplace(key, Entry{SharedObject(key.second, persistent, limits)}).first->second;
  entry.loading = persistent && settings_.stored;
  count(key, entry);
  if (entry.loading) out.push_back({ObjectAction::Kind::Load, key});
  return &entry;
}

void SharedObjects::hold(const ObjectKey& key, Entry& entry, const ObjectClient& client,
                         std::shared_ptr<const ObjectRequest> request) {
  const std::size_t most = std::min(settings_.options.maxObjectBytes, entry.heldBytes + room());
  const bool full = entry.held.size() >= kMaxHeld || entry.heldBytes + request->bytes > most;
  if (full) request = std::make_shared<const ObjectRequest>(outlineOf(*request));
  if (full && (entry.held.size() >= kMaxRefused || request->bytes > room())) return;
  entry.heldBytes += request->bytes;
  entry.held.push_back({client, std::move(request), full});
  count(key, entry);
}

void SharedObjects::answerRefused(const ObjectKey& key, Entry& entry, const Held& held,
                                  ObjectActions& out) {
  const ObjectClient& client = held.client;
  const bool isUser = entry.object.isUsedBy(client.id);
  if (held.request->has(EventType::Use)) {
    // Who has begun to use it meanwhile is told all in this round.
    if (isUser) return entry.object.use(client.id, client.encoding);
    refuse(key, entry.object.persistent(), client, kCreationFailed, out);
  } else if (asksForWrites(*held.request) && isUser) {
    entry.object.noteWriter(client.id);
    entry.object.refuse(client.id, {});
  } else if (asksForWrites(*held.request)) {
    refuse(key, entry.object.persistent(), client, kNoWriteAccess, out);
  }
  if (held.request->has(EventType::Release)) release(key, entry, client.id, out);
}

void SharedObjects::process(const ObjectKey& key, Entry& entry, const ObjectClient& client,
                            const ObjectRequest& request, ObjectActions& out) {
  std::optional<bool> mayWriteAll;  // its writes are done together, or not at all
  for (const SharedObject::Event& event : request.message.events) {
    const bool isUser = entry.object.isUsedBy(client.id);
    if (event.type == EventType::Use) {
      if (!use(key, entry, client, out)) return;
    } else if (event.type == EventType::Release) {
      release(key, entry, client.id, out);
    } else if (event.type == EventType::SendMessage) {
      if (isUser && maySend(key, entry, client, event)) entry.object.carryOut(client.id, event);
    } else if (isWrite(event)) {
      if (!isUser) {
        return refuse(key, entry.object.persistent(), client, kNoWriteAccess, out);
      }
      if (!mayWriteAll) {
        mayWriteAll = mayWrite(key, entry, client, request);
        entry.object.noteWriter(client.id);
        const bool behind = isBehind(entry.object.persistent());
        if (!*mayWriteAll) {
          entry.object.refuse(client.id,
                              behind ? std::vector<SharedObject::Event>() : request.message.events);
        }
      }
      if (*mayWriteAll) entry.object.carryOut(client.id, event);
    }
  }
}

bool SharedObjects::isBehind(bool persistent) const {
  return diskBusy_ && persistent && settings_.stored;
}

const char* SharedObjects::whyNoUse(const ObjectKey& key, bool persistent,
                                    const ObjectClient& client) const {
  if (!allows(NodeObjectRequest::Kind::Use, key, persistent, client)) return kNoReadAccess;
  const auto used = perClient_.find(client.id);
  const bool tooMany =
      used != perClient_.end() && used->second >= settings_.options.maxObjectsPerClient;
  return tooMany || isBehind(persistent) ? kCreationFailed : nullptr;
}

bool SharedObjects::use(const ObjectKey& key, Entry& entry, const ObjectClient& client,
                        ObjectActions& out) {
  const bool persistent = entry.object.persistent();
  const bool isUser = entry.object.isUsedBy(client.id);
  const bool admitted = entry.admitted == client.id;
  const char* problem = nullptr;
  if (isUser) {
    if (isBehind(persistent)) problem = kCreationFailed;
  } else {
    if (!admitted) problem = whyNoUse(key, persistent, client);
    entry.allowed = entry.allowed || (problem == nullptr && allows(NodeObjectRequest::Kind::Create,
                                                                   key, persistent, client));
    if (problem == nullptr && !entry.allowed) problem = kCreationFailed;
  }
  if (problem != nullptr) {
    refuse(key, persistent, client, problem, out);
    return false;
  }
  if (!isUser) {
    if (admitted) {
      entry.admitted = kProgram;
    } else {
      ++perClient_[client.id];
    }
    out.push_back({ObjectAction::Kind::Used, key, {}, {}, client.id});
  }
  entry.object.use(client.id, client.encoding);
  return true;
}

void SharedObjects::uncountUse(UserId client) {
  const auto used = perClient_.find(client);
  if (--used->second == 0) perClient_.erase(used);
}

void SharedObjects::forgetAdmitted(Entry& entry) {
  if (entry.admitted != kProgram) uncountUse(std::exchange(entry.admitted, kProgram));
}

void SharedObjects::release(const ObjectKey& key, Entry& entry, UserId user, ObjectActions& out) {
  if (!entry.object.isUsedBy(user)) return;
  entry.object.release(user);
  uncountUse(user);
  out.push_back({ObjectAction::Kind::Released, key, {}, {}, user});
}

bool SharedObjects::mayWrite(const ObjectKey& key, Entry& entry, const ObjectClient& client,
                             const ObjectRequest& request) {
  const auto& events = request.message.events;
  count(key, entry);
  if (entry.object.overLimit(events, room()) || isBehind(entry.object.persistent())) return false;
  return std::all_of(events.begin(), events.end(), [&](const SharedObject::Event& event) {
    return !isWrite(event) ||
           allows(NodeObjectRequest::Kind::Write, key, entry.object.persistent(), client, &event);
  });
}

bool SharedObjects::maySend(const ObjectKey& key, const Entry& entry, const ObjectClient& client,
                            const SharedObject::Event& event) const {
  // A refused one is not answered: a status would be taken for that of a write.
  return !entry.object.sendOverLimit(event) &&
         allows(NodeObjectRequest::Kind::Send, key, entry.object.persistent(), client, &event);
}

std::size_t SharedObjects::room() const {
  const std::uint64_t most = settings_.options.maxTotalBytes;
  return most > memory_ ? static_cast<std::size_t>(most - memory_) : 0;
}

void SharedObjects::count(const ObjectKey& key, Entry& entry) {
  const std::size_t memory = overheadOf(key) + entry.object.size().memory() + entry.heldBytes;
  memory_ = memory_ - std::exchange(entry.memory, memory) + memory;
}

void SharedObjects::erase(Objects::iterator place, ObjectActions& out) {
  const ObjectKey key = place->first;
  if (settings_.stored && place->second.object.persistent()) {
    out.push_back({ObjectAction::Kind::Forget, key});
  }
  const auto app = perApp_.find(key.first);
  if (--app->second == 0) perApp_.erase(app);
  memory_ -= place->second.memory;
  objects_.erase(place);
}

void SharedObjects::finish(const ObjectKey& key, ObjectActions& out) {
  const auto found = objects_.find(key);
  Entry& entry = found->second;
  count(key, entry);
  if (entry.locks != 0 || entry.loading) return;
  forgetAdmitted(entry);
  const bool stored = settings_.stored && entry.object.persistent();
  ObjectAction action{stored ? ObjectAction::Kind::Store : ObjectAction::Kind::Tell, key,
                      entry.object.finish(), std::exchange(entry.done, {})};
  if (!action.step.changes.empty() || action.step.cleared || !action.step.deliveries.empty() ||
      !action.done.empty()) {
    out.push_back(std::move(action));
  }
  if (entry.object.hasUsers() || !entry.handles.empty()) return;
  if (entry.object.persistent() && !stored && !entry.object.slots().empty()) return;
  erase(found, out);
}

void SharedObjects::processHeld(const ObjectKey& key, ObjectActions& out) {
  Entry& entry = objects_.at(key);
  entry.heldBytes = 0;
  for (const Held& held : std::exchange(entry.held, {})) {
    if (held.refused) {
      answerRefused(key, entry, held, out);
    } else {
      process(key, entry, held.client, *held.request, out);
    }
  }
}

void SharedObjects::dropHeld(UserId client) {
  for (auto& [key, entry] : objects_) {
    std::erase_if(entry.held, [&entry = entry, client](const Held& held) {
      if (held.client.id != client) return false;
      entry.heldBytes -= held.request->bytes;
      return true;
    });
    if (entry.admitted == client) forgetAdmitted(entry);
    count(key, entry);
  }
}

void SharedObjects::onEnd(UserId client, ObjectActions& out) {
  dropHeld(client);
  if (perClient_.count(client) == 0) return;
  std::vector<ObjectKey> used;
  for (const auto& [key, entry] : objects_) {
    if (entry.object.isUsedBy(client)) used.push_back(key);
  }
  for (const ObjectKey& key : used) {
    release(key, objects_.at(key), client, out);
    finish(key, out);
  }
}

}  // namespace multiconnection::node
