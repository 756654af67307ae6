#include "session/remote_shared_object.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace multiconnection::session {
namespace {

using rtmp::SharedObjectEvent;
using Type = rtmp::SharedObjectEventType;
using Code = SyncChange::Code;
using std::chrono::duration_cast;

constexpr std::string_view kNoWriteAccess = "SharedObject.NoWriteAccess";

bool endsUse(const std::string& code) {
  return code == "SharedObject.NoReadAccess" || code == "SharedObject.ObjectCreationFailed" ||
         code == "SharedObject.BadPersistence" || code == "SharedObject.NoObjectFound";
}

bool contains(const std::vector<AmfValue>& values, const AmfValue& value) {
  return std::any_of(values.begin(), values.end(),
                     [&](const AmfValue& other) { return sameValue(other, value); });
}

const AmfValue kNone;

}  // namespace

rtmp::SharedObjectMessage RemoteSharedObject::message() const {
  return {name_, version_, persistence_ == Persistence::Persistent, {}};
}

void RemoteSharedObject::onConnected(Clock::time_point now, SharedObjectActions& out) {
  if (state_ != State::Waiting) onLost();
  state_ = State::Using;
  useDeadline_ = now + options_.useTimeout;
  auto use = message();
  use.version = 0;  // nothing of what we have is of use: the server sends all
  use.events.push_back({Type::Use, {}, {}, {}, {}});
  out.send.push_back(std::move(use));
}

void RemoteSharedObject::onLost() {
  state_ = State::Waiting;
  ignoring_ = false;
  useDeadline_.reset();
  lastSent_.reset();
  slots_.requeue();
}

void RemoteSharedObject::release(SharedObjectActions& out) {
  if (state_ == State::Waiting) return;
  auto release = message();
  release.events.push_back({Type::Release, {}, {}, {}, {}});
  out.send.push_back(std::move(release));
  onLost();
}

void RemoteSharedObject::onMessage(const rtmp::SharedObjectMessage& message, Clock::time_point now,
                                   SharedObjectActions& out) {
  if (state_ == State::Waiting || ignoring_) return;
  const auto isA = [](Type type) {
    return [type](const SharedObjectEvent& event) { return event.type == type; };
  };
  const auto& events = message.events;
  const bool snapshot = std::any_of(events.begin(), events.end(), isA(Type::UseSuccess));
  if (snapshot) takeSnapshot(message, out);
  std::size_t said = 0;
  for (std::size_t place = 0; place < events.size(); ++place) {
    const Type type = events[place].type;
    if (snapshot && (type == Type::Change || type == Type::Clear)) continue;
    if (isNoneRefused(message, place)) continue;
    if (type == Type::Status) {
      onStatus(message, place, said, out);
    } else {
      onEvent(events[place], message.version, now, out);
    }
  }
  // A relayed message may carry the version of who sent it.
  const bool counts = !std::all_of(events.begin(), events.end(), [](const auto& event) {
    return event.type == Type::SendMessage || event.type == Type::Status;
  });
  if (counts) version_ = snapshot ? message.version : std::max(version_, message.version);
  for (SyncChange& change : out.changes) {
    if (change.code == Code::Reject) change.value = committed(change.slot);
  }
  limitSize(out);
  flush(now, out);
}

void RemoteSharedObject::onEvent(const SharedObjectEvent& event, std::uint32_t version,
                                 Clock::time_point now, SharedObjectActions& out) {
  if (event.type == Type::SendMessage) {
    out.messages.push_back({event.name, event.arguments});
    return;
  }
  // The answer to `use` will tell the whole content, and is compared with what was there before.
  if (!isReady()) return;
  switch (event.type) {
    case Type::Change:
      return onChange(event, version, out);
    case Type::Success:
      return onSuccess(event.name, version, now, out);
    case Type::Remove:
      return onRemove(event.name, version, now, out);
    case Type::Clear:
      out.changes.push_back({Code::Clear, {}, {}, {}});
      slots_.clear();
      for (const std::string& name : slots_.names()) endDeletion(name, now);
      return;
    case Type::SendMessage:
    case Type::Status:
    case Type::Use:
    case Type::Release:
    case Type::RequestChange:
    case Type::RequestRemove:
    case Type::UseSuccess:
      return;  // seen already, or what no server says
  }
}

void RemoteSharedObject::onChange(const SharedObjectEvent& event, std::uint32_t version,
                                  SharedObjectActions& out) {
  const SharedSlots::Slot* slot = slots_.find(event.name);
  // A late one; 0 is the version of who has none to tell.
  if (slot != nullptr && version != 0 && version < slot->version) return;
  const Code code = event.value.isUndefined() ? Code::Delete : Code::Change;
  out.changes.push_back({code, event.name, event.value, committed(event.name)});
  slots_.commit(event.name, event.value, version, false);
}

void RemoteSharedObject::onSuccess(const std::string& name, std::uint32_t version,
                                   Clock::time_point now, SharedObjectActions& out) {
  const auto request = slots_.takeOutstanding(name);
  if (!request) return;
  noteLatency(now - request->sent);
  const Code code = request->value.isUndefined() ? Code::Delete : Code::Success;
  out.changes.push_back({code, name, request->value, committed(name)});
  slots_.commit(name, request->value, version, true);
}

void RemoteSharedObject::onRemove(const std::string& name, std::uint32_t version,
                                  Clock::time_point now, SharedObjectActions& out) {
  endDeletion(name, now);
  out.changes.push_back({Code::Delete, name, {}, committed(name)});
  slots_.commit(name, {}, version, false);
}

/// The slot is gone: some servers do not answer a deletion that finds it so.
void RemoteSharedObject::endDeletion(const std::string& name, Clock::time_point now) {
  const SharedSlots::Slot* slot = slots_.find(name);
  if (slot == nullptr || slot->outstanding.empty()) return;
  if (!slot->outstanding.front().value.isUndefined()) return;
  noteLatency(now - slots_.takeOutstanding(name)->sent);
}

void RemoteSharedObject::noteLatency(Clock::duration latency) {
  latency_ = std::max(latency, latency_ - latency_ / 8);
}

void RemoteSharedObject::onStatus(const rtmp::SharedObjectMessage& message, std::size_t place,
                                  std::size_t& said, SharedObjectActions& out) {
  const SharedObjectEvent& event = message.events[place];
  out.statuses.push_back({event.name, event.level, ""});
  if (event.name == kNoWriteAccess) {
    onRefusal(message, place, said, out);
  } else if (endsUse(event.name) && state_ == State::Using) {
    state_ = State::Failed;
    useDeadline_.reset();
  }
}

/// One without a value beside it may be Red5's: for each slot that it refused of a request, among
/// what it took of that. The first tells of all; `said` counts those that then tell nothing new.
void RemoteSharedObject::onRefusal(const rtmp::SharedObjectMessage& message, std::size_t place,
                                   std::size_t& said, SharedObjectActions& out) {
  if (slots_.outstanding() == 0) return;
  const auto isA = [&](std::size_t at, Type type) {
    return at < message.events.size() && message.events[at].type == type;
  };
  const std::optional<std::string> slot = refusedSlot(message, place);
  if (slot || isA(place + 1, Type::Change)) {
    reject(slot, {}, out);
  } else if (said > 0) {
    --said;
  } else {
    std::set<std::string> taken;
    for (std::size_t next = place + 1; next < message.events.size(); ++next) {
      if (isA(next, Type::Success) || isA(next, Type::Remove)) {
        taken.insert(message.events[next].name);
      }
    }
    const std::size_t refused = reject(slot, taken, out);
    said = refused - std::min<std::size_t>(refused, 1);
  }
}

/// Red5 tells null for the present value of a slot that is not there.
bool RemoteSharedObject::isNoneRefused(const rtmp::SharedObjectMessage& message,
                                       std::size_t place) const {
  if (place + 1 >= message.events.size()) return false;
  const SharedObjectEvent& told = message.events[place];
  const SharedObjectEvent& next = message.events[place + 1];
  return told.type == Type::Change && told.value.isNull() && next.type == Type::Status &&
         next.name == kNoWriteAccess && committed(told.name).isUndefined();
}

/// Red5 refuses slot by slot; where it tells the present value, then right before each refusal.
/// Others refuse a message as a whole, and may tell the present values behind that.
std::optional<std::string> RemoteSharedObject::refusedSlot(const rtmp::SharedObjectMessage& message,
                                                           std::size_t place) {
  const auto isChange = [](const SharedObjectEvent& event) { return event.type == Type::Change; };
  if (place == 0 || !isChange(message.events[place - 1])) return std::nullopt;
  const std::string& name = message.events[place - 1].name;
  for (std::size_t next = place + 1; next < message.events.size(); ++next) {
    if (!isChange(message.events[next])) break;
    if (message.events[next].name == name) return std::nullopt;
  }
  return name;
}

/// What merely travelled with others is sent again without them: one of them may be the reason.
std::size_t RemoteSharedObject::reject(const std::optional<std::string>& only,
                                       const std::set<std::string>& taken,
                                       SharedObjectActions& out) {
  auto refused = slots_.takeOldestMessage(only, taken);
  std::sort(refused.begin(), refused.end(), [](const auto& left, const auto& right) {
    return left.second.group < right.second.group;
  });
  const bool mixed =
      !refused.empty() && refused.front().second.group != refused.back().second.group;
  for (auto& [name, request] : refused) {
    if (!mixed) out.refused.emplace_back(name, request.value);
    if (!mixed || hasOwnWrite(name)) {
      out.changes.push_back({Code::Reject, name, {}, std::move(request.value)});
    } else if (!request.value.isUndefined() || !committed(name).isUndefined()) {
      slots_.enqueue({name, std::move(request.value), request.bytes}, request.group, true);
    }
  }
  return refused.size();
}

void RemoteSharedObject::takeSnapshot(const rtmp::SharedObjectMessage& message,
                                      SharedObjectActions& out) {
  std::map<std::string, AmfValue> content;
  for (const SharedObjectEvent& event : message.events) {
    if (event.type == Type::Change) content[event.name] = event.value;
  }
  out.snapshot = true;
  out.first = !known_;
  out.changes.push_back({Code::Clear, {}, {}, {}});
  // While it is used nothing is lost, though servers may tell all of it anew.
  const bool livedOn = isReady() || (known_ && persistence_ == Persistence::Persistent &&
                                     message.version >= version_);
  for (const std::string& name : slots_.names()) content.try_emplace(name);
  for (const auto& [name, value] : content) takeSlot(name, value, message.version, livedOn, out);
  known_ = true;
  state_ = State::Ready;
  useDeadline_.reset();
}

void RemoteSharedObject::takeSlot(const std::string& name, const AmfValue& value,
                                  std::uint32_t version, bool livedOn, SharedObjectActions& out) {
  const SharedSlots::Slot* slot = slots_.find(name);
  const AmfValue before = slot == nullptr ? AmfValue() : slot->committed;
  const std::size_t bytes = slot == nullptr ? 0 : slot->bytes;
  const bool wasOurs = slot != nullptr && slot->ours;
  slots_.commit(name, value, version, wasOurs && sameValue(value, before));
  const bool waits = slot != nullptr && slots_.find(name) != nullptr && slots_.find(name)->queued;
  if (waits) return settleQueued(name, before, livedOn, out);
  if (!value.isUndefined()) {
    out.changes.push_back({Code::Change, name, value, before});
  } else if (before.isUndefined()) {
    return;
  } else if (livedOn) {
    out.deletedAway.push_back(name);
  } else if (wasOurs) {
    slots_.enqueue({name, before, bytes}, slots_.newGroup());
  }
}

/// What waits for a slot of which the server now told its value.
void RemoteSharedObject::settleQueued(const std::string& name, const AmfValue& before, bool livedOn,
                                      SharedObjectActions& out) {
  const SharedSlots::Slot& slot = *slots_.find(name);
  const AmfValue value = slot.committed;
  const AmfValue wanted = slot.queued->value;
  if (sameValue(value, wanted)) {
    const bool wasThere = !before.isUndefined() || !slot.tried.empty();
    slots_.forgetTried(name);
    slots_.commit(name, value, slot.version, true);
    slots_.dropQueued(name);
    if (!wanted.isUndefined()) out.changes.push_back({Code::Success, name, value, before});
    if (wanted.isUndefined() && wasThere) out.changes.push_back({Code::Delete, name, {}, before});
    return;
  }
  const bool lost = value.isUndefined() && !livedOn;
  const bool changedMeanwhile =
      known_ && !lost && !sameValue(value, before) && !contains(slot.tried, value);
  slots_.forgetTried(name);
  if (!value.isUndefined()) out.changes.push_back({Code::Change, name, value, before});
  if (!changedMeanwhile) return;
  if (value.isUndefined()) out.deletedAway.push_back(name);
  out.changes.push_back({Code::Reject, name, value, wanted});
  slots_.dropQueued(name);
}

void RemoteSharedObject::limitSize(SharedObjectActions& out) {
  if (slots_.committedCount() <= options_.maxSlots &&
      slots_.committedBytes() <= options_.maxObjectBytes) {
    return;
  }
  out.statuses.push_back({std::string(codeName(StatusCode::SharedObjectTooLarge)), "error",
                          std::to_string(slots_.committedCount()) + " slots of " +
                              std::to_string(slots_.committedBytes()) + " bytes"});
  state_ = State::Failed;
  known_ = false;
  ignoring_ = true;
  useDeadline_.reset();
  slots_.clear();
}

void RemoteSharedObject::write(const std::vector<SlotWrite>& slots, Clock::time_point now,
                               SharedObjectActions& out, bool together) {
  std::uint64_t group = slots_.newGroup();
  for (const SlotWrite& write : slots) {
    if (!together) group = slots_.newGroup();
    if (write.value.isUndefined() && lacks(write.slot)) {
      slots_.dropQueued(write.slot);
    } else {
      slots_.enqueue(write, group);
    }
  }
  flush(now, out);
}

/// Whether deleting the slot would do nothing: some servers do not answer that.
bool RemoteSharedObject::lacks(const std::string& name) const {
  // Deletions of what nobody knows must not pile up while the server is away.
  if (!known_ && slots_.queued() < kMaxDeletions) return false;
  const SharedSlots::Slot* slot = slots_.find(name);
  if (slot == nullptr) return true;
  if (!slot->outstanding.empty()) return slot->outstanding.back().value.isUndefined();
  return slot->committed.isUndefined() && slot->tried.empty();
}

std::optional<RemoteSharedObject::Clock::time_point> RemoteSharedObject::sendDue() const {
  if (!isReady() || slots_.queued() == 0) return std::nullopt;
  if (options_.updatesPerSecond <= 0 || !lastSent_) return Clock::time_point::min();
  const auto pace =
      duration_cast<Clock::duration>(std::chrono::duration<double>(1 / options_.updatesPerSecond));
  // One that is never answered does not hold up the others for ever.
  return *lastSent_ +
         (slots_.outstanding() == 0 ? pace : std::max<Clock::duration>(pace, options_.useTimeout));
}

void RemoteSharedObject::flush(Clock::time_point now, SharedObjectActions& out) {
  for (auto due = sendDue(); due && now >= *due; due = sendDue()) {
    lastSent_ = now;  // even if there is no room: the next try is as far off
    if (!sendQueued(now, out)) return;
  }
}

bool RemoteSharedObject::sendQueued(Clock::time_point now, SharedObjectActions& out) {
  const auto writes = slots_.startQueued(kMaxOutstanding, options_.maxObjectBytes, now);
  if (writes.empty()) return false;
  auto request = message();
  for (const SlotWrite& write : writes) {
    const Type type = write.value.isUndefined() ? Type::RequestRemove : Type::RequestChange;
    request.events.push_back({type, write.slot, write.value, {}, {}});
  }
  out.send.push_back(std::move(request));
  return true;
}

void RemoteSharedObject::sendMessage(const std::string& handler, std::vector<AmfValue> arguments,
                                     SharedObjectActions& out) const {
  auto request = message();
  request.events.push_back({Type::SendMessage, handler, {}, std::move(arguments), {}});
  out.send.push_back(std::move(request));
}

std::optional<RemoteSharedObject::Clock::time_point> RemoteSharedObject::deadline() const {
  if (useDeadline_) return useDeadline_;
  // Else only an answer makes room.
  return options_.updatesPerSecond > 0 && lastSent_ ? sendDue() : std::nullopt;
}

void RemoteSharedObject::onTick(Clock::time_point now, SharedObjectActions& out) {
  if (useDeadline_ && now >= *useDeadline_) {
    useDeadline_.reset();
    state_ = State::Failed;
    out.statuses.push_back({std::string(codeName(StatusCode::SharedObjectTimedOut)), "error",
                            "no answer to use of shared object " + name_ + " within " +
                                std::to_string(options_.useTimeout.count()) +
                                " ms: has the server any?"});
  }
  flush(now, out);
}

const AmfValue& RemoteSharedObject::committed(const std::string& slot) const {
  const SharedSlots::Slot* found = slots_.find(slot);
  return found == nullptr ? kNone : found->committed;
}

const AmfValue& RemoteSharedObject::effective(const std::string& slot) const {
  const SharedSlots::Slot* found = slots_.find(slot);
  return found == nullptr ? kNone : found->effective();
}

bool RemoteSharedObject::hasOwnWrite(const std::string& slot) const {
  const SharedSlots::Slot* found = slots_.find(slot);
  return found != nullptr && (found->queued || !found->outstanding.empty());
}

}  // namespace multiconnection::session
