#include <algorithm>
#include <utility>

#include "tools/check_result.hpp"
#include "tools/commands.hpp"
#include "tools/json_events.hpp"
#include "tools/output.hpp"
#include "tools/reporter.hpp"
#include "tools/short_run.hpp"

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;
using Publish = CheckResult::Publish;

constexpr milliseconds kPublishTimeout{5000};
/// Several servers refuse by accepting and then closing.
constexpr milliseconds kSettleTime{300};

/// One run: connect to all, ask for permission where wished, tell.
class CheckRun {
 public:
  CheckRun(const CheckSettings& settings, StopSignals& signals)
      : settings_(settings), run_(signals, settings.log), results_(settings.servers.size()) {}

  ExitCode run() {
    run_.array().onServerStatus([this](const StatusEvent& event) { onServerEvent(event); });
    if (auto result = run_.connect(settings_.servers, settings_.setupTimeout); !result) {
      complain(textOf(result.error()));
      return kWrongUsage;
    }
    noteConnected();
    if (settings_.publish && !run_.stopped()) askToPublish();
    run_.close();
    tell();
    if (run_.stopped()) complain("stopped before every server was checked");
    const bool good = std::all_of(results_.begin(), results_.end(),
                                  [](const CheckResult& result) { return result.good(); });
    return good && !run_.stopped() && !output_.failure() ? kDone : kFailed;
  }

 private:
  void noteConnected() {
    for (const auto& server : run_.array().statistics()) {
      CheckResult& result = results_.at(server.index);
      result.server = server.index;
      result.url = server.url;
      result.connected = server.state == ServerState::Connected;
      result.elapsed = server.elapsed;
      result.codecs = server.codecs;
      result.refusedCodecs = server.refusedCodecs;
      result.code = server.codeText;
      result.reason = server.reason;
    }
  }

  /// Publishes without a frame, and unpublishes when every server has said what it thinks of it.
  void askToPublish() {
    for (auto& result : results_) {
      if (result.connected) result.publish = Publish::NoAnswer;
    }
    asking_ = true;
    PublishOptions options;
    options.publishTimeout = kPublishTimeout;
    if (auto asked = run_.array().stream().publish(settings_.name, options); !asked) {
      return complain(textOf(asked.error()));
    }
    run_.runUntil(
        [this] {
          return std::none_of(results_.begin(), results_.end(), [](const CheckResult& result) {
            return result.publish == Publish::NoAnswer;
          });
        },
        kPublishTimeout);
    run_.runUntil([] { return false; }, kSettleTime);
    asking_ = false;
  }

  void onServerEvent(const StatusEvent& event) {
    CheckResult& result = results_.at(event.server.value().index);
    if (!asking_ || !result.connected) return;
    if (event.code == StatusCode::PublishStart) {
      result.publish = Publish::Allowed;
    } else if (event.level == StatusLevel::Error || event.code == StatusCode::ConnectClosed) {
      result.publish = Publish::Refused;
      result.reason = event.reason;
    } else {
      return;
    }
    result.code = event.codeText;
  }

  void tell() {
    if (settings_.json) {
      for (const auto& result : results_) output_.line(jsonOfCheck(result, wallTime()));
    } else {
      for (const auto& line : tableOf(results_)) output_.line(line);
    }
  }

  const CheckSettings& settings_;
  Output output_{stdout};
  ShortRun run_;
  std::vector<CheckResult> results_;
  bool asking_ = false;
};

}  // namespace

ExitCode runCheck(const CheckSettings& settings, StopSignals& signals) {
  return CheckRun(settings, signals).run();
}

}  // namespace multiconnection::tools
