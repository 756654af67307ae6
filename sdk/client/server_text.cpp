#include "client/server_text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace multiconnection::client {

std::string streamPrefix(std::size_t number) {
  if (number == 0) return "";
  if (number == kSharedObjectStream) return "shared objects: ";
  return "stream " + std::to_string(number) + ": ";
}

void shorten(std::string& text) {
  constexpr std::size_t kMaxTextBytes = 1024;
  if (text.size() <= kMaxTextBytes) return;
  std::size_t end = kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // UTF-8
  text.resize(end);
}

bool isForeign(const std::string& code) {
  // The protocol's own events, see session::Event::Kind::Informed.
  constexpr std::array<std::string_view, 4> kOwn{"StreamDry", "StreamIsRecorded", "BufferEmpty",
                                                 "BufferReady"};
  return statusCode(code) == StatusCode::Unknown &&
         std::find(kOwn.begin(), kOwn.end(), code) == kOwn.end();
}

std::string capabilitiesText(const session::ServerCapabilities& capabilities) {
  std::string text = capabilities.version.empty() ? "no version" : capabilities.version;
  text += capabilities.objectEncoding == rtmp::Encoding::Amf3 ? ", AMF3, " : ", AMF0, ";
  std::set<std::string> taken;
  for (const auto* names : {&capabilities.fourCcList, &capabilities.video, &capabilities.audio}) {
    if (*names) taken.insert((*names)->begin(), (*names)->end());
  }
  if (!capabilities.enhanced) return text + "says nothing of codecs";
  if (taken.empty()) return text + "Enhanced RTMP without codecs";
  text += "takes";
  for (const std::string& name : taken) text += ' ' + name;
  return text;
}

std::string reasonOf(const ServerReport& report) {
  return report.reason.empty() ? report.codeText : report.reason;
}

}  // namespace multiconnection::client
