#include "session/server_capabilities.hpp"

#include <algorithm>
#include <string_view>

#include "session/connect_command.hpp"

namespace multiconnection::session {
namespace {

using Names = std::set<std::string>;

/// There are a dozen FourCCs; a server's list of thousands is not kept.
constexpr std::size_t kMaxNames = 64;
constexpr std::size_t kMaxVersionBytes = 256;

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool sameName(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

void add(Names& names, std::string_view fourCc) {
  const bool known = fourCc == "*" || fourCc.size() == 4;
  if (known && names.size() < kMaxNames) names.emplace(fourCc);
}

void readList(const AmfValue& value, std::optional<Names>& into) {
  const auto* list = value.get<AmfArray>();
  if (list == nullptr) return;
  if (!into) into.emplace();
  for (const AmfValue& entry : *list) add(*into, entry.as<std::string>());
}

void readInfoMap(const AmfValue& value, std::optional<Names>& into) {
  const auto* map = value.get<AmfObject>();
  if (map == nullptr) return;
  if (!into) into.emplace();
  for (const auto& [fourCc, use] : *map) {
    if ((use.as<unsigned>() & (kCanDecode | kCanForward)) != 0) add(*into, fourCc);
  }
}

void readObject(const AmfValue& value, ServerCapabilities& into) {
  const auto* object = value.get<AmfObject>();
  if (object == nullptr) return;
  for (const auto& [name, member] : *object) {
    if (sameName(name, "objectEncoding")) {
      if (member.as<double>() == 3) into.objectEncoding = rtmp::Encoding::Amf3;
    } else if (sameName(name, "fmsVer")) {
      into.version = member.as<std::string>().substr(0, kMaxVersionBytes);
    } else if (sameName(name, "capsEx") && member.isNumber()) {
      into.capsEx |= member.as<unsigned>();
      into.enhanced = true;
    } else if (sameName(name, "fourCcList")) {
      readList(member, into.fourCcList);
    } else if (sameName(name, "videoFourCcInfoMap")) {
      readInfoMap(member, into.video);
    } else if (sameName(name, "audioFourCcInfoMap")) {
      readInfoMap(member, into.audio);
    }
  }
}

bool contains(const std::optional<Names>& names, const std::string& fourCc) {
  return names && (names->contains(fourCc) || names->contains("*"));
}

/// Version 1 of Enhanced RTMP knew these only: a list of nothing else is silent about audio.
bool isVersionOneList(const Names& names) {
  return std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "av01" || name == "vp09" || name == "hvc1";
  });
}

}  // namespace

ServerCapabilities::Support ServerCapabilities::supports(Codec codec) const {
  if (codec == Codec::H264 || codec == Codec::Aac || codec == Codec::Mp3) return Support::Yes;
  const std::string name(fourCc(codec));
  const auto& map = isVideo(codec) ? video : audio;
  if (contains(map, name) || contains(fourCcList, name)) return Support::Yes;
  const bool listed = fourCcList && (isVideo(codec) || !isVersionOneList(*fourCcList));
  return map || listed ? Support::No : Support::Unknown;
}

std::vector<Codec> ServerCapabilities::codecs(Support support) const {
  std::vector<Codec> found;
  for (const Codec codec : {Codec::Hevc, Codec::Av1, Codec::Vp8, Codec::Vp9, Codec::Opus,
                            Codec::Flac, Codec::Ac3, Codec::Eac3}) {
    if (supports(codec) == support) found.push_back(codec);
  }
  return found;
}

ServerCapabilities capabilitiesOf(const rtmp::Command& reply) {
  ServerCapabilities capabilities;
  readObject(reply.object, capabilities);
  for (const AmfValue& value : reply.arguments) readObject(value, capabilities);
  if (capabilities.fourCcList || capabilities.video || capabilities.audio) {
    capabilities.enhanced = true;
  }
  return capabilities;
}

}  // namespace multiconnection::session
