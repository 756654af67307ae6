#include "tools/short_run.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "tools/array_options.hpp"

namespace multiconnection::tools {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCloseLimit{1000};
/// The array's own limit ends it; this is only for not waiting forever should it fail to.
constexpr milliseconds kCloseGrace{5000};

bool isDecided(const ServerStatistics& server) {
  return server.state == ServerState::Connected || server.state == ServerState::Failed ||
         server.state == ServerState::Closed;
}

}  // namespace

ShortRun::ShortRun(StopSignals& signals, std::optional<LogLevel> log)
    : signals_(signals), array_(arrayOptions(loop_, log)) {
  array_.onStatus([this](const StatusEvent& event) {
    if (event.code == StatusCode::Closed) closed_ = true;
  });
  signals_.handle([this] { loop_.post([this] { stopped_ = true; }); });
}

ShortRun::~ShortRun() { signals_.handle(nullptr); }

Result<void> ShortRun::connect(const std::vector<ServerEntry>& servers, milliseconds timeout,
                               const ReconnectPolicy& reconnect) {
  ConnectOptions options;
  options.setupTimeout = options.attemptTimeout = timeout;
  options.reconnect = reconnect;
  if (auto started = array_.connect(servers, options); !started) return started;
  runUntil(
      [this] {
        const auto figures = array_.statistics();
        return std::all_of(figures.begin(), figures.end(), isDecided);
      },
      timeout + kCloseGrace);
  return {};
}

bool ShortRun::runUntil(const std::function<bool()>& done, milliseconds limit) {
  loop_.runUntil([&] { return stopped_ || done(); }, TaskLoop::Clock::now() + limit);
  return done();
}

void ShortRun::runPosted() {
  const auto reached = std::make_shared<bool>(false);
  loop_.post([reached] { *reached = true; });
  loop_.runUntil([&] { return *reached; }, TaskLoop::Clock::now() + kCloseGrace);
}

void ShortRun::close() {
  array_.close(kCloseLimit);
  loop_.runUntil([this] { return closed_; }, TaskLoop::Clock::now() + kCloseLimit + kCloseGrace);
}

}  // namespace multiconnection::tools
