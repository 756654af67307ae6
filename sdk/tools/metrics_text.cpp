#include "tools/metrics_text.hpp"

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tools/json_values.hpp"

namespace multiconnection::tools {
namespace {

using Servers = std::vector<ServerStatistics>;
using Seconds = std::chrono::duration<double>;

std::string textOf(std::uint64_t value) { return std::to_string(value); }

/// The shortest text that reads back as the same number.
std::string textOf(double value) {
  char digits[32];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  return {digits, end};
}

std::string textOf(Seconds time) { return textOf(time.count()); }

/// Bits per second, which are whole, as bytes.
double bytesOf(std::uint64_t bits) { return static_cast<double>(bits) / 8; }

/// The value of a label, in quotes. Bytes that are no UTF-8 become U+FFFD.
std::string quotedLabel(const std::string& text) {
  const auto utf8 = nlohmann::ordered_json::parse(textOfJson(text)).get<std::string>();
  std::string quoted = "\"";
  for (const char c : utf8) {
    if (c == '\\' || c == '"') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// Writes one family after the other, each with the samples of every server.
class Page {
 public:
  explicit Page(const Servers& servers) : servers_(servers) {
    for (const auto& server : servers) {
      labels_.push_back("index=\"" + std::to_string(server.index) + "\",id=\"" +
                        std::to_string(server.id) + "\",url=" + quotedLabel(server.url));
    }
  }

  /// @param samplesOf  called with each server; gives its samples to sample().
  template <class Samples>
  void family(std::string_view name, std::string_view type, std::string_view help,
              const Samples& samplesOf) {
    name_ = "multiconn_server_" + std::string(name);
    text_.append("# HELP ").append(name_).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name_).append(" ").append(type).append("\n");
    for (place_ = 0; place_ < servers_.size(); ++place_) samplesOf(servers_[place_]);
  }

  template <class Value>
  void counter(std::string_view name, std::string_view help, Value ServerStatistics::*value) {
    family(name, "counter", help, [&](const auto& server) { sample(server.*value); });
  }

  template <class Value>
  void sample(Value value) {
    add(labels_[place_], textOf(value));
  }

  /// One of several of a server, told apart by one more label.
  template <class Value>
  void sample(std::string_view label, std::string_view which, Value value) {
    add(labels_[place_] + ',' + std::string(label) + "=\"" + std::string(which) + '"',
        textOf(value));
  }

  std::string take() { return std::move(text_); }

 private:
  void add(std::string_view labels, std::string_view value) {
    text_.append(name_).append("{").append(labels).append("} ").append(value).append("\n");
  }

  const Servers& servers_;
  std::vector<std::string> labels_;  ///< Of each server, without braces.
  std::string name_;                 ///< Of the family that is being written.
  std::size_t place_ = 0;            ///< Of the server whose samples are being written.
  std::string text_;
};

void addState(Page& page) {
  page.family("state", "gauge", "1 for the state the server is in, 0 for every other.",
              [&page](const ServerStatistics& server) {
                for (int i = 0; i <= static_cast<int>(ServerState::Failed); ++i) {
                  const auto state = static_cast<ServerState>(i);
                  page.sample("state", stateName(state), std::uint64_t{server.state == state});
                }
              });
  page.family("state_seconds", "gauge", "How long the server has been in that state.",
              [&page](const ServerStatistics& server) { page.sample(Seconds(server.inState)); });
  page.family("last_code", "gauge", "1 for the last decisive status code.",
              [&page](const ServerStatistics& server) {
                const auto code = codeName(server.code);
                page.sample("code", code.empty() ? "unknown" : code, std::uint64_t{1});
              });
  page.family("started_seconds", "gauge", "Time since the server was started last.",
              [&page](const ServerStatistics& server) { page.sample(Seconds(server.elapsed)); });
  page.counter("reconnects_total", "Times the server came back after it was lost.",
               &ServerStatistics::reconnects);
  page.family("backup", "gauge", "Which server of the entry is used: 0 its own, else a backup.",
              [&page](const ServerStatistics& server) {
                page.sample(static_cast<std::uint64_t>(server.backup));
              });
  page.family(
      "standby", "gauge", "1 while another server of the entry is ready to take over.",
      [&page](const ServerStatistics& server) { page.sample(std::uint64_t{server.standby}); });
  page.family("troubled_seconds", "gauge", "How long the server has been in trouble; 0: it is not.",
              [&page](const ServerStatistics& server) {
                page.sample(Seconds(server.troubledFor.value_or(std::chrono::milliseconds(0))));
              });
  page.family("next_try_seconds", "gauge", "Time until the server is tried again, if it will be.",
              [&page](const ServerStatistics& server) {
                if (server.nextTry) page.sample(Seconds(*server.nextTry));
              });
}

void addYielding(Page& page) {
  page.family(
      "yielding", "gauge", "1 while the server goes without video for more important ones.",
      [&page](const ServerStatistics& server) { page.sample(std::uint64_t{server.yielding}); });
}

void addTraffic(Page& page) {
  page.counter("sent_bytes_total", "RTMP bytes sent, the handshake not counted.",
               &ServerStatistics::bytesSent);
  page.counter("received_bytes_total", "RTMP bytes received.", &ServerStatistics::bytesReceived);
  page.counter("acknowledged_bytes_total",
               "Bytes that the server says it received; 0: it does not say.",
               &ServerStatistics::bytesAcknowledged);
  page.family("sent_messages_total", "counter", "Messages sent, by kind.",
              [&page](const ServerStatistics& server) {
                page.sample("kind", "audio", server.audioMessages);
                page.sample("kind", "video", server.videoMessages);
                page.sample("kind", "data", server.dataMessages);
              });
  page.family("dropped_messages_total", "counter",
              "Messages that the server was too slow for, by kind.",
              [&page](const ServerStatistics& server) {
                page.sample("kind", "audio", server.droppedAudio);
                page.sample("kind", "video", server.droppedVideo);
              });
  page.family("sent_bytes_per_second", "gauge", "Bytes sent per second, over a window of time.",
              [&page](const ServerStatistics& server) {
                page.sample("window", "1s", bytesOf(server.bitrateBps));
                page.sample("window", "10s", bytesOf(server.bitrate10sBps));
                page.sample("window", "60s", bytesOf(server.bitrate60sBps));
              });
}

void addDelay(Page& page) {
  page.family("queue_bytes", "gauge", "Bytes that wait for the server.",
              [&page](const ServerStatistics& server) { page.sample(server.queueBytes); });
  page.family("queue_seconds", "gauge", "Media time that waits for the server.",
              [&page](const ServerStatistics& server) { page.sample(Seconds(server.queueTime)); });
  page.family("lag_seconds", "gauge", "Newest media minus the last that was sent.",
              [&page](const ServerStatistics& server) { page.sample(Seconds(server.lag)); });
  page.family("rtt_seconds", "gauge", "Round trip as TCP measures it, where it is known.",
              [&page](const ServerStatistics& server) {
                if (server.roundTripTime) page.sample(Seconds(*server.roundTripTime));
              });
}

}  // namespace

std::string metricsText(const std::vector<ServerStatistics>& servers) {
  Page page(servers);
  addState(page);
  addYielding(page);
  addTraffic(page);
  addDelay(page);
  return page.take();
}

}  // namespace multiconnection::tools
