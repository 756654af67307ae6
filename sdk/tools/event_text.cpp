#include "tools/event_text.hpp"

#include <algorithm>
#include <sstream>

#include "tools/printable.hpp"

namespace multiconnection::tools {
namespace {

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + ' ' + what;
}

bool isUp(const ServerReport& server) {
  return server.state == ServerState::Connected || server.state == ServerState::Publishing ||
         server.state == ServerState::Playing;
}

}  // namespace

std::string textOfArrayEvent(const StatusEvent& event) {
  std::ostringstream out;
  out << event.codeText;
  if (event.elapsed.count() > 0) out << " after " << event.elapsed.count() << " ms";
  if (!event.servers.empty() && event.code != StatusCode::Closed) {
    out << ", " << std::count_if(event.servers.begin(), event.servers.end(), isUp) << " of "
        << event.servers.size() << " servers up";
  }
  if (!event.reason.empty()) out << ": " << event.reason;
  return printable(out.str());
}

std::vector<std::string> textsOfServersDown(const StatusEvent& event) {
  std::vector<std::string> lines;
  if (event.code != StatusCode::SetupFailed && event.code != StatusCode::StreamPublishFailed) {
    return lines;
  }
  const bool publishing = event.code == StatusCode::StreamPublishFailed;
  for (const auto& server : event.servers) {
    if (server.state == ServerState::Publishing || (!publishing && isUp(server))) continue;
    std::ostringstream line;
    line << "  server " << server.index << ' ' << server;
    lines.push_back(printable(line.str()));
  }
  return lines;
}

std::string textOfServerEvent(const StatusEvent& event) {
  const auto& report = event.server.value();
  std::ostringstream out;
  out << "server " << report.index << ' ' << report.url << ' ' << event.codeText << " after "
      << report.elapsed.count() << " ms";
  const auto& reason = event.reason.empty() ? report.reason : event.reason;
  if (!reason.empty()) out << ": " << reason;
  return printable(out.str());
}

std::string textOfServerSummary(const ServerStatistics& server) {
  std::ostringstream out;
  out << "server " << server.index << ' ' << server.url << ' ' << stateName(server.state) << ": "
      << counted(server.bytesSent, "bytes, ") << server.audioMessages << " audio and "
      << counted(server.videoMessages, "video messages, ")
      << counted(server.droppedAudio + server.droppedVideo, "dropped");
  if (server.state == ServerState::Failed && !server.reason.empty()) out << "; " << server.reason;
  return printable(out.str());
}

std::string textOfOutcome(std::size_t server, const std::string& url, std::string_view outcome,
                          std::chrono::milliseconds elapsed) {
  return "server " + std::to_string(server) + ' ' + printable(url) + ' ' + wordsOf(outcome) +
         " after " + std::to_string(elapsed.count()) + " ms";
}

std::string textOfCounters(const PlayCounters& counters) {
  std::ostringstream out;
  out << counted(counters.audioMessages, "audio, ") << counted(counters.videoMessages, "video, ")
      << counted(counters.dataMessages, "data messages, ") << counted(counters.bytes, "bytes");
  return out.str();
}

}  // namespace multiconnection::tools
