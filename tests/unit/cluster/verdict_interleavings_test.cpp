#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

#include "cluster/verdict_fsm.hpp"

namespace multiconnection::cluster {
namespace {

using namespace std::chrono_literals;
using State = VerdictFsm::State;
using Clock = VerdictFsm::Clock;

struct Step {
  enum class Kind { Up, Down, Tick, Start, Abandon };
  Kind kind;
  std::size_t server;
  Clock::time_point now;
};

/// What must come out, derived from the whole history anew at each step: the machine under test
/// counts as it goes.
class Oracle {
 public:
  Oracle(std::vector<std::size_t> servers, std::size_t required, std::chrono::milliseconds limit)
      : servers_(std::move(servers)), required_(required), limit_(limit) {}

  std::optional<State> after(const Step& step) {
    history_.push_back(step);
    if (done_) return std::nullopt;
    const auto verdict = judge();
    done_ = verdict.has_value();
    return verdict;
  }

 private:
  std::optional<State> judge() const {
    std::optional<Clock::time_point> started;
    std::map<std::size_t, bool> lastWord;
    for (const Step& step : history_) {
      if (step.kind == Step::Kind::Start && !started) started = step.now;
      if (step.kind == Step::Kind::Up) lastWord[step.server] = true;
      if (step.kind == Step::Kind::Down) lastWord[step.server] = false;
    }
    const Step& last = history_.back();
    if (last.kind == Step::Kind::Abandon) return State::Failed;
    if (!started) return std::nullopt;
    std::set<std::size_t> up, possible;
    for (const std::size_t server : servers_) {
      const auto word = lastWord.find(server);
      if (word == lastWord.end() || word->second) possible.insert(server);
      if (word != lastWord.end() && word->second) up.insert(server);
    }
    if (up.size() >= required_) return State::Succeeded;
    if (possible.size() < required_) return State::Failed;
    if (last.kind == Step::Kind::Tick && last.now - *started >= limit_) return State::Failed;
    return std::nullopt;
  }

  std::vector<std::size_t> servers_;
  std::size_t required_;
  std::chrono::milliseconds limit_;
  std::vector<Step> history_;
  bool done_ = false;
};

std::optional<State> take(VerdictFsm& fsm, const Step& step) {
  switch (step.kind) {
    case Step::Kind::Up:
      return fsm.onUp(step.server);
    case Step::Kind::Down:
      return fsm.onDown(step.server);
    case Step::Kind::Tick:
      return fsm.onTick(step.now);
    case Step::Kind::Start:
      return fsm.start(step.now);
    case Step::Kind::Abandon:
      return fsm.abandon();
  }
  return std::nullopt;
}

class Interleaving {
 public:
  explicit Interleaving(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  std::size_t policy(std::size_t servers) {
    switch (below(3)) {
      case 0:
        return servers;  // all
      case 1:
        return 1;  // any
      default:
        return 1 + below(servers);  // quorum
    }
  }
  /// `count` indexes in order; gaps stand for servers that were removed before.
  std::vector<std::size_t> servers(std::size_t count) {
    std::vector<std::size_t> servers;
    for (std::size_t next = below(3); servers.size() < count; next += 1 + below(3)) {
      servers.push_back(next);
    }
    return servers;
  }
  /// @param indexes  of servers: those asked of, gaps, and those added later.
  Step step(std::size_t indexes) {
    now_ += std::chrono::milliseconds(below(120));
    const std::size_t dice = below(100);
    const auto kind = dice < 40   ? Step::Kind::Up
                      : dice < 65 ? Step::Kind::Down
                      : dice < 85 ? Step::Kind::Tick
                      : dice < 98 ? Step::Kind::Start
                                  : Step::Kind::Abandon;
    return {kind, below(indexes), now_};
  }

 private:
  std::mt19937 random_;
  Clock::time_point now_{1h};
};

struct Tally {
  int succeeded = 0;
  int failed = 0;
};

void runOne(unsigned seed, Tally& tally) {
  Interleaving random(seed);
  const auto servers = random.servers(1 + random.below(6));
  const std::size_t required = random.policy(servers.size());
  const std::chrono::milliseconds limit(1 + random.below(1000));
  VerdictFsm fsm(servers, required, limit);
  Oracle oracle(servers, required, limit);
  int verdicts = 0;
  for (int i = 0; i < 60; ++i) {
    const Step step = random.step(servers.back() + 2);
    const auto verdict = take(fsm, step);
    ASSERT_EQ(verdict, oracle.after(step)) << "seed " << seed << ", step " << i;
    if (!verdict) continue;
    ++verdicts;
    ++(*verdict == State::Succeeded ? tally.succeeded : tally.failed);
    ASSERT_EQ(fsm.state(), *verdict) << "seed " << seed;
  }
  ASSERT_LE(verdicts, 1) << "seed " << seed;
}

TEST(VerdictInterleavings, GiveOneVerdictAtTheStepThatMakesItCertain) {
  Tally tally;
  for (unsigned seed = 1; seed <= 20000; ++seed) {
    runOne(seed, tally);
    if (HasFatalFailure()) return;
  }
  // Both kinds must occur often, or the runs above prove little.
  EXPECT_GT(tally.succeeded, 5000);
  EXPECT_GT(tally.failed, 5000);
}

}  // namespace
}  // namespace multiconnection::cluster
