#include <string>

#include "node/shared_objects.hpp"
#include "util/quoted.hpp"

// What the program that embeds the node does with its shared objects.
namespace multiconnection::node {
namespace {

Error notThere(const ObjectKey& key) {
  return {Errc::InvalidState, "the shared object " + util::quoted(key.second) + " of app " +
                                  util::quoted(key.first) +
                                  " is not to be had: it exists with the other persistence, or "
                                  "the app has too many"};
}

}  // namespace

void SharedObjects::open(const ObjectKey& key, bool persistent, std::uint64_t handle,
                         ObjectActions& out) {
  const auto found = objects_.find(key);
  Entry* entry = found == objects_.end() ? create(key, persistent, out) : &found->second;
  if (entry == nullptr || entry->object.persistent() != persistent) return;
  entry->handles[handle] = 0;
  entry->allowed = true;
}

void SharedObjects::close(const ObjectKey& key, std::uint64_t handle, ObjectActions& out) {
  withObject(
      key, handle,
      [this, key, handle](Entry* entry, const Error&, ObjectActions& actions) {
        if (entry == nullptr) return;
        const auto known = entry->handles.find(handle);
        entry->locks -= known->second;
        entry->handles.erase(known);
        if (entry->locks == 0) processHeld(key, actions);
        finish(key, actions);
      },
      out);
}

void SharedObjects::withObject(const ObjectKey& key, std::uint64_t handle, Task task,
                               ObjectActions& out) {
  const auto found = objects_.find(key);
  if (found == objects_.end() || found->second.handles.count(handle) == 0) {
    return task(nullptr, notThere(key), out);
  }
  if (found->second.loading) {
    found->second.tasks.emplace_back(handle, std::move(task));
    return;
  }
  task(&found->second, {}, out);
}

void SharedObjects::write(const ObjectKey& key, std::uint64_t handle, bool clears,
                          std::vector<SharedObject::Event> events, ObjectDone done,
                          ObjectActions& out) {
  withObject(
      key, handle,
      [this, key, clears, events = std::move(events), done = std::move(done)](
          Entry* entry, const Error& why, ObjectActions& actions) {
        if (entry == nullptr) {
          if (done) done(why);
          return;
        }
        count(key, *entry);
        auto limit = clears ? std::nullopt : entry->object.overLimit(events, room());
        for (const SharedObject::Event& event : events) {
          if (!limit && !isWrite(event)) limit = entry->object.sendOverLimit(event);
        }
        if (limit) {
          if (done) {
            done(Error{Errc::LimitExceeded, "the shared object " + util::quoted(key.second) +
                                                " would be beyond " + *limit});
          }
          return;
        }
        if (clears) entry->object.clear();
        for (const SharedObject::Event& event : events) entry->object.carryOut(kProgram, event);
        if (done) entry->done.push_back(done);
        finish(key, actions);
      },
      out);
}

void SharedObjects::lock(const ObjectKey& key, std::uint64_t handle, ObjectActions& out) {
  withObject(
      key, handle,
      [handle](Entry* entry, const Error&, ObjectActions&) {
        if (entry == nullptr) return;
        ++entry->locks;
        ++entry->handles.at(handle);
      },
      out);
}

void SharedObjects::unlock(const ObjectKey& key, std::uint64_t handle, ObjectActions& out) {
  withObject(
      key, handle,
      [this, key, handle](Entry* entry, const Error&, ObjectActions& actions) {
        if (entry == nullptr || entry->handles.at(handle) == 0) return;
        --entry->handles.at(handle);
        if (--entry->locks != 0) return;
        processHeld(key, actions);
        finish(key, actions);
      },
      out);
}

void SharedObjects::read(const ObjectKey& key, std::uint64_t handle, ReadHandler handler,
                         ObjectActions& out) {
  withObject(
      key, handle,
      [handler = std::move(handler)](Entry* entry, const Error& why, ObjectActions&) {
        if (entry == nullptr) return handler(why);
        std::vector<AmfObject::Member> members(entry->object.slots().begin(),
                                               entry->object.slots().end());
        handler(AmfObject::fromMembers(std::move(members)));
      },
      out);
}

}  // namespace multiconnection::node
