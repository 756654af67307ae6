#include "tools/table_view.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <string_view>

#include "tools/printable.hpp"

namespace multiconnection::tools {
namespace {

constexpr std::size_t kColumns = 8;
constexpr std::size_t kUrlColumn = 1;
constexpr std::size_t kMinUrlWidth = 12;
constexpr std::size_t kFrameLines = 2;  // heading and aggregate
constexpr std::string_view kGap = "  ";
using Row = std::array<std::string, kColumns>;

const Row& heading() {
  static const Row row{"#", "server", "state", "code", "kbit/s", "queue ms", "drops", "lag ms"};
  return row;
}

/// Figures stand to the right.
constexpr bool isFigure(std::size_t column) { return column == 0 || column >= 4; }

/// "NetConnection.Connect.Rejected" -> "Connect.Rejected"
std::string shortCode(const std::string& code) {
  const auto dot = code.find('.');
  return dot == std::string::npos ? code : code.substr(dot + 1);
}

std::string shortUrl(const std::string& url) {
  constexpr std::string_view kScheme = "rtmp://";
  return url.rfind(kScheme, 0) == 0 ? url.substr(kScheme.size()) : url;
}

Row rowOf(const ServerStatistics& server) {
  return {std::to_string(server.index),
          printable(shortUrl(server.url)),
          std::string(stateName(server.state)),
          printable(shortCode(server.codeText)),
          std::to_string(server.bitrateBps / 1000),
          std::to_string(server.queueTime.count()),
          std::to_string(server.droppedAudio + server.droppedVideo),
          std::to_string(server.lag.count())};
}

std::array<std::size_t, kColumns> widthsOf(const std::vector<Row>& rows, std::size_t columns) {
  std::array<std::size_t, kColumns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto total = std::accumulate(widths.begin(), widths.end(), kGap.size() * (kColumns - 1));
  if (total > columns) {
    auto& url = widths[kUrlColumn];
    const auto excess = total - columns;
    url = std::max(std::min(url, kMinUrlWidth), url > excess ? url - excess : 0);
  }
  return widths;
}

std::string cut(std::string text, std::size_t width) {
  constexpr std::string_view kMark = "..";
  if (text.size() <= width) return text;
  if (width < kMark.size()) return text.substr(0, width);
  return text.substr(0, width - kMark.size()) + std::string(kMark);
}

std::string lineOf(const Row& row, const std::array<std::size_t, kColumns>& widths,
                   std::size_t columns) {
  std::string line;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::string text = cut(row[i], widths[i]);
    const std::string padding(widths[i] - text.size(), ' ');
    if (i != 0) line += kGap;
    line += isFigure(i) ? padding + text : text + padding;
  }
  return line.substr(0, columns);
}

std::size_t countIn(const std::vector<ServerStatistics>& servers, ServerState state) {
  return static_cast<std::size_t>(
      std::count_if(servers.begin(), servers.end(),
                    [state](const auto& server) { return server.state == state; }));
}

std::string clockText(std::chrono::milliseconds elapsed) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld",
                static_cast<long long>(seconds / 3600), static_cast<long long>(seconds / 60 % 60),
                static_cast<long long>(seconds % 60));
  return text.data();
}

std::string aggregateLine(const TableSnapshot& snapshot) {
  std::uint64_t bits = 0;
  std::uint64_t drops = 0;
  for (const auto& server : snapshot.servers) {
    bits += server.bitrateBps;
    drops += server.droppedAudio + server.droppedVideo;
  }
  std::string line = clockText(snapshot.elapsed) + "  " +
                     std::to_string(countIn(snapshot.servers, ServerState::Publishing)) + " of " +
                     std::to_string(snapshot.servers.size()) + " publishing (" +
                     std::to_string(snapshot.required) + " needed)  " +
                     std::to_string(bits / 1000) + " kbit/s  " + std::to_string(drops) + " drops";
  if (!snapshot.code.empty()) line += "  " + printable(snapshot.code);
  return line;
}

/// Says what the rows hide that do not fit.
std::string hiddenLine(const std::vector<ServerStatistics>& servers, std::size_t shown) {
  const std::vector<ServerStatistics> hidden(servers.begin() + static_cast<std::ptrdiff_t>(shown),
                                             servers.end());
  return "... and " + std::to_string(hidden.size()) + " more servers, " +
         std::to_string(countIn(hidden, ServerState::Publishing)) + " publishing, " +
         std::to_string(countIn(hidden, ServerState::Failed)) + " failed";
}

}  // namespace

std::vector<std::string> tableLines(const TableSnapshot& snapshot, std::size_t columns,
                                    std::size_t rows) {
  const auto& servers = snapshot.servers;
  const std::size_t space = rows > kFrameLines ? rows - kFrameLines : 0;
  std::size_t shown = servers.size();
  if (shown > space) shown = space > 0 ? space - 1 : 0;
  std::vector<Row> table{heading()};
  for (std::size_t i = 0; i < shown; ++i) table.push_back(rowOf(servers[i]));
  const auto widths = widthsOf(table, columns);
  std::vector<std::string> lines;
  lines.reserve(table.size() + 2);
  for (const auto& row : table) lines.push_back(lineOf(row, widths, columns));
  if (shown < servers.size()) lines.push_back(hiddenLine(servers, shown).substr(0, columns));
  lines.push_back(aggregateLine(snapshot).substr(0, columns));
  return lines;
}

}  // namespace multiconnection::tools
