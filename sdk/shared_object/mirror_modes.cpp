// What becomes of changes that others make on one server.
#include <algorithm>

#include "amf/amf0.hpp"
#include "shared_object/mirror.hpp"

namespace multiconnection::shared_object {
namespace {

using Code = SyncChange::Code;
using session::sameValue;

/// A value that was mirrored so often within the window, and comes again, may be an echo.
constexpr std::size_t kEchoes = 2;
constexpr std::chrono::seconds kWindow{2};
/// Of a mirroring client's round trip: two of them need some to answer each other so often.
constexpr int kWindowTurns = 8;

const AmfValue kNone;

/// Also by a snapshot.
bool isCleared(const session::SharedObjectActions& done) {
  return std::any_of(done.changes.begin(), done.changes.end(),
                     [](const SyncChange& change) { return change.code == Code::Clear; });
}

std::string bytesOf(const AmfValue& value) {
  if (value.isUndefined()) return {};
  Bytes bytes;
  amf::encodeAmf0(bytes, value);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Mirror::Writes Mirror::propagate(Copy& from, const Done& done, Clock::time_point now) {
  noteRefusals(from, done);
  Writes writes;
  if (!from.remote.isReady()) return writes;
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
  return writes;
}

void Mirror::perform(const Writes& writes, Clock::time_point now, Actions& out) {
  if (writes.empty()) return;
  std::set<std::pair<std::string, std::string>> noted;
  for (const auto& [place, slots] : writes) {
    Copy& copy = copies_[place];
    for (const auto& write : slots) noted.emplace(write.slot, bytesOf(write.value));
    copy.remote.write(slots, now, out.emplace_back(copy.server, Done{}).second, false);
  }
  if (options_.mode == MirrorMode::Independent) return;
  for (const auto& [slot, value] : noted) histories_[slot].note(value, now, window());
  std::erase_if(histories_, [&](const auto& entry) { return entry.second.isOver(now, window()); });
}

void Mirror::noteRefusals(Copy& from, const Done& done) {
  for (const SyncChange& change : done.changes) {
    from.refused.erase(change.slot);
  }
  for (const auto& [slot, value] : done.refused) from.refused[slot] = value;
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
  if (!isCleared(done)) return;
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
    if (isCleared(done)) slots.merge(namesElsewhere(from));
    for (const std::string& slot : slots) undo(from, slot, now, writes);
    return;
  }
  for (const SyncChange& change : done.changes) {
    const bool ours = change.slot.empty() || from.remote.hasOwnWrite(change.slot);
    if (!ours && change.code != Code::Success) spread(from, change.slot, now, writes);
  }
  for (const std::string& slot : done.deletedAway) spread(from, slot, now, writes);
  if (done.snapshot) return fill(from, done, writes);
  if (!isCleared(done)) return;
  for (const std::string& slot : namesElsewhere(from)) {
    if (!from.remote.hasOwnWrite(slot)) spread(from, slot, now, writes);
  }
}

/// Gives a server that has not the say the primary's value.
void Mirror::undo(const Copy& from, const std::string& slot, Clock::time_point now,
                  Writes& writes) {
  if (from.remote.hasOwnWrite(slot)) return;
  const AmfValue& value = primary()->remote.effective(slot);
  if (sameValue(from.remote.effective(slot), value)) return;
  if (!isDisputed(*primary(), slot, value, now)) write(from, slot, value, writes);
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
  const auto differs = [&](const Copy& copy) {
    return !sameValue(copy.remote.effective(slot), value);
  };
  if (std::none_of(copies_.begin(), copies_.end(), differs)) return;
  if (isDisputed(from, slot, value, now)) return;
  disputes_.erase(slot);  // this goes everywhere
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

bool Mirror::isDisputed(const Copy& from, const std::string& slot, const AmfValue& value,
                        Clock::time_point now) {
  const auto history = histories_.find(slot);
  const bool again = history != histories_.end() &&
                     (history->second.count(bytesOf(value), now, window()) >= kEchoes ||
                      history->second.isFull(now, window()));
  if (!again) return false;
  // Of two clients with different values the one with the larger comes first, and the other finds
  // the matter settled. Somebody who changes the slot so quickly is let be meanwhile.
  const auto rank = static_cast<int>(rankOf(slot, value));
  disputes_[slot] = {from.server, now + window() * (1 + rank)};
  return true;
}

void Mirror::reconcile(Clock::time_point now, Actions& out) {
  Writes writes;
  for (auto dispute = disputes_.begin(); dispute != disputes_.end();) {
    const auto& [slot, what] = *dispute;
    if (now < what.due) {
      ++dispute;
      continue;
    }
    const bool byPrimary = options_.mode == MirrorMode::PrimaryWins && primary() != nullptr;
    const Remote* from = byPrimary ? &primary()->remote : copy(what.server);
    for (const Copy& to : copies_) {
      if (from != nullptr && &to.remote != from) {
        write(to, slot, from->effective(slot), writes);
      }
    }
    dispute = disputes_.erase(dispute);
  }
  perform(writes, now, out);
}

/// How many different values of the slot on the servers are larger.
std::size_t Mirror::rankOf(const std::string& slot, const AmfValue& value) const {
  const std::string bytes = bytesOf(value);
  std::set<std::string> larger;
  for (const Copy& copy : copies_) {
    if (!copy.remote.isReady()) continue;
    std::string there = bytesOf(copy.remote.effective(slot));
    if (there > bytes) larger.insert(std::move(there));
  }
  return larger.size();
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
    longest = std::max(longest, copy.remote.latency() * kWindowTurns);
  }
  if (options_.updatesPerSecond <= 0) return longest;
  const std::chrono::duration<double> turns(kWindowTurns / options_.updatesPerSecond);
  return std::max(longest, std::chrono::duration_cast<Clock::duration>(turns));
}

}  // namespace multiconnection::shared_object
