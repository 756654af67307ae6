#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "client/successor.hpp"
#include "cluster/failover_fsm.hpp"

namespace multiconnection::client {

/// What an entry with backups has beside the connection that it uses: one that stands ready to take
/// over, and one to an earlier server, to which it goes back. Loop's thread only.
class Failover final : private Successor::Owner {
 public:
  using Clock = std::chrono::steady_clock;

  /// The server that the entry goes on with.
  struct Next {
    std::size_t place;
    std::unique_ptr<Successor> ready;  ///< A connection that takes over; null: none is there.
    bool fed = false;                  ///< That one publishes, and takes part in the fan-out.
  };

  /// The entry.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual std::unique_ptr<Successor> connectionTo(std::size_t place, Successor::Owner& owner) = 0;
    virtual Clock::time_point attemptDeadline() const = 0;
    /// Whether the entry publishes, or is about to.
    virtual bool isPublishing() const = 0;
    /// Whether it has done so for long enough for a second connection to publish as well.
    virtual bool isSettled() const = 0;
    virtual bool admits(const session::ServerCapabilities& capabilities) const = 0;
    virtual void publishOn(Successor& successor, std::size_t place) = 0;
    virtual void feed(fanout::Target& successor) = 0;
    virtual void starve(const fanout::Target& successor) = 0;
    /// The connection ends in order, unheard.
    virtual void leave(std::shared_ptr<reactor::SessionDriver> driver) = 0;
    virtual void goBackTo(Next next) = 0;
    /// 0 to 1, from a fair source.
    virtual double chance() = 0;
    virtual void onBackupStep(std::size_t place, LogLevel level, const std::string& step) = 0;
  };

  Failover(reactor::Loop& loop, std::size_t places, const FailoverPolicy& policy,
           const ReconnectPolicy& reconnect, Owner& owner);
  ~Failover() override;

  /// The place that is used: 0 the entry's own server, else one of its backups.
  std::size_t active() const { return fsm_.active(); }
  bool isLast() const { return fsm_.isLast(); }
  bool hasStandby() const { return fsm_.hasStandby(); }

  /// The server that is used does what the application asks for.
  void onActiveUp();
  /// It failed. @return what the entry goes on with; nothing: all have failed.
  std::optional<Next> onActiveDown();
  /// The entry no longer publishes.
  void onStopped();
  /// Begins what is due; gives connections up whose bytes do not move.
  void tick(Clock::time_point now, std::chrono::milliseconds stallTimeout);
  /// Ends every connection but the used one.
  void close();

 private:
  using Fsm = cluster::FailoverFsm;
  enum class Stage { None, Opening, Connected, Asked, Fed };
  struct Second {
    std::unique_ptr<Successor> connection;
    std::size_t place = 0;
    Stage stage = Stage::None;
  };

  // Successor::Owner
  void onSuccessorConnected(Successor& successor) override;
  void onSuccessorPublishing(Successor& successor) override;
  void onSuccessorJoined(Successor& successor) override;
  void onSuccessorFailed(Successor& successor, const std::string& why, bool held) override;
  void onSuccessorStep(const Successor& successor, LogLevel level,
                       const std::string& step) override;

  Second& second(Fsm::Role role) { return seconds_[static_cast<std::size_t>(role)]; }
  Fsm::Role roleOf(const Successor& successor) const;
  void update(Clock::time_point now);
  void open(Fsm::Role role, std::size_t place);
  void publish(Fsm::Role role);
  void goBack();
  void fail(Fsm::Role role, const std::string& why);
  void release(Fsm::Role role);
  /// Its connection is somebody else's, or nobody's, from now on.
  std::unique_ptr<Successor> take(Fsm::Role role);

  const FailoverPolicy policy_;
  Owner& owner_;
  Fsm fsm_;
  std::array<Second, Fsm::kRoles.size()> seconds_;
  reactor::Timer timer_;
};

}  // namespace multiconnection::client
