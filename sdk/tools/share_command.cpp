#include <algorithm>
#include <utility>

#include "tools/commands.hpp"
#include "tools/event_text.hpp"
#include "tools/json_events.hpp"
#include "tools/output.hpp"
#include "tools/reporter.hpp"
#include "tools/share_result.hpp"
#include "tools/short_run.hpp"

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// Below the deadline, so that a server that does not answer `use` is told as one.
constexpr milliseconds kUseTimeout{3000};
constexpr milliseconds kLeast{1};
/// An hour, after which the loop looks again whether it is to go on.
constexpr milliseconds kLook{3'600'000};

/// One run: connect to all, use the object, write, tell, and watch if wished.
class ShareRun {
 public:
  ShareRun(const ShareSettings& settings, StopSignals& signals)
      : settings_(settings),
        witnesses_(settings.servers.size()),
        results_(settings.servers.size()),
        run_(signals, settings.log) {
    for (ShareWitness& witness : witnesses_) witness.unanswered = settings.writes;
  }

  ExitCode run() {
    SharedObjectOptions options;
    options.mode = settings_.mode;
    options.useTimeout = std::min(kUseTimeout, std::max(settings_.deadline * 2 / 3, kLeast));
    auto object = run_.array().sharedObject(settings_.name, settings_.persistence, options);
    if (!object) return wrong(object.error());
    listen(*object);
    // Waits for the servers, and is sent to each as soon as it has the object.
    if (!settings_.writes.empty()) {
      if (auto written = object->set(settings_.writes); !written) return wrong(written.error());
    }
    // Lost servers are tried again: one that ends connections at shared objects has to come back.
    if (auto done = run_.connect(settings_.servers, settings_.setupTimeout, {}); !done) {
      return wrong(done.error());
    }
    const bool good = await(*object);
    tellValues(*object);
    tellVerdict();
    if (settings_.watch && !run_.stopped()) watch();
    object->close();
    run_.close();
    return good && !output_.failure() ? kDone : kFailed;
  }

 private:
  static ExitCode wrong(const Error& error) {
    complain(textOf(error));
    return kWrongUsage;
  }

  void listen(MultiSharedObject& object) {
    run_.array().onServerStatus([this](const StatusEvent& event) { onServerEvent(event); });
    object.onSync([this](const SyncEvent& event) { onSync(event); });
    std::vector<std::string> handlers = settings_.handlers;
    if (settings_.message) handlers.push_back(settings_.message->handler);
    for (const auto& handler : handlers) {
      object.onMessage(handler, [this](const SharedMessage& message) { onMessage(message); });
    }
  }

  void onServerEvent(const StatusEvent& event) {
    ShareWitness& witness = witnesses_.at(event.server.value().index);
    if (event.code == StatusCode::ConnectSuccess) witness.connected = true;
    if (event.sharedObject == settings_.name) witness.objectTold = true;
    if (event.code == StatusCode::SharedObjectTimedOut) witness.useTimedOut = true;
    if (event.level != StatusLevel::Status || event.code == StatusCode::ConnectClosed) {
      witness.trouble = event.codeText + (event.reason.empty() ? "" : ' ' + event.reason);
    }
    if (!settings_.watch) return;
    output_.line(settings_.json ? jsonOfServerEvent(event, wallTime()) : textOfServerEvent(event));
  }

  void onSync(const SyncEvent& event) {
    ShareWitness& witness = witnesses_.at(event.server.index);
    for (const auto& change : event.changes) witness.note(change);
    if (!settings_.watch) return;
    if (settings_.json) return output_.line(jsonOfSync(event, wallTime()));
    for (const auto& line : textsOfSync(event)) output_.line(line);
  }

  void onMessage(const SharedMessage& message) {
    const auto& ours = settings_.message;
    if (ours && message.handler == ours->handler && message.arguments == ours->arguments) {
      witnesses_.at(message.server.index).heardMessage = true;
    }
    const auto& handlers = settings_.handlers;
    if (std::find(handlers.begin(), handlers.end(), message.handler) == handlers.end()) return;
    output_.line(settings_.json ? jsonOfMessage(message, wallTime()) : textOfMessage(message));
  }

  /// Waits until each server is settled, notes when it was, and how.
  void settle(const MultiSharedObject& object) {
    std::vector<bool> settled(results_.size());
    run_.runUntil(
        [&] {
          for (const auto& report : object.servers()) {
            if (settled.at(report.index) || !isSettled(report, witnesses_.at(report.index))) {
              continue;
            }
            settled[report.index] = true;
            results_.at(report.index).elapsed = elapsed();
          }
          return std::find(settled.begin(), settled.end(), false) == settled.end();
        },
        settings_.deadline);
    const auto reports = object.servers();
    run_.runPosted();
    for (const auto& report : reports) {
      const bool done = settled.at(report.index);
      if (!done && run_.stopped()) continue;
      ShareResult& result = results_.at(report.index);
      const auto after = done ? result.elapsed : elapsed();
      result = resultOf(report, witnesses_.at(report.index));
      result.elapsed = after;
    }
  }

  milliseconds elapsed() const {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start_);
  }

  /// @return whether every server acknowledged everything.
  bool await(MultiSharedObject& object) {
    if (!run_.stopped()) settle(object);
    Result<void> sent;
    if (settings_.message && !run_.stopped()) {
      sent = send(object);
      if (sent) settle(object);
    }
    if (!sent) complain(textOf(sent.error()));
    if (run_.stopped()) complain("stopped before every server acknowledged");
    tellResults();
    return sent && !run_.stopped() && acknowledged() == results_.size();
  }

  Result<void> send(MultiSharedObject& object) {
    for (const auto& report : object.servers()) {
      const bool ready = report.state == SharedObjectReport::State::Ready;
      witnesses_.at(report.index).expectsMessage = ready;
    }
    return object.send(settings_.message->handler, settings_.message->arguments);
  }

  std::size_t acknowledged() const {
    return static_cast<std::size_t>(std::count_if(
        results_.begin(), results_.end(), [](const ShareResult& result) { return result.good(); }));
  }

  void tellResults() {
    for (const auto& server : run_.array().statistics()) {
      ShareResult& result = results_.at(server.index);
      result.server = server.index;
      result.url = server.url;
      if (result.outcome == ShareResult::Outcome::NotDecided) {
        result.reason = "the program was stopped before";
      }
      output_.line(settings_.json ? jsonOfShare(result, wallTime()) : textOfShare(result));
    }
  }

  void tellVerdict() {
    const std::size_t good = acknowledged();
    output_.line(settings_.json
                     ? jsonOfShareVerdict(settings_.name, good, results_.size(), wallTime())
                     : textOfShareVerdict(good, results_.size()));
  }

  void tellValues(const MultiSharedObject& object) {
    if (settings_.reads.empty()) return;
    const auto reports = object.servers();
    for (const auto& slot : settings_.reads) {
      SharedValue value{slot, {}};
      for (const auto& report : reports) {
        if (report.state != SharedObjectReport::State::Ready) continue;
        value.copies.push_back({report.index, results_.at(report.index).url, report.slots[slot]});
      }
      if (settings_.json) {
        output_.line(jsonOfValue(value, wallTime()));
      } else {
        for (const auto& line : textsOfValue(value)) output_.line(line);
      }
    }
  }

  void watch() {
    const auto over = [this] { return output_.failure() != std::error_code(); };
    if (settings_.duration) {
      run_.runUntil(over, *settings_.duration);
      return;
    }
    while (!run_.stopped() && !over()) run_.runUntil(over, kLook);
  }

  const ShareSettings& settings_;
  const Clock::time_point start_ = Clock::now();
  Output output_{stdout};
  std::vector<ShareWitness> witnesses_;
  std::vector<ShareResult> results_;
  ShortRun run_;  ///< Last: it ends first, and with it every slot.
};

}  // namespace

ExitCode runShare(const ShareSettings& settings, StopSignals& signals) {
  return ShareRun(settings, signals).run();
}

}  // namespace multiconnection::tools
