#include "tools/entry_options.hpp"

#include <optional>
#include <set>
#include <utility>

#include "tools/cli_option.hpp"
#include "tools/option_values.hpp"

namespace multiconnection::tools {
namespace {

Error invalid(std::string text) { return {Errc::InvalidArgument, std::move(text)}; }

/// PLACE=VALUE.
struct Placed {
  std::size_t place;
  std::string value;
};

Result<Placed> readPlaced(const std::string& option, const std::string& text, std::size_t servers) {
  const auto sign = text.find('=');
  const std::string digits = text.substr(0, sign);
  const auto place = sign == std::string::npos ? std::nullopt : readPlace(digits, servers);
  if (place) return Placed{*place, text.substr(sign + 1)};
  // A URL without its place may hold a stream key.
  const bool shown = sign != std::string::npos && digits.find('/') == std::string::npos;
  return invalid(option + ' ' + (shown ? quotedValue(digits + '=') : shownUrl(text)) +
                 ": expected the place of a server among --to, 0 to " +
                 std::to_string(servers - 1) + ", then '='");
}

Result<FailoverPolicy> readFailover(const EntryTexts& texts) {
  using Standby = FailoverPolicy::Standby;
  FailoverPolicy policy;
  if (texts.standby == "cold") {
    policy.standby = Standby::Cold;
  } else if (texts.standby == "warm") {
    policy.standby = Standby::Warm;
  } else if (texts.standby == "hot") {
    policy.standby = Standby::Hot;
  } else {
    return invalid("--standby " + quotedValue(texts.standby) + ": expected cold, warm or hot");
  }
  policy.failBackAfter.reset();
  if (texts.failBack == "never") return policy;
  auto after = readMilliseconds("--fail-back", texts.failBack);
  if (!after) return invalid(after.error().message + ", or never");
  policy.failBackAfter = *after;
  return policy;
}

Result<void> readPriorities(const EntryTexts& texts, std::vector<ServerEntry>& servers) {
  std::set<std::size_t> given;
  for (const std::string& text : texts.priorities) {
    auto placed = readPlaced("--priority", text, servers.size());
    if (!placed) return placed.error();
    if (!readNumber(placed->value, servers[placed->place].priority)) {
      const bool shown = placed->value.find('/') == std::string::npos;  // else maybe a stream key
      const std::string value = shown ? text : std::to_string(placed->place) + '=';
      return invalid("--priority " + quotedValue(value) + ": expected a whole number behind '='");
    }
    if (!given.insert(placed->place).second) {
      return invalid("--priority " + quotedValue(text) + ": that server has one already");
    }
  }
  return {};
}

}  // namespace

void addEntryOptions(CLI::App& publish, EntryTexts& texts) {
  publish
      .add_option("--backup", texts.backups,
                  "a server that stands in for the one at that place among --to, from 0; repeat it "
                  "for each, in the order in which they are tried")
      ->type_name("PLACE=URL")
      ->allow_extra_args(false);
  publish
      .add_option("--priority", texts.priorities,
                  "how important the server at that place is, 0 by default: when the uplink is too "
                  "narrow, the less important go without video; repeat it for each")
      ->type_name("PLACE=N")
      ->allow_extra_args(false);
  addOption(publish, "--standby", texts.standby,
            "what the next backup does meanwhile: cold (nothing), warm (it is connected, the "
            "default) or hot (it publishes too)",
            "HOW");
  addOption(publish, "--fail-back", texts.failBack,
            "milliseconds that a server has to be back before the stream returns to it (default "
            "10000), or never",
            "MS");
}

Result<void> readEntryOptions(const EntryTexts& texts, const std::string* name,
                              std::vector<ServerEntry>& servers) {
  auto policy = readFailover(texts);
  if (!policy) return policy.error();
  for (ServerEntry& server : servers) server.failover = *policy;
  if (auto read = readPriorities(texts, servers); !read) return read;
  for (const std::string& text : texts.backups) {
    auto placed = readPlaced("--backup", text, servers.size());
    if (!placed) return placed.error();
    auto read = readServers("--backup", {placed->value}, name);
    if (!read) return read.error();
    Backup backup(read->front().url);
    backup.streamName = read->front().streamName;
    servers[placed->place].backups.push_back(std::move(backup));
  }
  return {};
}

}  // namespace multiconnection::tools
