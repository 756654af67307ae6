#include "tools/event_text.hpp"
#include "tools/reporter.hpp"
#include "tools/table_view.hpp"
#include "tools/terminal.hpp"

namespace multiconnection::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPeriod{250};
constexpr char kHideCursor[] = "\x1b[?25l";
constexpr char kClearToEndOfLine[] = "\x1b[K";
constexpr char kClearToEndOfScreen[] = "\x1b[J";

class TableReporter final : public Reporter {
 public:
  TableReporter(Output& output, std::size_t required) : output_(output) {
    snapshot_.required = required;
    output_.raw(kHideCursor);
  }
  ~TableReporter() override { output_.raw(kShowCursor); }

  void arrayEvent(const StatusEvent& event) override {
    snapshot_.code = event.codeText;
    above(textOfArrayEvent(event));
    for (const auto& line : textsOfServersDown(event)) above(line);
  }
  void serverEvent(const StatusEvent& event) override { above(textOfServerEvent(event)); }
  void statistics(const std::vector<ServerStatistics>& servers) override {
    snapshot_.servers = servers;
    const auto start = top();  // of the table that stands there, before the next one is made
    output_.raw(start + table());
  }
  void summary(const std::vector<ServerStatistics>& servers) override { statistics(servers); }
  std::chrono::milliseconds period() const override { return kPeriod; }

 private:
  /// The cursor to the table's first line.
  std::string top() const { return drawn_ == 0 ? "" : "\x1b[" + std::to_string(drawn_) + "A\r"; }

  /// The table at the cursor. Written over the old one, not into an emptied screen: that flickers.
  std::string table() {
    const auto size = terminalSize(stdout);
    snapshot_.elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
    // One column less than there is, and one row: a full line or screen would scroll.
    const auto lines = tableLines(snapshot_, size.columns - 1, size.rows - 1);
    std::string text;
    for (const auto& line : lines) text += line + kClearToEndOfLine + "\r\n";
    drawn_ = lines.size();
    return text + kClearToEndOfScreen;
  }

  /// A line of its own above the table, which moves down.
  void above(const std::string& line) {
    const auto start = top();
    output_.raw(start + line + kClearToEndOfLine + "\r\n" + kClearToEndOfScreen + table());
  }

  Output& output_;
  TableSnapshot snapshot_;
  Clock::time_point started_ = Clock::now();
  std::size_t drawn_ = 0;  ///< Lines of the table that stand on the screen.
};

}  // namespace

std::unique_ptr<Reporter> makeTableReporter(Output& output, std::size_t required) {
  return std::make_unique<TableReporter>(output, required);
}

}  // namespace multiconnection::tools
