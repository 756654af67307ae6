#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "multiconnection/media.hpp"

namespace multiconnection::tools {

/// What `check` found out about one server.
struct CheckResult {
  enum class Publish { NotAsked, Allowed, Refused, NoAnswer };

  std::size_t server = 0;  ///< Its place on the command line, from 0.
  std::string url;         ///< Redacted.
  bool connected = false;
  std::chrono::milliseconds elapsed{0};  ///< Until it was connected, or failed.
  Publish publish = Publish::NotAsked;
  // As in ServerStatistics; only of a server that is connected.
  std::vector<Codec> codecs;
  std::vector<Codec> refusedCodecs;
  std::string code;    ///< The last decisive one.
  std::string reason;  ///< Why not, in words; empty where all is well.

  bool good() const {
    return connected && (publish == Publish::NotAsked || publish == Publish::Allowed);
  }
};

/// A heading and one line per server, for people.
std::vector<std::string> tableOf(const std::vector<CheckResult>& results);

}  // namespace multiconnection::tools
