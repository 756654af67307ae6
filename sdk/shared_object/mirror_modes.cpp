// What becomes of changes that others make on one server.
#include <algorithm>

#include "amf/amf0.hpp"
#include "shared_object/mirror.hpp"

namespace multiconnection::shared_object {
namespace {

using Code = SyncChange::Code;
using session::sameValue;

/// A value that was mirrored so often within the window, and comes again, is an echo.
constexpr std::size_t kEchoes = 2;
constexpr std::chrono::seconds kWindow{2};
/// Of a mirroring client's round trip: two of them need some to answer each other so often.
constexpr int kWindowLatencies = 8;

const AmfValue kNone;

std::string bytesOf(const AmfValue& value) {
  if (value.isUndefined()) return {};
  Bytes bytes;
  amf::encodeAmf0(bytes, value);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

void Mirror::propagate(Copy& from, const Done& done, Clock::time_point now, Actions& out) {
  noteRefusals(from, done);
  if (!from.remote.isReady()) return;
  Writes writes;
  switch (options_.mode) {
    case MirrorMode::Independent:
      if (done.first) fillFirst(from, writes);
      break;
    case MirrorMode::Mirror:
      mirror(from, done, now, writes);
      break;
    case MirrorMode::PrimaryWins:
      followPrimary(from, done, now, writes);
      break;
  }
  perform(writes, now, out);
}

void Mirror::perform(const Writes& writes, Clock::time_point now, Actions& out) {
  for (const auto& [place, slots] : writes) {
    Copy& copy = copies_[place];
    if (options_.mode != MirrorMode::Independent) {
      for (const auto& write : slots) histories_[write.slot].note(bytesOf(write.value), now);
    }
    copy.remote.write(slots, now, out.emplace_back(copy.server, Done{}).second);
  }
  std::erase_if(histories_, [&](const auto& entry) { return entry.second.isOver(now, window()); });
}

void Mirror::noteRefusals(Copy& from, const Done& done) {
  for (const SyncChange& change : done.changes) {
    if (change.code == Code::Reject) {
      from.refused[change.slot] = change.oldValue;
    } else if (!change.slot.empty()) {
      from.refused.erase(change.slot);
    }
  }
}

/// A server that joins an array at work gets what the application has set.
void Mirror::fillFirst(const Copy& from, Writes& writes) const {
  for (const std::string& slot : written_) {
    if (!from.remote.effective(slot).isUndefined() || from.remote.hasOwnWrite(slot)) continue;
    write(from, slot, valueElsewhere(from, slot), writes);
  }
}

/// Those whose value on that server is now another one, by somebody else.
std::vector<std::string> Mirror::changedSlots(const Copy& from, const Done& done) {
  std::set<std::string> slots(done.deletedAway.begin(), done.deletedAway.end());
  for (const SyncChange& change : done.changes) {
    const bool told = change.code == Code::Change || change.code == Code::Delete;
    if (!told || from.remote.hasOwnWrite(change.slot)) continue;
    if (done.first || !sameValue(change.oldValue, change.value)) slots.insert(change.slot);
  }
  return {slots.begin(), slots.end()};
}

void Mirror::mirror(const Copy& from, const Done& done, Clock::time_point now, Writes& writes) {
  for (const std::string& slot : changedSlots(from, done)) {
    const AmfValue& elsewhere = valueElsewhere(from, slot);
    if (done.first && !elsewhere.isUndefined()) {
      write(from, slot, elsewhere, writes);  // who was here first is followed
    } else {
      spread(from, slot, now, writes);
    }
  }
  if (done.snapshot) return fill(from, done, writes);
  const auto cleared = [](const SyncChange& change) { return change.code == Code::Clear; };
  if (std::none_of(done.changes.begin(), done.changes.end(), cleared)) return;
  for (const std::string& slot : namesElsewhere(from)) {
    if (from.remote.effective(slot).isUndefined()) spread(from, slot, now, writes);
  }
}

void Mirror::followPrimary(const Copy& from, const Done& done, Clock::time_point now,
                           Writes& writes) {
  if (primary() != &from) {
    std::set<std::string> slots;
    for (const SyncChange& change : done.changes) slots.insert(change.slot);
    slots.insert(done.deletedAway.begin(), done.deletedAway.end());
    slots.erase("");
    if (done.snapshot) slots.merge(namesElsewhere(from));
    for (const std::string& slot : slots) undo(from, slot, now, writes);
    return;
  }
  for (const SyncChange& change : done.changes) {
    const bool ours = change.slot.empty() || from.remote.hasOwnWrite(change.slot);
    if (!ours && change.code != Code::Success) spread(from, change.slot, now, writes);
  }
  for (const std::string& slot : done.deletedAway) spread(from, slot, now, writes);
  if (done.snapshot) fill(from, done, writes);
}

/// Gives a server that has not the say the primary's value.
void Mirror::undo(const Copy& from, const std::string& slot, Clock::time_point now,
                  Writes& writes) {
  if (from.remote.hasOwnWrite(slot)) return;
  const AmfValue& value = primary()->remote.effective(slot);
  if (sameValue(from.remote.effective(slot), value)) return;
  if (!settleConflict(slot, value, now, writes)) write(from, slot, value, writes);
}

/// A server that lacks what others have has lost it, or never had it.
void Mirror::fill(const Copy& from, const Done& done, Writes& writes) const {
  const std::set<std::string> deleted(done.deletedAway.begin(), done.deletedAway.end());
  for (const std::string& slot : namesElsewhere(from)) {
    if (deleted.count(slot) != 0 || from.remote.hasOwnWrite(slot)) continue;
    if (!from.remote.effective(slot).isUndefined()) continue;
    write(from, slot, valueElsewhere(from, slot), writes);
  }
}

void Mirror::spread(const Copy& from, const std::string& slot, Clock::time_point now,
                    Writes& writes) {
  const AmfValue& value = from.remote.effective(slot);
  if (settleConflict(slot, value, now, writes)) return;
  for (const Copy& copy : copies_) {
    if (&copy != &from) write(copy, slot, value, writes);
  }
}

void Mirror::write(const Copy& to, const std::string& slot, const AmfValue& value,
                   Writes& writes) const {
  if (sameValue(to.remote.effective(slot), value)) return;
  const auto refused = to.refused.find(slot);
  if (refused != to.refused.end() && sameValue(refused->second, value)) return;
  writes[placeOf(to)].push_back({slot, value, session::slotBytes(slot, value)});
}

bool Mirror::settleConflict(const std::string& slot, const AmfValue& value, Clock::time_point now,
                            Writes& writes) {
  const auto history = histories_.find(slot);
  if (history == histories_.end()) return false;
  if (history->second.count(bytesOf(value), now, window()) < kEchoes) return false;
  const AmfValue* largest = &kNone;
  std::string largestBytes;
  for (const Copy& copy : copies_) {
    if (!copy.remote.isReady()) continue;
    const AmfValue& there = copy.remote.effective(slot);
    std::string bytes = bytesOf(there);
    if (bytes <= largestBytes) continue;
    largest = &there;
    largestBytes = std::move(bytes);
  }
  for (const Copy& copy : copies_) write(copy, slot, *largest, writes);
  return true;
}

const AmfValue& Mirror::valueElsewhere(const Copy& from, const std::string& slot) const {
  for (const bool ready : {true, false}) {
    for (const Copy& copy : copies_) {
      if (&copy == &from || copy.remote.isReady() != ready) continue;
      const AmfValue& value = copy.remote.effective(slot);
      if (!value.isUndefined()) return value;
    }
  }
  return kNone;
}

std::set<std::string> Mirror::namesElsewhere(const Copy& from) const {
  std::set<std::string> names;
  for (const Copy& copy : copies_) {
    if (&copy == &from) continue;
    for (const std::string& slot : copy.remote.slots().names()) names.insert(slot);
  }
  return names;
}

Mirror::Clock::duration Mirror::window() const {
  Clock::duration longest = kWindow;
  for (const Copy& copy : copies_) {
    longest = std::max(longest, copy.remote.latency() * kWindowLatencies);
  }
  return longest;
}

}  // namespace multiconnection::shared_object
