#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>

#include "node/shared_objects.hpp"

namespace multiconnection::node {
namespace {

using Event = SharedObject::Event;
using Type = SharedObject::EventType;
using ActionKind = ObjectAction::Kind;

constexpr std::size_t kClients = 5;
const ObjectKey kKey{"live", "model"};

/// A client as the reference describes it: it learns the object from what it is told.
struct Replica {
  struct Request {
    int message;
    Event event;
  };
  rtmp::Encoding encoding = rtmp::Encoding::Amf0;
  bool connected = false;
  bool uses = false;
  SlotMap slots;
  std::deque<Request> unanswered;

  void onMessage(const rtmp::SharedObjectMessage& message) {
    for (const Event& event : message.events) {
      if (event.type == Type::UseSuccess) {
        uses = true;
        slots.clear();
      } else if (event.type == Type::Clear) {
        slots.clear();
      } else if (event.type == Type::Change) {
        slots[event.name] = event.value;
      } else if (event.type == Type::Success) {
        onSuccess(event.name);
      } else if (event.type == Type::Remove) {
        onRemove(event.name);
      } else if (event.type == Type::Status) {
        onRefusal();
      }
    }
  }

 private:
  std::deque<Request>::iterator oldest(const std::string& slot) {
    return std::find_if(unanswered.begin(), unanswered.end(),
                        [&](const Request& request) { return request.event.name == slot; });
  }
  void onSuccess(const std::string& slot) {
    const auto request = oldest(slot);
    ASSERT_NE(request, unanswered.end()) << "nobody asked for " << slot;
    ASSERT_EQ(request->event.type, Type::RequestChange);
    if (request->event.value.isNull()) {
      slots.erase(slot);
    } else {
      slots[slot] = request->event.value;
    }
    unanswered.erase(request);
  }
  void onRemove(const std::string& slot) {
    const auto request = oldest(slot);
    if (request != unanswered.end() && request->event.type == Type::RequestRemove) {
      unanswered.erase(request);
    }
    slots.erase(slot);
  }
  void onRefusal() {
    ASSERT_FALSE(unanswered.empty()) << "nothing to refuse";
    const int message = unanswered.front().message;
    std::erase_if(unanswered, [&](const Request& request) { return request.message == message; });
  }
};

/// Objects, their clients, a program that locks, and a disk that takes its time and sometimes
/// fails.
class World {
 public:
  World(std::uint32_t seed, bool persistent, bool failing)
      : persistent_(persistent), failing_(failing), random_(seed), objects_(settings(persistent)) {
    perform([this](ObjectActions& out) { objects_.open(kKey, persistent_, kHandle, out); });
  }

  void step() {
    const auto client = pick(kClients);
    switch (pick(12)) {
      case 0:
        return connectOrEnd(client);
      case 1:
        return use(client);
      case 2:
        return lockOrUnlock();
      case 3:
        return programWrites();
      case 4:
      case 5:
        return turnDisk();
      default:
        return write(client);
    }
  }

  /// Nothing waits any more, anywhere.
  void settle() {
    while (locks_ != 0) unlock();
    while (!disk_.empty() || !loads_.empty()) turnDisk(false);
  }

  void check(const std::string& when) {
    SlotMap slots;
    perform([&](ObjectActions& out) {
      objects_.read(
          kKey, kHandle,
          [&](const Result<AmfObject>& read) {
            ASSERT_TRUE(read) << read.error();
            for (const auto& [slot, value] : *read) slots[slot] = value;
          },
          out);
    });
    for (std::size_t i = 0; i < kClients; ++i) {
      if (!replicas_[i].uses) continue;
      EXPECT_EQ(replicas_[i].slots, slots) << "client " << i << ", " << when;
      EXPECT_TRUE(replicas_[i].unanswered.empty()) << "client " << i << ", " << when;
    }
    if (!persistent_) return;
    EXPECT_EQ(stored_.slots, slots) << when;
  }

 private:
  static constexpr std::uint64_t kHandle = 1;

  static SharedObjects::Settings settings(bool persistent) {
    SharedObjects::Settings settings;
    settings.stored = persistent;
    settings.options.maxSlots = 4;
    settings.options.allow = [](const NodeObjectRequest& request) {
      return request.value != AmfValue("forbidden");
    };
    return settings;
  }
  std::size_t pick(std::size_t count) { return random_() % count; }

  template <class Step>
  void perform(Step step) {
    ObjectActions actions;
    step(actions);
    carryOut(std::move(actions));
  }
  void carryOut(ObjectActions&& actions) {
    for (ObjectAction& action : actions) {
      if (action.kind == ActionKind::Load) {
        loads_.push_back(action.key);
      } else if (action.kind == ActionKind::Store) {
        disk_.push_back(std::move(action));
      } else {
        tell(action);
      }
    }
  }
  void tell(const ObjectAction& action) {
    for (const ObjectDelivery& delivery : action.step.deliveries) {
      const auto message = rtmp::parseSharedObject(delivery.message);
      ASSERT_TRUE(message) << message.error();
      for (const UserId user : delivery.to) {
        Replica& replica = replicas_[user % kClients];
        // To a connection that ended meanwhile.
        if (!replica.connected || user != idOf(user % kClients)) continue;
        replica.onMessage(*message);
      }
    }
  }

  UserId idOf(std::size_t client) const { return connections_[client] * kClients + client; }
  ObjectClient about(std::size_t client) const {
    return {idOf(client), "", "live", replicas_[client].encoding};
  }
  void send(std::size_t client, std::vector<Event> events) {
    const ObjectRequest request{{"model", 0, persistent_, std::move(events)}, 50};
    perform([&](ObjectActions& out) {
      objects_.onMessage(about(client), std::make_shared<const ObjectRequest>(request), out);
    });
  }

  void connectOrEnd(std::size_t client) {
    Replica& replica = replicas_[client];
    if (replica.connected) {
      if (pick(4) != 0) return;
      replica = {};
      return perform([&](ObjectActions& out) { objects_.onEnd(idOf(client), out); });
    }
    ++connections_[client];
    replica.connected = true;
    replica.encoding = pick(2) == 0 ? rtmp::Encoding::Amf0 : rtmp::Encoding::Amf3;
  }
  void use(std::size_t client) {
    if (replicas_[client].connected) send(client, {{Type::Use, {}, {}, {}, {}}});
  }
  Event randomWrite() {
    const std::string slot(1, static_cast<char>('a' + pick(6)));
    // Who is told 9 cannot know whose delete that was: a refusal is then taken for another's.
    if (pick(4) == 0 && !failing_) return {Type::RequestRemove, slot, {}, {}, {}};
    AmfValue value(static_cast<int>(pick(3)));
    if (pick(6) == 0) value = nullptr;
    if (pick(15) == 0) value = "forbidden";
    return {Type::RequestChange, slot, value, {}, {}};
  }
  void write(std::size_t client) {
    Replica& replica = replicas_[client];
    if (!replica.uses) return;
    std::vector<Event> events;
    const std::size_t count = 1 + pick(3);
    ++message_;
    for (std::size_t i = 0; i < count; ++i) {
      events.push_back(randomWrite());
      replica.unanswered.push_back({message_, events.back()});
    }
    if (pick(5) == 0) events.push_back({Type::SendMessage, "say", {}, {"hi"}, {}});
    send(client, std::move(events));
  }
  void lockOrUnlock() {
    if (locks_ != 0 && pick(3) != 0) return unlock();
    if (locks_ == 2) return;
    ++locks_;
    perform([&](ObjectActions& out) { objects_.lock(kKey, kHandle, out); });
  }
  void unlock() {
    --locks_;
    perform([&](ObjectActions& out) { objects_.unlock(kKey, kHandle, out); });
  }
  void programWrites() {
    perform([&](ObjectActions& out) {
      objects_.write(kKey, kHandle, pick(8) == 0, {randomWrite()}, {}, out);
    });
  }

  /// Some of what waits for the disk gets there, or fails.
  void turnDisk(bool mayFail = true) {
    if (!loads_.empty()) {
      loads_.clear();
      return perform([&](ObjectActions& out) { objects_.loaded(kKey, stored_, out); });
    }
    if (disk_.empty()) return;
    if (mayFail && failing_ && pick(10) == 0) {
      const std::vector<ObjectAction> lost(std::make_move_iterator(disk_.begin()),
                                           std::make_move_iterator(disk_.end()));
      disk_.clear();
      return perform([&](ObjectActions& out) {
        objects_.notStored(kKey, stored_, lost, {Errc::LimitExceeded, "full"}, out);
      });
    }
    const ObjectAction action = std::move(disk_.front());
    disk_.pop_front();
    if (action.step.cleared) stored_.slots.clear();
    for (const SlotChange& change : action.step.changes) {
      if (change.value) {
        stored_.slots[change.slot] = *change.value;
      } else {
        stored_.slots.erase(change.slot);
      }
    }
    stored_.version = action.step.version;
    stored_.exists = true;
    tell(action);
  }

  const bool persistent_;
  const bool failing_;  ///< The disk, now and then.
  std::minstd_rand random_;
  SharedObjects objects_;

  std::array<Replica, kClients> replicas_;
  std::array<std::uint64_t, kClients> connections_{};
  std::deque<ObjectAction> disk_;
  std::vector<ObjectKey> loads_;
  StoredObject stored_;
  std::size_t locks_ = 0;
  int message_ = 0;
};

class SharedObjectModel : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, SharedObjectModel, testing::Range(1U, 41U));

TEST_P(SharedObjectModel, EveryClientSeesTheObject) {
  for (const char* kind : {"temporary", "persistent", "failing"}) {
    World world(GetParam(), kind != std::string("temporary"), kind == std::string("failing"));
    for (int round = 0; round < 20; ++round) {
      for (int i = 0; i < 50; ++i) world.step();
      world.settle();
      world.check("seed " + std::to_string(GetParam()) + ", round " + std::to_string(round) + ", " +
                  kind);
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace multiconnection::node
