#include <utility>

#include "node/shared_objects.hpp"

// What becomes of shared objects that are kept in files.
namespace multiconnection::node {
namespace {

/// Handles of the program begin at 1.
constexpr std::uint64_t kNoHandle = 0;

}  // namespace

void SharedObjects::loaded(const ObjectKey& key, Result<StoredObject> content, ObjectActions& out) {
  const auto found = objects_.find(key);
  if (found == objects_.end() || !found->second.loading) return;
  Entry& entry = found->second;
  entry.loading = false;
  if (!content) return giveUp(key, content.error(), out);
  entry.allowed = entry.allowed || content->exists;
  entry.object.restore(std::move(content->slots), content->version);
  count(key, entry);
  if (memory_ > settings_.options.maxTotalBytes) {
    return giveUp(key, {Errc::LimitExceeded, "shared objects would be beyond maxTotalBytes"}, out);
  }
  // Clients may wait for it: it stays even if the program leaves it among these.
  entry.handles[kNoHandle] = 0;
  for (const auto& [handle, task] : std::exchange(entry.tasks, {})) {
    withObject(key, handle, task, out);
  }
  close(key, kNoHandle, out);
}

/// It cannot be had any more: who uses it, or asked to, is told.
void SharedObjects::giveUp(const ObjectKey& key, const Error& why, ObjectActions& out) {
  const auto found = objects_.find(key);
  Entry& entry = found->second;
  for (const auto& [handle, task] : std::exchange(entry.tasks, {})) task(nullptr, why, out);
  for (const ObjectDone& done : std::exchange(entry.done, {})) done(why);
  const auto users = entry.object.users();
  for (const auto& [user, encoding] : users) {
    refuse(key, true, {user, "", key.first, encoding}, kCreationFailed, out);
    release(key, entry, user, out);
  }
  for (const Held& held : std::exchange(entry.held, {})) {
    if (held.request->has(rtmp::SharedObjectEventType::Use)) {
      refuse(key, true, held.client, kCreationFailed, out);
    }
  }
  forgetAdmitted(entry);
  erase(found, out);
}

void SharedObjects::notStored(const ObjectKey& key, const Result<StoredObject>& content,
                              const std::vector<ObjectAction>& lost, const Error& why,
                              ObjectActions& out) {
  std::vector<UserId> refused;
  for (const ObjectAction& action : lost) {
    refused.insert(refused.end(), action.step.writers.begin(), action.step.writers.end());
    for (const ObjectDone& done : action.done) done(why);
  }
  const auto found = objects_.find(key);
  if (found == objects_.end() || found->second.loading) return;
  if (!content) return giveUp(key, why, out);
  Entry& entry = found->second;
  for (const ObjectDone& done : std::exchange(entry.done, {})) done(why);
  out.push_back(
      {ObjectAction::Kind::Tell, key, entry.object.reset(content->slots, refused), {}, kProgram});
  count(key, entry);
}

}  // namespace multiconnection::node
