#include "tools/share_options.hpp"

#include <algorithm>
#include <utility>

#include "tools/cli_option.hpp"
#include "tools/help_texts.hpp"
#include "tools/json_values.hpp"
#include "tools/option_values.hpp"

namespace multiconnection::tools {
namespace {

constexpr char kSend[] = "--send";
/// Slots and handlers travel as AMF0 strings.
constexpr std::size_t kMaxNameBytes = 65'535;

Error invalid(std::string text) { return {Errc::InvalidArgument, std::move(text)}; }

void addWords(CLI::App& app, const char* name, std::vector<std::string>& texts, const char* help,
              const char* type) {
  app.add_option(name, texts, help)->type_name(type)->allow_extra_args(false);
}

void addSwitch(CLI::App& app, const char* name, bool& value, const char* help) {
  app.add_flag(name, value, help)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->disable_flag_override();
}

Result<void> checkName(const char* option, const std::string& name) {
  if (!name.empty() && name.size() <= kMaxNameBytes) return {};
  return invalid(std::string(option) + ": a name of " + std::to_string(name.size()) +
                 " bytes; it has 1 to " + std::to_string(kMaxNameBytes));
}

Result<void> checkNames(const char* option, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (auto good = checkName(option, name); !good) return good;
  }
  return {};
}

/// SLOT=JSON; the first '=' ends the slot.
Result<AmfObject::Member> readSlot(const std::string& text) {
  const auto sign = text.find('=');
  if (sign == std::string::npos || sign == 0) {
    return invalid("--set " + quotedValue(text) + ": it is SLOT=JSON");
  }
  auto value = amfOfJson(text.substr(sign + 1));
  if (!value) return invalid("--set " + quotedValue(text) + ": " + value.error().message);
  AmfObject::Member slot{text.substr(0, sign), *std::move(value)};
  if (auto good = checkName("--set", slot.first); !good) return good.error();
  return slot;
}

Result<void> readWrites(const ShareTexts& texts, ShareSettings& settings) {
  const auto add = [&](std::string slot, AmfValue value) -> Result<void> {
    if (settings.writes.find(slot) != nullptr) {
      return invalid("slot " + quotedValue(slot) + " is written twice");
    }
    settings.writes.set(std::move(slot), std::move(value));
    return {};
  };
  for (const auto& text : texts.set) {
    auto slot = readSlot(text);
    if (!slot) return slot.error();
    if (auto added = add(slot->first, slot->second); !added) return added;
  }
  if (auto good = checkNames("--delete", texts.remove); !good) return good;
  for (const auto& slot : texts.remove) {
    if (auto added = add(slot, nullptr); !added) return added;
  }
  return {};
}

Result<void> readMessage(const ShareTexts& texts, ShareSettings& settings) {
  if (texts.send.empty()) return {};
  const std::string& handler = texts.send.front();
  if (auto good = checkName(kSend, handler); !good) return good;
  auto arguments = readArguments({texts.send.begin() + 1, texts.send.end()});
  if (!arguments) return invalid(std::string(kSend) + ' ' + arguments.error().message);
  settings.message = ShareSettings::Message{handler, *std::move(arguments)};
  return {};
}

Result<MirrorMode> readMode(const std::string& text) {
  if (text == "independent") return MirrorMode::Independent;
  if (text == "mirror") return MirrorMode::Mirror;
  if (text == "primaryWins") return MirrorMode::PrimaryWins;
  return invalid("--mode " + quotedValue(text) + ": it is independent, mirror or primaryWins");
}

Result<void> readWatch(const CLI::App& command, const ShareTexts& texts, ShareSettings& settings) {
  settings.watch = texts.watch;
  settings.handlers = texts.on;
  if (auto good = checkNames("--on", texts.on); !good) return good;
  const bool timed = command.count("--duration") != 0;
  if (!texts.watch && (timed || !texts.on.empty())) {
    return invalid(std::string(timed ? "--duration" : "--on") + ": it is for --watch");
  }
  if (!timed) return {};
  const auto duration = readDuration(texts.duration);
  if (!duration) return duration.error();
  settings.duration = *duration;
  return {};
}

Result<void> readTimes(const ShareTexts& texts, ShareSettings& settings) {
  const auto deadline = readMilliseconds("--deadline", texts.deadline);
  if (!deadline) return deadline.error();
  settings.deadline = *deadline;
  const auto setup = readMilliseconds("--setup-timeout", texts.setupTimeout);
  if (!setup) return setup.error();
  settings.setupTimeout = *setup;
  return {};
}

}  // namespace

CLI::App* addShare(CLI::App& app, ShareTexts& texts) {
  auto* share = app.add_subcommand("share", "Read, write and watch a remote shared object")
                    ->footer(kShareHelp);
  addOption(*share, "NAME", texts.name, "the shared object's name", "")->required();
  addWords(*share, "--to", texts.to, "a server: rtmp://host[:port]/app; repeat it for each", "URL");
  share->get_option("--to")->required();
  addSwitch(*share, "--persistent", texts.persistent, "one that the server keeps");
  addWords(*share, "--set", texts.set, "set a slot; repeat it for each", "SLOT=JSON");
  addWords(*share, "--delete", texts.remove, "delete a slot; repeat it for each", "SLOT");
  addWords(*share, "--get", texts.get, "print a slot; repeat it for each", "SLOT");
  share
      ->add_option(kSend, texts.send,
                   "have every user of the object call HANDLER, with JSON values as arguments")
      ->type_name("HANDLER [JSON ...]")
      ->expected(1, -1);
  addSwitch(*share, "--watch", texts.watch, "then print what changes, until Ctrl-C");
  addWords(*share, "--on", texts.on,
           "while watching, print messages to HANDLER; repeat it for each", "HANDLER");
  addOption(*share, "--mode", texts.mode,
            "changes of others on one server: independent (default: they stay there), mirror or "
            "primaryWins",
            "MODE");
  addOption(*share, "--duration", texts.duration, "end after so many seconds of watching", "S");
  addOption(*share, "--deadline", texts.deadline,
            "milliseconds for each server to acknowledge everything (default 10000)", "MS");
  addOption(*share, "--setup-timeout", texts.setupTimeout,
            "milliseconds until the servers must be connected (default 3000)", "MS");
  addSwitch(*share, "--json", texts.json, "print one JSON object per line");
  addOption(*share, "--log", texts.log,
            "tell on standard error what happens: debug, info, warning or error", "LEVEL");
  return share;
}

Result<void> shieldMessage(std::vector<std::string>& words) {
  const auto count = std::count(words.begin(), words.end(), kSend);
  if (count > 1) return invalid("--send is given " + std::to_string(count) + " times");
  for (auto at = std::find(words.begin(), words.end(), kSend); at != words.end(); ++at) {
    *at = withJsonShielded(std::move(*at));
  }
  return {};
}

Result<Command> readShare(const CLI::App& command, const ShareTexts& texts) {
  ShareSettings settings;
  settings.name = texts.name;
  settings.persistence = texts.persistent ? Persistence::Persistent : Persistence::Temporary;
  const std::string wholePath;  // the URLs name applications
  auto servers = readServers("--to", texts.to, &wholePath);
  if (!servers) return servers.error();
  settings.servers = *std::move(servers);
  if (auto read = readWrites(texts, settings); !read) return read.error();
  if (auto good = checkNames("--get", texts.get); !good) return good.error();
  settings.reads = texts.get;
  if (auto read = readMessage(texts, settings); !read) return read.error();
  const auto mode = readMode(texts.mode);
  if (!mode) return mode.error();
  settings.mode = *mode;
  if (auto read = readWatch(command, texts, settings); !read) return read.error();
  if (auto read = readTimes(texts, settings); !read) return read.error();
  settings.json = texts.json;
  if (command.count("--log") != 0) {
    const auto log = readLogLevel(texts.log);
    if (!log) return log.error();
    settings.log = *log;
  }
  return Command(std::move(settings));
}

}  // namespace multiconnection::tools
