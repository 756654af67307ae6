#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rtmp/message/command.hpp"

namespace multiconnection::session {

/// What a server with a SecureToken sends in its answer to connect: the token's cipher text in hex;
/// nothing when it has none.
std::optional<std::string> secureTokenIn(const rtmp::Command& reply);

/// The token in clear: XXTEA ("Correction to xtea", Needham and Wheeler, 1998) of little-endian
/// words under the first 16 bytes of `key`, zeros behind a shorter one. As in librtmp the padding
/// stays. Nothing when `hex` is not 2 to 256 words in hex digits.
std::optional<std::string> decodeSecureToken(std::string_view hex, std::string_view key);

}  // namespace multiconnection::session
