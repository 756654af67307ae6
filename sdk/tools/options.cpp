#include "tools/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <utility>

#include "tools/cli_option.hpp"
#include "tools/entry_options.hpp"
#include "tools/help_texts.hpp"
#include "tools/link_options.hpp"
#include "tools/option_values.hpp"
#include "tools/printable.hpp"
#include "tools/share_options.hpp"

namespace multiconnection::tools {
namespace {

/// What stands on the command line, values not yet read.
struct Texts {
  std::string input;
  std::vector<std::string> to;
  EntryTexts entries;
  std::string name;
  std::string policy = "all";
  std::string setupTimeout = "3000";
  std::string duration;
  bool loop = false;
  bool noPace = false;
  bool json = false;
  bool confirmedCodecs = false;
  bool noReconnect = false;
  bool permission = false;
  std::vector<std::string> urls;
  std::string url;
  std::string output;
  std::string listen = "127.0.0.1:1935";
  std::string root;
  bool syncWrites = false;
  std::vector<std::string> faults;
  std::string method;
  std::vector<std::string> arguments;
  std::string server;
  std::string deadline = "10000";
  std::string log;
  std::string metrics;
};

constexpr std::string_view kCommands =
    "publish, play, serve, check, call, share, link or version; see multiconn --help";

Error invalid(std::string text) { return {Errc::InvalidArgument, std::move(text)}; }

bool isCommand(std::string_view word) {
  return word == "publish" || word == "play" || word == "serve" || word == "check" ||
         word == "call" || word == "share" || word == "link" || word == "version";
}

void addFlag(CLI::App& app, const char* name, bool& value, const char* help) {
  app.add_flag(name, value, help)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->disable_flag_override();
}

void addJson(CLI::App& app, Texts& texts) {
  addFlag(app, "--json", texts.json, "print one JSON object per line");
}

void addLog(CLI::App& app, Texts& texts) {
  addOption(app, "--log", texts.log,
            "tell on standard error what happens: debug, info, warning or error", "LEVEL");
}

void addName(CLI::App& app, Texts& texts) {
  addOption(app, "--name", texts.name,
            "stream name for every server; the whole path of each URL is then its application",
            "NAME");
}

void addSetupTimeout(CLI::App& app, Texts& texts) {
  addOption(app, "--setup-timeout", texts.setupTimeout,
            "milliseconds until the servers must be connected (default 3000)", "MS");
}

void addMetrics(CLI::App& app, Texts& texts) {
  addOption(app, "--metrics", texts.metrics,
            "serve figures to Prometheus at this numeric address; port 0 takes one that is free",
            "ADDR:PORT");
}

CLI::App* addPublish(CLI::App& app, Texts& texts) {
  auto* publish = app.add_subcommand("publish", "Publish a file, a pipe or a test picture")
                      ->footer(kPublishHelp);
  addOption(*publish, "INPUT", texts.input, "a file, - for FLV on standard input, or testsrc", "")
      ->required();
  publish->add_option("--to", texts.to, "a server: rtmp://host[:port]/app/name; repeat it for each")
      ->type_name("URL")
      ->required()
      ->allow_extra_args(false);
  addEntryOptions(*publish, texts.entries);
  addName(*publish, texts);
  addOption(*publish, "--policy", texts.policy,
            "how many servers must take the stream: all (default), any or quorum:K", "POLICY");
  addSetupTimeout(*publish, texts);
  addFlag(*publish, "--loop", texts.loop, "start the input again at its end");
  addOption(*publish, "--duration", texts.duration, "end after so many seconds of publishing", "S");
  addFlag(*publish, "--no-pace", texts.noPace,
          "as fast as the slowest healthy server takes it, and drop nothing");
  addFlag(*publish, "--no-reconnect", texts.noReconnect,
          "do not try servers again that were lost or not there");
  addFlag(*publish, "--confirmed-codecs", texts.confirmedCodecs,
          "only to servers that say that they take the stream's codecs");
  addJson(*publish, texts);
  addLog(*publish, texts);
  addMetrics(*publish, texts);
  return publish;
}

CLI::App* addPlay(CLI::App& app, Texts& texts) {
  auto* play =
      app.add_subcommand("play", "Receive a live stream, into a file if wanted")->footer(kPlayHelp);
  addOption(*play, "URL", texts.url, "rtmp://host[:port]/app/name", "")->required();
  addOption(*play, "-o,--output", texts.output, "FLV file to write; - for standard output", "FILE");
  addOption(*play, "--duration", texts.duration, "end after so many seconds of playing", "S");
  addJson(*play, texts);
  addLog(*play, texts);
  addMetrics(*play, texts);
  return play;
}

CLI::App* addServe(CLI::App& app, Texts& texts) {
  auto* serve = app.add_subcommand("serve", "Run the embedded RTMP server")->footer(kServeHelp);
  addOption(*serve, "--listen", texts.listen,
            "numeric address and port (default 127.0.0.1:1935); port 0 takes one that is free",
            "ADDR:PORT");
  addOption(*serve, "--root", texts.root,
            "folder of recordings and persistent shared objects, which must exist", "DIR");
  addFlag(*serve, "--sync-writes", texts.syncWrites,
          "acknowledge changes of persistent shared objects when they survive a loss of power");
  serve
      ->add_option("--fault", texts.faults,
                   "do something wrong on purpose: MOMENT:KIND[=VALUE][,OPTION=VALUE...]; repeat "
                   "it for each")
      ->type_name("SPEC")
      ->allow_extra_args(false);
  addJson(*serve, texts);
  addMetrics(*serve, texts);
  return serve;
}

CLI::App* addCheck(CLI::App& app, Texts& texts) {
  auto* check =
      app.add_subcommand("check", "Try out an array without going live")->footer(kCheckHelp);
  check->add_option("URL", texts.urls, "rtmp://host[:port]/app/name, as for publish")
      ->type_name("")
      ->required();
  addName(*check, texts);
  addFlag(*check, "--publish", texts.permission,
          "ask for permission too: publish without a frame, and unpublish");
  addSetupTimeout(*check, texts);
  addJson(*check, texts);
  addLog(*check, texts);
  return check;
}

CLI::App* addCall(CLI::App& app, Texts& texts) {
  auto* call =
      app.add_subcommand("call", "Call a method of the servers' applications")->footer(kCallHelp);
  addOption(*call, "METHOD", texts.method, "the method's name", "")->required();
  call->add_option("JSON", texts.arguments, "its arguments, each a JSON value")->type_name("");
  call->add_option("--to", texts.to, "a server: rtmp://host[:port]/app; repeat it for each")
      ->type_name("URL")
      ->required()
      ->allow_extra_args(false);
  addOption(*call, "--server", texts.server,
            "call one of them only: its place from 0, its host[:port] or its URL", "SERVER");
  addOption(*call, "--policy", texts.policy,
            "how many servers must return a result: all (default), any or quorum:K", "POLICY");
  addOption(*call, "--deadline", texts.deadline,
            "milliseconds for each server's answer (default 10000)", "MS");
  addSetupTimeout(*call, texts);
  addJson(*call, texts);
  addLog(*call, texts);
  return call;
}

Result<void> checkRepeats(const CLI::App& command) {
  for (const auto* option : command.get_options()) {
    const std::string& name = option->get_name();
    // A list takes several words; what has one value takes the last.
    const bool repeats = option->get_multi_option_policy() != CLI::MultiOptionPolicy::TakeLast;
    if (!repeats && option->count() > 1) {
      return invalid(name + " is given " + std::to_string(option->count()) +
                     " times; it has one value");
    }
  }
  return {};
}

/// Takes over what was read, if it could be.
template <class Into, class Value>
Result<void> take(Into& into, Result<Value> read) {
  if (!read) return read.error();
  into = *std::move(read);
  return {};
}

// Each reads an option that several commands have, the first three if it is there.

template <class Settings>
Result<void> readDurationOf(const CLI::App& command, const Texts& texts, Settings& settings) {
  if (command.count("--duration") == 0) return {};
  return take(settings.duration, readDuration(texts.duration));
}

template <class Settings>
Result<void> readLogOf(const CLI::App& command, const Texts& texts, Settings& settings) {
  if (command.count("--log") == 0) return {};
  return take(settings.log, readLogLevel(texts.log));
}

template <class Settings>
Result<void> readMetricsOf(const CLI::App& command, const Texts& texts, Settings& settings) {
  if (command.count("--metrics") == 0) return {};
  return take(settings.metrics, readListenAddress("--metrics", texts.metrics));
}

template <class Settings>
Result<void> readSetupTimeout(const Texts& texts, Settings& settings) {
  return take(settings.setupTimeout, readMilliseconds("--setup-timeout", texts.setupTimeout));
}

/// Fills `servers` and `name` of the settings: one name for all, or one in each URL.
template <class Settings>
Result<void> readArray(const CLI::App& command, const Texts& texts, std::string_view option,
                       const std::vector<std::string>& urls, Settings& settings) {
  const bool named = command.count("--name") != 0;
  if (named) {
    settings.name = texts.name;
    if (auto result = checkStreamName(settings.name); !result) return result;
  }
  return take(settings.servers, readServers(option, urls, named ? &settings.name : nullptr));
}

Result<Command> readPublish(const CLI::App& command, const Texts& texts) {
  PublishSettings settings;
  settings.input = texts.input;
  if (settings.input.empty()) return invalid("INPUT \"\": it is a file, - or testsrc");
  if (auto array = readArray(command, texts, "--to", texts.to, settings); !array) {
    return array.error();
  }
  const std::string* name = settings.name.empty() ? nullptr : &settings.name;
  if (auto read = readEntryOptions(texts.entries, name, settings.servers); !read) {
    return read.error();
  }
  if (auto read = take(settings.policy, readPolicy(texts.policy, settings.servers.size())); !read) {
    return read.error();
  }
  if (auto read = readSetupTimeout(texts, settings); !read) return read.error();
  if (auto read = readDurationOf(command, texts, settings); !read) return read.error();
  if (texts.loop && settings.input == "-") {
    return invalid("--loop with INPUT \"-\": standard input cannot start again");
  }
  settings.loop = texts.loop;
  settings.pace = !texts.noPace;
  settings.confirmedCodecs = texts.confirmedCodecs;
  settings.reconnect = !texts.noReconnect;
  settings.json = texts.json;
  if (auto read = readLogOf(command, texts, settings); !read) return read.error();
  if (auto read = readMetricsOf(command, texts, settings); !read) return read.error();
  return Command(std::move(settings));
}

Result<Command> readPlay(const CLI::App& command, const Texts& texts) {
  PlaySettings settings;
  auto location = readStreamUrl("URL", texts.url);
  if (!location) return location.error();
  settings.url = location->url;
  settings.name = location->name;
  settings.output = texts.output;
  settings.json = texts.json;
  if (auto read = readLogOf(command, texts, settings); !read) return read.error();
  if (auto read = readMetricsOf(command, texts, settings); !read) return read.error();
  if (command.count("--output") != 0 && settings.output.empty()) {
    return invalid("-o \"\": it is a file, or - for standard output");
  }
  if (settings.json && settings.output == "-") {
    return invalid("-o \"-\" with --json: both would write to standard output");
  }
  if (auto read = readDurationOf(command, texts, settings); !read) return read.error();
  return Command(std::move(settings));
}

Result<Command> readServe(const CLI::App& command, const Texts& texts) {
  auto listen = readListenAddress("--listen", texts.listen);
  if (!listen) return listen.error();
  if (command.count("--root") != 0 && texts.root.empty()) {
    return invalid("--root \"\": it is a folder");
  }
  ServeSettings settings{listen->address, listen->port, texts.json, texts.root, texts.faults, {}};
  settings.syncWrites = texts.syncWrites;
  if (auto read = readMetricsOf(command, texts, settings); !read) return read.error();
  return Command(std::move(settings));
}

Result<Command> readCheck(const CLI::App& command, const Texts& texts) {
  CheckSettings settings;
  if (auto array = readArray(command, texts, "URL", texts.urls, settings); !array) {
    return array.error();
  }
  if (auto read = readSetupTimeout(texts, settings); !read) return read.error();
  settings.publish = texts.permission;
  settings.json = texts.json;
  if (auto read = readLogOf(command, texts, settings); !read) return read.error();
  return Command(std::move(settings));
}

Result<Command> readCall(const CLI::App& command, const Texts& texts) {
  CallSettings settings;
  settings.method = texts.method;
  if (auto good = checkMethod(settings.method); !good) return good.error();
  if (auto read = take(settings.arguments, readArguments(texts.arguments)); !read) {
    return read.error();
  }
  const std::string wholePath;  // a call is about no stream: the URLs name applications
  if (auto read = take(settings.servers, readServers("--to", texts.to, &wholePath)); !read) {
    return read.error();
  }
  if (command.count("--server") != 0) {
    auto read = take(settings.server, readServerChoice(texts.server, settings.servers));
    if (!read) return read.error();
  }
  if (auto read = take(settings.policy, readPolicy(texts.policy, settings.called())); !read) {
    return read.error();
  }
  auto deadline = take(settings.deadline, readMilliseconds("--deadline", texts.deadline));
  if (!deadline) return deadline.error();
  if (auto read = readSetupTimeout(texts, settings); !read) return read.error();
  settings.json = texts.json;
  if (auto read = readLogOf(command, texts, settings); !read) return read.error();
  return Command(std::move(settings));
}

/// The parser's own words, as one line.
Error parseError(const CLI::ParseError& error) {
  constexpr std::size_t kMaxBytes = 200;
  return invalid(printable(error.what()).substr(0, kMaxBytes) + "; see multiconn --help");
}

}  // namespace

Result<Command> parseCommandLine(const std::vector<std::string>& arguments) {
  Texts texts;
  CLI::App app("Publishes one live stream to an array of RTMP servers.", "multiconn");
  app.footer(kMainHelp);
  app.require_subcommand(1);
  auto* publish = addPublish(app, texts);
  auto* play = addPlay(app, texts);
  auto* serve = addServe(app, texts);
  auto* check = addCheck(app, texts);
  auto* call = addCall(app, texts);
  ShareTexts shareTexts;
  auto* share = addShare(app, shareTexts);
  LinkTexts linkTexts;
  auto* link = addLink(app, linkTexts);
  app.add_subcommand("version", "Print the versions of the SDK and of its libraries");
  if (arguments.empty()) return invalid("a command is missing: " + std::string(kCommands));
  const auto& first = arguments.front();
  if (first.empty() || (first.front() != '-' && !isCommand(first))) {
    return invalid("command " + quotedValue(first) + " is unknown: " + std::string(kCommands));
  }
  auto words = arguments;
  if (first == "call") std::transform(words.begin(), words.end(), words.begin(), withJsonShielded);
  if (first == "share") {
    if (auto shielded = shieldMessage(words); !shielded) return shielded.error();
  }
  std::reverse(words.begin(), words.end());  // as the parser takes them
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return Command(HelpText{chosen.empty() ? app.help() : chosen.front()->help("multiconn")});
  } catch (const CLI::ParseError& error) {
    return parseError(error);
  }
  const auto& chosen = *app.get_subcommands().front();
  if (auto result = checkRepeats(chosen); !result) return result.error();
  if (&chosen == publish) return readPublish(chosen, texts);
  if (&chosen == play) return readPlay(chosen, texts);
  if (&chosen == serve) return readServe(chosen, texts);
  if (&chosen == check) return readCheck(chosen, texts);
  if (&chosen == call) return readCall(chosen, texts);
  if (&chosen == share) return readShare(chosen, shareTexts);
  if (&chosen == link) return readLink(chosen, linkTexts);
  return Command(VersionSettings{});
}

}  // namespace multiconnection::tools
