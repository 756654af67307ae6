#include "tools/link_options.hpp"

#include <utility>

#include "tools/cli_option.hpp"
#include "tools/help_texts.hpp"
#include "tools/link_script.hpp"
#include "tools/option_values.hpp"

namespace multiconnection::tools {
namespace {

Error invalid(std::string text) { return {Errc::InvalidArgument, std::move(text)}; }

/// HOST:PORT, the host a name or an address, IPv6 in brackets.
Result<ListenAddress> readTarget(const std::string& text) {
  const auto colon = text.rfind(':');
  ListenAddress target{text.substr(0, colon), 0};
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (target.address.size() > 2 && target.address.front() == '[' && target.address.back() == ']') {
    target.address = target.address.substr(1, target.address.size() - 2);
  }
  if (target.address.empty() || !readNumber(port, target.port) || target.port == 0) {
    return invalid("--to " + quotedValue(text) + ": it is HOST:PORT, e.g. a.example:1935");
  }
  return target;
}

Result<std::uint64_t> readSeed(const std::string& text) {
  std::uint64_t seed = 0;
  if (!readNumber(text, seed)) {
    return invalid("--seed " + quotedValue(text) + ": it is a whole number from 0 to 2^64-1");
  }
  return seed;
}

}  // namespace

CLI::App* addLink(CLI::App& app, LinkTexts& texts) {
  auto* link =
      app.add_subcommand("link", "Pass connections on over a bad network")->footer(kLinkHelp);
  const auto add = [link](const char* name, std::string& text, const char* help, const char* type) {
    return addOption(*link, name, text, help, type);
  };
  add("--listen", texts.listen,
      "numeric address and port (default 127.0.0.1:0); port 0 takes one that is free", "ADDR:PORT");
  add("--to", texts.to, "where connections go", "HOST:PORT")->required();
  add("--up", texts.up, "the way to that server: rate=2M,delay=100,jitter=30,...", "CONDITIONS");
  add("--down", texts.down, "the way back", "CONDITIONS");
  add("--script", texts.script, "what changes when: a file, or - for standard input", "FILE");
  add("--seed", texts.seed, "of all that happens by chance (default 1)", "N");
  add("--duration", texts.duration, "end after so many seconds", "S");
  link->add_flag("--json", texts.json, "print one JSON object per line")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->disable_flag_override();
  return link;
}

Result<Command> readLink(const CLI::App& command, const LinkTexts& texts) {
  LinkSettings settings;
  const auto listen = readListenAddress("--listen", texts.listen);
  if (!listen) return listen.error();
  settings.listen = *listen;
  const auto target = readTarget(texts.to);
  if (!target) return target.error();
  settings.target = *target;
  for (const auto& [option, text, conditions] :
       {std::tuple("--up", &texts.up, &settings.up),
        std::tuple("--down", &texts.down, &settings.down)}) {
    if (command.count(option) == 0) continue;
    const auto read = withChanges({}, *text);
    if (!read) return invalid(std::string(option) + ' ' + read.error().message);
    *conditions = *read;
  }
  if (command.count("--script") != 0 && texts.script.empty()) {
    return invalid("--script \"\": it is a file, or - for standard input");
  }
  settings.script = texts.script;
  const auto seed = readSeed(texts.seed);
  if (!seed) return seed.error();
  settings.seed = *seed;
  if (command.count("--duration") != 0) {
    const auto duration = readDuration(texts.duration);
    if (!duration) return duration.error();
    settings.duration = *duration;
  }
  settings.json = texts.json;
  return Command(std::move(settings));
}

}  // namespace multiconnection::tools
