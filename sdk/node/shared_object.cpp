#include "node/shared_object.hpp"

#include <algorithm>
#include <iterator>

#include "amf/amf0.hpp"
#include "rtmp/chunk_streams.hpp"

namespace multiconnection::node {
namespace {

constexpr char kError[] = "error";

/// What everybody reads of one message.
const amf::Limits kReaders;
/// Of all slots: events 11 and 8 stand in the message with them, which is never divided.
const std::size_t kMaxValues = kReaders.maxValues - 2;

std::string tooMany(std::size_t most, const char* what) {
  return std::to_string(most) + ' ' + what;
}

/// What reading a value costs, as amf::Decoder counts it.
struct Extent {
  std::size_t values = 0;
  std::size_t depth = 0;
  bool readable() const { return values <= kReaders.maxValues && depth <= kReaders.maxDepth; }
};

/// Goes no deeper than what is readable.
void measure(const AmfValue& value, std::size_t depth, Extent& extent) {
  ++extent.values;
  const auto* object = value.get<AmfObject>();
  const auto* array = value.get<AmfArray>();
  if (object == nullptr && array == nullptr) return;
  extent.depth = std::max(extent.depth, depth + 1);
  if (!extent.readable()) return;
  if (object != nullptr) {
    for (const auto& [name, member] : *object) measure(member, depth + 1, extent);
  } else {
    for (const AmfValue& element : *array) measure(element, depth + 1, extent);
  }
}

/// Of an event with what it carries.
Extent extentOf(const SharedObject::Event& event) {
  Extent extent{1, 0};
  if (event.type == SharedObject::EventType::SendMessage) ++extent.values;  // the handler's name
  for (const AmfValue& argument : event.arguments) measure(argument, 0, extent);
  const bool hasValue = event.type == SharedObject::EventType::Change ||
                        event.type == SharedObject::EventType::RequestChange;
  if (hasValue) measure(event.value, 0, extent);
  return extent;
}

ObjectSize sizeOf(const std::string& slot, const AmfValue& value) {
  Bytes bytes;
  amf::encodeAmf0(bytes, value);
  Extent extent{1, 0};
  measure(value, 0, extent);
  return {2 + slot.size() + bytes.size(), extent.values};
}

ObjectSize operator+(const ObjectSize& left, const ObjectSize& right) {
  return {left.bytes + right.bytes, left.values + right.values};
}

ObjectSize operator-(const ObjectSize& left, const ObjectSize& right) {
  return {left.bytes - right.bytes, left.values - right.values};
}

bool deletes(const SharedObject::Event& event) {
  return event.type == SharedObject::EventType::RequestRemove || event.value.isNull() ||
         event.value.isUndefined();
}

/// Of a long round; each event alone, and all slots together, can be read.
bool isTooLarge(const rtmp::SharedObjectMessage& object, const rtmp::Message& message) {
  std::size_t values = 0;
  for (const SharedObject::Event& event : object.events) values += extentOf(event).values;
  if (values > kReaders.maxValues || message.body.size() > rtmp::kMaxMessageBytes) return true;
  // AMF3 does not repeat text; its readers bound what that stands for.
  return message.type == rtmp::MessageType::SharedObjectAmf3 &&
         rtmp::makeSharedObject(object).body.size() > kReaders.maxRepeatedBytes;
}

SharedObject::Event slotEvent(SharedObject::EventType type, const std::string& slot,
                              const AmfValue& value = {}) {
  return {type, slot, value, {}, {}};
}

SharedObject::Event statusEvent(const std::string& code) {
  return {SharedObject::EventType::Status, code, {}, {}, kError};
}

}  // namespace

bool isWrite(const rtmp::SharedObjectEvent& event) {
  return event.type == SharedObject::EventType::RequestChange ||
         event.type == SharedObject::EventType::RequestRemove;
}

rtmp::Message makeObjectStatus(const std::string& name, bool persistent, const std::string& code,
                               rtmp::Encoding encoding) {
  return rtmp::makeSharedObject({name, 0, persistent, {statusEvent(code)}}, encoding);
}

void SharedObject::restore(SlotMap slots, std::uint32_t version) {
  slots_ = std::move(slots);
  version_ = version;
  sizes_.clear();
  size_ = {};
  for (const auto& [slot, value] : slots_) size_ = size_ + (sizes_[slot] = sizeOf(slot, value));
}

ObjectStep SharedObject::reset(SlotMap slots, const std::vector<UserId>& refused) {
  restore(std::move(slots), version_ + 1);
  round_.clear();
  written_.clear();
  snapshots_.clear();
  writers_.clear();
  for (const UserId user : refused) note(What::Private, user, statusEvent(kNoWriteAccess));
  for (const auto& [user, encoding] : users_) note(What::Snapshot, user, {});
  ObjectStep step;
  step.version = version_;
  deliverAll(step);
  round_.clear();
  return step;
}

void SharedObject::use(UserId user, rtmp::Encoding encoding) {
  const bool joined = users_.insert_or_assign(user, encoding).second;
  if (!snapshots_.insert(user).second) return;  // a message may ask for thousands
  note(What::Snapshot, user, {});
  round_.back().joined = joined;
}

std::optional<std::string> SharedObject::overLimit(const std::vector<Event>& events,
                                                   std::size_t room) const {
  std::map<std::string, ObjectSize> planned;
  for (const Event& event : events) {
    if (!isWrite(event)) continue;
    if (extentOf(event).depth > kReaders.maxDepth) return tooMany(kReaders.maxDepth, "levels");
    const ObjectSize size = deletes(event) ? ObjectSize() : sizeOf(event.name, event.value);
    if (size.bytes > limits_.maxSlotBytes) return "maxSlotBytes";
    planned[event.name] = size;
  }
  ObjectSize after = size_;
  std::size_t count = slots_.size();
  bool grows = false;
  for (const auto& [slot, size] : planned) {
    const auto old = sizes_.find(slot);
    const ObjectSize before = old == sizes_.end() ? ObjectSize() : old->second;
    after = after - before + size;
    count = count - (before.values != 0 ? 1 : 0) + (size.values != 0 ? 1 : 0);
    grows = grows || size.bytes > before.bytes || size.values > before.values;
  }
  // What a file holds may be beyond limits that were lowered since: it can still shrink.
  if (!grows) return std::nullopt;
  if (count > limits_.maxSlots) return "maxSlots";
  if (after.bytes > limits_.maxObjectBytes) return "maxObjectBytes";
  if (after.values > kMaxValues) return tooMany(kMaxValues, "values");
  if (after.memory() > size_.memory() + room) return "maxTotalBytes";
  return std::nullopt;
}

std::optional<std::string> SharedObject::sendOverLimit(const Event& event) const {
  const Extent extent = extentOf(event);
  if (extent.depth > kReaders.maxDepth) return tooMany(kReaders.maxDepth, "levels");
  if (extent.values > kReaders.maxValues) return tooMany(kReaders.maxValues, "values");
  Bytes bytes;
  for (const AmfValue& argument : event.arguments) amf::encodeAmf0(bytes, argument);
  if (bytes.size() + event.name.size() > limits_.maxObjectBytes) return "maxObjectBytes";
  return std::nullopt;
}

void SharedObject::carryOut(UserId user, const Event& event) {
  switch (event.type) {
    case EventType::RequestChange:
      return set(user, event);
    case EventType::RequestRemove:
      return remove(user, event.name);
    case EventType::SendMessage:
      return note(What::Send, user, event);
    default:
      return;
  }
}

void SharedObject::set(UserId user, const Event& event) {
  if (deletes(event)) {
    note(What::Private, user, slotEvent(EventType::Success, event.name));
    return remove(user, event.name);
  }
  const auto old = slots_.find(event.name);
  if (old != slots_.end() && old->second == event.value) {
    return note(What::Private, user, slotEvent(EventType::Success, event.name));
  }
  const ObjectSize size = sizeOf(event.name, event.value);
  size_ = size_ - std::exchange(sizes_[event.name], size) + size;
  slots_[event.name] = event.value;
  noteWrite(user, slotEvent(EventType::Change, event.name, event.value));
}

void SharedObject::remove(UserId user, const std::string& slot) {
  Event gone = slotEvent(EventType::Remove, slot);
  if (slots_.erase(slot) == 0) return note(What::Private, user, std::move(gone));
  const auto size = sizes_.find(slot);
  size_ = size_ - size->second;
  sizes_.erase(size);
  noteWrite(user, std::move(gone));
}

void SharedObject::clear() {
  if (slots_.empty()) return;
  slots_.clear();
  sizes_.clear();
  size_ = {};
  for (const auto& [slot, place] : std::exchange(written_, {})) round_[place].superseded = true;
  for (Happening& earlier : round_) {
    earlier.superseded = earlier.superseded || earlier.what == What::Clear;
  }
  note(What::Clear, kProgram, {EventType::Clear, {}, {}, {}, {}});
}

void SharedObject::noteWrite(UserId user, Event event) {
  const auto [place, first] = written_.try_emplace(event.name, round_.size());
  if (!first) round_[std::exchange(place->second, round_.size())].superseded = true;
  note(What::Write, user, std::move(event));
}

void SharedObject::refuse(UserId user, const std::vector<Event>& events) {
  note(What::Private, user, statusEvent(kNoWriteAccess));
  std::set<std::string> told;
  for (const Event& event : events) {
    if (!isWrite(event)) continue;
    const auto present = slots_.find(event.name);
    if (present == slots_.end() || !told.insert(event.name).second) continue;
    note(What::Private, user, slotEvent(EventType::Change, event.name, present->second));
  }
}

void SharedObject::appendSnapshot(std::vector<Event>& events) const {
  events.push_back({EventType::UseSuccess, {}, {}, {}, {}});
  events.push_back({EventType::Clear, {}, {}, {}, {}});
  for (const auto& [slot, value] : slots_) {
    events.push_back(slotEvent(EventType::Change, slot, value));
  }
}

std::vector<SharedObject::Event> SharedObject::view(std::optional<UserId> user) const {
  bool takesPart = std::none_of(round_.begin(), round_.end(), [user](const Happening& happening) {
    return happening.joined && happening.user == user;
  });
  std::vector<Event> events;
  for (const Happening& happening : round_) {
    const bool own = happening.user == user;
    switch (happening.what) {
      case What::Private:
        if (own) events.push_back(happening.event);
        break;
      case What::Snapshot:
        if (!own) break;
        takesPart = true;
        appendSnapshot(events);
        break;
      case What::Write:
        if (own && happening.event.type == EventType::Change) {
          events.push_back(slotEvent(EventType::Success, happening.event.name));
        } else if (own || (takesPart && !happening.superseded)) {
          events.push_back(happening.event);
        }
        break;
      case What::Clear:
        if (takesPart && !happening.superseded) events.push_back(happening.event);
        break;
      case What::Send:
        if (takesPart) events.push_back(happening.event);
        break;
    }
  }
  return events;
}

/// Where the events of a message that is too large are divided; 0: nowhere. A snapshot stays whole:
/// what is not in it counts as deleted.
std::size_t SharedObject::divisionOf(const std::vector<Event>& events) const {
  const auto snapshot = std::find_if(events.begin(), events.end(), [](const Event& event) {
    return event.type == EventType::UseSuccess;
  });
  const std::size_t middle = events.size() / 2;
  if (snapshot == events.end()) return middle;
  const auto begin = static_cast<std::size_t>(snapshot - events.begin());
  const std::size_t end = begin + 2 + slots_.size();
  if (middle <= begin || middle >= end) return middle;
  return begin != 0 ? begin : end % events.size();
}

void SharedObject::deliver(std::vector<UserId> to, rtmp::Encoding encoding,
                           std::vector<Event> events, ObjectStep& step) const {
  if (to.empty() || events.empty()) return;
  const std::size_t division = divisionOf(events);
  rtmp::SharedObjectMessage object{name_, version_, persistent_, std::move(events)};
  rtmp::Message message = rtmp::makeSharedObject(object, encoding);
  if (division != 0 && isTooLarge(object, message)) {
    const auto place = object.events.begin() + static_cast<std::ptrdiff_t>(division);
    std::vector<Event> rest(std::make_move_iterator(place),
                            std::make_move_iterator(object.events.end()));
    object.events.erase(place, object.events.end());
    deliver(to, encoding, std::move(object.events), step);
    return deliver(std::move(to), encoding, std::move(rest), step);
  }
  step.deliveries.push_back({std::move(to), std::move(message)});
}

void SharedObject::deliverAll(ObjectStep& step) const {
  std::set<UserId> parted;  // who is told something of their own
  for (const Happening& happening : round_) {
    if (happening.what != What::Send) parted.insert(happening.user);
  }
  for (const UserId user : parted) {
    const auto known = users_.find(user);
    if (known != users_.end()) deliver({user}, known->second, view(user), step);
  }
  const std::vector<Event> common = view(std::nullopt);
  if (common.empty()) return;
  for (const rtmp::Encoding encoding : {rtmp::Encoding::Amf0, rtmp::Encoding::Amf3}) {
    std::vector<UserId> others;
    for (const auto& [user, own] : users_) {
      if (own == encoding && parted.count(user) == 0) others.push_back(user);
    }
    deliver(std::move(others), encoding, common, step);
  }
}

ObjectStep SharedObject::finish() {
  ObjectStep step;
  for (const Happening& happening : round_) {
    if (happening.superseded) continue;
    if (happening.what == What::Clear) step.cleared = true;
    if (happening.what != What::Write) continue;
    const Event& event = happening.event;
    step.changes.push_back(
        {event.name, event.type == EventType::Change ? std::optional(event.value) : std::nullopt});
  }
  if (step.cleared || !step.changes.empty()) ++version_;
  step.version = version_;
  step.writers = std::exchange(writers_, {});
  deliverAll(step);
  round_.clear();
  written_.clear();
  snapshots_.clear();
  return step;
}

}  // namespace multiconnection::node
