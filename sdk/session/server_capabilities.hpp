#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "multiconnection/media.hpp"
#include "rtmp/message/command.hpp"

namespace multiconnection::session {

/// What a server said of itself in its answer to connect.
struct ServerCapabilities {
  enum class Support { Yes, No, Unknown };

  /// How commands and data are written to it: what we asked for and it confirmed.
  rtmp::Encoding objectEncoding = rtmp::Encoding::Amf0;
  std::string version;    ///< What it calls itself, e.g. "FMS/3,0,1,123"; empty: not stated.
  bool enhanced = false;  ///< It stated anything of Enhanced RTMP.
  unsigned capsEx = 0;    ///< Its bits; what it left out is 0.
  /// FourCCs that it receives, "*" for any; empty optional: not stated.
  std::optional<std::set<std::string>> fourCcList;
  /// FourCCs that it decodes or forwards.
  std::optional<std::set<std::string>> video;
  std::optional<std::set<std::string>> audio;

  /// Whether the server takes that codec. H.264, AAC and MP3 need no FourCC: always Yes. Unknown
  /// when it said nothing of that kind of media: older servers may forward what they do not know.
  Support supports(Codec codec) const;
  /// Every codec that needs a FourCC and of which supports() says that.
  std::vector<Codec> codecs(Support support) const;
};

/// Reads the answer to connect. Servers differ in which of its objects says what, and in the case
/// of the names.
ServerCapabilities capabilitiesOf(const rtmp::Command& reply);

}  // namespace multiconnection::session
