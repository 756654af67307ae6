#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client/server_slot.hpp"
#include "client/shared_mirror.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::client {

/// The array's shared objects on the loop's thread: which connection of each server they use, and
/// what goes over it.
class SharedObjectEngine {
 public:
  using Clock = std::chrono::steady_clock;

  /// The array.
  struct Hooks {
    /// The server's connection for the stream, or its own for shared objects; null: there is none.
    std::function<ServerSlot*(ServerId, bool own)> find;
    std::function<void(ServerId)> openOwn;
    std::function<void(ServerId)> closeOwn;
    std::function<void(StatusEvent&&)> raise;
  };

  SharedObjectEngine(reactor::Loop& loop, Hooks hooks)
      : hooks_(std::move(hooks)), timer_(loop), closeTimer_(loop) {}

  void add(std::shared_ptr<SharedMirror> mirror);
  void drop(const std::shared_ptr<SharedMirror>& mirror);
  /// Tells what each server that is ready has.
  void tellContent(SharedMirror& mirror);
  /// Sends what waits.
  void flush(SharedMirror& mirror);

  void begin(const std::vector<ServerConfig>& servers);
  void end();
  void addServer(const ServerConfig& server);
  void removeServer(ServerId server);
  /// The application starts it again: what was learned of it is forgotten.
  void startServer(ServerId server);
  /// Whether they have a connection of their own there, or should.
  bool usesOwn(ServerId server) const;

  void onConnected(ServerSlot& slot, bool own);
  /// The slot goes on over another connection.
  void onMoved(ServerSlot& slot, bool own);
  void onEnded(ServerSlot& slot, bool own);
  void onMessage(ServerSlot& slot, bool own, const rtmp::SharedObjectMessage& message);

 private:
  struct Place {
    std::size_t index = 0;
    SharedObjectPlacement wanted = SharedObjectPlacement::SameConnection;
    // What it is, wanted or learned.
    bool own = false;
    bool off = false;
    /// So many connections in a row ended instead of an answer to `use`.
    int unanswered = 0;
    /// Left on the connection that stands, without telling the server.
    std::map<std::string, Persistence> lingering;
  };

  void enter(const ServerConfig& server);
  void addCopies(ServerId server);
  void leaveAll();
  Place* placeOf(const ServerSlot& slot, bool own);
  void tellPlace(ServerId server);
  void connect(SharedMirror& mirror, ServerSlot& slot);
  /// The slot's connection is over: all copies wait for the next.
  void onLost(ServerSlot& slot, Place& place);
  void learn(ServerSlot& slot, Place& place);
  bool isUsing(ServerId server) const;
  bool isKnown(ServerId server) const;
  /// Raises what a step has to tell, and sends what it wants sent.
  void finish(SharedMirror& mirror, shared_object::Mirror::Actions&& actions);
  void tell(SharedMirror& mirror, ServerSlot& slot, session::SharedObjectActions&& done);
  void raiseStatus(SharedMirror* mirror, ServerSlot& slot, const session::Status& status);
  /// Whose connection they use there, connected or not.
  ServerSlot* slotOf(ServerId server) const;
  /// The same, once something may be sent.
  ServerSlot* connection(ServerId server) const;
  void arm();

  const Hooks hooks_;
  reactor::Timer timer_;
  reactor::Timer closeTimer_;    ///< A connection is not closed from inside its own calls.
  std::set<ServerId> unwanted_;  ///< Whose own connections are to be closed.
  std::vector<std::shared_ptr<SharedMirror>> mirrors_;  ///< Oldest first.
  std::map<ServerId, Place> places_;
};

}  // namespace multiconnection::client
