// How the servers of a stream fare: what is told of that, and when they are tried again.
#include <algorithm>
#include <utility>

#include "client/server_text.hpp"
#include "client/stream_engine.hpp"

namespace multiconnection::client {
namespace {

using cluster::HealthFsm;
using cluster::VerdictFsm;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::string ofServers(std::size_t count, std::size_t all) {
  return std::to_string(count) + " of " + std::to_string(all) + " servers";
}

}  // namespace

void StreamEngine::beginHealth() { health_.emplace(required(), options_.recoveryTime); }

void StreamEngine::raiseVerdict(const VerdictFsm& fsm, StatusCode code, StatusLevel level,
                                const char* what) {
  std::string reason = ofServers(fsm.up(), fsm.servers()) + " " + what;
  if (level == StatusLevel::Error) {
    reason += ", " + std::to_string(fsm.required()) + " needed";
  }
  raiseForAll(code, level, std::move(reason),
              duration_cast<milliseconds>(Clock::now() - fsm.started()));
}

void StreamEngine::raiseForAll(StatusCode code, StatusLevel level, std::string reason,
                               milliseconds elapsed) {
  StatusEvent event;
  event.code = code;
  event.codeText = std::string(codeName(code));
  event.level = level;
  event.reason = std::move(reason);
  event.elapsed = elapsed;
  event.servers = reports();
  raise(std::move(event));
}

void StreamEngine::raise(StatusEvent&& event) {
  event.sharedObjectConnection = number_ == kSharedObjectStream;
  if (!isFirst() && !event.sharedObjectConnection) event.stream = number_;
  owner_.raise(std::move(event));
}

/// Does again, or for the first time, what the application asked of it.
void StreamEngine::onServing(ServerSlot& slot) {
  reconnector_.onUp(slot.config().id);
  if (!health_) return;
  health_->onUp(indexOf(slot), Clock::now());
  checkHealth();
}

void StreamEngine::onDown(ServerSlot& slot) {
  if (closing_ || !slot.isWanted() || slot.isDismissed()) return;
  const bool lasting = isFirst() || use_ == Use::Publish || use_ == Use::Share;
  if (!lasting && !player_.needs(slot)) return;
  reconnector_.onDown(slot.config().id, reconnectPolicy(slot), reasonOf(slot.report()));
}

void StreamEngine::onNameHeld(ServerSlot& slot) {
  fanout_.remove(slot);
  reconnector_.onDown(slot.config().id, reconnectPolicy(slot),
                      "the name is still held for the lost connection");
}

void StreamEngine::tellAttempt(ServerId server, const std::string& line) {
  if (const ServerSlot* slot = find(server)) slot->log(LogLevel::Info, line);
}

const ReconnectPolicy& StreamEngine::reconnectPolicy(const ServerSlot& slot) const {
  return slot.config().reconnect ? *slot.config().reconnect : options_.reconnect;
}

void StreamEngine::tryAgain(ServerId server) {
  ServerSlot* slot = find(server);
  if (slot == nullptr) return;
  if (!isFirst() && use_ == Use::Play) {
    if (owner_.isReady(server)) player_.onReady(server);  // opens what it needs
    if (!slot->isRunning()) reconnector_.forget(server);
    return;
  }
  if (!slot->isRunning()) return open(server);
  if (use_ == Use::Publish && slot->isReady() && !slot->isPublishing()) publishOn(*slot);
}

bool StreamEngine::isTried(ServerId server) const {
  const ServerSlot* slot = find(server);
  return slot != nullptr && slot->isWanted() &&
         (slot->isRunning() || reconnector_.isTrying(server));
}

bool StreamEngine::isWanted(ServerId server) const {
  const ServerSlot* slot = find(server);
  return slot != nullptr && slot->isWanted();
}

void StreamEngine::addAttempts(ServerReport& report) const {
  const auto now = Clock::now();
  if (const auto since = reconnector_.troubledSince(report.id)) {
    report.troubledFor = duration_cast<milliseconds>(now - *since);
  }
  if (const auto due = reconnector_.due(report.id)) {
    report.nextTry = std::max(duration_cast<milliseconds>(*due - now), milliseconds(0));
  }
}

void StreamEngine::checkHealth() {
  healthTimer_.cancel();
  if (!health_) return;
  if (const auto health = health_->onTick(Clock::now())) {
    const bool recovered = *health == HealthFsm::State::Healthy;
    raiseForAll(recovered ? StatusCode::Recovered : StatusCode::Degraded,
                recovered ? StatusLevel::Status : StatusLevel::Warning,
                (recovered ? "every server is back; " : "enough servers are back; ") + inService(),
                milliseconds(0));
  }
  if (const auto deadline = health_->deadline()) {
    healthTimer_.arm(*deadline, [this] { checkHealth(); });
  }
}

std::string StreamEngine::inService() const {
  return ofServers(health_->count(), reports().size()) + " in service, " +
         std::to_string(health_->required()) + " needed";
}

void StreamEngine::raiseLoss(HealthFsm::State health, const ServerSlot& slot) {
  const ServerReport report = slot.report();
  std::string reason =
      "lost server " + std::to_string(report.index) + " " + report.url + ": " + reasonOf(report);
  if (report.nextTry)
    reason += "; tried again in " + std::to_string(report.nextTry->count()) + " ms";
  reason += "; " + inService();
  const bool lost = health == HealthFsm::State::Lost;
  raiseForAll(lost ? StatusCode::Lost : StatusCode::Degraded,
              lost ? StatusLevel::Error : StatusLevel::Warning, reason, report.elapsed);
}

}  // namespace multiconnection::client
