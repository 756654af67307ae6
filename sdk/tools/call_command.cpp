#include <algorithm>
#include <utility>

#include "tools/call_result.hpp"
#include "tools/commands.hpp"
#include "tools/json_events.hpp"
#include "tools/output.hpp"
#include "tools/reporter.hpp"
#include "tools/short_run.hpp"
#include "tools/terminal.hpp"

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;
using Outcome = CallResult::Outcome;

/// The array answers at its deadline; this is only for not waiting forever should it fail to.
constexpr milliseconds kAnswerGrace{5000};

/// One run: connect to all, call, tell.
class CallRun {
 public:
  CallRun(const CallSettings& settings, StopSignals& signals)
      : settings_(settings),
        table_(!settings.json && isTerminal(stdout)),
        run_(signals, settings.log) {}

  ExitCode run() {
    if (auto done = run_.connect(settings_.servers, settings_.setupTimeout); !done) {
      complain(textOf(done.error()));
      return kWrongUsage;
    }
    expectAnswers();
    if (!run_.stopped()) call();
    run_.close();  // every answer that is still missing comes now, as Closed
    const bool met = tell();
    if (run_.stopped()) complain("stopped before every server answered");
    return met && !run_.stopped() && !output_.failure() ? kDone : kFailed;
  }

 private:
  void expectAnswers() {
    for (const auto& server : run_.array().statistics()) {
      if (settings_.server.value_or(server.index) != server.index) continue;
      CallResult& result = results_.emplace_back();
      result.server = server.index;
      result.url = server.url;
      result.reason = "the program was stopped before";
    }
    missing_ = results_.size();
  }

  void call() {
    const Server server = settings_.server ? Server::index(*settings_.server) : Server::all();
    const auto called = run_.array().callRemote(
        settings_.method, server, settings_.arguments,
        [this](const Reply& reply) { onReply(reply); }, CallOptions{settings_.deadline});
    if (!called) return complain(textOf(called.error()));
    run_.runUntil([this] { return missing_ == 0; }, settings_.deadline + kAnswerGrace);
  }

  void onReply(const Reply& reply) {
    const auto found =
        std::find_if(results_.begin(), results_.end(),
                     [&](const CallResult& result) { return result.server == reply.server.index; });
    if (found == results_.end()) return;
    *found = resultOf(reply);
    --missing_;
    if (!table_) tell(*found);
  }

  void tell(const CallResult& result) {
    output_.line(settings_.json ? jsonOfCall(result, wallTime()) : textOfCall(result));
  }

  /// What was not told before, and the verdict. @return whether the policy is met.
  bool tell() {
    CallVerdict verdict;
    verdict.method = settings_.method;
    verdict.servers = results_.size();
    verdict.needed = settings_.policy.required(results_.size());
    for (const auto& result : results_) {
      if (result.good()) ++verdict.results;
      if (!table_ && result.outcome == Outcome::NotCalled) tell(result);
    }
    if (table_) {
      for (const auto& line : tableOf(results_)) output_.line(line);
    }
    output_.line(settings_.json ? jsonOfVerdict(verdict, wallTime()) : textOfVerdict(verdict));
    return verdict.met();
  }

  const CallSettings& settings_;
  const bool table_;
  Output output_{stdout};
  ShortRun run_;
  std::vector<CallResult> results_;
  std::size_t missing_ = 0;
};

}  // namespace

ExitCode runCall(const CallSettings& settings, StopSignals& signals) {
  return CallRun(settings, signals).run();
}

}  // namespace multiconnection::tools
