#include "cluster/uplink_fsm.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::cluster {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// What one look may count for: after a pause nobody knows what was in between.
constexpr milliseconds kLongestStep{1000};

bool isSince(const std::optional<UplinkFsm::Clock::time_point>& when,
             UplinkFsm::Clock::time_point now, milliseconds time) {
  return when && now - *when >= time;
}

/// Keeps when something began to hold.
void note(std::optional<UplinkFsm::Clock::time_point>& since, bool holds,
          UplinkFsm::Clock::time_point now) {
  if (!holds) {
    since.reset();
  } else if (!since) {
    since = now;
  }
}

}  // namespace

std::optional<UplinkFsm::Change> UplinkFsm::onTick(Clock::time_point now,
                                                   const std::vector<Server>& servers) {
  observe(now, servers);
  const View view = look(servers);
  note(clearSince_, view.behind == 0, now);
  note(wideSince_, !view.tooNarrow(), now);
  if (auto change = restoreMostImportant(servers, view)) return change;
  const bool settled = !lastYield_ || isSince(lastYield_, now, kBetween);
  if (!settled) return std::nullopt;
  if (!view.tooNarrow()) {
    if (!yielding_.empty() && isSince(lastYield_, now, kFirstWait)) yielding_.back().helps = true;
    return giveBack(now);
  }
  if (!yielding_.empty() && !yielding_.back().helps) {
    const std::size_t server = yielding_.back().server;
    queues_[server].exemptUntil = now + kLongestWait;
    return resume(server, Reason::InVain, kBetween);
  }
  return yieldNext(now, servers, view);
}

bool UplinkFsm::yields(std::size_t server) const {
  return std::any_of(yielding_.begin(), yielding_.end(),
                     [&](const Yielding& one) { return one.server == server; });
}

void UplinkFsm::observe(Clock::time_point now, const std::vector<Server>& servers) {
  const auto isGone = [&](std::size_t index) {
    return std::none_of(servers.begin(), servers.end(),
                        [&](const Server& server) { return server.index == index; });
  };
  std::erase_if(queues_, [&](const auto& entry) { return isGone(entry.first); });
  std::erase_if(yielding_, [&](const Yielding& one) { return isGone(one.server); });
  const auto step = lastTick_
                        ? std::min(duration_cast<milliseconds>(now - *lastTick_), kLongestStep)
                        : milliseconds(0);
  lastTick_ = now;
  for (const Server& server : servers) {
    Queue& queue = queues_[server.index];
    if (server.publishes && !yields(server.index)) {
      observe(queue, server, step);
    } else {
      queue = {.dropped = server.dropped, .exemptUntil = queue.exemptUntil};
    }
  }
}

void UplinkFsm::observe(Queue& queue, const Server& server, milliseconds step) {
  const bool spared = server.dropped > std::exchange(queue.dropped, server.dropped);
  const bool longer = server.waiting >= std::exchange(queue.waiting, server.waiting);
  const bool waited = std::exchange(queue.awaitsKeyFrame, server.awaitsKeyFrame);
  if (server.awaitsKeyFrame) {
    queue.late += waited ? milliseconds(0) : kGap;
  } else if (spared || (server.waiting > kLate && longer)) {
    queue.late += step;
  } else {
    queue.late -= step / 2;
  }
  queue.late = std::clamp(queue.late, milliseconds(0), kBehind);
  if (queue.late == kBehind) queue.behind = true;
  if (queue.late == milliseconds(0)) queue.behind = false;
}

UplinkFsm::View UplinkFsm::look(const std::vector<Server>& servers) const {
  View view;
  for (const Server& server : servers) {
    if (!server.publishes || yields(server.index)) continue;
    ++view.servers;
    view.behind += queues_.at(server.index).behind ? 1 : 0;
    view.longest = std::max(view.longest, server.waiting);
    view.mostImportant = std::max(view.mostImportant.value_or(server.priority), server.priority);
  }
  return view;
}

/// The stream is not to be without video where it matters most of what is left.
std::optional<UplinkFsm::Change> UplinkFsm::restoreMostImportant(const std::vector<Server>& servers,
                                                                 const View& view) {
  const Server* first = nullptr;
  for (const Server& server : servers) {
    if (!server.publishes || !yields(server.index)) continue;
    if (first == nullptr || server.priority > first->priority) first = &server;
  }
  if (first == nullptr || (view.mostImportant && *view.mostImportant > first->priority)) {
    return std::nullopt;
  }
  return resume(first->index, Reason::MostImportant, milliseconds(0));
}

std::optional<UplinkFsm::Change> UplinkFsm::yieldNext(Clock::time_point now,
                                                      const std::vector<Server>& servers,
                                                      const View& view) {
  const Server* last = nullptr;
  for (const Server& server : servers) {
    const bool may = server.publishes && !yields(server.index) &&
                     server.priority < *view.mostImportant &&
                     queues_.at(server.index).exemptUntil <= now;
    if (may && (last == nullptr || server.priority <= last->priority)) last = &server;
  }
  if (last == nullptr) return std::nullopt;
  const bool tooEarly = lastReturn_ && now - *lastReturn_ < kTrial;
  wait_ = tooEarly ? std::min(2 * wait_, kLongestWait) : kFirstWait;
  lastReturn_.reset();
  lastYield_ = now;
  yielding_.push_back({last->index, queues_.at(last->index).behind});
  for (auto& [server, queue] : queues_) {  // a fresh look, without it
    queue.behind = false;
    queue.late = milliseconds(0);
  }
  return Change{last->index, Reason::TooNarrow, view.behind, view.servers, view.longest};
}

std::optional<UplinkFsm::Change> UplinkFsm::giveBack(Clock::time_point now) {
  if (yielding_.empty()) return std::nullopt;
  const std::size_t server = yielding_.back().server;
  const auto waited = [&](const auto& since, milliseconds time) {
    return isSince(since, now, time) && (!lastReturn_ || isSince(lastReturn_, now, time));
  };
  const bool clear = waited(clearSince_, wait_);
  if (!clear && !waited(wideSince_, kLongestWait)) return std::nullopt;
  lastReturn_ = now;
  return resume(server, clear ? Reason::Clear : Reason::Overdue, clear ? wait_ : kLongestWait);
}

UplinkFsm::Change UplinkFsm::resume(std::size_t server, Reason reason, milliseconds time) {
  std::erase_if(yielding_, [&](const Yielding& one) { return one.server == server; });
  return {server, reason, 0, 0, time};
}

}  // namespace multiconnection::cluster
