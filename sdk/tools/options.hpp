#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/link_emulator.hpp"
#include "multiconnection/log.hpp"
#include "multiconnection/server.hpp"
#include "multiconnection/sync.hpp"
#include "tools/option_values.hpp"

namespace multiconnection::tools {

/// `multiconn publish`
struct PublishSettings {
  std::string input;                 ///< Path, "-" or "testsrc".
  std::vector<ServerEntry> servers;  ///< In the order of --to.
  std::string name;                  ///< Empty: every entry has a stream name of its own.
  Policy policy = Policy::all();
  std::chrono::milliseconds setupTimeout{3000};
  std::optional<std::chrono::milliseconds> duration;
  bool loop = false;
  bool pace = true;              ///< false: as fast as the slowest healthy server takes it.
  bool reconnect = true;         ///< Servers that were lost are tried again.
  bool confirmedCodecs = false;  ///< Servers that do not say that they take them are left out.
  bool json = false;
  std::optional<ListenAddress> metrics;  ///< Where figures are served.
  std::optional<LogLevel> log;
};

/// `multiconn play`
struct PlaySettings {
  std::string url;  ///< Of the application.
  std::string name;
  std::string output;  ///< FLV file, "-" for standard output; empty: count only.
  std::optional<std::chrono::milliseconds> duration;
  bool json = false;
  std::optional<ListenAddress> metrics;  ///< Where figures are served.
  std::optional<LogLevel> log;
};

/// `multiconn serve`
struct ServeSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 1935;
  bool json = false;
  std::string root;                 ///< Of recordings and persistent objects; empty: none.
  std::vector<std::string> faults;  ///< As parseNodeFault() takes them.
  std::optional<ListenAddress> metrics;
  bool syncWrites = false;
};

/// `multiconn check`
struct CheckSettings {
  std::vector<ServerEntry> servers;  ///< In the order of the command line.
  std::string name;                  ///< Empty: every entry has a stream name of its own.
  bool publish = false;              ///< Asks for permission, by publishing without a frame.
  std::chrono::milliseconds setupTimeout{3000};
  bool json = false;
  std::optional<LogLevel> log;
};

/// `multiconn call`
struct CallSettings {
  std::string method;
  std::vector<AmfValue> arguments;
  std::vector<ServerEntry> servers;   ///< In the order of --to.
  std::optional<std::size_t> server;  ///< The place of the only one to be called; empty: all.
  Policy policy = Policy::all();      ///< How many of those called must return a result.
  std::chrono::milliseconds deadline{10000};
  std::chrono::milliseconds setupTimeout{3000};
  bool json = false;
  std::optional<LogLevel> log;

  std::size_t called() const { return server ? 1 : servers.size(); }
};

/// `multiconn share`
struct ShareSettings {
  struct Message {
    std::string handler;
    std::vector<AmfValue> arguments;
  };

  std::string name;
  Persistence persistence = Persistence::Temporary;
  MirrorMode mode = MirrorMode::Independent;
  std::vector<ServerEntry> servers;  ///< In the order of --to.
  AmfObject writes;                  ///< Slots; null: to be deleted.
  std::vector<std::string> reads;    ///< Slots to be printed.
  std::optional<Message> message;
  bool watch = false;
  std::vector<std::string> handlers;  ///< Whose messages are printed while watching.
  std::optional<std::chrono::milliseconds> duration;  ///< Of watching.
  std::chrono::milliseconds deadline{10000};
  std::chrono::milliseconds setupTimeout{3000};
  bool json = false;
  std::optional<LogLevel> log;
};

/// `multiconn link`
struct LinkSettings {
  ListenAddress listen;
  ListenAddress target;  ///< The address may be a name.
  LinkConditions up;
  LinkConditions down;
  std::uint64_t seed = 1;
  std::string script;  ///< Path or "-"; empty: none.
  std::optional<std::chrono::milliseconds> duration;
  bool json = false;
};

/// `multiconn version`
struct VersionSettings {};

/// --help: a text for standard output.
struct HelpText {
  std::string text;
};

using Command = std::variant<PublishSettings, PlaySettings, ServeSettings, CheckSettings,
                             CallSettings, ShareSettings, LinkSettings, VersionSettings, HelpText>;

/// Reads a command line without the program's name. Opens nothing.
/// @return Errc::InvalidArgument with one line that names the option and its value.
Result<Command> parseCommandLine(const std::vector<std::string>& arguments);

}  // namespace multiconnection::tools
