#include "client/successor.hpp"

#include <utility>

namespace multiconnection::client {

Successor::Successor(reactor::Loop& loop, reactor::DriverConfig config,
                     std::chrono::milliseconds timeOffset, Owner& owner)
    : owner_(owner),
      timeOffset_(timeOffset),
      driver_(std::make_shared<reactor::SessionDriver>(
          loop, std::move(config), static_cast<reactor::SessionDriver::Observer&>(*this))),
      timer_(loop) {}

Successor::~Successor() {
  if (driver_) driver_->abort();
}

void Successor::publish(const std::string& name, session::PublishMode mode,
                        std::chrono::milliseconds limit) {
  timer_.arm(std::chrono::steady_clock::now() + limit,
             [this] { owner_.onSuccessorFailed(*this, "no answer to publish", false); });
  static_cast<void>(driver_->publish(name, mode));  // asked of a connected server
}

std::shared_ptr<reactor::SessionDriver> Successor::release() { return std::move(driver_); }

outbox::WireShape Successor::shape() const {
  outbox::WireShape shape = driver_->shape();
  shape.timeOffset = timeOffset_;
  return shape;
}

void Successor::onJoined() {
  timer_.arm(std::chrono::steady_clock::now(), [this] { owner_.onSuccessorJoined(*this); });
}

void Successor::onEvent(session::Event&& event) {
  using Kind = session::Event::Kind;
  switch (event.kind) {
    case Kind::Connected:
      return owner_.onSuccessorConnected(*this);
    case Kind::PublishStarted:
      timer_.cancel();
      return owner_.onSuccessorPublishing(*this);
    case Kind::ConnectRefused:
    case Kind::Redirected:
    case Kind::PublishRefused: {
      const bool held = statusCode(event.status.code) == StatusCode::PublishBadName;
      return owner_.onSuccessorFailed(*this, event.status.code + ' ' + event.status.description,
                                      held);
    }
    default:
      return;
  }
}

}  // namespace multiconnection::client
