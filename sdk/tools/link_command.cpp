#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tools/commands.hpp"
#include "tools/json_events.hpp"
#include "tools/link_script.hpp"
#include "tools/output.hpp"
#include "tools/reporter.hpp"
#include "tools/task_loop.hpp"

namespace multiconnection::tools {
namespace {

using Clock = TaskLoop::Clock;

constexpr std::chrono::milliseconds kStatsInterval{1000};

LinkEmulatorOptions optionsFor(const LinkSettings& settings) {
  LinkEmulatorOptions options;
  options.address = settings.listen.address;
  options.port = settings.listen.port;
  options.targetAddress = settings.target.address;
  options.targetPort = settings.target.port;
  options.up = settings.up;
  options.down = settings.down;
  options.seed = settings.seed;
  return options;
}

/// Carries a script out until a signal, the end of the time, or nobody reads what is printed.
class LinkRun {
 public:
  LinkRun(const LinkSettings& settings, std::vector<LinkStep> steps, StopSignals& signals)
      : settings_(settings),
        signals_(signals),
        schedule_(std::move(steps)),
        up_(settings.up),
        down_(settings.down),
        link_(optionsFor(settings)) {}
  ~LinkRun() { signals_.handle(nullptr); }

  ExitCode run() {
    signals_.handle([this] { loop_.post([this] { ending_ = true; }); });
    if (auto started = link_.start(); !started) {
      complain(textOf(started.error()));
      return started.error().code == Errc::InvalidArgument ? kWrongUsage : kFailed;
    }
    begin_ = Clock::now();
    const ListenAddress listen{settings_.listen.address, link_.port()};
    output_.line(settings_.json
                     ? jsonOfLinkListening(listen.address, listen.port, settings_.seed, wallTime())
                     : "listening on " + textOf(listen) + ", seed " +
                           std::to_string(settings_.seed));
    const auto end = settings_.duration.value_or(std::chrono::milliseconds::max());
    auto stats = settings_.json ? kStatsInterval : std::chrono::milliseconds::max();
    while (!over() && passed() < end) {
      wait(std::min({schedule_.next(), stats, end}));
      for (const LinkStep& step : schedule_.take(passed())) carryOut(step);
      if (passed() < stats) continue;
      output_.line(jsonOfLinkCounters("stats", link_.counters(), wallTime()));
      stats += kStatsInterval;
    }
    const LinkCounters counters = link_.counters();
    link_.stop();
    output_.line(settings_.json ? jsonOfLinkCounters("summary", counters, wallTime())
                                : std::to_string(counters.connections) + " connections, " +
                                      std::to_string(counters.bytesUp) + " bytes up, " +
                                      std::to_string(counters.bytesDown) + " bytes down");
    return kDone;
  }

 private:
  bool over() const { return ending_ || output_.failure(); }

  std::chrono::milliseconds passed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_);
  }

  void wait(std::chrono::milliseconds until) {
    const bool forever = until == std::chrono::milliseconds::max();
    loop_.runUntil([this] { return over(); }, forever ? Clock::time_point::max() : begin_ + until);
  }

  /// Ways are changed as the script says; what was read without a problem is not refused here.
  void carryOut(const LinkStep& step) {
    output_.line(settings_.json ? jsonOfLinkStep(step.line, step.text, wallTime())
                                : std::to_string(passed().count()) + " ms: " + step.text);
    using Action = LinkStep::Action;
    switch (step.action) {
      case Action::Up:
      case Action::Down:
      case Action::Both:
        if (step.action != Action::Down) up_ = *withChanges(up_, step.changes);
        if (step.action != Action::Up) down_ = *withChanges(down_, step.changes);
        return tell();
      case Action::Stall:
      case Action::Resume:
        up_.stalled = down_.stalled = step.action == Action::Stall;
        return tell();
      case Action::Reset:
        return link_.resetAll();
      case Action::Vanish:
        return link_.vanish();
      case Action::Refuse:
      case Action::Listen:
        if (auto done = link_.setListening(step.action == Action::Listen); !done) {
          complain(step.text + ": " + textOf(done.error()));
        }
        return;
    }
  }

  void tell() {
    for (const Result<void>& done : {link_.setUp(up_), link_.setDown(down_)}) {
      if (!done) complain(textOf(done.error()));
    }
  }

  const LinkSettings& settings_;
  StopSignals& signals_;
  Output output_{stdout};
  TaskLoop loop_;
  bool ending_ = false;
  LinkSchedule schedule_;
  LinkConditions up_;
  LinkConditions down_;
  Clock::time_point begin_;
  LinkEmulator link_;
};

/// The text of --script.
Result<std::string> readScript(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || (path != "-" && !file.is_open())) {
    return Error{Errc::InvalidArgument, "cannot be read"};
  }
  return text;
}

}  // namespace

ExitCode runLink(const LinkSettings& settings, StopSignals& signals) {
  const auto text = readScript(settings.script);
  if (!text) {
    complain("--script " + settings.script + ": " + text.error().message);
    return kFailed;
  }
  auto steps = parseLinkScript(*text);
  if (!steps) {
    complain("--script " + settings.script + ": " + steps.error().message);
    return kWrongUsage;
  }
  return LinkRun(settings, std::move(*steps), signals).run();
}

}  // namespace multiconnection::tools
