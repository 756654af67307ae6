#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"

namespace multiconnection::util {

/// What a server that verifies its clients asks about the SWF file they claim to run.
struct SwfFile {
  std::array<std::uint8_t, 32> hash{};  ///< HMAC-SHA256 of the decompressed file.
  std::uint32_t size = 0;               ///< Of the decompressed file; not 0.
};

/// What stands behind a URL, each after a space, as key=value in librtmp's manner. An empty text:
/// not given.
struct UrlOptions {
  std::string app;                  ///< app: in place of the URL's path.
  std::string tcUrl;                ///< tcUrl: in place of the one made from the URL.
  std::string pageUrl;              ///< pageUrl
  std::string swfUrl;               ///< swfUrl
  std::string flashVersion;         ///< flashver
  std::vector<AmfValue> arguments;  ///< conn, once or several times: behind connect's object.
  std::string token;                ///< token: the key of a SecureToken. A secret.
  std::string streamName;           ///< playpath. A secret.
  bool live = false;                ///< live: only play what is live.
  std::optional<std::chrono::milliseconds> start;   ///< start: where in a recording to begin.
  std::optional<std::chrono::milliseconds> stop;    ///< stop: where in it to end.
  std::optional<std::chrono::milliseconds> buffer;  ///< buffer
  std::optional<SwfFile> swf;  ///< swfVfy with swfHash and swfSize: SWF verification.
  bool digest = false;         ///< handshake=digest: for servers that refuse a plain handshake.
  /// Those that librtmp knows too and that RTMP_SetOpt may be given, unescaped, in their order.
  std::vector<std::pair<std::string, std::string>> librtmp;
};

struct UrlWithOptions {
  std::string url;  ///< Unread: RtmpUrl::parse() does that.
  UrlOptions options;
};

/// Takes "rtmp://host/app key=value key=value" apart. Keys are taken in any case, values may hold
/// \XX for any byte: \20 is a space, \5c the backslash itself.
/// @return Errc::InvalidArgument naming the key that is unknown, given twice, or whose value is
///     wrong (values are not repeated: some are secrets); Errc::Unsupported for a key that librtmp
///     has and this SDK has not.
Result<UrlWithOptions> splitOptions(std::string_view text);

}  // namespace multiconnection::util
