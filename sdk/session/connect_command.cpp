#include "session/connect_command.hpp"

#include <utility>

namespace multiconnection::session {
namespace {

/// We hand on what a server sends, and send what an encoder gives us.
constexpr unsigned kCodecUse = kCanDecode | kCanEncode;
/// What the reading side understands.
constexpr unsigned kCapsEx = kCapsReconnect | kCapsMultitrack | kCapsModEx | kCapsNanoOffset;

/// fourCcList too: servers of version 1 read nothing else.
void announceCodecs(const std::vector<Codec>& codecs, AmfObject& object) {
  if (codecs.empty()) return;
  AmfArray list;
  AmfObject video;
  AmfObject audio;
  for (const Codec codec : codecs) {
    const std::string name(fourCc(codec));
    list.emplace_back(name);
    (isVideo(codec) ? video : audio).set(name, kCodecUse);
  }
  object.set("fourCcList", std::move(list));
  if (!video.empty()) object.set("videoFourCcInfoMap", std::move(video));
  if (!audio.empty()) object.set("audioFourCcInfoMap", std::move(audio));
  object.set("capsEx", kCapsEx);
}

}  // namespace

AmfObject connectObject(const ConnectParameters& parameters) {
  AmfObject object{{"app", parameters.app},
                   {"flashVer", parameters.flashVersion},
                   {"tcUrl", parameters.tcUrl},
                   {"type", "nonprivate"}};
  if (!parameters.swfUrl.empty()) object.set("swfUrl", parameters.swfUrl);
  if (!parameters.pageUrl.empty()) object.set("pageUrl", parameters.pageUrl);
  object.set("fpad", false);
  object.set("capabilities", 15);
  object.set("audioCodecs", 0x0FFF);
  object.set("videoCodecs", 0x00FF);
  object.set("videoFunction", 1);  // client seek
  object.set("objectEncoding", parameters.objectEncoding == rtmp::Encoding::Amf3 ? 3 : 0);
  announceCodecs(parameters.codecs, object);
  for (const auto& [name, value] : parameters.fields) {
    if (value.isUndefined()) {
      object.erase(name);
    } else {
      object.set(name, value);
    }
  }
  return object;
}

}  // namespace multiconnection::session
