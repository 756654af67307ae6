#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "multiconnection/multi_connection.hpp"
#include "session/connect_command.hpp"
#include "transport/librtmp_handshake.hpp"
#include "util/option_string.hpp"

namespace multiconnection::client {

constexpr std::size_t kMaxNameBytes = 65535;
constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24);

/// A checked entry of the array.
struct ServerConfig {
  ServerId id = 0;
  std::size_t index = 0;
  std::string givenUrl;
  RtmpUrl url;
  util::UrlOptions options;  ///< Behind the URL; those of playing are not taken.
  std::string redactedUrl;   ///< Without them.
  std::string streamName;    ///< Empty: the name given to publish() or play().
  std::string key;           ///< Goes behind the stream name.
  std::chrono::milliseconds timeOffset{0};
  std::vector<AmfValue> arguments;  ///< Of connect.
  std::uint32_t chunkSize = 65536;
  std::optional<ReconnectPolicy> reconnect;  ///< Nothing: the array's.
  FailoverPolicy failover;
  std::vector<ServerConfig> backups;  ///< Without backups of their own.
  int priority = 0;
  DropLimits dropLimits;
  SharedObjectPlacement sharedObjects = SharedObjectPlacement::SameConnection;
};

/// @return Errc::InvalidArgument naming what is wrong.
Result<ServerConfig> checkEntry(const ServerEntry& entry);
/// The server's own options win over the array's; arguments of connect follow the array's.
session::ConnectParameters connectParameters(const ServerConfig& server,
                                             const ConnectOptions& options);
/// The same server where it has sent us: what its options say of the place no longer holds.
ServerConfig movedTo(ServerConfig server, const RtmpUrl& place);
transport::HandshakeOptions handshakeOptions(const ServerConfig& server);
Result<void> checkConnectOptions(std::size_t servers, const ConnectOptions& options);
/// More than 0 (or 0), at most 24 h.
Result<void> checkTime(const char* name, std::chrono::milliseconds value, bool zeroAllowed = false);
Result<void> checkReconnect(const ReconnectPolicy& policy);
/// Times of 0 to 24 h; 64 KiB to 1 GiB.
Result<void> checkDropLimits(const DropLimits& limits);
Result<void> checkStreamName(const std::string& name);
Result<void> checkSharedObject(const std::string& name, const SharedObjectOptions& options);

Error invalid(std::string what);
Error wrongMoment(std::string what);

}  // namespace multiconnection::client
