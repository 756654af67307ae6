#include "tools/option_values.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "tools/json_values.hpp"
#include "tools/numeric_address.hpp"
#include "tools/printable.hpp"

namespace multiconnection::tools {
namespace {

constexpr long kMaxMilliseconds = 3'600'000;
constexpr double kMinDurationSeconds = 0.001;
constexpr double kMaxDurationSeconds = 31'536'000;
// Names travel as AMF0 strings.
constexpr std::size_t kMaxNameBytes = 65'535;
constexpr std::size_t kMaxShownBytes = 80;

Error invalid(std::string text) { return {Errc::InvalidArgument, std::move(text)}; }

Result<RtmpUrl> readUrl(std::string_view option, const std::string& text) {
  auto url = RtmpUrl::parse(text);
  if (!url) {
    return invalid(std::string(option) + ' ' + shownUrl(text) + ": " + url.error().message);
  }
  return url;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// Whether `wanted`, in lower case, is its "host" or "host:port", IPv6 in brackets or, alone,
/// without.
bool hasHost(const ServerEntry& server, std::string_view wanted) {
  const auto url = RtmpUrl::parse(server.url);
  if (!url) return false;
  const std::string host = lower(url->host);
  const std::string inUrl = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return wanted == host || wanted == inUrl || wanted == inUrl + ':' + std::to_string(url->port);
}

}  // namespace

std::string quotedValue(std::string_view text) {
  std::string shown = printable(text.substr(0, kMaxShownBytes));
  if (text.size() > kMaxShownBytes) shown += "...";
  return '"' + shown + '"';
}

std::string shownUrl(std::string_view text) {
  const auto scheme = text.find("://");
  const auto hostBegin = scheme == std::string_view::npos ? 0 : scheme + 3;
  if (text.find('@') != std::string_view::npos) {
    return quotedValue(std::string(text.substr(0, hostBegin)) + "...");
  }
  const auto hostEnd = text.find_first_of("/?", hostBegin);
  if (hostEnd == std::string_view::npos || hostEnd + 1 == text.size()) return quotedValue(text);
  return quotedValue(std::string(text.substr(0, hostEnd + 1)) + "...");
}

Result<Policy> readPolicy(const std::string& text, std::size_t servers) {
  if (text == "all") return Policy::all();
  if (text == "any") return Policy::any();
  constexpr std::string_view kQuorum = "quorum:";
  if (text.rfind(kQuorum, 0) != 0) {
    return invalid("--policy " + quotedValue(text) + ": it is all, any or quorum:K");
  }
  std::size_t count = 0;
  if (!readNumber(std::string_view(text).substr(kQuorum.size()), count) || count == 0 ||
      count > servers) {
    return invalid("--policy " + quotedValue(text) + ": K is a number from 1 to " +
                   std::to_string(servers) + ", the number of servers");
  }
  return Policy::quorum(count);
}

Result<LogLevel> readLogLevel(const std::string& text) {
  for (const LogLevel level :
       {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error}) {
    if (text == logLevelName(level)) return level;
  }
  return invalid("--log " + quotedValue(text) + ": it is debug, info, warning or error");
}

Result<std::chrono::milliseconds> readMilliseconds(std::string_view option,
                                                   const std::string& text) {
  long milliseconds = 0;
  if (!readNumber(text, milliseconds) || milliseconds < 1 || milliseconds > kMaxMilliseconds) {
    return invalid(std::string(option) + ' ' + quotedValue(text) +
                   ": it is a whole number of milliseconds from 1 to " +
                   std::to_string(kMaxMilliseconds));
  }
  return std::chrono::milliseconds(milliseconds);
}

Result<std::chrono::milliseconds> readDuration(const std::string& text) {
  double seconds = 0;
  if (!readNumber(text, seconds) ||
      !(seconds >= kMinDurationSeconds && seconds <= kMaxDurationSeconds)) {
    return invalid("--duration " + quotedValue(text) +
                   ": it is a number of seconds from 0.001 to 31536000");
  }
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

Result<void> checkStreamName(std::string_view name) {
  if (name.empty()) return invalid("--name \"\": a stream name is not empty");
  if (name.size() > kMaxNameBytes) {
    return invalid("--name has " + std::to_string(name.size()) + " bytes, at most " +
                   std::to_string(kMaxNameBytes) + " are possible");
  }
  const auto bad = std::find_if(name.begin(), name.end(), [](char c) { return isControl(c); });
  if (bad != name.end()) {
    return invalid("--name " + quotedValue(name) + ": a control character at byte " +
                   std::to_string(bad - name.begin()));
  }
  return {};
}

Result<StreamLocation> readStreamUrl(std::string_view option, const std::string& text) {
  auto url = readUrl(option, text);
  if (!url) return url.error();
  if (auto split = url->splitStreamName(); !split) {
    return invalid(std::string(option) + ' ' + shownUrl(text) + ": " + split.error().message);
  }
  return StreamLocation{url->tcUrl(), url->streamName};
}

Result<std::vector<ServerEntry>> readServers(std::string_view option,
                                             const std::vector<std::string>& urls,
                                             const std::string* name) {
  std::vector<ServerEntry> servers;
  servers.reserve(urls.size());
  for (const auto& text : urls) {
    if (name != nullptr) {
      auto url = readUrl(option, text);
      if (!url) return url.error();
      servers.emplace_back(url->tcUrl());
    } else {
      auto location = readStreamUrl(option, text);
      if (!location) {
        return invalid(location.error().message + " (or give the stream name with --name)");
      }
      servers.emplace_back(location->url, location->name);
    }
  }
  return servers;
}

std::optional<std::size_t> readPlace(const std::string& text, std::size_t servers) {
  std::size_t place = 0;
  return readNumber(text, place) && place < servers ? std::optional(place) : std::nullopt;
}

Result<std::size_t> readServerChoice(const std::string& text,
                                     const std::vector<ServerEntry>& servers) {
  std::size_t place = 0;
  if (readNumber(text, place)) {
    if (place < servers.size()) return place;
    return invalid("--server " + quotedValue(text) + ": the places are 0 to " +
                   std::to_string(servers.size() - 1));
  }
  const bool isUrl = text.find("://") != std::string::npos;
  std::string wanted = lower(text);
  if (isUrl) {
    auto url = readUrl("--server", text);
    if (!url) return url.error();
    wanted = url->tcUrl();
  }
  std::size_t fitting = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (isUrl ? servers[i].url != wanted : !hasHost(servers[i], wanted)) continue;
    ++fitting;
    place = i;
  }
  if (fitting == 1) return place;
  return invalid("--server " + (isUrl ? shownUrl(text) : quotedValue(text)) + ": it fits " +
                 (fitting == 0 ? "none" : std::to_string(fitting)) +
                 " of the servers; a place from 0 fits one");
}

Result<void> checkMethod(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameBytes) return {};
  return invalid("METHOD of " + std::to_string(name.size()) + " bytes: it has 1 to " +
                 std::to_string(kMaxNameBytes));
}

Result<std::vector<AmfValue>> readArguments(const std::vector<std::string>& texts) {
  std::vector<AmfValue> values;
  for (const auto& word : texts) {
    const auto text = word.substr(std::min(word.find_first_not_of(' '), word.size()));
    auto value = amfOfJson(text);
    if (!value) {
      return invalid("argument " + std::to_string(values.size() + 1) + ' ' + quotedValue(text) +
                     ": " + value.error().message);
    }
    values.push_back(*std::move(value));
  }
  return values;
}

Result<ListenAddress> readListenAddress(std::string_view option, const std::string& text) {
  const auto bad = [&](const char* why) {
    return invalid(std::string(option) + ' ' + quotedValue(text) + ": " + why);
  };
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return bad("it is ADDR:PORT, e.g. 127.0.0.1:1935 or [::1]:1935");
  std::string_view host = std::string_view(text).substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host.remove_prefix(1);
    host.remove_suffix(1);
  }
  ListenAddress listen{std::string(host), 0};
  if (!(bracketed ? isNumericIpv6(listen.address) : isNumericIpv4(listen.address))) {
    return bad("the address is numeric, IPv4 or IPv6 in brackets");
  }
  if (!readNumber(std::string_view(text).substr(colon + 1), listen.port)) {
    return bad("the port is a number from 0 to 65535");
  }
  return listen;
}

std::string textOf(const ListenAddress& listen) {
  const bool ipv6 = listen.address.find(':') != std::string::npos;
  const std::string host = ipv6 ? '[' + listen.address + ']' : listen.address;
  return host + ':' + std::to_string(listen.port);
}

}  // namespace multiconnection::tools
