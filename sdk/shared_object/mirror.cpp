#include "shared_object/mirror.hpp"

#include <algorithm>

#include "amf/amf0.hpp"

namespace multiconnection::shared_object {
namespace {

using session::SlotWrite;

constexpr std::size_t kMaxNameBytes = 65535;
constexpr std::size_t kMaxDepth = 32;

bool isDeeper(const AmfValue& value, std::size_t limit) {
  const auto* object = value.get<AmfObject>();
  const auto* array = value.get<AmfArray>();
  if (object == nullptr && array == nullptr) return false;
  if (limit == 0) return true;
  const auto deeper = [&](const AmfValue& inner) { return isDeeper(inner, limit - 1); };
  if (array != nullptr) return std::any_of(array->begin(), array->end(), deeper);
  return std::any_of(object->begin(), object->end(),
                     [&](const auto& member) { return deeper(member.second); });
}

Error tooMuch(std::string what) { return {Errc::LimitExceeded, std::move(what)}; }

Result<void> checkName(const char* what, const std::string& name) {
  if (!name.empty() && name.size() <= kMaxNameBytes) return {};
  return Error{Errc::InvalidArgument, std::string(what) + " of " + std::to_string(name.size()) +
                                          " bytes: expected 1 to 65535"};
}

std::string quoted(const std::string& name) { return '"' + name.substr(0, 80) + '"'; }

}  // namespace

void Mirror::begin(const std::vector<ServerId>& servers, Clock::time_point now) {
  copies_.clear();
  histories_.clear();
  disputes_.clear();
  for (const ServerId server : servers) copies_.push_back(makeCopy(server));
  writeUnsent(now);
}

void Mirror::writeUnsent(Clock::time_point now) {
  std::vector<SlotWrite> waiting;
  for (const auto& [slot, write] : unsent_) waiting.push_back(write);
  unsent_.clear();
  Actions nothing;  // there is no connection yet
  writeAll(waiting, now, nothing);
}

void Mirror::end() {
  copies_.clear();
  written_.clear();
  histories_.clear();
  disputes_.clear();
}

void Mirror::addServer(ServerId server, std::size_t place, Clock::time_point now) {
  const bool isOnly = copies_.empty();
  const auto behind = static_cast<std::ptrdiff_t>(std::min(place, copies_.size()));
  copies_.insert(copies_.begin() + behind, makeCopy(server));
  if (isOnly) writeUnsent(now);
}

Mirror::Copy Mirror::makeCopy(ServerId server) const {
  return {server, Remote(name_, persistence_, options_), {}};
}

Mirror::Copies::iterator Mirror::find(ServerId server) {
  return std::find_if(copies_.begin(), copies_.end(),
                      [&](const Copy& copy) { return copy.server == server; });
}

const session::RemoteSharedObject* Mirror::copy(ServerId server) const {
  for (const Copy& copy : copies_) {
    if (copy.server == server) return &copy.remote;
  }
  return nullptr;
}

void Mirror::onConnected(ServerId server, Clock::time_point now, Actions& out) {
  const auto copy = find(server);
  if (copy == copies_.end()) return;
  copy->refused.clear();
  copy->remote.onConnected(now, out.emplace_back(server, Done{}).second);
}

void Mirror::onLost(ServerId server) {
  const auto copy = find(server);
  if (copy != copies_.end()) copy->remote.onLost();
}

void Mirror::onMessage(ServerId server, const rtmp::SharedObjectMessage& message,
                       Clock::time_point now, Actions& out) {
  const auto copy = find(server);
  if (copy == copies_.end()) return;
  Done done;
  copy->remote.onMessage(message, now, done);
  const Writes writes = propagate(*copy, done, now);
  out.emplace_back(server, std::move(done));
  perform(writes, now, out);
}

std::optional<Mirror::Clock::time_point> Mirror::deadline() const {
  std::optional<Clock::time_point> first;
  for (const Copy& copy : copies_) {
    const auto next = copy.remote.deadline();
    if (next && (!first || *next < *first)) first = next;
  }
  for (const auto& [slot, dispute] : disputes_) {
    if (!first || dispute.due < *first) first = dispute.due;
  }
  return first;
}

void Mirror::onTick(Clock::time_point now, Actions& out) {
  for (Copy& copy : copies_) {
    const auto due = copy.remote.deadline();
    if (due && *due <= now) copy.remote.onTick(now, out.emplace_back(copy.server, Done{}).second);
  }
  reconcile(now, out);
}

void Mirror::release(ServerId server, Actions& out) {
  const auto copy = find(server);
  if (copy != copies_.end()) copy->remote.release(out.emplace_back(server, Done{}).second);
}

Result<void> Mirror::set(const std::vector<AmfObject::Member>& slots, Clock::time_point now,
                         Actions& out) {
  std::vector<SlotWrite> writes;
  for (const auto& [slot, value] : slots) {
    const AmfValue wanted = value.isNull() ? AmfValue() : value;
    writes.push_back({slot, wanted, session::slotBytes(slot, wanted)});
  }
  if (auto done = check(writes); !done) return done;
  writeAll(writes, now, out);
  noteWritten(writes);
  return {};
}

void Mirror::noteWritten(const std::vector<SlotWrite>& slots) {
  for (const SlotWrite& write : slots) {
    if (write.value.isUndefined()) {
      written_.erase(write.slot);
    } else {
      written_.insert(write.slot);
    }
  }
  if (written_.size() < manyWritten_ || copies_.empty()) return;
  // Others may have deleted them.
  std::erase_if(written_, [&](const std::string& slot) {
    return std::all_of(copies_.begin(), copies_.end(),
                       [&](const Copy& copy) { return copy.remote.effective(slot).isUndefined(); });
  });
  manyWritten_ = std::max(kManyWritten, 2 * written_.size());
}

/// How many slots of that name there are: 0 or 1.
std::size_t Mirror::countOf(const std::string& slot, std::size_t& bytes) const {
  bytes = 0;
  if (const Copy* copy = view()) {
    const auto* found = copy->remote.slots().find(slot);
    if (found == nullptr || found->effective().isUndefined()) return 0;
    bytes = found->effectiveBytes();
    return 1;
  }
  const auto found = unsent_.find(slot);
  if (found == unsent_.end() || found->second.value.isUndefined()) return 0;
  bytes = found->second.bytes;
  return 1;
}

Result<void> Mirror::check(const std::vector<SlotWrite>& slots) const {
  std::size_t count = 0;
  std::size_t bytes = 0;
  if (const Copy* copy = view()) {
    count = copy->remote.slots().effectiveCount();
    bytes = copy->remote.slots().effectiveBytes();
  } else {
    for (const auto& [slot, write] : unsent_) {
      count += !write.value.isUndefined();
      bytes += write.bytes;
    }
  }
  const std::size_t bytesBefore = bytes;
  for (const auto& [slot, value, size] : slots) {
    if (auto named = checkName("a slot name", slot); !named) return named;
    if (size > options_.maxSlotBytes) {
      return tooMuch("slot " + quoted(slot) + " of " + std::to_string(size) +
                     " bytes: the limit is " + std::to_string(options_.maxSlotBytes));
    }
    if (isDeeper(value, kMaxDepth)) {
      return tooMuch("slot " + quoted(slot) + " has more than 32 levels");
    }
    std::size_t before = 0;
    const std::size_t counted = countOf(slot, before);
    bytes += size - before;  // modulo arithmetic
    count += !value.isUndefined() - counted;
  }
  if (count > options_.maxSlots && bytes > bytesBefore) {
    return tooMuch("slot " + quoted(slots.back().slot) + " would be number " +
                   std::to_string(count) + ": the limit is " + std::to_string(options_.maxSlots));
  }
  if (bytes > options_.maxObjectBytes && bytes > bytesBefore) {
    return tooMuch("slot " + quoted(slots.back().slot) + " would make " + std::to_string(bytes) +
                   " bytes of the object: the limit is " + std::to_string(options_.maxObjectBytes));
  }
  return {};
}

void Mirror::writeAll(const std::vector<SlotWrite>& slots, Clock::time_point now, Actions& out) {
  if (slots.empty()) return;
  if (copies_.empty()) {
    for (const SlotWrite& write : slots) unsent_[write.slot] = write;
  }
  for (Copy& copy : copies_) {
    for (const SlotWrite& write : slots) copy.refused.erase(write.slot);
    copy.remote.write(slots, now, out.emplace_back(copy.server, Done{}).second);
  }
}

void Mirror::clear(Clock::time_point now, Actions& out) {
  written_.clear();
  unsent_.clear();
  for (Copy& copy : copies_) {
    std::vector<SlotWrite> deletions;
    for (const auto& [slot, value] : copy.remote.slots().effective()) {
      deletions.push_back({slot, {}, 0});
    }
    copy.remote.write(deletions, now, out.emplace_back(copy.server, Done{}).second);
  }
}

Result<void> Mirror::send(const std::string& handler, const std::vector<AmfValue>& arguments,
                          Actions& out) {
  if (auto named = checkName("a handler", handler); !named) return named;
  std::size_t bytes = 0;
  for (const AmfValue& argument : arguments) {
    bytes += session::slotBytes("", argument);
    if (isDeeper(argument, kMaxDepth)) return tooMuch("an argument has more than 32 levels");
  }
  if (bytes > options_.maxObjectBytes) {
    return tooMuch("send of " + std::to_string(bytes) + " bytes: the limit is " +
                   std::to_string(options_.maxObjectBytes));
  }
  if (primary() == nullptr) {
    return Error{Errc::InvalidState, "send: no server has the shared object ready"};
  }
  for (Copy& copy : copies_) {
    if (!copy.remote.isReady()) continue;
    copy.remote.sendMessage(handler, arguments, out.emplace_back(copy.server, Done{}).second);
  }
  return {};
}

const Mirror::Copy* Mirror::primary() const {
  for (const Copy& copy : copies_) {
    if (copy.remote.isReady()) return &copy;
  }
  return nullptr;
}

const Mirror::Copy* Mirror::view() const {
  if (const Copy* ready = primary()) return ready;
  for (const Copy& copy : copies_) {
    if (copy.remote.isKnown()) return &copy;
  }
  return copies_.empty() ? nullptr : &copies_.front();
}

AmfValue Mirror::get(const std::string& slot) const {
  if (const Copy* copy = view()) return copy->remote.effective(slot);
  const auto found = unsent_.find(slot);
  return found == unsent_.end() ? AmfValue() : found->second.value;
}

AmfObject Mirror::data() const {
  if (const Copy* copy = view()) return copy->remote.slots().effective();
  AmfObject all;
  for (const auto& [slot, write] : unsent_) {
    if (!write.value.isUndefined()) all.set(slot, write.value);
  }
  return all;
}

std::size_t Mirror::bytes() const {
  if (const Copy* copy = view()) return copy->remote.slots().effectiveBytes();
  std::size_t bytes = 0;
  for (const auto& [slot, write] : unsent_) bytes += write.bytes;
  return bytes;
}

std::vector<std::string> Mirror::divergent() const {
  const Copy* first = primary();
  if (first == nullptr) return {};
  std::set<std::string> different;
  for (const Copy& copy : copies_) {
    if (!copy.remote.isReady() || &copy == first) continue;
    for (const auto* names : {&first->remote.slots(), &copy.remote.slots()}) {
      for (const std::string& slot : names->names()) {
        const AmfValue& there = copy.remote.committed(slot);
        if (!session::sameValue(first->remote.committed(slot), there)) different.insert(slot);
      }
    }
  }
  return {different.begin(), different.end()};
}

}  // namespace multiconnection::shared_object
