#include "client/failover.hpp"

#include <utility>

namespace multiconnection::client {

Failover::Failover(reactor::Loop& loop, std::size_t places, const FailoverPolicy& policy,
                   const ReconnectPolicy& reconnect, Owner& owner)
    : policy_(policy), owner_(owner), fsm_(places, policy, reconnect), timer_(loop) {}

Failover::~Failover() = default;

void Failover::onActiveUp() {
  const auto now = Clock::now();
  fsm_.onActiveUp(now);
  update(now);
}

std::optional<Failover::Next> Failover::onActiveDown() {
  const auto next = fsm_.onActiveDown(Clock::now(), owner_.chance());
  timer_.cancel();
  if (!next || !next->ready) {
    close();
    if (!next) return std::nullopt;
    return Next{next->place, nullptr};
  }
  const Stage stage = second(*next->ready).stage;
  auto connection = take(*next->ready);
  if (stage == Stage::Asked) {  // neither here nor there: it is made anew
    owner_.leave(connection->release());
    connection.reset();
  }
  return Next{next->place, std::move(connection), stage == Stage::Fed};
}

void Failover::onStopped() {
  for (const auto role : Fsm::kRoles) {
    if (second(role).stage >= Stage::Asked) release(role);
  }
}

void Failover::tick(Clock::time_point now, std::chrono::milliseconds stallTimeout) {
  for (const auto role : Fsm::kRoles) {
    if (second(role).stage != Stage::Fed) continue;
    const reactor::RtmpLink* link = second(role).connection->driver().link();
    if (link->isStalled(now, stallTimeout)) fail(role, "no byte moves");
  }
  update(now);
}

void Failover::close() {
  timer_.cancel();
  for (const auto role : Fsm::kRoles) release(role);
}

void Failover::update(Clock::time_point now) {
  for (const auto role : Fsm::kRoles) {
    if (const auto place = fsm_.due(role, now)) open(role, *place);
  }
  if (policy_.standby == FailoverPolicy::Standby::Hot && owner_.isSettled() &&
      second(Fsm::Role::Standby).stage == Stage::Connected) {
    publish(Fsm::Role::Standby);
  }
  if (second(Fsm::Role::FailBack).stage == Stage::Connected && fsm_.mayFailBack(now)) {
    if (!owner_.isPublishing()) return goBack();
    if (owner_.isSettled()) publish(Fsm::Role::FailBack);
  }
  const auto deadline = fsm_.deadline();
  if (deadline && *deadline > now) timer_.arm(*deadline, [this] { update(Clock::now()); });
}

void Failover::open(Fsm::Role role, std::size_t place) {
  fsm_.onOpening(role, place);
  second(role) = {owner_.connectionTo(place, static_cast<Successor::Owner&>(*this)), place,
                  Stage::Opening};
  second(role).connection->open(owner_.attemptDeadline());
}

void Failover::publish(Fsm::Role role) {
  Second& second = this->second(role);
  if (!owner_.admits(second.connection->capabilities())) {
    return fail(role, "it cannot take the stream's codecs");
  }
  second.stage = Stage::Asked;
  owner_.publishOn(*second.connection, second.place);
}

void Failover::goBack() {
  Second& back = second(Fsm::Role::FailBack);
  const bool fed = back.stage == Stage::Fed;
  const std::size_t place = back.place;
  auto connection = take(Fsm::Role::FailBack);
  fsm_.onFailedBack(Clock::now());
  owner_.goBackTo({place, std::move(connection), fed});
}

Failover::Fsm::Role Failover::roleOf(const Successor& successor) const {
  return seconds_[0].connection.get() == &successor ? Fsm::kRoles[0] : Fsm::kRoles[1];
}

void Failover::onSuccessorConnected(Successor& successor) {
  const auto role = roleOf(successor);
  if (!owner_.admits(successor.capabilities())) {
    return fail(role, "it cannot take the stream's codecs");
  }
  second(role).stage = Stage::Connected;
  fsm_.onReady(role, Clock::now());
  update(Clock::now());
}

void Failover::onSuccessorPublishing(Successor& successor) {
  second(roleOf(successor)).stage = Stage::Fed;
  owner_.feed(successor);
}

void Failover::onSuccessorJoined(Successor& successor) {
  if (roleOf(successor) == Fsm::Role::FailBack) goBack();
}

void Failover::onSuccessorFailed(Successor& successor, const std::string& why, bool) {
  fail(roleOf(successor), why);
}

void Failover::onSuccessorStep(const Successor& successor, LogLevel level,
                               const std::string& step) {
  owner_.onBackupStep(second(roleOf(successor)).place, level, step);
}

void Failover::fail(Fsm::Role role, const std::string& why) {
  const std::size_t place = second(role).place;
  fsm_.onFailed(role, Clock::now(), owner_.chance());
  if (second(role).stage == Stage::Fed) owner_.starve(*second(role).connection);
  take(role);
  owner_.onBackupStep(place, LogLevel::Warning, "does not stand by: " + why);
  update(Clock::now());
}

void Failover::release(Fsm::Role role) {
  if (!second(role).connection) return;
  fsm_.onReleased(role);
  if (second(role).stage == Stage::Fed) owner_.starve(*second(role).connection);
  owner_.leave(take(role)->release());
}

std::unique_ptr<Successor> Failover::take(Fsm::Role role) {
  return std::exchange(second(role), {}).connection;
}

}  // namespace multiconnection::client
