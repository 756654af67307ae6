#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "multiconnection/multi_connection.hpp"
#include "tools/array_options.hpp"
#include "tools/commands.hpp"
#include "tools/input.hpp"
#include "tools/metrics.hpp"
#include "tools/option_values.hpp"
#include "tools/output.hpp"
#include "tools/reporter.hpp"
#include "tools/task_loop.hpp"
#include "tools/terminal.hpp"

namespace multiconnection::tools {
namespace {

using Clock = TaskLoop::Clock;
using std::chrono::milliseconds;

/// For what is queued when a person or a time limit ends the publishing.
constexpr milliseconds kStopLimit{2000};
/// For what was read, at the end of the input; in real time no more than about 2 s are queued.
constexpr milliseconds kDrainLimit{10000};
/// The same without a pace, where the slowest server decides; one without progress is left out.
constexpr milliseconds kUnpacedDrainLimit{60000};
/// The array's own limit ends it; this is only for not waiting forever should it fail to.
constexpr milliseconds kCloseGrace{5000};
constexpr milliseconds kDrainPoll{50};

bool isOver(const ServerStatistics& server) {
  const bool ended = server.state == ServerState::Failed || server.state == ServerState::Closed;
  return ended && !server.nextTry;
}

bool hasNoMedia(const ServerStatistics& server) {
  return server.audioMessages + server.videoMessages + server.droppedAudio + server.droppedVideo ==
         0;
}

std::unique_ptr<Reporter> makeReporter(const PublishSettings& settings, Output& output) {
  if (settings.json) return makeJsonReporter(output);
  if (!isTerminal(stdout)) return makeLineReporter(output);
  return makeTableReporter(output, settings.policy.required(settings.servers.size()));
}

/// One run: connect, publish, wait for an end, drain, close. Everything happens on the loop, which
/// is also the array's executor.
class PublishRun {
 public:
  /// @param metrics  null: none is served.
  PublishRun(const PublishSettings& settings, std::shared_ptr<PullSource> source,
             std::unique_ptr<MetricsServer> metrics, StopSignals& signals)
      : settings_(settings),
        source_(std::move(source)),
        signals_(signals),
        reporter_(makeReporter(settings, output_)),
        array_(arrayOptions(loop_, settings.log)),
        metrics_(std::move(metrics)) {}

  ~PublishRun() {
    signals_.handle(nullptr);
    signals_.beforeEnd(nullptr);
  }

  ExitCode run() {
    array_.onStatus([this](const StatusEvent& event) { onArrayEvent(event); });
    array_.onServerStatus([this](const StatusEvent& event) { reporter_->serverEvent(event); });
    signals_.beforeEnd([this] { restoreTerminal(); });
    signals_.handle([this] { loop_.post([this] { stop(); }); });
    if (metrics_) serveFigures(*metrics_, array_, output_, settings_.json);
    ConnectOptions options;
    options.setupTimeout = settings_.setupTimeout;
    options.policy = settings_.policy;
    options.allowUnconfirmedCodecs = !settings_.confirmedCodecs;
    options.reconnect.enabled = settings_.reconnect;
    if (auto result = array_.connect(settings_.servers, options); !result) {
      complain(textOf(result.error()));
      return kWrongUsage;
    }
    runUntil([this] { return ending_; }, std::nullopt);
    if (inputEnded_) drain();
    judge();
    close();
    reporter_->summary(array_.statistics());
    reporter_.reset();
    for (const auto& complaint : complaints_) complain(complaint);
    return exitCode_;
  }

 private:
  /// Runs the loop, shows the figures when they are due, and sees what has no event.
  bool runUntil(const std::function<bool()>& done, std::optional<Clock::time_point> limit) {
    while (!done()) {
      auto wake = nextReport_;
      if (limit) wake = std::min(wake, *limit);
      if (end_ && !ending_) wake = std::min(wake, *end_);
      loop_.runUntil(done, wake);
      const auto now = Clock::now();
      if (now >= nextReport_) report(now);
      if (end_ && now >= *end_) ending_ = true;
      if (limit && now >= *limit) return done();
    }
    return true;
  }

  void report(Clock::time_point now) {
    const auto servers = array_.statistics();
    reporter_->statistics(servers);
    nextReport_ = std::max(nextReport_ + reporter_->period(), now);
    if (output_.failure() && !std::exchange(outputLost_, true)) {
      complaints_.push_back("standard output: " + output_.failure().message() + "; ended");
      stop();
    }
    if (published_ && std::all_of(servers.begin(), servers.end(), isOver)) ending_ = true;
  }

  void onArrayEvent(const StatusEvent& event) {
    reporter_->arrayEvent(event);
    switch (event.code) {
      case StatusCode::SetupSuccess:
        connected_ = true;
        return startPublishing();
      case StatusCode::SetupFailed:
      case StatusCode::StreamPublishFailed:
        return fail(event.codeText + ": " + event.reason);
      case StatusCode::StreamPublishSuccess:
        published_ = true;
        if (settings_.duration) end_ = Clock::now() + *settings_.duration;
        return;
      case StatusCode::Closed:
        closed_ = true;
        return;
      default:
        return;
    }
  }

  void startPublishing() {
    if (ending_) return;
    PullOptions options;
    options.pace = settings_.pace ? PullOptions::Pace::RealTime : PullOptions::Pace::SlowestServer;
    options.loop = settings_.loop;
    options.onEnd = [this](const Result<void>& result) { onInputEnd(result); };
    auto result = array_.stream().attach(source_, std::move(options));
    if (result) result = array_.stream().publish(settings_.name);
    if (!result) fail(textOf(result.error()));
  }

  void onInputEnd(const Result<void>& result) {
    if (ending_) return;
    inputEnded_ = true;
    if (!result) return fail(textOf(result.error()));
    ending_ = true;
  }

  /// Ctrl-C, or nobody reads what is printed.
  void stop() {
    hurried_ = true;
    if (ending_) return;
    ending_ = true;
    if (!connected_) fail("stopped before the servers were connected");
  }

  void fail(std::string why) {
    if (closed_ || closing_) return;
    ending_ = true;
    exitCode_ = kFailed;
    complaints_.push_back(std::move(why));
  }

  /// Lets the servers take what waits for them, as long as that is allowed to last.
  void drain() {
    const auto limit = Clock::now() + drainLimit();
    const auto drained = [this] {
      const auto servers = array_.statistics();
      return std::all_of(servers.begin(), servers.end(), [](const auto& server) {
        return server.state != ServerState::Publishing || server.queueBytes == 0;
      });
    };
    while (!hurried_ && !drained() && Clock::now() < limit) {
      runUntil([] { return false; }, Clock::now() + kDrainPoll);
    }
  }

  milliseconds drainLimit() const { return settings_.pace ? kDrainLimit : kUnpacedDrainLimit; }

  /// Whether the policy still holds, and everything that was read was taken.
  void judge() {
    if (!published_ || exitCode_ != kDone) return;
    const auto servers = array_.statistics();
    if (inputEnded_ && array_.stream().time() == milliseconds(0) &&
        std::all_of(servers.begin(), servers.end(), hasNoMedia)) {
      return fail("INPUT " + quotedValue(settings_.input) + " holds no audio or video");
    }
    const auto good = std::count_if(servers.begin(), servers.end(), [this](const auto& server) {
      return server.state == ServerState::Publishing && (!inputEnded_ || server.queueBytes == 0);
    });
    const auto required = settings_.policy.required(servers.size());
    if (static_cast<std::size_t>(good) >= required) return;
    fail("policy not met at the end: " + std::to_string(good) + " of " +
         std::to_string(servers.size()) + " servers published to it, " + std::to_string(required) +
         " needed");
  }

  void close() {
    closing_ = true;
    const auto limit = inputEnded_ && !hurried_ ? drainLimit() : kStopLimit;
    array_.close(limit);
    runUntil([this] { return closed_; }, Clock::now() + limit + kCloseGrace);
  }

  /// From the signals' thread, just before the end.
  void restoreTerminal() const {
    if (!settings_.json && isTerminal(stdout)) Output(stdout).raw(kShowCursor);
  }

  const PublishSettings& settings_;
  std::shared_ptr<PullSource> source_;
  StopSignals& signals_;
  Output output_{stdout};
  std::unique_ptr<Reporter> reporter_;
  TaskLoop loop_;
  MultiConnection array_;
  std::unique_ptr<MetricsServer> metrics_;  ///< Behind the array that it asks.

  Clock::time_point nextReport_ = Clock::now() + reporter_->period();
  std::optional<Clock::time_point> end_;  ///< Of --duration.
  bool connected_ = false;                ///< NetConnection.Setup.Success came.
  bool published_ = false;                ///< MultiStream.Publish.Success came.
  bool inputEnded_ = false;
  bool ending_ = false;
  bool hurried_ = false;  ///< Someone waits for the end.
  bool closing_ = false;
  bool closed_ = false;
  bool outputLost_ = false;
  std::vector<std::string> complaints_;  ///< Printed at the end, below the table.
  ExitCode exitCode_ = kDone;
};

}  // namespace

ExitCode runPublish(const PublishSettings& settings, StopSignals& signals) {
  auto metrics = listenForMetrics(settings.metrics);
  if (!metrics) {
    complain(textOf(metrics.error()));
    return kWrongUsage;
  }
  auto source = openInput(settings.input);
  if (!source) {
    complain(source.error().message);
    return kFailed;
  }
  return PublishRun(settings, std::move(*source), std::move(*metrics), signals).run();
}

}  // namespace multiconnection::tools
