#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/log.hpp"
#include "multiconnection/server.hpp"

namespace multiconnection::tools {

/// The whole text as a number.
template <class T>
bool readNumber(std::string_view text, T& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc{} && end == text.data() + text.size();
}

// Each reads the value of one option; Errc::InvalidArgument names option and value.

/// all, any or quorum:K with K from 1 to `servers`.
Result<Policy> readPolicy(const std::string& text, std::size_t servers);

/// Whole milliseconds, 1 to 3,600,000 (an hour).
Result<std::chrono::milliseconds> readMilliseconds(std::string_view option,
                                                   const std::string& text);

/// Seconds, decimal, from 0.001 to 31,536,000 (a year).
Result<std::chrono::milliseconds> readDuration(const std::string& text);

/// debug, info, warning or error.
Result<LogLevel> readLogLevel(const std::string& text);

/// The array from the values of `option`. With a `name` the whole path of each URL is its
/// application, without one (null) the last path segment is the stream name.
Result<std::vector<ServerEntry>> readServers(std::string_view option,
                                             const std::vector<std::string>& urls,
                                             const std::string* name);

/// The place of one of so many servers, from 0; nothing for any other text.
std::optional<std::size_t> readPlace(const std::string& text, std::size_t servers);

/// The place of the one server that --server means: a place, a URL of `servers`, or the host or
/// host:port of one of them.
Result<std::size_t> readServerChoice(const std::string& text,
                                     const std::vector<ServerEntry>& servers);

/// A method's name: not empty, at most 65,535 bytes.
Result<void> checkMethod(std::string_view name);

/// The arguments of a call, each a JSON text.
Result<std::vector<AmfValue>> readArguments(const std::vector<std::string>& texts);

/// A stream name: not empty, at most 65,535 bytes, no control characters.
Result<void> checkStreamName(std::string_view name);

/// An application and the stream on it.
struct StreamLocation {
  std::string url;
  std::string name;
};
Result<StreamLocation> readStreamUrl(std::string_view option, const std::string& text);

/// ADDR:PORT, the address numeric, IPv6 in brackets; port 0 means one that is free.
struct ListenAddress {
  std::string address;  ///< Without brackets.
  std::uint16_t port = 0;
};
Result<ListenAddress> readListenAddress(std::string_view option, const std::string& text);
/// As it is read.
std::string textOf(const ListenAddress& listen);

/// As much of a URL that could not be read as can be shown: scheme, host and port. What follows may
/// be a stream key.
std::string shownUrl(std::string_view text);

/// The value in quotes for a message of one line: control characters as '?', at most 80 bytes.
std::string quotedValue(std::string_view text);

}  // namespace multiconnection::tools
