// Random operations of several clients over several servers, with delays, refusals, lost
// connections and restarts; then all comes to rest, and everybody must agree with the servers.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>
#include <tuple>

#include "unit/shared_object/simulation.hpp"

namespace multiconnection::shared_object {
namespace {

using namespace test;
using namespace std::chrono_literals;
using Code = SyncChange::Code;

constexpr unsigned kRuns = 40;
constexpr int kOperations = 700;  ///< Of each run.
/// Far beyond what any run took.
constexpr std::size_t kMaxSteps = 100'000;
const std::vector<std::string> kSlots{"a", "b", "c", "d", "e", "f"};

/// What a run is made of.
struct Plan {
  MirrorMode mode = MirrorMode::Independent;
  std::size_t mirrors = 2;    ///< Clients that have all servers.
  std::size_t strangers = 2;  ///< Clients of one server each.
  bool sameOrder = true;      ///< Of the servers in the arrays.
  bool persistent = false;
  double updatesPerSecond = 0;
};

class Model {
 public:
  Model(unsigned seed, const Plan& plan)
      : plan_(plan), choose_(seed), simulation_(makeSimulation(seed)) {
    simulation_.watch = [this](auto... seen) { watch(seen...); };
  }

  void run() {
    for (int step = 0; step < kOperations; ++step) {
      operate();
      for (std::size_t moves = below(6); moves != 0; --moves) {
        if (!simulation_.step()) break;
      }
      checkReads();
      if (testing::Test::HasFailure()) return;
    }
    ASSERT_LT(simulation_.settle(kMaxSteps), kMaxSteps) << "it does not come to rest";
    checkCopies();
    checkModes();
    checkLost();
  }

 private:
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(choose_);
  }

  ServerManner manner() {
    ServerManner manner;
    manner.snapshot = static_cast<ServerManner::Snapshot>(below(3));
    manner.refusal = static_cast<ServerManner::Refusal>(below(3));
    manner.tellsUnchanged = below(2) == 0;
    manner.answersEmptyDelete = below(2) == 0;
    manner.persistent = plan_.persistent;
    if (below(4) == 0) manner.refused.insert("f");
    if (manner.refused.count("f") != 0) refused_.insert("f");
    return manner;
  }

  Simulation makeSimulation(unsigned seed) {
    const std::size_t count = 2 + below(3);
    std::vector<ServerManner> manners;
    std::vector<std::size_t> order;
    for (std::size_t server = 0; server < count; ++server) {
      manners.push_back(manner());
      order.push_back(server);
    }
    std::vector<Simulation::ClientPlan> clients;
    for (std::size_t client = 0; client < plan_.mirrors; ++client) {
      if (!plan_.sameOrder) std::shuffle(order.begin(), order.end(), choose_);
      SharedObjectOptions options;
      options.mode = plan_.mode;
      options.updatesPerSecond = plan_.updatesPerSecond;
      clients.push_back({options, order});
    }
    for (std::size_t client = 0; client < plan_.strangers; ++client) {
      clients.push_back({{}, {below(count)}});
    }
    return {seed, std::move(manners), std::move(clients), std::chrono::milliseconds(below(300))};
  }

  const std::string& anySlot() { return kSlots[below(kSlots.size())]; }
  AmfValue anyValue() {
    switch (below(8)) {
      case 0:
        return {};
      case 1:
        return nullptr;
      case 2:
        return AmfObject{{"n", below(3)}};
      default:
        return below(2) == 0 ? AmfValue(below(4)) : AmfValue(++values_);
    }
  }

  void operate() {
    const std::size_t client = below(simulation_.clients.size());
    const std::size_t choice = below(100);
    if (choice < 60) {
      set(client, {{anySlot(), anyValue()}});
    } else if (choice < 75) {
      set(client, {{"a", anyValue()}, {"b", anyValue()}, {kSlots[2 + below(3)], anyValue()}});
    } else if (choice < 90) {
      static_cast<void>(simulation_.sends(client, ++values_));
    } else if (choice < 92) {
      written_[client].clear();
      wanted_[client].clear();
      simulation_.clears(client);
    } else if (choice < 98) {
      simulation_.cut(client, below(simulation_.servers.size()));
    } else {
      simulation_.restart(below(simulation_.servers.size()));
    }
  }
  bool isEverywhere(std::size_t client, const std::string& slot) const {
    const auto& one = simulation_.clients[client];
    return std::none_of(one.servers.begin(), one.servers.end(), [&](std::size_t server) {
      return one.mirror.copy(server)->committed(slot).isUndefined();
    });
  }
  void set(std::size_t client, const std::vector<AmfObject::Member>& slots) {
    for (const auto& [slot, value] : slots) {
      const bool deletes = value.isNull() || value.isUndefined();
      wanted_[client][slot] = deletes ? AmfValue() : value;
      if (deletes && !isEverywhere(client, slot)) {
        written_[client].erase(slot);  // where it is not, nothing is done, whatever comes next
      } else {
        written_[client][slot] = deletes ? AmfValue() : value;
      }
    }
    const auto done = simulation_.sets(client, slots);
    ASSERT_TRUE(done) << done.error();
  }

  void watch(std::size_t client, std::size_t server, const Message& message,
             const session::SharedObjectActions& done) {
    for (const auto& event : message.events) {
      if (event.type == EventType::Status || event.type == EventType::UseSuccess ||
          event.type == EventType::Clear) {
        written_[client].clear();
      } else if (event.type == EventType::Success || event.type == EventType::Remove) {
        written_[client].erase(event.name);
      }
    }
    std::size_t sends = 0;
    for (const auto& event : message.events) sends += event.type == EventType::SendMessage;
    EXPECT_EQ(done.messages.size(), sends);
    for (const auto& told : done.messages) {
      std::ostringstream key;
      key << client << ' ' << server << ' ' << told.arguments.at(0);
      EXPECT_TRUE(heard_.insert(key.str()).second) << "a send came twice: " << key.str();
    }
    for (const SyncChange& change : done.changes) {
      if (change.code == Code::Success) acknowledged_[{client, server, change.slot}] = change.value;
    }
  }

  /// What a client wrote it reads, until any server has answered.
  void checkReads() {
    if (plan_.mode != MirrorMode::Independent) return;
    for (const auto& [client, slots] : written_) {
      for (const auto& [slot, value] : slots) {
        EXPECT_EQ(simulation_.clients[client].mirror.get(slot), value)
            << "client " << client << " slot " << slot;
      }
    }
  }

  void checkCopies() {
    for (std::size_t client = 0; client < simulation_.clients.size(); ++client) {
      const auto& [mirror, servers] = simulation_.clients[client];
      for (const std::size_t server : servers) {
        const auto* copy = mirror.copy(server);
        const auto where = [&] {
          return "client " + std::to_string(client) + ", server " + std::to_string(server);
        };
        EXPECT_TRUE(copy->isReady()) << where();
        EXPECT_EQ(copy->unacknowledged(), 0U) << where();
        EXPECT_EQ(AmfValue(copy->slots().committed()),
                  AmfValue(simulation_.servers[server].content()))
            << where();
      }
    }
  }

  /// Slots that a server refuses may differ: that is told, and not tried again.
  void checkModes() {
    if (plan_.mode == MirrorMode::Independent) return;
    const auto& first = simulation_.servers[simulation_.clients[0].servers[0]];
    for (const auto& server : simulation_.servers) {
      for (const std::string& slot : kSlots) {
        if (refused_.count(slot) != 0) continue;
        EXPECT_EQ(server.content()[slot], first.content()[slot]) << "slot " << slot;
      }
    }
  }

  /// No acknowledged write is lost: a slot that went with its server, or with the object's last
  /// user, is there again if the one who set it last was told of the success, and has not set or
  /// deleted it since; unless somebody else has. (That servers have all that they acknowledged
  /// before and after that, checkCopies() shows: there is no other loss.)
  void checkLost() {
    if (plan_.mode != MirrorMode::Independent) return;
    for (std::size_t server = 0; server < simulation_.servers.size(); ++server) {
      for (const auto& [slot, write] : simulation_.servers[server].lost()) {
        const auto told = acknowledged_.find({write.user, server, slot});
        const bool stands = told != acknowledged_.end() && told->second == write.value &&
                            wanted_[write.user][slot] == write.value;
        EXPECT_FALSE(stands) << "server " << server << " slot " << slot << " " << write.value;
      }
    }
  }

  Plan plan_;
  std::mt19937 choose_;
  std::set<std::string> refused_;
  Simulation simulation_;
  unsigned values_ = 10;
  /// What each client has written, and no server answered.
  std::map<std::size_t, std::map<std::string, AmfValue>> written_;
  std::set<std::string> heard_;
  std::map<std::tuple<std::size_t, std::size_t, std::string>, AmfValue> acknowledged_;
  std::map<std::size_t, std::map<std::string, AmfValue>> wanted_;  ///< As each client set it last.
};

unsigned fromEnvironment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// MULTICONNECTION_SEED replays one run; MULTICONNECTION_RUNS makes more.
void runAll(const Plan& plan) {
  const unsigned only = fromEnvironment("MULTICONNECTION_SEED", 0);
  const unsigned last = only == 0 ? fromEnvironment("MULTICONNECTION_RUNS", kRuns) : only;
  for (unsigned seed = only == 0 ? 1 : only; seed <= last; ++seed) {
    SCOPED_TRACE("MULTICONNECTION_SEED=" + std::to_string(seed));
    Model(seed, plan).run();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(SharedObjectModel, IndependentServersKeepWhatTheyWereTold) { runAll({}); }

TEST(SharedObjectModel, PersistentServersToo) { runAll({.persistent = true}); }

TEST(SharedObjectModel, PacedClientsToo) { runAll({.updatesPerSecond = 20}); }

TEST(SharedObjectModel, OneMirrorMakesAllServersEqual) {
  runAll({.mode = MirrorMode::Mirror, .mirrors = 1});
}

TEST(SharedObjectModel, TwoMirrorsMakeAllServersEqual) {
  runAll({.mode = MirrorMode::Mirror, .sameOrder = false});
}

TEST(SharedObjectModel, TwoMirrorsMakePersistentServersEqual) {
  runAll({.mode = MirrorMode::Mirror, .sameOrder = false, .persistent = true});
}

TEST(SharedObjectModel, ThePrimaryWins) { runAll({.mode = MirrorMode::PrimaryWins}); }

TEST(SharedObjectModel, ThePrimaryWinsOfPersistentServers) {
  runAll({.mode = MirrorMode::PrimaryWins, .persistent = true, .updatesPerSecond = 20});
}

}  // namespace
}  // namespace multiconnection::shared_object
