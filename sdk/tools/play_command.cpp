#include <optional>
#include <string>
#include <utility>

#include "multiconnection/flv_writer.hpp"
#include "multiconnection/multi_connection.hpp"
#include "tools/array_options.hpp"
#include "tools/commands.hpp"
#include "tools/event_text.hpp"
#include "tools/json_events.hpp"
#include "tools/metrics.hpp"
#include "tools/option_values.hpp"
#include "tools/output.hpp"
#include "tools/play_counters.hpp"
#include "tools/reporter.hpp"
#include "tools/task_loop.hpp"

namespace multiconnection::tools {
namespace {

using Clock = TaskLoop::Clock;
using std::chrono::milliseconds;

constexpr milliseconds kPeriod{1000};
constexpr milliseconds kCloseLimit{2000};
constexpr milliseconds kCloseGrace{5000};

/// One run: connect, play, count and write until the stream or the wish for it ends, close.
class PlayRun {
 public:
  /// @param metrics  null: none is served.
  PlayRun(const PlaySettings& settings, std::unique_ptr<MetricsServer> metrics,
          StopSignals& signals)
      : settings_(settings),
        signals_(signals),
        // The media has standard output for itself.
        output_(settings.output == "-" ? stderr : stdout),
        reporter_(settings.json ? makeJsonReporter(output_) : makeLineReporter(output_)),
        array_(arrayOptions(loop_, settings.log)),
        metrics_(std::move(metrics)) {}

  ~PlayRun() { signals_.handle(nullptr); }

  ExitCode run() {
    array_.onStatus([this](const StatusEvent& event) { onArrayEvent(event); });
    array_.onServerStatus([this](const StatusEvent& event) { onServerEvent(event); });
    signals_.handle([this] { loop_.post([this] { ending_ = true; }); });
    if (metrics_) serveFigures(*metrics_, array_, output_, settings_.json);
    ConnectOptions options;
    options.reconnect = ReconnectPolicy::never();
    if (auto result = array_.connect({ServerEntry(settings_.url)}, options); !result) {
      complain(textOf(result.error()));
      return kWrongUsage;
    }
    runUntil([this] { return ending_; }, Clock::time_point::max());
    array_.close(kCloseLimit);
    // What was received before the end is still handed over after it.
    runUntil([this] { return closed_ && loop_.waiting() == 0; },
             Clock::now() + kCloseLimit + kCloseGrace);
    finishFile();
    show("summary");
    if (!counters_.played() && why_.empty()) why_ = "nothing was played";
    if (!why_.empty()) complain(why_);
    return failed_ || !counters_.played() ? kFailed : kDone;
  }

 private:
  void runUntil(const std::function<bool()>& done, Clock::time_point limit) {
    while (!done() && Clock::now() < limit) {
      auto wake = std::min(nextReport_, limit);
      if (end_ && !ending_) wake = std::min(wake, *end_);
      loop_.runUntil(done, wake);
      const auto now = Clock::now();
      if (now >= nextReport_) {
        if (settings_.json) show("stats");
        nextReport_ = std::max(nextReport_ + kPeriod, now);
      }
      if (output_.failure() && !std::exchange(outputLost_, true)) {
        complain("standard output: " + output_.failure().message() + "; ended");
        ending_ = true;
      }
      if (end_ && now >= *end_) ending_ = true;
    }
  }

  void show(const char* event) {
    output_.line(settings_.json ? jsonOfCounters(event, counters_, wallTime())
                                : textOfCounters(counters_));
  }

  void onArrayEvent(const StatusEvent& event) {
    if (event.code == StatusCode::Closed) {
      closed_ = true;
      return;
    }
    reporter_->arrayEvent(event);
    if (event.code == StatusCode::SetupSuccess && !ending_) return play();
    if (event.code == StatusCode::SetupFailed || event.code == StatusCode::Lost) ending_ = true;
  }

  void play() {
    auto result = array_.stream().play(settings_.name,
                                       [this](const MediaMessage& message) { onMedia(message); });
    if (!result) fail(textOf(result.error()));
  }

  void onServerEvent(const StatusEvent& event) {
    reporter_->serverEvent(event);
    switch (event.code) {
      case StatusCode::PlayStart:
        if (settings_.duration && !end_) end_ = Clock::now() + *settings_.duration;
        return;
      case StatusCode::PlayStop:
      case StatusCode::PlayUnpublishNotify:
        ending_ = true;
        return;
      default:
        if (event.level != StatusLevel::Error) return;
        if (why_.empty() && !counters_.played()) why_ = textOfServerEvent(event);
        ending_ = true;
    }
  }

  void onMedia(const MediaMessage& message) {
    if (failed_) return;
    // Only now, so that a server that gives nothing leaves an older file alone.
    if (!settings_.output.empty() && !writer_ && !createFile()) return;
    if (writer_) {
      if (auto written = writer_->write(message); !written) return failFile(written.error());
    }
    counters_.count(message);
  }

  bool createFile() {
    auto writer = FlvWriter::create(settings_.output);
    if (writer) {
      writer_ = std::move(*writer);
    } else {
      failFile(writer.error());
    }
    return writer_ != nullptr;
  }

  void finishFile() {
    if (!writer_ || failed_) return;
    if (auto result = writer_->close(); !result) failFile(result.error());
  }

  void failFile(const Error& error) {
    fail("-o " + quotedValue(settings_.output) + ": " + textOf(error));
  }

  void fail(std::string why) {
    failed_ = ending_ = true;
    why_ = std::move(why);
  }

  const PlaySettings& settings_;
  StopSignals& signals_;
  Output output_;
  std::unique_ptr<Reporter> reporter_;
  TaskLoop loop_;
  MultiConnection array_;
  std::unique_ptr<MetricsServer> metrics_;  ///< Behind the array that it asks.

  std::unique_ptr<FlvWriter> writer_;
  PlayCounters counters_;
  Clock::time_point nextReport_ = Clock::now() + kPeriod;
  std::optional<Clock::time_point> end_;  ///< Of --duration.
  bool ending_ = false;
  bool closed_ = false;
  bool failed_ = false;      ///< The file could not be written.
  bool outputLost_ = false;  ///< Nobody reads what is printed.
  std::string why_;
};

}  // namespace

ExitCode runPlay(const PlaySettings& settings, StopSignals& signals) {
  auto metrics = listenForMetrics(settings.metrics);
  if (!metrics) {
    complain(textOf(metrics.error()));
    return kWrongUsage;
  }
  return PlayRun(settings, std::move(*metrics), signals).run();
}

}  // namespace multiconnection::tools
