#include "multiconnection/media.hpp"

namespace multiconnection {

std::string_view kindName(MediaKind kind) noexcept {
  switch (kind) {
    case MediaKind::Audio:
      return "audio";
    case MediaKind::Video:
      return "video";
    case MediaKind::Data:
      return "data";
  }
  return "unknown";
}

std::string_view codecName(Codec codec) noexcept {
  switch (codec) {
    case Codec::H264:
      return "H.264";
    case Codec::Aac:
      return "AAC";
    case Codec::Mp3:
      return "MP3";
  }
  return "unknown";
}

}  // namespace multiconnection
