#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "fanout/fanout.hpp"
#include "multiconnection/log.hpp"
#include "reactor/session_driver.hpp"

namespace multiconnection::client {

/// A second connection of a server, which is to take over from the first: it connects, publishes
/// the same stream, and is fed beside the first until it has a key frame. Loop's thread only.
class Successor final : private reactor::SessionDriver::Observer, public fanout::Target {
 public:
  /// May destroy the successor in any of these.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Connected: publish() is next.
    virtual void onSuccessorConnected() = 0;
    virtual void onSuccessorPublishing() = 0;
    /// It has got its first key frame.
    virtual void onSuccessorJoined() = 0;
    /// @param held  the name is in use: maybe by the connection that is to be succeeded.
    virtual void onSuccessorFailed(const std::string& why, bool held) = 0;
    virtual void onSuccessorStep(LogLevel level, const std::string& step) = 0;
  };

  Successor(reactor::Loop& loop, reactor::DriverConfig config, std::chrono::milliseconds timeOffset,
            Owner& owner);
  ~Successor() override;

  void open(std::chrono::steady_clock::time_point deadline) { driver_->open(deadline); }
  void publish(const std::string& name, session::PublishMode mode);
  reactor::SessionDriver& driver() { return *driver_; }
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
    owner_.onSuccessorStep(level, step);
  }
  void onDrained() override {}
  void onEnded(const Error& why) override { owner_.onSuccessorFailed(why.message, false); }

  Owner& owner_;
  const std::chrono::milliseconds timeOffset_;
  std::shared_ptr<reactor::SessionDriver> driver_;
  reactor::Timer joinTimer_;
};

}  // namespace multiconnection::client
