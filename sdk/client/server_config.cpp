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

namespace {

constexpr std::size_t kLeastQueueBytes = 64u << 10;
constexpr std::size_t kMostQueueBytes = 1u << 30;

/// A server of an array is published to as well, and may be one of several to play from.
Result<void> refusePlayOptions(const util::UrlOptions& options) {
  const std::pair<bool, const char*> given[] = {{options.live, "live"},
                                                {options.start.has_value(), "start"},
                                                {options.stop.has_value(), "stop"},
                                                {options.buffer.has_value(), "buffer"}};
  for (const auto& [isGiven, name] : given) {
    if (isGiven) {
      return invalid(std::string("URL: option ") + name + " is one of PlayOptions, not a server's");
    }
  }
  return {};
}

}  // namespace

Result<void> checkReconnect(const ReconnectPolicy& policy) {
  for (const auto& done : {checkTime("reconnect.initial", policy.initial, true),
                           checkTime("reconnect.cap", policy.cap, true),
                           checkTime("reconnect.giveUpAfter", policy.giveUpAfter, true),
                           checkTime("reconnect.healthyAfter", policy.healthyAfter, true),
                           checkTime("reconnect.ghostTime", policy.ghostTime, true)}) {
    if (!done) return done;
  }
  if (!(policy.factor >= 1 && policy.factor <= 100)) {
    return invalid("reconnect.factor of " + std::to_string(policy.factor) + ": expected 1 to 100");
  }
  if (!(policy.jitter >= 0 && policy.jitter <= 0.9)) {
    return invalid("reconnect.jitter of " + std::to_string(policy.jitter) + ": expected 0 to 0.9");
  }
  return {};
}

namespace {

constexpr std::size_t kMaxBackups = 16;

/// Each is an entry like the one it stands in for, but for where it is.
Result<void> addBackups(const ServerEntry& entry, ServerConfig& config) {
  if (entry.backups.size() > kMaxBackups) {
    return invalid(std::to_string(entry.backups.size()) + " backups: at most 16");
  }
  for (const Backup& backup : entry.backups) {
    ServerEntry standIn = entry;
    standIn.backups.clear();
    standIn.url = backup.url;
    standIn.streamName = backup.streamName;
    if (!backup.key.empty()) standIn.key = backup.key;
    auto checked = checkEntry(standIn);
    if (!checked) return invalid("backup: " + checked.error().message);
    if (checked->streamName.empty()) checked->streamName = config.streamName;
    config.backups.push_back(std::move(checked).value());
  }
  return {};
}

}  // namespace

Result<void> checkDropLimits(const DropLimits& limits) {
  for (const auto& done : {checkTime("dropLimits.disposableAfter", limits.disposableAfter, true),
                           checkTime("dropLimits.videoAfter", limits.videoAfter, true),
                           checkTime("dropLimits.audioAfter", limits.audioAfter, true),
                           checkTime("dropLimits.audioOnlyAfter", limits.audioOnlyAfter, true)}) {
    if (!done) return done;
  }
  if (limits.maxBytes < kLeastQueueBytes || limits.maxBytes > kMostQueueBytes) {
    return invalid("dropLimits.maxBytes of " + std::to_string(limits.maxBytes) + ": expected " +
                   std::to_string(kLeastQueueBytes) + " to " + std::to_string(kMostQueueBytes));
  }
  return {};
}

Result<ServerConfig> checkEntry(const ServerEntry& entry) {
  auto location = util::splitOptions(entry.url);
  if (!location) return location.error();
  if (auto done = refusePlayOptions(location->options); !done) return done.error();
  auto url = RtmpUrl::parse(location->url);
  if (!url) return url.error();
  const std::string& streamName =
      entry.streamName.empty() ? location->options.streamName : entry.streamName;
  if (entry.chunkSize < 128 || entry.chunkSize > 0xFFFFFF) {
    return invalid("chunk size " + std::to_string(entry.chunkSize) + ": expected 128 to 16777215");
  }
  if (auto done = checkStreamName(streamName + entry.key); !done) return done.error();
  if (auto done = checkTime("timeOffset", entry.timeOffset, true); !done) return done.error();
  if (entry.reconnect) {
    if (auto done = checkReconnect(*entry.reconnect); !done) return done.error();
  }
  const auto failBackAfter = entry.failover.failBackAfter.value_or(milliseconds(0));
  if (auto done = checkTime("failBackAfter", failBackAfter, true); !done) return done.error();
  if (auto done = checkDropLimits(entry.dropLimits); !done) return done.error();
  ServerConfig config;
  config.givenUrl = entry.url;
  config.url = std::move(url).value();
  config.streamName = streamName;
  config.key = entry.key;
  config.timeOffset = entry.timeOffset;
  config.arguments = entry.arguments;
  config.chunkSize = entry.chunkSize;
  config.reconnect = entry.reconnect;
  config.failover = entry.failover;
  config.priority = entry.priority;
  config.dropLimits = entry.dropLimits;
  config.sharedObjects = entry.sharedObjects;
  RtmpUrl shown = config.url;
  shown.streamName = streamName + entry.key;
  config.redactedUrl = shown.redacted();
  config.options = std::move(location->options);
  if (auto done = addBackups(entry, config); !done) return done.error();
  return config;
}

Result<void> checkSharedObject(const std::string& name, const SharedObjectOptions& options) {
  if (name.empty() || name.size() > kMaxNameBytes) {
    return invalid("a shared object's name of " + std::to_string(name.size()) +
                   " bytes: expected 1 to 65535");
  }
  const auto forbidden = name.find_first_of(" ~%&\\;:\"',<>?#");
  if (forbidden != std::string::npos) {
    return invalid("shared object \"" + name.substr(0, 80) + "\": '" + name[forbidden] +
                   "' is not allowed in a name");
  }
  if (auto done = checkTime("useTimeout", options.useTimeout); !done) return done;
  if (!(options.updatesPerSecond >= 0 && options.updatesPerSecond <= 1000)) {
    return invalid("updatesPerSecond of " + std::to_string(options.updatesPerSecond) +
                   ": expected 0 to 1000");
  }
  const auto within = [](const char* what, std::size_t value, std::size_t most) -> Result<void> {
    if (value >= 1 && value <= most) return {};
    return invalid(std::string(what) + " of " + std::to_string(value) + ": expected 1 to " +
                   std::to_string(most));
  };
  if (auto done = within("maxSlots", options.maxSlots, 65536); !done) return done;
  if (auto done = within("maxSlotBytes", options.maxSlotBytes, 16000000); !done) return done;
  return within("maxObjectBytes", options.maxObjectBytes, 16000000);
}

session::ConnectParameters connectParameters(const ServerConfig& server,
                                             const ConnectOptions& options) {
  session::ConnectParameters parameters;
  const auto chosen = [](const std::string& own, const std::string& common) {
    return own.empty() ? common : own;
  };
  const util::UrlOptions& own = server.options;
  parameters.app = chosen(own.app, server.url.app);
  parameters.tcUrl = chosen(own.tcUrl, server.url.tcUrl());
  parameters.flashVersion = chosen(own.flashVersion, options.flashVersion);
  parameters.chunkSize = server.chunkSize;
  parameters.swfUrl = chosen(own.swfUrl, options.swfUrl);
  parameters.pageUrl = chosen(own.pageUrl, options.pageUrl);
  parameters.token = own.token;
  parameters.fields = options.fields;
  parameters.arguments = options.arguments;
  for (const auto& more : {server.arguments, own.arguments}) {
    parameters.arguments.insert(parameters.arguments.end(), more.begin(), more.end());
  }
  if (options.objectEncoding == ObjectEncoding::Amf3) {
    parameters.objectEncoding = rtmp::Encoding::Amf3;
  }
  parameters.codecs = options.codecs;
  return parameters;
}

ServerConfig movedTo(ServerConfig server, const RtmpUrl& place) {
  server.url = place;
  server.options.app.clear();
  server.options.tcUrl.clear();
  return server;
}

transport::HandshakeOptions handshakeOptions(const ServerConfig& server) {
  using Kind = transport::HandshakeOptions::Kind;
  transport::HandshakeOptions options;
  if (server.options.digest) options.kind = Kind::Digest;
  if (server.url.scheme == RtmpUrl::Scheme::Rtmpe) options.kind = Kind::Encrypted;
  options.swf = server.options.swf;
  options.librtmp = server.options.librtmp;
  return options;
}

Result<void> checkConnectOptions(std::size_t servers, const ConnectOptions& options) {
  if (servers == 0) return invalid("the array holds no server");
  const std::size_t required = options.policy.required(servers);
  if (required == 0 || required > servers) {
    return invalid("a quorum of " + std::to_string(required) + " of " + std::to_string(servers) +
                   " servers");
  }
  for (const auto& done :
       {checkTime("setupTimeout", options.setupTimeout),
        checkTime("attemptTimeout", options.attemptTimeout),
        checkTime("stallTimeout", options.stallTimeout),
        checkTime("recoveryTime", options.recoveryTime, true), checkReconnect(options.reconnect)}) {
    if (!done) return done.error();
  }
  return {};
}

}  // namespace multiconnection::client
