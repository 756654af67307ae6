#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "multiconnection/server.hpp"

namespace multiconnection::tools {

/// The options of publish that speak of single servers of the array, not yet read.
struct EntryTexts {
  std::vector<std::string> backups;
  std::vector<std::string> priorities;
  std::string standby = "warm";
  std::string failBack = "10000";
};

void addEntryOptions(CLI::App& publish, EntryTexts& texts);
/// Completes the servers of --to.
/// @param name  as readServers() takes it.
Result<void> readEntryOptions(const EntryTexts& texts, const std::string* name,
                              std::vector<ServerEntry>& servers);

}  // namespace multiconnection::tools
