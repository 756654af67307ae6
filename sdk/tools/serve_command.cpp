#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/node.hpp"
#include "tools/commands.hpp"
#include "tools/metrics.hpp"
#include "tools/node_events.hpp"
#include "tools/node_figures.hpp"
#include "tools/option_values.hpp"
#include "tools/output.hpp"
#include "tools/reporter.hpp"
#include "tools/task_loop.hpp"

namespace multiconnection::tools {
namespace {

/// Events of clients that may wait for standard output; more are counted only.
constexpr std::size_t kMaxWaiting = 10000;

/// Prints what happens until a signal, or until nobody reads it.
class ServeRun {
 public:
  /// @param metrics  null: none is served.
  ServeRun(const ServeSettings& settings, std::vector<NodeFault> faults,
           std::unique_ptr<MetricsServer> metrics, StopSignals& signals)
      : settings_(settings),
        signals_(signals),
        metrics_(std::move(metrics)),
        node_(optionsFor(settings, std::move(faults))) {}

  ~ServeRun() { signals_.handle(nullptr); }

  ExitCode run() {
    signals_.handle([this] { loop_.post([this] { ending_ = true; }); });
    if (metrics_) {
      serveFigures(
          *metrics_, [this] { return figures_.text(); }, output_, settings_.json);
    }
    if (auto result = node_.start(); !result) {
      complain(textOf(result.error()));
      return result.error().code == Errc::InvalidArgument ? kWrongUsage : kFailed;
    }
    output_.line(settings_.json
                     ? jsonOfListening(settings_.address, node_.port(), wallTime())
                     : "listening on " + textOf(ListenAddress{settings_.address, node_.port()}));
    loop_.runUntil([this] { return ending_ || output_.failure(); },
                   TaskLoop::Clock::time_point::max());
    node_.stop();
    if (output_.failure()) {
      complain("standard output: " + output_.failure().message() + "; ended");
    }
    return kDone;
  }

 private:
  NodeOptions optionsFor(const ServeSettings& settings, std::vector<NodeFault> faults) {
    NodeOptions options;
    options.address = settings.address;
    options.port = settings.port;
    options.root = settings.root;
    options.sharedObjects.syncWrites = settings.syncWrites;
    options.faults = std::move(faults);
    options.onEvent = [this](const NodeEvent& event) { onEvent(event); };
    return options;
  }

  /// On the node's thread.
  void onEvent(const NodeEvent& event) {
    figures_.count(event);
    if (loop_.waiting() >= kMaxWaiting) {
      ++missed_;
      return;
    }
    loop_.post([this, event] { print(event); });
  }

  void print(const NodeEvent& event) {
    output_.line(settings_.json ? jsonOfNodeEvent(event, wallTime()) : textOfNodeEvent(event));
    const auto missed = missed_.exchange(0);
    if (missed == 0) return;
    output_.line(settings_.json ? jsonOfMissed(missed, wallTime())
                                : std::to_string(missed) + " further events were not printed");
  }

  const ServeSettings& settings_;
  StopSignals& signals_;
  Output output_{stdout};
  TaskLoop loop_;
  bool ending_ = false;
  std::atomic<std::uint64_t> missed_{0};
  NodeFigures figures_;
  std::unique_ptr<MetricsServer> metrics_;  ///< Behind what it asks.
  Node node_;                               ///< Last: its thread uses what stands above.
};

}  // namespace

ExitCode runServe(const ServeSettings& settings, StopSignals& signals) {
  std::vector<NodeFault> faults;
  for (const std::string& text : settings.faults) {
    auto fault = parseNodeFault(text);
    if (!fault) {
      complain("--fault: " + fault.error().message);
      return kWrongUsage;
    }
    faults.push_back(std::move(*fault));
  }
  auto metrics = listenForMetrics(settings.metrics);
  if (!metrics) {
    complain(textOf(metrics.error()));
    return kWrongUsage;
  }
  return ServeRun(settings, std::move(faults), *std::move(metrics), signals).run();
}

}  // namespace multiconnection::tools
