#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/options.hpp"

namespace multiconnection::tools {

/// The options of `multiconn share`, not yet read.
struct ShareTexts {
  std::string name;
  std::vector<std::string> to;
  bool persistent = false;
  std::vector<std::string> set;
  std::vector<std::string> remove;
  std::vector<std::string> get;
  std::vector<std::string> send;  ///< The handler, then its arguments.
  bool watch = false;
  std::vector<std::string> on;
  std::string mode = "independent";
  std::string duration;
  std::string deadline = "10000";
  std::string setupTimeout = "3000";
  bool json = false;
  std::string log;
};

CLI::App* addShare(CLI::App& app, ShareTexts& texts);
/// Keeps the parser's hands off the JSON values behind --send.
/// @return Errc::InvalidArgument for a second --send, which the parser would add to the first.
Result<void> shieldMessage(std::vector<std::string>& words);
Result<Command> readShare(const CLI::App& command, const ShareTexts& texts);

}  // namespace multiconnection::tools
