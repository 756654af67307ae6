#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "fanout/fanout.hpp"
#include "multiconnection/log.hpp"
#include "reactor/session_driver.hpp"

namespace multiconnection::client {

/// A connection beside the one that a server of the array uses, which is to take over from that: it
/// connects, publishes the same stream when it is told to, and is fed beside the first. Loop's
/// thread only.
class Successor final : private reactor::SessionDriver::Observer, public fanout::Target {
 public:
  /// May destroy the successor in any of these.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Connected: publish() is next.
    virtual void onSuccessorConnected(Successor& successor) = 0;
    virtual void onSuccessorPublishing(Successor& successor) = 0;
    /// It has got its first key frame.
    virtual void onSuccessorJoined(Successor& successor) = 0;
    /// @param held  the name is in use: maybe by the connection that is to be succeeded.
    virtual void onSuccessorFailed(Successor& successor, const std::string& why, bool held) = 0;
    virtual void onSuccessorStep(const Successor& successor, LogLevel level,
                                 const std::string& step) = 0;
  };

  Successor(reactor::Loop& loop, reactor::DriverConfig config, std::chrono::milliseconds timeOffset,
            Owner& owner);
  ~Successor() override;

  void open(std::chrono::steady_clock::time_point deadline) { driver_->open(deadline); }
  /// @param limit  for the server's answer.
  void publish(const std::string& name, session::PublishMode mode, std::chrono::milliseconds limit);
  reactor::SessionDriver& driver() { return *driver_; }
  /// What the server said of itself; once connected.
  const session::ServerCapabilities& capabilities() const {
    return driver_->session().connection().capabilities();
  }
  /// The connection, for who takes over; the successor is of no use then.
  std::shared_ptr<reactor::SessionDriver> release();

  // fanout::Target
  outbox::Outbox& outbox() override { return driver_->link()->outbox(); }
  outbox::WireShape shape() const override;
  void onJoined() override;
  void flush() override { driver_->link()->flush(); }

 private:
  // reactor::SessionDriver::Observer
  void onProgress(ServerState) override {}
  void onEvent(session::Event&& event) override;
  void onStep(LogLevel level, const std::string& step) override {
    owner_.onSuccessorStep(*this, level, step);
  }
  void onDrained() override {}
  void onEnded(const Error& why) override { owner_.onSuccessorFailed(*this, why.message, false); }

  Owner& owner_;
  const std::chrono::milliseconds timeOffset_;
  std::shared_ptr<reactor::SessionDriver> driver_;
  reactor::Timer timer_;  ///< For the answer to publish, then for joining.
};

}  // namespace multiconnection::client
