#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/media.hpp"
#include "rtmp/message/command.hpp"

namespace multiconnection::session {

/// What goes into the connect command (RTMP 1.0, section 7.2.1.1; Enhanced RTMP v2).
struct ConnectParameters {
  std::string app;    ///< Query included.
  std::string tcUrl;  ///< rtmp://host[:port]/app
  std::string flashVersion;
  std::uint32_t chunkSize = 65536;          ///< Announced before connect.
  std::uint32_t acknowledgeEvery = 250000;  ///< Bytes after which the peer shall acknowledge.
  std::string swfUrl{};                     ///< Left out when empty, as is pageUrl.
  std::string pageUrl{};
  /// Further members of the command object. One of our own names replaces ours in its place; an
  /// Undefined value leaves that member out.
  AmfObject fields{};
  std::vector<AmfValue> arguments{};  ///< The application's own, behind the command object.
  /// Asked of the server; AMF3 is written only once it has confirmed it.
  rtmp::Encoding objectEncoding = rtmp::Encoding::Amf0;
  /// Announced as fourCcList and InfoMaps, with capsEx; empty = nothing of Enhanced RTMP.
  std::vector<Codec> codecs{};
  /// The key of servers with a SecureToken, which they want decrypted; empty: there is none.
  std::string token{};
};

/// Bits of capsEx (Enhanced RTMP v2).
constexpr unsigned kCapsReconnect = 1;
constexpr unsigned kCapsMultitrack = 2;
constexpr unsigned kCapsModEx = 4;
constexpr unsigned kCapsNanoOffset = 8;

/// Bits of an InfoMap's values (Enhanced RTMP v2).
constexpr unsigned kCanDecode = 1;
constexpr unsigned kCanEncode = 2;
constexpr unsigned kCanForward = 4;

/// The command object of connect.
AmfObject connectObject(const ConnectParameters& parameters);

}  // namespace multiconnection::session
