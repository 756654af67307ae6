#include "client/server_config.hpp"

#include <utility>

namespace multiconnection::client {

using std::chrono::milliseconds;

Error invalid(std::string what) { return {Errc::InvalidArgument, std::move(what)}; }
Error wrongMoment(std::string what) { return {Errc::InvalidState, std::move(what)}; }

Result<void> checkTime(const char* name, milliseconds value, bool zeroAllowed) {
  if (value.count() > (zeroAllowed ? -1 : 0) && value <= kLongest) return {};
  return invalid(std::string(name) + " of " + std::to_string(value.count()) + " ms: expected " +
                 (zeroAllowed ? "0 or more" : "more than 0") + ", at most 24 h");
}

Result<void> checkStreamName(const std::string& name) {
  if (name.size() <= kMaxNameBytes) return {};
  return invalid("a stream name of " + std::to_string(name.size()) + " bytes: at most 65535");
}

Result<ServerConfig> checkEntry(const ServerEntry& entry) {
  auto url = RtmpUrl::parse(entry.url);
  if (!url) return url.error();
  if (entry.chunkSize < 128 || entry.chunkSize > 0xFFFFFF) {
    return invalid("chunk size " + std::to_string(entry.chunkSize) + ": expected 128 to 16777215");
  }
  if (auto done = checkStreamName(entry.streamName + entry.key); !done) return done.error();
  if (auto done = checkTime("timeOffset", entry.timeOffset, true); !done) return done.error();
  ServerConfig config;
  config.givenUrl = entry.url;
  config.url = std::move(url).value();
  config.streamName = entry.streamName;
  config.key = entry.key;
  config.timeOffset = entry.timeOffset;
  config.arguments = entry.arguments;
  config.chunkSize = entry.chunkSize;
  RtmpUrl shown = config.url;
  shown.streamName = entry.streamName + entry.key;
  config.redactedUrl = shown.redacted();
  return config;
}

Result<void> checkConnectOptions(std::size_t servers, const ConnectOptions& options) {
  if (servers == 0) return invalid("the array holds no server");
  const std::size_t required = options.policy.required(servers);
  if (required == 0 || required > servers) {
    return invalid("a quorum of " + std::to_string(required) + " of " + std::to_string(servers) +
                   " servers");
  }
  for (const auto& done : {checkTime("setupTimeout", options.setupTimeout),
                           checkTime("attemptTimeout", options.attemptTimeout),
                           checkTime("stallTimeout", options.stallTimeout)}) {
    if (!done) return done.error();
  }
  return {};
}

}  // namespace multiconnection::client
