#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "session/remote_shared_object.hpp"

namespace multiconnection::shared_object::test {

using Message = rtmp::SharedObjectMessage;
using Event = rtmp::SharedObjectEvent;
using EventType = rtmp::SharedObjectEventType;

/// How a server differs from others that are as right.
struct ServerManner {
  enum class Snapshot { ClearFirst, SuccessFirst, NoClear } snapshot = Snapshot::SuccessFirst;
  enum class Refusal { Whole, WholeWithValues, EachSlot } refusal = Refusal::Whole;
  bool tellsUnchanged = false;      ///< Others hear of a set that changed nothing.
  bool answersEmptyDelete = true;   ///< The deletion of a slot that is not there.
  bool persistent = false;          ///< Else the object ends with its last user.
  std::set<std::string> refused{};  ///< Slots that nobody may write.
};

/// One shared object on one server, as servers have been seen to keep it.
class ModelServer {
 public:
  using User = std::size_t;
  using Answers = std::vector<std::pair<User, Message>>;
  /// What a slot was set to last, and by whom.
  struct Write {
    User user = 0;
    AmfValue value;
  };

  explicit ModelServer(ServerManner manner) : manner_(std::move(manner)) {}

  Answers take(User from, const Message& message) {
    std::map<User, std::vector<Event>> said;
    if (!message.events.empty() && message.events[0].type == EventType::Use) {
      users_.insert(from);
      ++version_;
      said[from] = snapshot();
    } else if (users_.count(from) != 0) {
      carryOut(from, message, said);
    }
    Answers answers;
    for (auto& [user, events] : said) {
      if (events.empty()) continue;
      answers.push_back({user, {message.name, version_, manner_.persistent, std::move(events)}});
    }
    return answers;
  }
  void leave(User user) {
    users_.erase(user);
    if (users_.empty() && !manner_.persistent) forget();
  }
  /// Everybody is thrown out.
  void restart() {
    users_.clear();
    if (!manner_.persistent) forget();
  }

  const ServerManner& manner() const { return manner_; }
  const std::map<std::string, AmfValue>& slots() const { return slots_; }
  /// Slots that went with the object, and were not written since.
  const std::map<std::string, Write>& lost() const { return lost_; }
  AmfObject content() const {
    AmfObject content;
    for (const auto& [slot, value] : slots_) content.set(slot, value);
    return content;
  }

 private:
  using Said = std::map<User, std::vector<Event>>;

  void forget() {
    for (const auto& [slot, write] : lastWrites_) {
      if (slots_.count(slot) != 0) lost_[slot] = write;
    }
    slots_.clear();
    lastWrites_.clear();
    version_ = 0;
  }
  std::vector<Event> snapshot() const {
    const Event clear{EventType::Clear, {}, {}, {}, {}};
    const Event success{EventType::UseSuccess, {}, {}, {}, {}};
    std::vector<Event> events{success};
    if (manner_.snapshot == ServerManner::Snapshot::ClearFirst) events = {clear, success};
    if (manner_.snapshot == ServerManner::Snapshot::SuccessFirst) events = {success, clear};
    for (const auto& [slot, value] : slots_) {
      events.push_back({EventType::Change, slot, value, {}, {}});
    }
    return events;
  }
  bool refuses(const Message& message) const {
    return std::any_of(message.events.begin(), message.events.end(),
                       [&](const Event& event) { return manner_.refused.count(event.name) != 0; });
  }
  void carryOut(User from, const Message& message, Said& said) {
    if (manner_.refusal != ServerManner::Refusal::EachSlot && refuses(message)) {
      return refuseAll(message, said[from]);
    }
    ++version_;
    for (const Event& event : message.events) {
      if (event.type == EventType::SendMessage) {
        for (const User user : users_) said[user].push_back(event);
      } else if (event.type == EventType::Release) {
        leave(from);
      } else if (manner_.refused.count(event.name) != 0) {
        tellValue(event.name, said[from], true);
        refuse(said[from]);
      } else if (event.type == EventType::RequestChange) {
        set(from, event, said);
      } else if (event.type == EventType::RequestRemove) {
        remove(from, event, said);
      }
    }
  }
  void set(User from, const Event& event, Said& said) {
    const auto old = slots_.find(event.name);
    const bool changes = old == slots_.end() || !session::sameValue(old->second, event.value);
    slots_[event.name] = event.value;
    lastWrites_[event.name] = {from, event.value};
    lost_.erase(event.name);
    for (const User user : users_) {
      if (user == from) {
        said[user].push_back({EventType::Success, event.name, {}, {}, {}});
      } else if (changes || manner_.tellsUnchanged) {
        said[user].push_back({EventType::Change, event.name, event.value, {}, {}});
      }
    }
  }
  void remove(User from, const Event& event, Said& said) {
    const Event removed{EventType::Remove, event.name, {}, {}, {}};
    lost_.erase(event.name);
    if (slots_.erase(event.name) == 0) {
      if (manner_.answersEmptyDelete) said[from].push_back(removed);
      return;
    }
    lastWrites_[event.name] = {from, {}};
    for (const User user : users_) said[user].push_back(removed);
  }
  void refuseAll(const Message& message, std::vector<Event>& said) const {
    refuse(said);
    if (manner_.refusal != ServerManner::Refusal::WholeWithValues) return;
    for (const Event& event : message.events) tellValue(event.name, said, false);
  }
  void tellValue(const std::string& slot, std::vector<Event>& said, bool orNull) const {
    const auto value = slots_.find(slot);
    if (value != slots_.end()) said.push_back({EventType::Change, slot, value->second, {}, {}});
    if (value == slots_.end() && orNull) {
      said.push_back({EventType::Change, slot, nullptr, {}, {}});
    }
  }
  static void refuse(std::vector<Event>& said) {
    said.push_back({EventType::Status, "SharedObject.NoWriteAccess", {}, {}, "error"});
  }

  ServerManner manner_;
  std::set<User> users_;
  std::map<std::string, AmfValue> slots_;
  std::map<std::string, Write> lastWrites_;
  std::map<std::string, Write> lost_;
  std::uint32_t version_ = 0;
};

}  // namespace multiconnection::shared_object::test
