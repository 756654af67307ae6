#include "tools/reporter.hpp"

#include "tools/event_text.hpp"
#include "tools/json_events.hpp"

namespace multiconnection::tools {
namespace {

constexpr std::chrono::milliseconds kPeriod{1000};

class JsonReporter final : public Reporter {
 public:
  explicit JsonReporter(Output& output) : output_(output) {}
  void arrayEvent(const StatusEvent& event) override {
    output_.line(jsonOfArrayEvent(event, wallTime()));
  }
  void serverEvent(const StatusEvent& event) override {
    output_.line(jsonOfServerEvent(event, wallTime()));
  }
  void statistics(const std::vector<ServerStatistics>& servers) override {
    output_.line(jsonOfStatistics("stats", servers, wallTime()));
  }
  void summary(const std::vector<ServerStatistics>& servers) override {
    output_.line(jsonOfStatistics("summary", servers, wallTime()));
  }
  std::chrono::milliseconds period() const override { return kPeriod; }

 private:
  Output& output_;
};

class LineReporter final : public Reporter {
 public:
  explicit LineReporter(Output& output) : output_(output) {}
  void arrayEvent(const StatusEvent& event) override {
    output_.line(textOfArrayEvent(event));
    for (const auto& line : textsOfServersDown(event)) output_.line(line);
  }
  void serverEvent(const StatusEvent& event) override { output_.line(textOfServerEvent(event)); }
  void statistics(const std::vector<ServerStatistics>&) override {}
  void summary(const std::vector<ServerStatistics>& servers) override {
    for (const auto& server : servers) output_.line(textOfServerSummary(server));
  }
  std::chrono::milliseconds period() const override { return kPeriod; }

 private:
  Output& output_;
};

}  // namespace

std::unique_ptr<Reporter> makeJsonReporter(Output& output) {
  return std::make_unique<JsonReporter>(output);
}

std::unique_ptr<Reporter> makeLineReporter(Output& output) {
  return std::make_unique<LineReporter>(output);
}

std::chrono::milliseconds wallTime() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace multiconnection::tools
