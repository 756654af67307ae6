#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "shared_object/mirror.hpp"
#include "unit/shared_object/model_server.hpp"

namespace multiconnection::shared_object::test {

/// Mirrors over model servers, joined by links that keep the order of messages but delay them. Time
/// stands still while anything happens, and jumps to what comes next.
class Simulation {
 public:
  using Clock = Mirror::Clock;
  using Place = std::size_t;
  struct ClientPlan {
    SharedObjectOptions options{};
    std::vector<Place> servers;  ///< The array, in its order.
  };
  struct Client {
    Mirror mirror;
    std::vector<Place> servers;
  };
  /// Sees what a client makes of what a server said.
  using Watch = std::function<void(std::size_t client, Place server, const Message& message,
                                   const session::SharedObjectActions& done)>;

  Simulation(unsigned seed, std::vector<ServerManner> manners, std::vector<ClientPlan> plans,
             std::chrono::milliseconds maxDelay)
      : random(seed), maxDelay_(maxDelay) {
    for (auto& manner : manners) servers.emplace_back(std::move(manner));
    const bool persistent = servers.front().manner().persistent;
    for (auto& plan : plans) {
      clients.push_back({Mirror("so", persistent ? Persistence::Persistent : Persistence::Temporary,
                                plan.options),
                         plan.servers});
    }
    links_.assign(clients.size(), std::vector<Link>(servers.size()));
    for (std::size_t client = 0; client < clients.size(); ++client) {
      clients[client].mirror.begin({plans[client].servers.begin(), plans[client].servers.end()},
                                   now);
      for (const Place server : plans[client].servers) reconnectLater(client, server);
    }
  }

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  }
  bool isLinked(std::size_t client, Place server) const { return links_[client][server].up; }

  /// Runs what a client's application does.
  template <class Act>
  auto acts(std::size_t client, Act act) {
    Mirror::Actions out;
    auto result = act(clients[client].mirror, out);
    send(client, out);
    return result;
  }
  Result<void> sets(std::size_t client, const std::vector<AmfObject::Member>& slots) {
    return acts(client,
                [&](Mirror& mirror, Mirror::Actions& out) { return mirror.set(slots, now, out); });
  }
  Result<void> sends(std::size_t client, const AmfValue& argument) {
    return acts(client, [&](Mirror& mirror, Mirror::Actions& out) {
      return mirror.send("say", {argument}, out);
    });
  }
  void clears(std::size_t client) {
    acts(client, [&](Mirror& mirror, Mirror::Actions& out) {
      mirror.clear(now, out);
      return true;
    });
  }

  /// The connection ends. Of what was under way the server may still take the first messages; their
  /// answers are lost.
  void cut(std::size_t client, Place server) {
    Link& link = links_[client][server];
    if (!link.up) return;
    std::size_t taken = below(link.toServer.size() + 1);
    for (; taken != 0; --taken) {
      const Message message = std::move(link.toServer.front().message);
      link.toServer.pop_front();
      deliverToServer(client, server, message);
    }
    link = {};
    servers[server].leave(client);
    clients[client].mirror.onLost(server);
    reconnectLater(client, server);
  }
  void restart(Place server) {
    for (std::size_t client = 0; client < clients.size(); ++client) cut(client, server);
    servers[server].restart();
  }

  /// The next thing that is due; false when nothing is, and nothing will be.
  bool step() {
    std::optional<Clock::time_point> first;
    std::function<void()> what;
    const auto consider = [&](Clock::time_point due, auto act) {
      if (first && *first <= due) return;
      first = due;
      what = std::move(act);
    };
    for (std::size_t client = 0; client < clients.size(); ++client) {
      if (const auto due = clients[client].mirror.deadline()) {
        consider(*due, [this, client] { tick(client); });
      }
      for (const Place server : clients[client].servers) {
        Link& link = links_[client][server];
        if (!link.up) consider(link.reconnect, [=, this] { connect(client, server); });
        if (!link.toServer.empty()) {
          consider(link.toServer.front().due, [=, this] { moveToServer(client, server); });
        }
        if (!link.toClient.empty()) {
          consider(link.toClient.front().due, [=, this] { moveToClient(client, server); });
        }
      }
    }
    if (!first) return false;
    now = std::max(now, *first);
    what();
    return true;
  }
  /// @return how many steps it took until nothing moved, or `limit`.
  std::size_t settle(std::size_t limit) {
    std::size_t steps = 0;
    while (steps < limit && step()) ++steps;
    return steps;
  }

  std::mt19937 random;
  Clock::time_point now{std::chrono::hours(1)};
  std::deque<ModelServer> servers;
  std::deque<Client> clients;
  Watch watch = [](auto...) {};
  std::size_t writesSent = 0;  ///< Messages with writes.

 private:
  struct InFlight {
    Clock::time_point due;
    Message message;
  };
  struct Link {
    bool up = false;
    Clock::time_point reconnect{};
    std::deque<InFlight> toServer;
    std::deque<InFlight> toClient;
  };

  Clock::duration delay() {
    return std::chrono::milliseconds(below(static_cast<std::size_t>(maxDelay_.count()) + 1));
  }
  void reconnectLater(std::size_t client, Place server) {
    links_[client][server].reconnect = now + 4 * delay();
  }
  void queue(std::deque<InFlight>& line, Message message) {
    auto due = now + delay();
    if (!line.empty()) due = std::max(due, line.back().due);
    line.push_back({due, std::move(message)});
  }
  void connect(std::size_t client, Place server) {
    links_[client][server].up = true;
    acts(client, [&](Mirror& mirror, Mirror::Actions& out) {
      mirror.onConnected(server, now, out);
      return true;
    });
  }
  void tick(std::size_t client) {
    acts(client, [&](Mirror& mirror, Mirror::Actions& out) {
      mirror.onTick(now, out);
      return true;
    });
  }
  void send(std::size_t client, Mirror::Actions& actions) {
    for (auto& [server, done] : actions) {
      for (Message& message : done.send) {
        const EventType type = message.events.front().type;
        writesSent += type == EventType::RequestChange || type == EventType::RequestRemove;
        queue(links_[client][server].toServer, std::move(message));
      }
    }
  }
  void moveToServer(std::size_t client, Place server) {
    auto& line = links_[client][server].toServer;
    const Message message = std::move(line.front().message);
    line.pop_front();
    deliverToServer(client, server, message);
  }
  void deliverToServer(std::size_t client, Place server, const Message& message) {
    for (auto& [user, answer] : servers[server].take(client, message)) {
      queue(links_[user][server].toClient, std::move(answer));
    }
  }
  void moveToClient(std::size_t client, Place server) {
    auto& line = links_[client][server].toClient;
    const Message message = std::move(line.front().message);
    line.pop_front();
    Mirror::Actions out;
    clients[client].mirror.onMessage(server, message, now, out);
    watch(client, server, message, out.front().second);
    send(client, out);
  }

  std::chrono::milliseconds maxDelay_;
  std::vector<std::vector<Link>> links_;
};

}  // namespace multiconnection::shared_object::test
