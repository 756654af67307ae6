#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tools/options.hpp"

namespace multiconnection::tools {

/// The options of `multiconn link`, not yet read.
struct LinkTexts {
  std::string listen = "127.0.0.1:0";
  std::string to;
  std::string up;
  std::string down;
  std::string script;
  std::string duration;
  std::string seed = "1";
  bool json = false;
};

CLI::App* addLink(CLI::App& app, LinkTexts& texts);
Result<Command> readLink(const CLI::App& command, const LinkTexts& texts);

}  // namespace multiconnection::tools
