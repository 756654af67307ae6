#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "session/remote_shared_object.hpp"
#include "support/hex.hpp"

namespace multiconnection::session::test {

using multiconnection::test::hex;
using EventType = rtmp::SharedObjectEventType;
using Events = std::vector<rtmp::SharedObjectEvent>;

// What servers say.
inline rtmp::SharedObjectEvent useSuccess() { return {EventType::UseSuccess, {}, {}, {}, {}}; }
inline rtmp::SharedObjectEvent clearEvent() { return {EventType::Clear, {}, {}, {}, {}}; }
inline rtmp::SharedObjectEvent changeEvent(std::string slot, AmfValue value) {
  return {EventType::Change, std::move(slot), std::move(value), {}, {}};
}
inline rtmp::SharedObjectEvent successEvent(std::string slot) {
  return {EventType::Success, std::move(slot), {}, {}, {}};
}
inline rtmp::SharedObjectEvent removeEvent(std::string slot) {
  return {EventType::Remove, std::move(slot), {}, {}, {}};
}
inline rtmp::SharedObjectEvent statusEvent(std::string code) {
  return {EventType::Status, std::move(code), {}, {}, "error"};
}
inline rtmp::SharedObjectEvent noWriteAccess() { return statusEvent("SharedObject.NoWriteAccess"); }

inline SlotWrite slotWrite(const std::string& slot, const AmfValue& value) {
  return {slot, value, slotBytes(slot, value)};
}

/// "change x 4 was undefined": one line for each.
inline std::vector<std::string> texts(const std::vector<SyncChange>& changes) {
  static constexpr const char* kNames[] = {"success", "change", "reject", "delete", "clear"};
  std::vector<std::string> lines;
  for (const SyncChange& change : changes) {
    std::ostringstream line;
    line << kNames[static_cast<int>(change.code)];
    if (change.code != SyncChange::Code::Clear) {
      line << ' ' << change.slot << ' ' << change.value << " was " << change.oldValue;
    }
    lines.push_back(line.str());
  }
  return lines;
}

inline std::vector<std::string> codes(const std::vector<Status>& statuses) {
  std::vector<std::string> codes;
  for (const Status& status : statuses) codes.push_back(status.code);
  return codes;
}

/// "set x 4, delete y": one line for each message that is sent.
inline std::vector<std::string> requests(const std::vector<rtmp::SharedObjectMessage>& messages) {
  static const std::map<EventType, std::string> kNames{{EventType::Use, "use"},
                                                       {EventType::Release, "release"},
                                                       {EventType::RequestChange, "set"},
                                                       {EventType::RequestRemove, "delete"},
                                                       {EventType::SendMessage, "send"}};
  std::vector<std::string> lines;
  for (const auto& message : messages) {
    std::ostringstream line;
    for (const auto& event : message.events) {
      if (line.tellp() != 0) line << ", ";
      line << kNames.at(event.type);
      if (!event.name.empty()) line << ' ' << event.name;
      if (event.type == EventType::RequestChange) line << ' ' << event.value;
    }
    lines.push_back(line.str());
  }
  return lines;
}

/// One server's copy, and that server's side of it.
class CopyPeer {
 public:
  using Clock = RemoteSharedObject::Clock;

  explicit CopyPeer(Persistence persistence = Persistence::Temporary,
                    SharedObjectOptions options = {})
      : copy("info_so", persistence, options) {}

  SharedObjectActions connects() {
    return does([&](SharedObjectActions& out) { copy.onConnected(now, out); });
  }
  SharedObjectActions says(std::uint32_t version, Events events) {
    const rtmp::SharedObjectMessage message{"info_so", version, false, std::move(events)};
    return does([&](SharedObjectActions& out) { copy.onMessage(message, now, out); });
  }
  /// A body as it comes over the wire.
  SharedObjectActions says(const char* body) {
    const auto message =
        rtmp::parseSharedObject({rtmp::MessageType::SharedObjectAmf0, 0, 0, hex(body)});
    if (!message) throw std::invalid_argument(message.error().message);
    return does([&](SharedObjectActions& out) { copy.onMessage(*message, now, out); });
  }
  /// Connected and told that there is this.
  void usesWith(const AmfObject& content = {}, std::uint32_t version = 1) {
    connects();
    answersUse(content, version);
  }
  SharedObjectActions answersUse(const AmfObject& content = {}, std::uint32_t version = 1) {
    Events events{useSuccess(), clearEvent()};
    for (const auto& [slot, value] : content) events.push_back(changeEvent(slot, value));
    return says(version, std::move(events));
  }
  SharedObjectActions writes(const AmfObject& slots) {
    std::vector<SlotWrite> writes;
    for (const auto& [slot, value] : slots) writes.push_back(slotWrite(slot, value));
    return does([&](SharedObjectActions& out) { copy.write(writes, now, out); });
  }
  SharedObjectActions passes(Clock::duration time) {
    now += time;
    return does([&](SharedObjectActions& out) { copy.onTick(now, out); });
  }
  template <class Step>
  SharedObjectActions does(Step step) {
    SharedObjectActions out;
    step(out);
    return out;
  }

  RemoteSharedObject copy;
  Clock::time_point now{};
};

/// The bodies of what is sent.
inline std::vector<Bytes> bodies(const SharedObjectActions& actions) {
  std::vector<Bytes> bodies;
  for (const auto& message : actions.send) bodies.push_back(rtmp::makeSharedObject(message).body);
  return bodies;
}

}  // namespace multiconnection::session::test
