#include "node/shared_objects.hpp"

#include <algorithm>

namespace multiconnection::node {
namespace {

using EventType = SharedObject::EventType;

bool has(const ObjectRequest& request, EventType type) {
  const auto& events = request.message.events;
  return std::any_of(events.begin(), events.end(),
                     [type](const auto& event) { return event.type == type; });
}

bool asksForWrites(const ObjectRequest& request) {
  const auto& events = request.message.events;
  return std::any_of(events.begin(), events.end(), isWrite);
}

/// Messages that wait for one object at most.
constexpr std::size_t kMaxHeld = 1024;
/// Handles of the program begin at 1.
constexpr std::uint64_t kNoHandle = 0;

}  // namespace

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
  if (entry->loading || entry->locks != 0) return hold(key, *entry, client, request, out);
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
  const bool uses = has(request, EventType::Use);
  if (message.name.empty()) return uses ? deny(kNoObjectFound) : nullptr;
  const auto found = objects_.find(key);
  if (found == objects_.end()) {
    // A write to what the client does not use; a release, or a send, may have crossed the end.
    if (!uses) return asksForWrites(request) ? deny(kNoWriteAccess) : nullptr;
    Entry* created = create(key, message.persistent, out);
    return created == nullptr ? deny(kCreationFailed) : created;
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
  ++perApp_[key.first];
  const ObjectLimits limits{options.maxSlots, options.maxSlotBytes, options.maxObjectBytes};
  Entry& entry =
      objects_.try_emplace(key, Entry{SharedObject(key.second, persistent, limits)}).first->second;
  entry.loading = persistent && settings_.stored;
  if (entry.loading) out.push_back({ObjectAction::Kind::Load, key});
  return &entry;
}

void SharedObjects::hold(const ObjectKey& key, Entry& entry, const ObjectClient& client,
                         std::shared_ptr<const ObjectRequest> request, ObjectActions& out) {
  if (entry.held.size() < kMaxHeld &&
      entry.heldBytes + request->bytes <= settings_.options.maxObjectBytes) {
    entry.heldBytes += request->bytes;
    entry.held.push_back({client, std::move(request)});
    return;
  }
  if (has(*request, EventType::Use)) {
    refuse(key, entry.object.persistent(), client, kCreationFailed, out);
  } else if (asksForWrites(*request)) {
    refuse(key, entry.object.persistent(), client, kNoWriteAccess, out);
  }
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
        if (!*mayWriteAll) entry.object.refuse(client.id, request.message.events);
      }
      if (*mayWriteAll) entry.object.carryOut(client.id, event);
    }
  }
}

bool SharedObjects::mayUse(const ObjectKey& key, Entry& entry, const ObjectClient& client,
                           ObjectActions& out) {
  using Kind = NodeObjectRequest::Kind;
  const bool persistent = entry.object.persistent();
  if (!allows(Kind::Use, key, persistent, client)) {
    refuse(key, persistent, client, kNoReadAccess, out);
    return false;
  }
  const auto used = perClient_.find(client.id);
  const bool tooMany =
      used != perClient_.end() && used->second >= settings_.options.maxObjectsPerClient;
  entry.allowed = entry.allowed || allows(Kind::Create, key, persistent, client);
  if (entry.allowed && !tooMany) return true;
  refuse(key, persistent, client, kCreationFailed, out);
  return false;
}

bool SharedObjects::use(const ObjectKey& key, Entry& entry, const ObjectClient& client,
                        ObjectActions& out) {
  if (!entry.object.isUsedBy(client.id)) {
    if (!mayUse(key, entry, client, out)) return false;
    ++perClient_[client.id];
    out.push_back({ObjectAction::Kind::Used, key, {}, {}, client.id});
  }
  entry.object.use(client.id, client.encoding);
  return true;
}

void SharedObjects::release(const ObjectKey& key, Entry& entry, UserId user, ObjectActions& out) {
  if (!entry.object.isUsedBy(user)) return;
  entry.object.release(user);
  const auto used = perClient_.find(user);
  if (--used->second == 0) perClient_.erase(used);
  out.push_back({ObjectAction::Kind::Released, key, {}, {}, user});
}

bool SharedObjects::mayWrite(const ObjectKey& key, const Entry& entry, const ObjectClient& client,
                             const ObjectRequest& request) const {
  const auto& events = request.message.events;
  if (entry.object.overLimit(events)) return false;
  if (diskBusy_ && entry.object.persistent()) return false;
  return std::all_of(events.begin(), events.end(), [&](const SharedObject::Event& event) {
    return !isWrite(event) ||
           allows(NodeObjectRequest::Kind::Write, key, entry.object.persistent(), client, &event);
  });
}

bool SharedObjects::maySend(const ObjectKey& key, const Entry& entry, const ObjectClient& client,
                            const SharedObject::Event& event) const {
  // A refused one is not answered: a status would be taken for that of a write.
  return entry.object.maySend(event) &&
         allows(NodeObjectRequest::Kind::Send, key, entry.object.persistent(), client, &event);
}

void SharedObjects::finish(const ObjectKey& key, ObjectActions& out) {
  const auto found = objects_.find(key);
  Entry& entry = found->second;
  if (entry.locks != 0 || entry.loading) return;
  const bool stored = settings_.stored && entry.object.persistent();
  ObjectAction action{stored ? ObjectAction::Kind::Store : ObjectAction::Kind::Tell, key,
                      entry.object.finish(), std::exchange(entry.done, {})};
  if (!action.step.changes.empty() || action.step.cleared || !action.step.deliveries.empty() ||
      !action.done.empty()) {
    out.push_back(std::move(action));
  }
  if (entry.object.hasUsers() || !entry.handles.empty()) return;
  if (entry.object.persistent() && !stored && !entry.object.slots().empty()) return;
  if (stored) out.push_back({ObjectAction::Kind::Forget, key});
  const auto app = perApp_.find(key.first);
  if (--app->second == 0) perApp_.erase(app);
  objects_.erase(found);
}

void SharedObjects::processHeld(const ObjectKey& key, ObjectActions& out) {
  Entry& entry = objects_.at(key);
  entry.heldBytes = 0;
  for (const Held& held : std::exchange(entry.held, {})) {
    process(key, entry, held.client, *held.request, out);
  }
}

void SharedObjects::dropHeld(UserId client) {
  for (auto& [key, entry] : objects_) {
    std::erase_if(entry.held, [&entry = entry, client](const Held& held) {
      if (held.client.id != client) return false;
      entry.heldBytes -= held.request->bytes;
      return true;
    });
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

void SharedObjects::loaded(const ObjectKey& key, Result<StoredObject> content, ObjectActions& out) {
  const auto found = objects_.find(key);
  if (found == objects_.end() || !found->second.loading) return;
  Entry& entry = found->second;
  entry.loading = false;
  const auto tasks = std::exchange(entry.tasks, {});
  if (content) {
    entry.allowed = entry.allowed || content->exists;
    entry.object.restore(std::move(content->slots), content->version);
    // Clients may wait for it: it stays even if the program leaves it among these.
    entry.handles[kNoHandle] = 0;
    for (const auto& [handle, task] : tasks) withObject(key, handle, task, out);
    return close(key, kNoHandle, out);
  }
  for (const auto& [handle, task] : tasks) task(nullptr, content.error(), out);
  for (const Held& held : std::exchange(entry.held, {})) {
    if (has(*held.request, EventType::Use)) {
      refuse(key, true, held.client, kCreationFailed, out);
    }
  }
  entry.handles.clear();
  entry.locks = 0;
  finish(key, out);
}

void SharedObjects::notStored(const ObjectKey& key, const StoredObject& content,
                              const std::vector<ObjectAction>& lost, const Error& why,
                              ObjectActions& out) {
  std::vector<UserId> refused;
  for (const ObjectAction& action : lost) {
    refused.insert(refused.end(), action.step.writers.begin(), action.step.writers.end());
    for (const ObjectDone& done : action.done) done(why);
  }
  const auto found = objects_.find(key);
  if (found == objects_.end() || found->second.loading) return;
  Entry& entry = found->second;
  for (const ObjectDone& done : std::exchange(entry.done, {})) done(why);
  out.push_back(
      {ObjectAction::Kind::Tell, key, entry.object.reset(content.slots, refused), {}, kProgram});
}

}  // namespace multiconnection::node
