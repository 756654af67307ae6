#include "session/shared_slots.hpp"

#include <algorithm>
#include <utility>

#include "amf/amf0.hpp"

namespace multiconnection::session {
namespace {

constexpr std::size_t kNameLengthBytes = 2;
/// Of a message with several writes; one alone is smaller than a message may be at most.
constexpr std::size_t kMaxMessageBytes = 16'000'000;
constexpr std::size_t kEventBytes = 7;  // beside the slot's name and value

bool holds(const AmfValue& value) { return !value.isUndefined(); }

AmfObject asObject(std::vector<AmfObject::Member> members) {
  return AmfObject::fromMembers(std::move(members));
}

}  // namespace

std::size_t slotBytes(const std::string& slot, const AmfValue& value) {
  if (!holds(value)) return 0;
  Bytes bytes;
  amf::encodeAmf0(bytes, value);
  return kNameLengthBytes + slot.size() + bytes.size();
}

bool sameValue(const AmfValue& left, const AmfValue& right) {
  if (left == right) return true;
  if (left.kind() != right.kind()) return false;
  Bytes leftBytes;
  Bytes rightBytes;
  amf::encodeAmf0(leftBytes, left);
  amf::encodeAmf0(rightBytes, right);
  return leftBytes == rightBytes;
}

const AmfValue& SharedSlots::Slot::effective() const {
  if (queued) return queued->value;
  return outstanding.empty() ? committed : outstanding.back().value;
}

std::size_t SharedSlots::Slot::effectiveBytes() const {
  if (queued) return queued->bytes;
  return outstanding.empty() ? bytes : outstanding.back().bytes;
}

const SharedSlots::Slot* SharedSlots::find(const std::string& name) const {
  const auto slot = slots_.find(name);
  return slot == slots_.end() ? nullptr : &slot->second;
}

std::vector<std::string> SharedSlots::names() const {
  std::vector<std::string> names;
  names.reserve(slots_.size());
  for (const auto& [name, slot] : slots_) names.push_back(name);
  return names;
}

template <class Change>
auto SharedSlots::change(const std::string& name, Change change) {
  const auto found = slots_.try_emplace(name).first;
  Slot& slot = found->second;
  // Modulo arithmetic: what is taken off first is put back with the new figures.
  effectiveBytes_ -= slot.effectiveBytes();
  effectiveCount_ -= holds(slot.effective());
  committedBytes_ -= slot.bytes;
  committedCount_ -= holds(slot.committed);
  auto result = change(slot);
  effectiveBytes_ += slot.effectiveBytes();
  effectiveCount_ += holds(slot.effective());
  committedBytes_ += slot.bytes;
  committedCount_ += holds(slot.committed);
  if (!holds(slot.committed) && slot.outstanding.empty() && !slot.queued) slots_.erase(found);
  return result;
}

void SharedSlots::commit(const std::string& name, const AmfValue& value, std::uint32_t version,
                         bool ours) {
  const std::size_t bytes = slotBytes(name, value);
  change(name, [&](Slot& slot) {
    slot.committed = value;
    slot.bytes = bytes;
    slot.version = version;
    slot.ours = ours;
    return true;
  });
}

void SharedSlots::clear() {
  for (const std::string& name : names()) commit(name, {}, 0, false);
}

void SharedSlots::enqueue(const SlotWrite& write, std::uint64_t group, bool alone) {
  queued_ += change(write.slot, [&](Slot& slot) -> std::size_t {
    const bool isNew = !slot.queued;
    slot.queued = Queued{write.value, write.bytes, ++orders_, group, alone};
    return isNew;
  });
}

void SharedSlots::dropQueued(const std::string& name) {
  queued_ -= change(name, [](Slot& slot) -> std::size_t {
    const bool dropped = slot.queued.has_value();
    slot.queued.reset();
    return dropped;
  });
}

void SharedSlots::forgetTried(const std::string& name) {
  const auto slot = slots_.find(name);
  if (slot != slots_.end()) slot->second.tried.clear();
}

std::vector<SharedSlots::Slots::iterator> SharedSlots::waiting() {
  std::vector<Slots::iterator> waiting;
  std::vector<std::string> needless;
  for (auto slot = slots_.begin(); slot != slots_.end(); ++slot) {
    const auto& [name, held] = *slot;
    if (!held.queued) continue;
    if (holds(held.queued->value) || (held.outstanding.empty() && holds(held.committed))) {
      waiting.push_back(slot);
    } else if (held.outstanding.empty()) {
      needless.push_back(name);
    }
  }
  for (const std::string& name : needless) dropQueued(name);
  std::sort(waiting.begin(), waiting.end(), [](const auto& left, const auto& right) {
    return left->second.queued->order < right->second.queued->order;
  });
  return waiting;
}

std::vector<SlotWrite> SharedSlots::startQueued(std::size_t limit, std::size_t maxBytes,
                                                Clock::time_point now) {
  if (queued_ == 0) return {};
  const auto slots = waiting();
  if (slots.empty()) return {};
  const std::uint64_t message = ++messages_;
  std::vector<SlotWrite> started;
  std::size_t messageBytes = 0;
  const Queued first = *slots.front()->second.queued;
  for (const auto& slot : slots) {
    const Queued& next = *slot->second.queued;
    if ((first.alone || next.alone) && next.group != first.group) break;
    const bool fits = outstanding_ < limit && outstandingBytes_ + next.bytes <= maxBytes;
    if (outstanding_ != 0 && !fits) break;
    messageBytes += kEventBytes + slot->first.size() + next.bytes;
    if (!started.empty() && messageBytes > kMaxMessageBytes) break;
    Queued queued = *std::exchange(slot->second.queued, std::nullopt);
    --queued_;
    ++outstanding_;
    outstandingBytes_ += queued.bytes;
    slot->second.outstanding.push_back({queued.value, queued.bytes, message, queued.group, now});
    started.push_back({slot->first, std::move(queued.value), queued.bytes});
  }
  return started;
}

std::optional<SharedSlots::Request> SharedSlots::takeOutstanding(const std::string& name) {
  const Slot* found = find(name);
  if (found == nullptr || found->outstanding.empty()) return std::nullopt;
  auto request = change(name, [](Slot& slot) {
    Request oldest = std::move(slot.outstanding.front());
    slot.outstanding.pop_front();
    return oldest;
  });
  --outstanding_;
  outstandingBytes_ -= request.bytes;
  return request;
}

std::vector<std::pair<std::string, SharedSlots::Request>> SharedSlots::takeOldestMessage(
    const std::optional<std::string>& slot, const std::set<std::string>& accepted) {
  std::optional<std::uint64_t> oldest;
  for (const auto& [name, held] : slots_) {
    if (held.outstanding.empty()) continue;
    const std::uint64_t message = held.outstanding.front().message;
    if (!oldest || message < *oldest) oldest = message;
  }
  std::vector<std::pair<std::string, Request>> taken;
  if (!oldest) return taken;
  std::vector<std::string> of;
  for (const auto& [name, held] : slots_) {
    if (!held.outstanding.empty() && held.outstanding.front().message == *oldest) {
      of.push_back(name);
    }
  }
  if (slot && std::find(of.begin(), of.end(), *slot) != of.end()) of = {*slot};
  const auto isAccepted = [&](const std::string& name) { return accepted.count(name) != 0; };
  // All accepted, and yet one refused: they are those of a later message.
  const bool all = std::all_of(of.begin(), of.end(), isAccepted);
  for (const std::string& name : of) {
    if (all || !isAccepted(name)) taken.emplace_back(name, *takeOutstanding(name));
  }
  return taken;
}

void SharedSlots::requeue() {
  for (const std::string& name : names()) {
    queued_ += change(name, [this](Slot& slot) -> std::size_t {
      if (slot.outstanding.empty()) return 0;
      const bool isNew = !slot.queued;
      if (isNew) {
        const Request& last = slot.outstanding.back();
        slot.queued = Queued{last.value, last.bytes, ++orders_, last.group};
      }
      for (Request& request : slot.outstanding) slot.tried.push_back(std::move(request.value));
      slot.outstanding.clear();
      return isNew;
    });
  }
  outstanding_ = 0;
  outstandingBytes_ = 0;
}

AmfObject SharedSlots::committed() const {
  std::vector<AmfObject::Member> members;
  for (const auto& [name, slot] : slots_) {
    if (holds(slot.committed)) members.emplace_back(name, slot.committed);
  }
  return asObject(std::move(members));
}

AmfObject SharedSlots::effective() const {
  std::vector<AmfObject::Member> members;
  for (const auto& [name, slot] : slots_) {
    if (holds(slot.effective())) members.emplace_back(name, slot.effective());
  }
  return asObject(std::move(members));
}

}  // namespace multiconnection::session
